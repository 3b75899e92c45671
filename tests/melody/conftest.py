"""A small catalogue of Players, enough for every way in which a value can travel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harmony.melody.model import Connection, Melody, Node
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec

sys.path.insert(0, str(Path(__file__).parent))


def _player(
    name: str,
    inputs: dict[str, str],
    outputs: dict[str, str],
    parameters: tuple[ParameterSpec, ...] = (),
    optional: tuple[str, ...] = (),
) -> PlayerSpec:
    return PlayerSpec(
        id=f"test/{name}",
        kind="operator",
        title=name,
        category="Test",
        function=f"test:{name}",
        inputs=tuple(
            PortSpec(port, type_, required=port not in optional) for port, type_ in inputs.items()
        ),
        outputs=tuple(PortSpec(port, type_) for port, type_ in outputs.items()),
        parameters=parameters,
    )


PLAYERS = {
    spec.id: spec
    for spec in (
        _player("say", {}, {"text": "text"}, (ParameterSpec("words", "text", "hello"),)),
        _player("list_files", {}, {"files": "list[file]"}),
        _player("list_texts", {}, {"texts": "list[text]"}),
        _player("read", {"file": "file"}, {"text": "text"}),
        _player("upper", {"text": "text"}, {"text": "text"}),
        _player("both", {"one": "text", "two": "text"}, {"text": "text"}),
        _player("split", {"text": "text"}, {"parts": "list[text]"}),
        _player("join", {"texts": "list[text]"}, {"text": "text"}),
        _player("count", {"texts": "list[text]"}, {"count": "number"}),
        _player("maybe", {"text": "text"}, {"text": "text"}, optional=("text",)),
        _player("judge", {"text": "text"}, {"good": "boolean"}),
        _player("anything", {"value": "any"}, {"value": "any"}),
        _player(
            "form",
            {},
            {"text": "text"},
            (
                ParameterSpec("name", "text", "", required=True, label="Name"),
                ParameterSpec("size", "number", 1.0, minimum=0, maximum=10),
                ParameterSpec("times", "integer", 1, minimum=1),
                ParameterSpec("loud", "boolean", False),
                ParameterSpec("how", "choice", "fast", choices=("fast", "slow")),
                ParameterSpec("where", "file", None),
                ParameterSpec("key", "secret", None),
            ),
        ),
    )
}


@pytest.fixture(scope="session")
def players() -> dict[str, PlayerSpec]:
    return PLAYERS


@pytest.fixture(scope="session")
def melody_of() -> Callable[..., Melody]:
    """Builds a melody: `melody_of("a:say", "b:upper", "a.text > b.text")`."""

    def build(*parts: str) -> Melody:
        melody = Melody("test-melody")
        for part in parts:
            if ">" in part:
                melody.connections[wire(part)] = "hard"
            else:
                identifier, _, player = part.partition(":")
                melody.nodes[identifier] = Node(identifier, f"test/{player}")
        return melody

    return build


def wire(text: str) -> Connection:
    source, _, target = text.replace(" ", "").partition(">")
    return Connection(*source.split("."), *target.split("."))


@pytest.fixture(scope="session")
def wire_of() -> Callable[[str], Connection]:
    """Reads a wire: `wire_of("a.text > b.text")`."""
    return wire

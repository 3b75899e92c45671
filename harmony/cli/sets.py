"""What `--set NODE.PARAM=VALUE` says, as parameters by node; `*` stands for all that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harmony.conductor.overrides import override_value
from harmony.melody.model import Melody
from harmony.players.specs import PlayerSpec
from harmony.symphony import SymphonyError


def overrides_of(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], entries: Iterable[str]
) -> dict[str, Any]:
    """Values by `NODE.PARAM`; a later entry wins. Raises SymphonyError, ConductorError."""
    overrides: dict[str, Any] = {}
    for entry in entries:
        target, equals, text = entry.partition("=")
        node, dot, parameter = target.rpartition(".")
        if not equals or not dot:
            raise SymphonyError("symphony.set_form", entry=entry)
        nodes = _with_parameter(melody, spec_of, parameter) if node == "*" else [node]
        if not nodes:
            raise SymphonyError("symphony.set_nowhere", entry=entry, parameter=parameter)
        for name in nodes:
            place = f"{name}.{parameter}"
            overrides[place] = override_value(melody, spec_of, place, text)
    return overrides


def _with_parameter(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], parameter: str
) -> list[str]:
    return [
        node.id
        for node in melody.nodes.values()
        if (spec := spec_of(node.player)) is not None and spec.parameter(parameter) is not None
    ]

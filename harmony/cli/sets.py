"""What `--set NODE.PARAM=VALUE` says, as parameters by node; `*` stands for all that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

from harmony.conductor.overrides import override_value
from harmony.melody.model import Melody
from harmony.players.specs import PlayerSpec
from harmony.symphony import SymphonyError

MOST_NAMES: Final = 12
"""So many names are shown of those that there are."""


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
        if node == "*":
            nodes = _with_parameter(melody, spec_of, parameter)
            if not nodes:
                names = {name for one in melody.nodes for name in _parameters(melody, spec_of, one)}
                raise _unknown("symphony.set_nowhere", entry, parameter, sorted(names))
        elif node not in melody.nodes:
            raise _unknown("symphony.set_node", entry, node, list(melody.nodes))
        elif parameter not in (names_here := _parameters(melody, spec_of, node)):
            code = "symphony.set_parameter"
            raise _unknown(code, entry, parameter, names_here, node=node)
        else:
            nodes = [node]
        for name in nodes:
            place = f"{name}.{parameter}"
            overrides[place] = override_value(melody, spec_of, place, text)
    return overrides


def _with_parameter(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], parameter: str
) -> list[str]:
    return [node for node in melody.nodes if parameter in _parameters(melody, spec_of, node)]


def _parameters(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], node: str
) -> list[str]:
    spec = spec_of(melody.nodes[node].player)
    return [field.name for field in spec.parameters] if spec is not None else []


def _unknown(code: str, entry: str, name: str, known: Sequence[str], **facts: str) -> SymphonyError:
    """The error for a name that is not there, with the ones that are, the likeliest first."""
    near = get_close_matches(name, known, n=3)
    shown = [*near, *(other for other in known if other not in near)]
    listed = ", ".join(shown[:MOST_NAMES]) + (", …" if len(shown) > MOST_NAMES else "")
    return SymphonyError(code, entry=entry, name=name, known=listed or "none", **facts)

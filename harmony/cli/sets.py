"""What `--set NODE.PARAM=VALUE` says, as parameters by node; `*` stands for all that have it.

A node inside a part is named by the way to it: `clean/filter.where=…`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

from harmony.cli.usage import UsageError
from harmony.conductor.errors import ConductorError
from harmony.conductor.overrides import nodes_by_way, override_value
from harmony.melody.model import Melody
from harmony.players.specs import PlayerSpec

MOST_NAMES: Final = 12
"""So many names are shown of those that there are."""


def overrides_of(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], entries: Iterable[str]
) -> dict[str, Any]:
    """Values by `NODE.PARAM`; a later entry wins. Raises UsageError."""
    players = {way: node.player for way, node in nodes_by_way(melody)}
    parameters = {way: _parameters(spec_of(player)) for way, player in players.items()}
    overrides: dict[str, Any] = {}
    for entry in entries:
        target, equals, text = entry.partition("=")
        node, dot, parameter = target.rpartition(".")
        if not equals or not dot:
            raise UsageError("symphony.set_form", entry=entry)
        if node == "*":
            nodes = [way for way, names in parameters.items() if parameter in names]
            if not nodes:
                names = {name for names in parameters.values() for name in names}
                raise _unknown("symphony.set_nowhere", entry, parameter, sorted(names))
        elif node not in parameters:
            raise _unknown("symphony.set_node", entry, node, list(parameters))
        elif parameter not in parameters[node]:
            code = "symphony.set_parameter"
            raise _unknown(code, entry, parameter, parameters[node], node=node)
        else:
            nodes = [node]
        for name in nodes:
            place = f"{name}.{parameter}"
            try:
                overrides[place] = override_value(melody, spec_of, place, text)
            except ConductorError as error:
                raise UsageError(error.code, **error.parameters) from error
    return overrides


def _parameters(spec: PlayerSpec | None) -> list[str]:
    return [field.name for field in spec.parameters] if spec is not None else []


def _unknown(code: str, entry: str, name: str, known: Sequence[str], **facts: str) -> UsageError:
    """The error for a name that is not there, with the ones that are, the likeliest first."""
    near = get_close_matches(name, known, n=3)
    shown = [*near, *(other for other in known if other not in near)]
    listed = ", ".join(shown[:MOST_NAMES]) + (", …" if len(shown) > MOST_NAMES else "")
    return UsageError(code, entry=entry, name=name, known=listed or "none", **facts)

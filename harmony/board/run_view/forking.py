"""What a fork of a run does otherwise: the parameters that were edited since. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harmony.melody.model import Melody
from harmony.players.specs import PlayerSpec


def edited_parameters(
    snapshot: Melody,
    melody: Melody,
    spec_of: Callable[[str], PlayerSpec | None],
    nodes: Iterable[str],
) -> dict[str, Any]:
    """`{"node.parameter": value}` of these nodes, as far as a melody has other values than the
    snapshot that a run was made of. Nodes that now have another Player are left as they were."""
    found: dict[str, Any] = {}
    for name in nodes:
        then, now = snapshot.nodes.get(name), melody.nodes.get(name)
        if then is None or now is None or then.player != now.player or now.part is not None:
            continue
        spec = spec_of(now.player)
        for field in spec.parameters if spec is not None else ():
            value = now.parameters.get(field.name, field.default)
            if value != then.parameters.get(field.name, field.default):
                found[f"{name}.{field.name}"] = value
    return found

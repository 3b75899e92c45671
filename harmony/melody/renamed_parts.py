"""Which parts of a melody are, in a later one, the same parts under another name.

A name is all that a part has for an identity. One that went is taken for one that came when at
least half of the larger of the two is the same: nodes with their ids and Players.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harmony.melody.model import PART_PREFIX, Melody

_LEAST_ALIKE: Final = 0.5


def renamed_parts(old: Melody, new: Melody) -> dict[str, str]:
    """The new name of each part that got one, by its old name.

    The renamings can be done in any order, and each is one that a `RenamePart` may do.
    """
    gone = [name for name in old.parts if name not in new.parts]
    came = [name for name in new.parts if name not in old.parts and not _is_placed(old, name)]
    alike = sorted(
        (
            (-_likeness(old.parts[before], new.parts[after]), number, place)
            for number, before in enumerate(gone)
            for place, after in enumerate(came)
        ),
    )
    found: dict[str, str] = {}
    for likeness, number, place in alike:
        before, after = gone[number], came[place]
        if -likeness >= _LEAST_ALIKE and before not in found and after not in found.values():
            found[before] = after
    return {name: found[name] for name in gone if name in found}


def player_now(player: str, renamed: Mapping[str, str]) -> str:
    """The Player that an old node has once the parts have their new names."""
    if renamed and player.startswith(PART_PREFIX):
        name = player[len(PART_PREFIX) :]
        return PART_PREFIX + renamed.get(name, name)
    return player


def _likeness(old: Melody, new: Melody) -> float:
    """From 0 for nothing in common to 1 for the same nodes; parts in them count by their ids."""
    most = max(len(old.nodes), len(new.nodes))
    if not most:
        return 0.0
    common = sum(
        node.id in old.nodes
        and (
            node.player == old.nodes[node.id].player
            or (node.part is not None and old.nodes[node.id].part is not None)
        )
        for node in new.nodes.values()
    )
    return common / most


def _is_placed(melody: Melody, name: str) -> bool:
    player = PART_PREFIX + name
    return any(
        node.player == player
        for place in (melody, *melody.parts.values())
        for node in place.nodes.values()
    )

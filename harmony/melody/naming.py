"""Readable names for new nodes and notes: `filter-rows`, `filter-rows-2`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from harmony.melody.model import Melody, part_name

_LONGEST: Final = 80
_NUMBERED: Final = re.compile(r"-\d+$")


def fresh_node_id(melody: Melody, player_id: str) -> str:
    """An id for a new node of a Player that nothing in the melody has."""
    return fresh_id(base_of_player(player_id), lambda name: is_taken(melody, name))


def fresh_note_id(melody: Melody) -> str:
    """An id for a new note that nothing in the melody has."""
    return fresh_id("note", lambda name: is_taken(melody, name))


def is_taken(melody: Melody, name: str) -> bool:
    """Whether a node or a note has this id."""
    return name in melody.nodes or name in melody.notes


def base_of_player(player_id: str) -> str:
    """The Player's own name as an id: `library/filter_rows` becomes `filter-rows`.

    A part goes by its name: `melody:clean_up` becomes `clean-up`.
    """
    own = part_name(player_id) or player_id.rpartition("/")[2]
    words = re.findall(r"[A-Za-z0-9]+", own)
    return "-".join(words).lower()[:_LONGEST].rstrip("-") or "node"


def base_of_id(identifier: str) -> str:
    """An id without the number that made it unique: `filter-rows-2` becomes `filter-rows`."""
    return _NUMBERED.sub("", identifier)[:_LONGEST] or identifier


def fresh_id(base: str, taken: Callable[[str], bool]) -> str:
    """`base`, or `base-2`, `base-3`, …: the first that is not taken."""
    if not taken(base):
        return base
    # Doubling finds a free number, halving the first one after the last that is taken below it:
    # ten thousand nodes of one kind do not make the next one slow.
    above = 2
    while taken(f"{base}-{above}"):
        above *= 2
    below = above // 2
    while above - below > 1:
        middle = (above + below) // 2
        if taken(f"{base}-{middle}"):
            below = middle
        else:
            above = middle
    return f"{base}-{above}"

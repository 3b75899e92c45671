"""Pieces of a melody as text: what copy puts on the clipboard, and what paste makes of it.

A fragment is JSON that a person can read and send; pasting makes one Change, with new ids for
everything, and keeps the wires among the pasted nodes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from harmony.foundation import words
from harmony.melody.changes import AddNode, AddNote, Change, Connect, Group
from harmony.melody.errors import ChangeError
from harmony.melody.file import check_format, read_parts
from harmony.melody.limits import MAXIMUM_COORDINATE
from harmony.melody.model import Connection, Melody, Node, Note
from harmony.melody.naming import base_of_id, base_of_player, fresh_id, is_taken
from harmony.melody.plain import connection_to_plain, node_to_plain, note_to_plain
from harmony.melody.shaping import shaped
from harmony.melody.strict_json import read

FORMAT: Final = "harmony.fragment"
VERSION: Final = 1

NewId = Callable[[str], str]
"""Answers a wish for the id of a pasted item, from its Player's id (`note` for a note)."""

_ASIDE: Final = 32.0


def copy(melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str] = ()) -> str:
    """The named nodes and notes, and the wires among them, as a JSON fragment.

    In the document's order. Raises ChangeError for an id that is not in the melody.
    """
    fragment = {
        "format": FORMAT,
        "version": VERSION,
        **_plain(*_chosen(melody, node_ids, note_ids)),
    }
    return json.dumps(fragment, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def paste(
    melody: Melody,
    text: str,
    new_id: NewId | None = None,
    at: tuple[float, float] | None = None,
) -> Group:
    """The Change that puts a fragment into the melody; nothing is changed yet.

    `at` is where the top left corner of the fragment goes (default: a little off its old place).
    Ids are made from the Players' names, or from what `new_id` answers; one that is taken gets a
    number. Raises MelodyFileError when the text is no fragment.
    """
    name = words.render("melody.clipboard")
    value, checked = read(text.encode("utf-8", "surrogatepass"), name)
    check_format(value, checked, name, FORMAT, VERSION)
    parts = read_parts(shaped("fragment", value, checked, name), checked, name)
    nodes, notes = list(parts["nodes"].values()), list(parts["notes"].values())
    label = words.render("melody.label.paste")
    return _placed(melody, label, nodes, list(parts["connections"]), notes, new_id, at)


def duplicate(melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str] = ()) -> Group:
    """The Change that puts copies of nodes and notes, with the wires among them, beside them."""
    nodes, wires, notes = _chosen(melody, node_ids, note_ids)
    label = words.render("melody.label.duplicate")
    return _placed(melody, label, nodes, wires, notes, None, None)


def is_fragment(text: str) -> bool:
    """Whether a text on the clipboard looks like a fragment: enough to enable Paste."""
    return f'"{FORMAT}"' in text[:200]


def _chosen(
    melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str]
) -> tuple[list[Node], list[Connection], list[Note]]:
    chosen_nodes, chosen_notes = set(node_ids), set(note_ids)
    for identifier in sorted(chosen_nodes - melody.nodes.keys()):
        raise ChangeError("melody.no_such_node", node=identifier)
    for identifier in sorted(chosen_notes - melody.notes.keys()):
        raise ChangeError("melody.no_such_note", note=identifier)
    return (
        [node for node in melody.nodes.values() if node.id in chosen_nodes],
        [
            wire
            for wire in melody.connections
            if wire.source in chosen_nodes and wire.target in chosen_nodes
        ],
        [note for note in melody.notes.values() if note.id in chosen_notes],
    )


def _plain(nodes: list[Node], wires: list[Connection], notes: list[Note]) -> dict[str, Any]:
    return {
        "nodes": [node_to_plain(node) for node in nodes],
        "connections": [connection_to_plain(wire) for wire in wires],
        "notes": [note_to_plain(note) for note in notes],
    }


def _placed(
    melody: Melody,
    label: str,
    nodes: list[Node],
    wires: list[Connection],
    notes: list[Note],
    new_id: NewId | None,
    at: tuple[float, float] | None,
) -> Group:
    ids: dict[str, str] = {}
    given: set[str] = set()

    def taken(name: str) -> bool:
        return name in given or is_taken(melody, name)

    def name_for(old: str, player: str, base: str) -> str:
        wish = base if new_id is None else new_id(player)
        name = wish if not taken(wish) else fresh_id(base_of_id(wish), taken)
        given.add(name)
        ids[old] = name
        return name

    move_x, move_y = _shift([*nodes, *notes], at)
    added: list[Change] = []
    for node in nodes:
        name = name_for(node.id, node.player, base_of_player(node.player))
        x, y = _inside(node.x + move_x), _inside(node.y + move_y)
        added.append(AddNode(replace(node, id=name, x=x, y=y)))
    for note in notes:
        name = name_for(note.id, "note", "note")
        x, y = _inside(note.x + move_x), _inside(note.y + move_y)
        added.append(AddNote(replace(note, id=name, x=x, y=y)))
    added.extend(
        Connect(wire._replace(source=ids[wire.source], target=ids[wire.target])) for wire in wires
    )
    return Group(label, tuple(added))


def _shift(items: list[Node | Note], at: tuple[float, float] | None) -> tuple[float, float]:
    if at is None or not items:
        return _ASIDE, _ASIDE
    return at[0] - min(item.x for item in items), at[1] - min(item.y for item in items)


def _inside(coordinate: float) -> float:
    return max(-MAXIMUM_COORDINATE, min(MAXIMUM_COORDINATE, coordinate))

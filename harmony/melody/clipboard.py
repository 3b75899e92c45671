"""Pieces of a melody as text: what copy puts on the clipboard, and what paste makes of it.

A fragment is JSON that a person can read and send; pasting makes one Change, with new ids for
everything, and keeps the wires among the pasted nodes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from harmony.foundation import words
from harmony.melody.change_parts import copied
from harmony.melody.changes import (
    AddNode,
    AddNote,
    AddPart,
    Change,
    Connect,
    Group,
    RenamePart,
    apply,
)
from harmony.melody.errors import ChangeError
from harmony.melody.file import (
    VERSION,
    check_format,
    check_version,
    read_content,
    read_parts,
    version_of,
)
from harmony.melody.limits import MAXIMUM_COORDINATE
from harmony.melody.model import Melody, Node, Note
from harmony.melody.naming import base_of_id, base_of_player, fresh_id, is_taken
from harmony.melody.plain import (
    connection_to_plain,
    node_to_plain,
    note_to_plain,
    part_to_plain,
)
from harmony.melody.shaping import shaped
from harmony.melody.strict_json import read

FORMAT: Final = "harmony.fragment"

NewId = Callable[[str], str]
"""Answers a wish for the id of a pasted item, from its Player's id (`note` for a note)."""

_ASIDE: Final = 32.0


def copy(melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str] = ()) -> str:
    """The named nodes and notes, the wires among them and the parts they place, as JSON.

    In the document's order. Raises ChangeError for an id that is not in the melody.
    """
    chosen = fragment_of(melody, node_ids, note_ids)
    fragment: dict[str, Any] = {
        "format": FORMAT,
        "version": version_of(chosen),
        "nodes": [node_to_plain(node) for node in chosen.nodes.values()],
        "connections": [connection_to_plain(*wire) for wire in chosen.connections.items()],
        "notes": [note_to_plain(note) for note in chosen.notes.values()],
    }
    if chosen.parts:
        fragment["parts"] = {name: part_to_plain(part) for name, part in chosen.parts.items()}
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
    number, and so does a part of which there is another one by that name. Raises MelodyFileError
    when the text is no fragment.
    """
    name = words.render("melody.clipboard")
    value, checked = read(text.encode("utf-8", "surrogatepass"), name)
    check_format(value, checked, name, FORMAT, VERSION)
    shape = shaped("FragmentShape", value, checked, name)
    parts = read_parts(shape, checked, name)
    fragment = Melody("fragment", **read_content(shape, checked, name), parts=parts)
    check_version(shape["version"], fragment, checked, name)
    return _placed(melody, words.render("melody.label.paste"), fragment, new_id, at)


def duplicate(melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str] = ()) -> Group:
    """The Change that puts copies of nodes and notes, with the wires among them, beside them."""
    fragment = fragment_of(melody, node_ids, note_ids)
    return _placed(melody, words.render("melody.label.duplicate"), fragment, None, None)


def is_fragment(text: str) -> bool:
    """Whether a text on the clipboard looks like a fragment: enough to enable Paste."""
    return f'"{FORMAT}"' in text[:200]


def fragment_of(melody: Melody, node_ids: Iterable[str], note_ids: Iterable[str] = ()) -> Melody:
    """The named nodes and notes, the wires among them and the parts they place, as a melody.

    In the document's order. Raises ChangeError for an id that is not in the melody.
    """
    chosen_nodes, chosen_notes = set(node_ids), set(note_ids)
    for identifier in sorted(chosen_nodes - melody.nodes.keys()):
        raise ChangeError("melody.no_such_node", node=identifier)
    for identifier in sorted(chosen_notes - melody.notes.keys()):
        raise ChangeError("melody.no_such_note", note=identifier)
    nodes = {key: node for key, node in melody.nodes.items() if key in chosen_nodes}
    placed = parts_placed_by(nodes.values(), melody.parts)
    return Melody(
        "fragment",
        nodes=nodes,
        connections={
            wire: dependency
            for wire, dependency in melody.connections.items()
            if wire.source in chosen_nodes and wire.target in chosen_nodes
        },
        notes={key: note for key, note in melody.notes.items() if key in chosen_notes},
        parts={name: copied(part) for name, part in melody.parts.items() if name in placed},
    )


def parts_placed_by(nodes: Iterable[Node], parts: Mapping[str, Melody]) -> set[str]:
    """The names of all parts that nodes place, those placed within parts included."""
    placed: set[str] = set()
    waiting = [node.part for node in nodes]
    while waiting:
        name = waiting.pop()
        if name is not None and name in parts and name not in placed:
            placed.add(name)
            waiting.extend(node.part for node in parts[name].nodes.values())
    return placed


def _placed(
    melody: Melody,
    label: str,
    fragment: Melody,
    new_id: NewId | None,
    at: tuple[float, float] | None,
) -> Group:
    added = list(_new_parts(melody, fragment))
    nodes, notes = list(fragment.nodes.values()), list(fragment.notes.values())
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
    for node in nodes:
        name = name_for(node.id, node.player, base_of_player(node.player))
        x, y = _inside(node.x + move_x), _inside(node.y + move_y)
        added.append(AddNode(replace(node, id=name, x=x, y=y)))
    for note in notes:
        name = name_for(note.id, "note", "note")
        x, y = _inside(note.x + move_x), _inside(note.y + move_y)
        added.append(AddNote(replace(note, id=name, x=x, y=y)))
    added.extend(
        Connect(wire._replace(source=ids[wire.source], target=ids[wire.target]), None, dependency)
        for wire, dependency in fragment.connections.items()
    )
    return Group(label, tuple(added))


def _new_parts(melody: Melody, fragment: Melody) -> Iterator[Change]:
    """The parts of a fragment that the melody lacks; where its own differs, under another name."""

    def taken(name: str) -> bool:
        return name in melody.parts or name in fragment.parts

    for name, part in list(fragment.parts.items()):
        own = melody.parts.get(name)
        if own is not None and part_to_plain(own) != part_to_plain(part):
            apply(fragment, RenamePart(name, fresh_id(base_of_id(name), taken)))
    for name, part in fragment.parts.items():
        if name not in melody.parts:
            yield AddPart(part)


def _shift(items: list[Node | Note], at: tuple[float, float] | None) -> tuple[float, float]:
    if at is None or not items:
        return _ASIDE, _ASIDE
    return at[0] - min(item.x for item in items), at[1] - min(item.y for item in items)


def _inside(coordinate: float) -> float:
    return max(-MAXIMUM_COORDINATE, min(MAXIMUM_COORDINATE, coordinate))

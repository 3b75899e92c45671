"""A difference as JSON values, for programs."""

from __future__ import annotations

from typing import Any

from harmony.melody.change_kinds import UNSET
from harmony.melody.difference import Difference, Edit
from harmony.melody.model import Repeat
from harmony.melody.plain import (
    connection_to_plain,
    node_to_plain,
    note_to_plain,
    repeat_to_plain,
    tidy,
)


def difference_to_json(found: Difference) -> dict[str, Any]:
    """Each kind of difference under its name; what does not differ is left out."""
    told: dict[str, Any] = {
        "added": [node_to_plain(node) for node in found.added],
        "removed": [node_to_plain(node) for node in found.removed],
        "changed": [
            {"node": each.node.id, "edits": [_edit(edit) for edit in each.edits]}
            for each in found.changed
        ],
        "moved": list(found.moved),
        "wires_added": [connection_to_plain(wire) for wire in found.wires_added],
        "wires_removed": [connection_to_plain(wire) for wire in found.wires_removed],
        "wires_changed": [
            {**connection_to_plain(each.connection), "before": each.before, "after": each.after}
            for each in found.wires_changed
        ],
        "reordered": [{"node": node, "input": port} for node, port in found.reordered],
        "notes_added": [note_to_plain(note) for note in found.notes_added],
        "notes_removed": [note_to_plain(note) for note in found.notes_removed],
        "notes_changed": [
            {"id": each.after.id, "before": each.before.text, "after": each.after.text}
            for each in found.notes_changed
        ],
        "settings": [_edit(edit) for edit in found.settings],
        "parts_added": list(found.parts_added),
        "parts_removed": list(found.parts_removed),
        "parts_renamed": dict(found.parts_renamed),
        "parts_changed": {
            name: difference_to_json(inner) for name, inner in found.parts_changed.items()
        },
    }
    return {name: value for name, value in told.items() if value}


def _edit(edit: Edit) -> dict[str, Any]:
    """A value that is not there is left out."""
    told: dict[str, Any] = {"what": edit.what}
    if edit.name:
        told["name"] = edit.name
    for side, value in (("before", edit.before), ("after", edit.after)):
        if value is not UNSET:
            told[side] = repeat_to_plain(value) if isinstance(value, Repeat) else tidy(value)
    return told

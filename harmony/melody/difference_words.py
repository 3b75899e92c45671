"""A difference in words: one line a thing with `+`, `-` or `~`, and one sentence for all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from harmony.foundation.words import render
from harmony.melody.change_kinds import UNSET
from harmony.melody.difference import Difference, Edit, What
from harmony.melody.model import Connection, Node, Repeat
from harmony.melody.plain import tidy

Mark = Literal["+", "-", "~"]
LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that differs. `node` is the node that it is about, `part` where that stands."""

    mark: Mark
    text: str
    node: str = ""
    part: str = ""


def lines(found: Difference) -> list[Line]:
    """Everything that was added, removed or changed; not what was only moved."""
    return list(_lines(found, ""))


def summary(found: Difference) -> str:
    """All of it in a few words: `2 added, 1 changed`."""
    told = lines(found)
    counts = {mark: sum(line.mark == mark for line in told) for mark in ("+", "-", "~")}
    if not told:
        moved = _moved(found)
        code = "melody.difference.moved" if moved else "melody.difference.nothing"
        return render(code, count=moved)
    words = (
        render("melody.difference.added", count=counts["+"]) if counts["+"] else "",
        render("melody.difference.changed", count=counts["~"]) if counts["~"] else "",
        render("melody.difference.removed", count=counts["-"]) if counts["-"] else "",
    )
    return ", ".join(word for word in words if word)


def edit_words(edit: Edit) -> str:
    """What was set to what: `where: "rain > 20" → "rain > 30"`."""
    return render(
        "melody.difference.edit",
        what=render(_WHAT[edit.what], name=edit.name),
        before=shown(edit.before),
        after=shown(edit.after),
    )


def shown(value: Any) -> str:
    """A value, cut where it is long."""
    if value is UNSET or value is None:
        return render("melody.difference.unset")
    if isinstance(value, Repeat):
        return render("melody.difference.repeat", until=value.until, at_most=value.at_most)
    text = json.dumps(tidy(value), ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


_WHAT: Final[dict[What, str]] = {
    "player": "melody.difference.what_player",
    "title": "melody.difference.what_title",
    "parameter": "melody.difference.what_parameter",
    "priority": "melody.difference.what_priority",
    "retries": "melody.difference.what_retries",
    "policy": "melody.difference.what_policy",
    "repeat": "melody.difference.what_repeat",
    "pin": "melody.difference.what_pin",
    "name": "melody.difference.what_name",
    "description": "melody.difference.what_description",
    "limit": "melody.difference.what_limit",
    "inputs": "melody.difference.what_inputs",
    "outputs": "melody.difference.what_outputs",
}


def _moved(found: Difference) -> int:
    return len(found.moved) + sum(_moved(part) for part in found.parts_changed.values())


def _lines(found: Difference, part: str) -> Iterator[Line]:
    def line(mark: Mark, text: str, node: str = "") -> Line:
        inside = render("melody.difference.in_part", part=part, text=text) if part else text
        return Line(mark, inside, node, part)

    for edit in found.settings:
        yield line("~", edit_words(edit))
    for node in found.added:
        yield line("+", render("melody.difference.node", node=_called(node)), node.id)
    for node in found.removed:
        yield line("-", render("melody.difference.node", node=_called(node)), node.id)
    for each in found.changed:
        for edit in each.edits:
            text = render(
                "melody.difference.of_node", node=_called(each.node), text=edit_words(edit)
            )
            yield line("~", text, each.node.id)
    for wire in found.wires_added:
        yield line("+", _wire(wire))
    for wire in found.wires_removed:
        yield line("-", _wire(wire))
    for asked in found.wires_changed:
        words = {"before": asked.before, "after": asked.after}
        yield line("~", render("melody.difference.asks", wire=_wire(asked.connection), **words))
    for node_id, port in found.reordered:
        yield line("~", render("melody.difference.order", node=node_id, port=port), node_id)
    for note in found.notes_added:
        yield line("+", render("melody.difference.note", text=shown(note.text)))
    for note in found.notes_removed:
        yield line("-", render("melody.difference.note", text=shown(note.text)))
    for changed in found.notes_changed:
        before, after = shown(changed.before.text), shown(changed.after.text)
        yield line("~", render("melody.difference.note_edit", before=before, after=after))
    for name in found.parts_added:
        yield line("+", render("melody.difference.part", part=name))
    for name in found.parts_removed:
        yield line("-", render("melody.difference.part", part=name))
    for old, new in found.parts_renamed:
        yield line("~", render("melody.difference.part_renamed", before=old, after=new))
    for name, inner in found.parts_changed.items():
        yield from _lines(inner, name)


def _called(node: Node) -> str:
    return f"{node.id} ({node.title})" if node.title else node.id


def _wire(wire: Connection) -> str:
    ends = {"output": wire.output, "input": wire.input}
    return render("melody.difference.wire", source=wire.source, target=wire.target, **ends)

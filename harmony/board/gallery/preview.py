"""What the small picture of a melody needs: boxes with an icon, wires with a colour; no Qt.

The start page shows the examples before the document model is loaded (seeds/000 section 4: the
start). Their previews are therefore made when the program is built, `gallery/prepare.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Box(NamedTuple):
    """A node: its place on the canvas, the kind of its Player and the name of its icon."""

    x: float
    y: float
    kind: str
    icon: str


class Line(NamedTuple):
    """A wire from one box to another, both by number, and the type of the port it leaves."""

    source: int
    target: int
    type: str


class Preview(NamedTuple):
    """A melody as a picture."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def as_json(preview: Preview) -> dict[str, Any]:
    """The preview as plain JSON."""
    return {"boxes": list(map(list, preview.boxes)), "lines": list(map(list, preview.lines))}


def from_json(data: Mapping[str, Any]) -> Preview:
    """The preview that `as_json` wrote."""
    boxes = tuple(Box(*values) for values in data["boxes"])
    return Preview(boxes, tuple(Line(*values) for values in data["lines"]))

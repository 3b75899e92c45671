"""What a gesture is: an object that turns a pointer's way into a preview, and at last one Change.

A gesture never edits. `move` answers what the canvas is to show meanwhile, `release` what is to
happen; to cancel one is to drop it, and the canvas shows the document again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.selection import Selection
from harmony.melody.changes import Change
from harmony.melody.findings import Finding
from harmony.melody.model import Connection
from harmony.players.specs import PlayerSpec

MERE_CLICK = 4
"""Screen pixels the pointer may stray before a press becomes a drag."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, in the scene, in the view and on the screen, and the keys held."""

    scene: QPointF
    view: QPoint
    screen: QPoint
    shift: bool = False
    control: bool = False
    alt: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A wire that is being drawn: its two ends, its type, and whether it is refused here."""

    start: QPointF
    end: QPointF
    type: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Ghost:
    """A node that would stand here if it were dropped now."""

    spec: PlayerSpec
    at: QPointF


@dataclass(frozen=True, slots=True)
class Preview:
    """What the canvas shows while a gesture goes on. Everything has a value that shows nothing.

    `positions` and `note_rects` say where nodes and notes appear. `hidden` is a wire that would go,
    `target_wire` one that would take up what is dropped. `fits` says of a port whether the wire in
    hand fits it. `reason` is why it does not fit at the pointer. `scroll` is a way in screen pixels
    that the view is to go.
    """

    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    note_rects: Mapping[str, QRectF] = field(default_factory=dict)
    draft: Draft | None = None
    ghost: Ghost | None = None
    hidden: Connection | None = None
    target_wire: Connection | None = None
    target_port: PortKey | None = None
    fits: Callable[[PortKey], bool] | None = None
    band: QRectF | None = None
    selection: Selection | None = None
    reason: str = ""
    scroll: QPoint = field(default_factory=QPoint)


NOTHING = Preview()


@dataclass(frozen=True, slots=True)
class LooseWire:
    """A wire let go over empty canvas: the port it hangs on, and where it ended."""

    origin: PortKey
    at: QPointF
    screen: QPoint


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gesture comes to. All parts may be None: then nothing happens."""

    change: Change | None = None
    select: Selection | None = None
    refused: Finding | None = None
    loose: LooseWire | None = None


class Gesture(Protocol):
    """A pointer's way from press to release."""

    cursor: Qt.CursorShape | None
    scrolls_at_edge: bool

    def move(self, pointer: Pointer) -> Preview:
        """The pointer is here now: what to show."""
        ...

    def release(self, pointer: Pointer) -> Outcome:
        """The pointer was let go here: what is to happen."""
        ...


def strayed(first: QPoint, now: QPoint) -> bool:
    """Whether the way between two view points is more than a shaky click."""
    return (now - first).manhattanLength() > MERE_CLICK

"""Drop a Player from the palette: on empty canvas it stands there, on a wire it goes between."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMimeData, Qt

from harmony.board.canvas.gestures.gesture import Ghost, Outcome, Pointer, Preview
from harmony.board.canvas.hit import WireHit, hit_at
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.placement import GRIP, add, add_into_wire, ports_into_wire
from harmony.board.canvas.selection import Selection
from harmony.melody.document import Document
from harmony.melody.model import Connection
from harmony.players.specs import PlayerSpec

PLAYER_MIME: Final = "application/x-harmony-player"


def player_id(data: QMimeData) -> str | None:
    """The id of the Player that is dragged; None when something else is."""
    if not data.hasFormat(PLAYER_MIME):
        return None
    return data.data(PLAYER_MIME).toStdString()


class DropPlayer:
    """A Player in hand, held by its title."""

    cursor: Qt.CursorShape | None = None
    scrolls_at_edge = True

    def __init__(
        self, document: Document, layout: CanvasLayout, spec: PlayerSpec, scale: float
    ) -> None:
        self._document = document
        self._layout = layout
        self._spec = spec
        self._scale = scale

    def move(self, pointer: Pointer) -> Preview:
        return Preview(
            ghost=Ghost(self._spec, pointer.scene - GRIP), target_wire=self._wire(pointer)
        )

    def release(self, pointer: Pointer) -> Outcome:
        wire = self._wire(pointer)
        at = pointer.scene - GRIP
        placed = None if wire is None else add_into_wire(self._document, self._spec, wire, at)
        node, change = placed or add(self._document, self._spec, at)
        return Outcome(change=change, select=Selection(nodes=(node.id,)))

    def _wire(self, pointer: Pointer) -> Connection | None:
        hit = hit_at(self._layout, pointer.scene, self._scale)
        if not isinstance(hit, WireHit):
            return None
        fits = ports_into_wire(self._document, self._spec, hit.connection)
        return hit.connection if fits is not None else None

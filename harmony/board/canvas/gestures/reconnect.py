"""Drag the end of a wire: to another port it moves, to empty canvas it is taken out."""

from __future__ import annotations

from typing import Literal

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.gestures.connect import Connect
from harmony.board.canvas.gestures.gesture import Gesture, Outcome, Pointer, Preview
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.selection import Selection
from harmony.melody.changes import Disconnect
from harmony.melody.document import Document
from harmony.melody.model import Connection


class Reconnect:
    """The end of a wire in hand; its other end stays where it is."""

    cursor = Connect.cursor
    scrolls_at_edge = True

    def __init__(
        self,
        document: Document,
        layout: CanvasLayout,
        wire: Connection,
        end: Literal["source", "target"],
        start: Pointer,
        scale: float,
    ) -> None:
        fixed = (
            PortKey(wire.source, wire.output, True)
            if end == "target"
            else PortKey(wire.target, wire.input, False)
        )
        self._wire = wire
        self._inner: Gesture = Connect(document, layout, fixed, start, scale, moving=wire)

    def move(self, pointer: Pointer) -> Preview:
        return self._inner.move(pointer)

    def release(self, pointer: Pointer) -> Outcome:
        outcome = self._inner.release(pointer)
        if outcome.loose is not None:
            return Outcome(change=Disconnect(self._wire))
        if outcome.select is not None:
            return Outcome(select=Selection(wires=(self._wire,)))
        return outcome

"""The canvas by keyboard: walk, extend, nudge, connect, add, open, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt

from harmony.board.canvas import navigation
from harmony.board.canvas.conducting import GestureRunner
from harmony.board.canvas.geometry import NODE_WIDTH
from harmony.board.canvas.gestures.keyboard_connect import KeyboardConnect
from harmony.board.canvas.keys import Direction
from harmony.board.canvas.scene import CanvasScene
from harmony.board.canvas.selection import Selection
from harmony.melody.changes import MoveNodes

_ADDED_AFTER = QPointF(NODE_WIDTH + 54.0, 0.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """What walking needs of the view: what is seen, to bring something into view, to say words at
    a scene point (empty: say nothing)."""

    seen: Callable[[], QRectF]
    reveal: Callable[[QRectF], None]
    prompt: Callable[[str, QPointF], None]


class Keyboard:
    """Carries out what keys mean. `connecting` is the connection being made by keyboard, if any."""

    def __init__(self, scene: CanvasScene, runner: GestureRunner, stage: Stage) -> None:
        self._scene = scene
        self._runner = runner
        self._stage = stage
        self._nudges = 0
        self.connecting: KeyboardConnect | None = None

    # --- walking

    def go(self, direction: Direction, extend: bool) -> None:
        """Select the neighbour in a direction."""
        layout, selection = self._scene.layout, self._scene.selection
        if not layout.rects:
            return
        if not selection.nodes:
            start = navigation.nearest(layout, self._stage.seen().center(), layout.rects)
        else:
            start = navigation.neighbour(layout, selection.nodes[-1], direction)
        if start is not None:
            self._select(start, extend)

    def next(self, by: int = 1) -> None:
        """Select the next node in reading order; after the last comes the first."""
        order = navigation.reading_order(self._scene.layout)
        if not order:
            return
        nodes = self._scene.selection.nodes
        place = order.index(nodes[-1]) + by if nodes else (0 if by > 0 else -1)
        self._select(order[place % len(order)], extend=False)

    def _select(self, node_id: str, extend: bool) -> None:
        chosen = Selection(nodes=(node_id,))
        if extend:
            held = self._scene.selection
            # The walk goes on from the last one, even where it was selected before.
            kept = tuple(node for node in held.nodes if node != node_id)
            chosen = Selection((*kept, node_id), held.notes, held.wires)
        self._runner.select(chosen)
        self._stage.reveal(self._scene.layout.rects[node_id])

    # --- editing

    def nudge(self, across: float, down: float) -> None:
        """Move what is selected; nudges that follow each other are one step to undo."""
        melody, selection = self._scene.document.melody, self._scene.selection
        places = {
            key: (item.x + across, item.y + down)
            for key in (*selection.nodes, *selection.notes)
            if (item := melody.nodes.get(key) or melody.notes.get(key)) is not None
        }
        if places and self._runner.apply(MoveNodes(places), ("nudge", self._nudges)):
            last = selection.nodes[-1] if selection.nodes else None
            if last is not None:
                self._stage.reveal(self._scene.layout.rects[last])

    def end_nudges(self) -> None:
        """What is nudged from now on is a step of its own."""
        self._nudges += 1

    def place_to_add(self) -> QPointF:
        """Where a node added by keyboard goes: right of the selected one, else into the middle."""
        nodes = self._scene.selection.nodes
        if nodes:
            return self._scene.layout.rects[nodes[-1]].topLeft() + _ADDED_AFTER
        return self._stage.seen().center() - QPointF(NODE_WIDTH / 2, 56.0)

    # --- connecting

    def begin_connection(self) -> bool:
        """Start to connect from the selected node; False when none is selected."""
        self.end_connection()
        nodes = self._scene.selection.nodes
        if not nodes:
            return False
        self._runner.cancel()
        self.connecting = KeyboardConnect(self._scene.document, self._scene.layout, nodes[-1])
        if not self.connecting.options:
            words = self.connecting.prompt()
            self.connecting = None
            self._stage.prompt(words, self._scene.layout.rects[nodes[-1]].bottomLeft())
            return True
        self._show_connection()
        return True

    def connection_key(self, key: int) -> bool:
        """A key while connecting; False when it means nothing here."""
        connecting = self.connecting
        if connecting is None:
            return False
        forward = (Qt.Key.Key_Down.value, Qt.Key.Key_Right.value, Qt.Key.Key_Tab.value)
        backward = (Qt.Key.Key_Up.value, Qt.Key.Key_Left.value, Qt.Key.Key_Backtab.value)
        if key in forward:
            connecting.step(1)
        elif key in backward:
            connecting.step(-1)
        elif key == Qt.Key.Key_Escape.value:
            self.end_connection()
            return True
        elif key in (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value):
            outcome = connecting.choose()
            if outcome is not None:
                self.end_connection()
                self._runner.carry_out(outcome)
                return True
        else:
            return False
        self._show_connection()
        return True

    def end_connection(self) -> bool:
        """Give up connecting; answers whether it was under way."""
        if self.connecting is None:
            return False
        self.connecting = None
        self._runner.show_nothing()
        self._stage.prompt("", QPointF())
        return True

    def _show_connection(self) -> None:
        connecting = self.connecting
        if connecting is None:
            return
        self._scene.show_preview(connecting.preview())
        place = connecting.place()
        if place is not None:
            around = QRectF(place.x() - 60, place.y() - 30, 120, 60)
            self._stage.reveal(around)
            self._stage.prompt(connecting.prompt(), place)

"""Draw a wire from a port, or move the end of one. Ports that fit light up, others fade."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.gestures.gesture import (
    NOTHING,
    Draft,
    LooseWire,
    Outcome,
    Pointer,
    Preview,
    strayed,
)
from harmony.board.canvas.hit import NodeHit, PortHit, hit_at, port_at
from harmony.board.canvas.joining import Joint, connection_between, joint
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.selection import Selection
from harmony.melody.document import Document
from harmony.melody.model import Connection

_SNAP = 18.0
"""Screen pixels within which the loose end jumps to a port."""


class Connect:
    """A wire in hand. It hangs on `origin`; its loose end follows the pointer.

    Let go over a port that fits, it is made; over one that does not, it is refused with the reason;
    over the card of a node, it takes the first port there that fits; over empty canvas it is loose.
    """

    cursor: Qt.CursorShape | None = Qt.CursorShape.CrossCursor
    scrolls_at_edge = True

    def __init__(
        self,
        document: Document,
        layout: CanvasLayout,
        origin: PortKey,
        start: Pointer,
        scale: float,
        moving: Connection | None = None,
    ) -> None:
        self._document = document
        self._layout = layout
        self._origin = origin
        self._start = start
        self._scale = scale
        self._moving = moving
        self._dragging = False
        self._judged: dict[PortKey, Joint | None] = {}

    def fits(self, key: PortKey) -> bool:
        """Whether the wire in hand fits a port. Judged once a port, when it is first asked for."""
        if key == self._origin:
            return True
        found = self._judge(key)
        return found is not None and found.refused is None

    def move(self, pointer: Pointer) -> Preview:
        self._dragging = self._dragging or strayed(self._start.view, pointer.view)
        if not self._dragging:
            return NOTHING
        target = self._target(pointer)
        judged = self._judge(target) if target is not None else None
        refused = judged is not None and judged.refused is not None
        loose = pointer.scene
        if target is not None:
            loose = self._layout.port_point(target) or loose
        return Preview(
            draft=self._draft(loose, refused),
            hidden=self._moving,
            fits=self.fits,
            target_port=target,
            reason=judged.refused.message if judged and judged.refused else "",
        )

    def release(self, pointer: Pointer) -> Outcome:
        if not self._dragging:
            return self._clicked()
        target = self._target(pointer)
        if target is not None:
            judged = self._judge(target)
            if judged is None:
                return Outcome()
            if judged.refused is not None:
                return Outcome(refused=judged.refused)
            return Outcome(change=judged.change(self._document))
        if hit_at(self._layout, pointer.scene, self._scale) is not None and self._over_node(
            pointer
        ):
            return Outcome()
        return self._let_go(pointer)

    def _clicked(self) -> Outcome:
        return Outcome(select=Selection(nodes=(self._origin.node,)))

    def _let_go(self, pointer: Pointer) -> Outcome:
        return Outcome(loose=LooseWire(self._origin, pointer.scene, pointer.screen))

    def _over_node(self, pointer: Pointer) -> bool:
        return isinstance(hit_at(self._layout, pointer.scene, self._scale), NodeHit | PortHit)

    def _judge(self, key: PortKey) -> Joint | None:
        if key not in self._judged:
            connection = connection_between(self._origin, key)
            self._judged[key] = (
                None if connection is None else joint(self._document, connection, self._moving)
            )
        return self._judged[key]

    def _target(self, pointer: Pointer) -> PortKey | None:
        """The port that the loose end goes to from here, whether it fits or not."""
        near = port_at(self._layout, pointer.scene, _SNAP / self._scale)
        if near is not None and near.is_output != self._origin.is_output:
            return near
        hit = hit_at(self._layout, pointer.scene, self._scale)
        if not isinstance(hit, NodeHit) or hit.node == self._origin.node:
            return None
        ports = [
            key
            for key, _, _ in self._layout.port_places(hit.node)
            if key.is_output != self._origin.is_output
        ]
        fitting = [key for key in ports if self.fits(key)]
        free = [key for key in fitting if not self._gives_way(key)]
        return next(iter([*free, *fitting, *ports]), None)

    def _gives_way(self, key: PortKey) -> bool:
        judged = self._judge(key)
        return judged is not None and any(wire != self._moving for wire in judged.gives_way)

    def _draft(self, loose: QPointF, refused: bool) -> Draft | None:
        fixed = self._layout.port_point(self._origin)
        if fixed is None:
            return None
        flow = self._document.flow
        if self._origin.is_output:
            kind = flow.output_type(self._origin.node, self._origin.port)
            return Draft(fixed, loose, kind, refused)
        return Draft(loose, fixed, flow.input_type(self._origin.node, self._origin.port), refused)

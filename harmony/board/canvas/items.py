"""The painted things of the scene: each holds what it shows and calls its painter, no more."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from harmony.board.canvas.face import NodeFace
from harmony.board.canvas.geometry import Wire, wire
from harmony.board.canvas.gestures.gesture import Draft
from harmony.board.canvas.paint.ink import color, pen
from harmony.board.canvas.paint.node_painter import MARGIN, NodeLook, paint_node
from harmony.board.canvas.paint.note_painter import paint_note
from harmony.board.canvas.paint.wire_painter import (
    REACH,
    WireLook,
    chip_rect,
    paint_chip,
    paint_draft,
    paint_end,
    paint_wire,
)
from harmony.board.theme.tokens import Theme

Z_NOTE, Z_WIRE, Z_NODE, Z_CHIP, Z_DRAFT = 0.0, 1.0, 2.0, 3.0, 4.0


@dataclass(slots=True)
class Zoom:
    """The zoom that all items of a scene share; how much detail they paint depends on it."""

    scale: float = 1.0


class NodeItem(QGraphicsItem):
    """A node. `face` is what it says, `look` how it stands at this moment."""

    def __init__(self, theme: Theme, zoom: Zoom, face: NodeFace) -> None:
        super().__init__()
        self.theme = theme
        self.zoom = zoom
        self.face = face
        self.look = NodeLook()
        self.keep_picture(True)
        self.setZValue(Z_NODE)

    def keep_picture(self, keep: bool) -> None:
        """Paint only on a change, and lay the picture down meanwhile. A mere block needs none."""
        mode = QGraphicsItem.CacheMode
        self.setCacheMode(mode.DeviceCoordinateCache if keep else mode.NoCache)

    def show_face(self, face: NodeFace) -> None:
        """Show another face; the room it takes may change."""
        if face.layout.height != self.face.layout.height:
            self.prepareGeometryChange()
        self.face = face
        self.update()

    def boundingRect(self) -> QRectF:
        layout = self.face.layout
        return QRectF(0, 0, layout.width, layout.height).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        paint_node(painter, self.theme, self.face, self.look, self.zoom.scale)


class WireItem(QGraphicsItem):
    """A wire, in scene coordinates."""

    def __init__(self, theme: Theme, zoom: Zoom, curve: Wire, look: WireLook) -> None:
        super().__init__()
        self.theme = theme
        self.zoom = zoom
        self.curve = curve
        self.look = look
        self._bounds = curve.bounds()
        self.setZValue(Z_WIRE)

    def route(self, curve: Wire) -> None:
        """Follow another curve."""
        if curve != self.curve:
            self.prepareGeometryChange()
            self.curve = curve
            self._bounds = curve.bounds()

    def boundingRect(self) -> QRectF:
        return self._bounds.adjusted(-REACH, -REACH, REACH, REACH)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        paint_wire(painter, self.theme, self.curve, self.look, self.zoom.scale)


class ChipItem(QGraphicsItem):
    """The count that a mapped wire carries. It lies over nodes, so that it can always be read."""

    def __init__(self, theme: Theme, zoom: Zoom, curve: Wire, text: str) -> None:
        super().__init__()
        self.theme = theme
        self.zoom = zoom
        self.text = text
        self.faded = False
        self._rect = chip_rect(curve, text)
        self.setZValue(Z_CHIP)

    def show_count(self, curve: Wire, text: str) -> None:
        """Show another count, or stand at another place."""
        rect = chip_rect(curve, text)
        if rect != self._rect or text != self.text:
            self.prepareGeometryChange()
            self._rect, self.text = rect, text

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self.zoom.scale >= 0.5:
            painter.setOpacity(0.4 if self.faded else 1.0)
            paint_chip(painter, self.theme, self._rect, self.text)


class NoteItem(QGraphicsItem):
    """A note."""

    def __init__(self, theme: Theme, zoom: Zoom, text: str, size: QRectF) -> None:
        super().__init__()
        self.theme = theme
        self.zoom = zoom
        self.text = text
        self.size = size
        self.selected = False
        self.hovered = False
        self.setZValue(Z_NOTE)

    def resize(self, size: QRectF) -> None:
        """Take another size; the top left corner stays the origin."""
        if size != self.size:
            self.prepareGeometryChange()
            self.size = size

    def boundingRect(self) -> QRectF:
        return self.size.adjusted(-1, -1, 1, 1)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        paint_note(
            painter,
            self.theme,
            self.text,
            self.size,
            selected=self.selected,
            hovered=self.hovered,
            scale=self.zoom.scale,
        )


class DraftItem(QGraphicsItem):
    """What a gesture shows over everything: the wire in hand, the band, the node to be dropped."""

    def __init__(self, theme: Theme, zoom: Zoom) -> None:
        super().__init__()
        self.theme = theme
        self.zoom = zoom
        self.draft: Draft | None = None
        self.band: QRectF | None = None
        self.ghost: tuple[NodeFace, QPointF] | None = None
        self.setZValue(Z_DRAFT)

    def present(
        self, draft: Draft | None, band: QRectF | None, ghost: tuple[NodeFace, QPointF] | None
    ) -> None:
        """Show these, and nothing else."""
        if (draft, band, ghost) == (self.draft, self.band, self.ghost):
            return
        self.prepareGeometryChange()
        self.draft, self.band, self.ghost = draft, band, ghost
        self.update()

    def boundingRect(self) -> QRectF:
        area = QRectF()
        if self.draft is not None:
            area = wire(self.draft.start, self.draft.end).bounds().adjusted(-12, -12, 12, 12)
        if self.band is not None:
            area = area.united(self.band.adjusted(-2, -2, 2, 2))
        if self.ghost is not None:
            face, at = self.ghost
            card = QRectF(at.x(), at.y(), face.layout.width, face.layout.height)
            area = area.united(card.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))
        return area

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        scale = self.zoom.scale
        if self.band is not None:
            painter.setPen(pen(self.theme.accent, 1.0 / scale))
            painter.setBrush(color(self.theme.accent, 0.10))
            painter.drawRect(self.band)
        if self.draft is not None:
            draft = self.draft
            hue = self.theme.port(draft.type)
            curve = wire(draft.start, draft.end)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            paint_draft(painter, self.theme, curve, hue, draft.refused, scale)
            for end in (draft.start, draft.end):
                paint_end(painter, self.theme, end, hue, draft.refused)
        if self.ghost is not None:
            face, at = self.ghost
            painter.translate(at)
            painter.setOpacity(0.9)
            paint_node(painter, self.theme, face, NodeLook(selected=True), scale)

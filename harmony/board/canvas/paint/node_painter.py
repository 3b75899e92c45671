"""Paints a node: card, icon, title, state, ports, main parameter and foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from harmony.board.canvas.face import NodeFace, foot, port_label
from harmony.board.canvas.geometry import PORT_RADIUS, PortPlace
from harmony.board.canvas.paint.badges import (
    paint_badge,
    paint_bottleneck,
    paint_finding,
    paint_pin,
)
from harmony.board.canvas.paint.ink import color, elided, font, pen, wrapped
from harmony.board.canvas.paint.shadow import BLUR, DROP, paint_shadow
from harmony.board.theme.icons import has_icon, renderer
from harmony.board.theme.tokens import NODE_RADIUS, Theme, mix
from harmony.players.ports import item_type

# Below these zooms details are only noise: first the title stands alone, then a coloured block.
WORDS_FROM: Final = 0.5
SHAPES_FROM: Final = 0.22
_READABLE: Final = 10.5
_LARGEST_TITLE: Final = 30
MARGIN: Final = BLUR + DROP
_DIM = 0.72

PortLight = Callable[[PortPlace], bool | None]


@dataclass(frozen=True, slots=True)
class NodeLook:
    """How a node looks at this moment, beside what it says.

    `light` says of a port whether it fits the wire that is being drawn (None: no wire is drawn).
    `port` is the port under the pointer. `now` is the monotonic clock; `turn` (0 to 1)
    where the arc of endless work stands.
    """

    selected: bool = False
    hovered: bool = False
    faded: bool = False
    port: PortPlace | None = None
    light: PortLight | None = None
    now: float = 0.0
    turn: float = 0.0


def paint_node(
    painter: QPainter, theme: Theme, face: NodeFace, look: NodeLook, scale: float = 1.0
) -> None:
    """Paint a node with its top left corner at the origin. `scale` is the zoom."""
    card = QRectF(0, 0, face.layout.width, face.layout.height)
    if scale < SHAPES_FROM:
        _paint_block(painter, theme, face, look, card, scale)
        return
    dim = face.status.state in ("waiting", "skipped", "cancelled")
    if look.faded:
        painter.setOpacity(0.45)
    _paint_card(painter, theme, face, look, card, dim)
    whole = painter.opacity()
    if dim:
        painter.setOpacity(whole * _DIM)
    _paint_chip(painter, theme, face, scale)
    if face.status.damaged:
        paint_finding(painter, theme, "warning", face.layout.badge)
    elif face.finding and face.status.state in ("idle", "waiting"):
        painter.setOpacity(whole)
        paint_finding(painter, theme, face.finding, face.layout.badge)
        painter.setOpacity(whole * (_DIM if dim else 1.0))
    else:
        paint_badge(painter, theme, face.status, face.layout.badge, look.turn)
    if scale >= WORDS_FROM:
        _paint_words(painter, theme, face, look)
    else:
        _paint_large_title(painter, theme, face, scale)
    painter.setOpacity(1.0)
    for place in face.layout.ports:
        _paint_port(painter, theme, place, look)
    if face.status.bottleneck and scale >= WORDS_FROM:
        paint_bottleneck(painter, theme, card)
    if face.pinned and scale >= SHAPES_FROM:
        paint_pin(painter, theme, card, words=scale >= WORDS_FROM)


def _paint_block(
    painter: QPainter,
    theme: Theme,
    face: NodeFace,
    look: NodeLook,
    card: QRectF,
    scale: float,
) -> None:
    state = face.status.state
    hue = theme.state(state) if state not in ("idle", "waiting") else theme.kind(face.kind)
    share = 0.9 if state in ("running", "done", "failed") else 0.45
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(mix(hue, theme.card, share)))
    painter.drawRect(card)
    if look.selected:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(theme.accent, 2.5 / scale))
        painter.drawRect(card)


def _paint_card(
    painter: QPainter, theme: Theme, face: NodeFace, look: NodeLook, card: QRectF, dim: bool
) -> None:
    state = face.status.state
    radius = NODE_RADIUS
    paint_shadow(painter, card, radius, theme.shadow, theme.shadow_share * (0.5 if dim else 1.0))
    failed = state == "failed"
    painter.setPen(Qt.PenStyle.NoPen)
    if failed:
        painter.setBrush(color(theme.failed, 0.28))
        painter.drawRoundedRect(card.adjusted(-3, -3, 3, 3), radius + 3, radius + 3)
    if look.selected:
        # Lines end on whole pixels on their outer side, so that they are crisp.
        grow = 4.25 if failed else 2.25
        painter.setBrush(color(theme.accent, 0.0 if failed else 0.22))
        painter.setPen(pen(theme.accent, 1.5))
        painter.drawRoundedRect(
            card.adjusted(-grow, -grow, grow, grow), radius + grow, radius + grow
        )
    border = theme.card_line
    if failed:
        border = theme.failed
    elif state == "running" or look.selected:
        border = theme.accent
    elif look.hovered:
        border = mix(theme.muted, theme.card_line, 0.45)
    fill = mix(theme.card, theme.canvas, 0.62) if dim else theme.card
    width = 1.5 if failed or state == "running" else 1.0
    inset = width / 2
    painter.setPen(pen(border, width))
    painter.setBrush(color(fill))
    painter.drawRoundedRect(
        card.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset
    )


def _paint_chip(painter: QPainter, theme: Theme, face: NodeFace, scale: float) -> None:
    hue = theme.kind(face.kind)
    chip = face.layout.chip
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(hue, theme.chip_share))
    painter.drawRoundedRect(chip, 7, 7)
    if has_icon(face.icon):
        size = 16.0
        corner = chip.center() - QPointF(size / 2, size / 2)
        renderer(face.icon, hue).render(painter, QRectF(corner.x(), corner.y(), size, size))
    elif scale >= WORDS_FROM:
        painter.setFont(font("initial"))
        painter.setPen(color(hue))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, face.title[:1].upper() or "?")


def _paint_words(painter: QPainter, theme: Theme, face: NodeFace, look: NodeLook) -> None:
    middle_left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    middle_right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    layout = face.layout
    painter.setFont(font("title"))
    painter.setPen(color(theme.text))
    painter.drawText(layout.title, middle_left, elided(face.title, "title", layout.title.width()))
    painter.setFont(font("label"))
    _paint_labels(painter, theme, face)
    if layout.field is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(theme.field))
        painter.drawRoundedRect(layout.field, 5, 5)
        inner = layout.field.adjusted(7, 0, -7, 0)
        painter.setFont(font("field"))
        painter.setPen(color(theme.faint if face.field_hint else theme.muted))
        shown = elided(face.field, "field", inner.width(), face.field_is_path)
        painter.drawText(inner, middle_left, shown)
    painter.setFont(font("foot"))
    if face.error_lines:
        painter.setPen(color(theme.failed))
        line = QRectF(layout.foot.left(), layout.foot.top(), layout.foot.width(), 16.0)
        for text in face.error_lines:
            painter.drawText(line, middle_left, text)
            line.translate(0, 16.0)
        return
    left, right = foot(face, look.now)
    room = layout.foot.width()
    painter.setPen(color(theme.muted))
    if right:
        painter.drawText(layout.foot, middle_right, right)
        room -= painter.fontMetrics().horizontalAdvance(right) + 8
    painter.drawText(layout.foot, middle_left, elided(left, "foot", room))


def _paint_labels(painter: QPainter, theme: Theme, face: NodeFace) -> None:
    rows: dict[float, int] = {}
    for place in face.layout.ports:
        rows[place.y] = rows.get(place.y, 0) + 1
    for place in face.layout.ports:
        # A row that two ports share is halved between them.
        width = (face.layout.width - 30) / rows[place.y] - (4 if rows[place.y] > 1 else 0)
        text = elided(port_label(place.name), "label", width)
        left = 15.0 if not place.is_output else face.layout.width - 15.0 - width
        side = Qt.AlignmentFlag.AlignRight if place.is_output else Qt.AlignmentFlag.AlignLeft
        painter.setPen(color(theme.muted))
        painter.drawText(
            QRectF(left, place.y - 10, width, 20), Qt.AlignmentFlag.AlignVCenter | side, text
        )


def _paint_large_title(painter: QPainter, theme: Theme, face: NodeFace, scale: float) -> None:
    """The title alone, so large that it can be read from here."""
    size = min(round(_READABLE / scale), _LARGEST_TITLE)
    left, top = face.layout.chip.left(), face.layout.chip.bottom() + 3.0
    room = QRectF(left, top, face.layout.width - 2 * left, face.layout.height - top - 4.0)
    line_height = size * 1.22
    lines = wrapped(
        face.title, "title", room.width(), max(1, int(room.height() / line_height)), size
    )
    painter.setFont(font("title", size))
    painter.setPen(color(theme.failed if face.status.state == "failed" else theme.text))
    line = QRectF(room.left(), room.top(), room.width(), line_height)
    line.translate(0, max(0.0, (room.height() - line_height * len(lines)) / 2))
    for text in lines:
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        line.translate(0, line_height)


def _paint_port(painter: QPainter, theme: Theme, place: PortPlace, look: NodeLook) -> None:
    hue = theme.port(place.type)
    light = look.light(place) if look.light is not None else None
    centre = QPointF(place.x, place.y)
    radius = PORT_RADIUS
    if light is True:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(hue, 0.30))
        painter.drawEllipse(centre, 11.0, 11.0)
        radius += 1.0
    elif light is False:
        hue = mix(hue, theme.canvas, 0.25)
    if look.port is place:
        radius += 1.5
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(theme.canvas))
    _dot(painter, place, centre, radius + 2.0)
    painter.setBrush(color(hue))
    _dot(painter, place, centre, radius)


def _dot(painter: QPainter, place: PortPlace, centre: QPointF, radius: float) -> None:
    if item_type(place.type) is None:
        painter.drawEllipse(centre, radius, radius)
        return
    # A list is a square with round corners: told from a single value by its shape.
    side = radius * 0.94
    painter.drawRoundedRect(
        QRectF(centre.x() - side, centre.y() - side, 2 * side, 2 * side), side * 0.4, side * 0.4
    )

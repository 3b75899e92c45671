"""The list that shows Players: painted rows, drag out, Enter or double-click to choose."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.palette.players_model import (
    HEADING_ROLE,
    REFUSED_ROLE,
    SPEC_ROLE,
    Heading,
    PlayersModel,
)
from harmony.board.player_chip import paint_chip
from harmony.board.theme import fonts
from harmony.board.theme.icons import renderer
from harmony.foundation.words import render
from harmony.players.specs import PlayerSpec

_ROW, _HEADING = 41, 34
_Index = QModelIndex | QPersistentModelIndex


class PlayerRowPainter(QStyledItemDelegate):
    """Paints a heading (name, count) or a Player (chip, title, summary)."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        heading = index.data(HEADING_ROLE) is not None
        return QSize(120, _HEADING if heading else _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        area = QRectF(option.rect)
        heading = index.data(HEADING_ROLE)
        if isinstance(heading, Heading):
            self._paint_heading(painter, area, heading)
        else:
            spec = index.data(SPEC_ROLE)
            state = option.state
            if isinstance(spec, PlayerSpec):
                self._paint_player(painter, area, spec, state, bool(index.data(REFUSED_ROLE)))
        painter.restore()

    def _paint_heading(self, painter: QPainter, area: QRectF, heading: Heading) -> None:
        text = area.adjusted(14, 8, -14, 0)
        painter.setFont(fonts.sans(11, QFont.Weight.DemiBold))
        painter.setPen(QColor(self._look.theme.muted))
        painter.drawText(
            text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, heading.title
        )
        painter.setPen(QColor(self._look.theme.muted))
        painter.drawText(
            text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(heading.count)
        )

    def _paint_player(
        self,
        painter: QPainter,
        area: QRectF,
        spec: PlayerSpec,
        state: QStyle.StateFlag,
        refused: bool,
    ) -> None:
        theme = self._look.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised if selected else theme.hover))
            painter.drawRoundedRect(area.adjusted(6, 1, -6, -1), 8, 8)
            if selected and state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QColor(theme.accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(area.adjusted(6.5, 1.5, -6.5, -1.5), 8, 8)
        chip = QRectF(area.left() + 16, area.center().y() - 13, 26, 26)
        paint_chip(painter, chip, spec, theme)
        right = area.right() - 12
        if refused:
            mark = QRectF(right - 20, area.center().y() - 8, 16, 16)
            renderer("alert", theme.warning).render(painter, mark)
            right = mark.left() - 6
        text = QRectF(chip.right() + 10, area.top() + 4, right - chip.right() - 10, 18)
        title = fonts.sans(13, QFont.Weight.Medium)
        painter.setFont(title)
        painter.setPen(QColor(theme.muted if refused else theme.text))
        _draw_elided(painter, text, spec.title)
        painter.setFont(fonts.sans(11))
        painter.setPen(QColor(theme.warning if refused else theme.muted))
        told = render("board.left_alone") if refused else spec.summary.rstrip(".")
        _draw_elided(painter, text.translated(0, 17), told)


def _draw_elided(painter: QPainter, area: QRectF, text: str) -> None:
    fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)


class PlayerList(QListView):
    """`chosen` is sent with the id of a Player on Enter or double-click."""

    chosen = Signal(str)

    def __init__(self, model: PlayersModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setModel(model)
        self.setItemDelegate(PlayerRowPainter(look, self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName("Players")
        self.doubleClicked.connect(self._choose)
        look.changed.connect(self.viewport().update)

    def choose_current(self) -> None:
        """Choose the selected Player, if there is one."""
        self._choose(self.currentIndex())

    def select_row(self, row: int) -> None:
        """Select a Player's row and bring it into sight."""
        index = self.model().index(row, 0)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def move_selection(self, step: int) -> None:
        """Select the next (1) or previous (-1) Player, over headings."""
        row = self.currentIndex().row()
        count = self.model().rowCount()
        while 0 <= row + step < count:
            row += step
            if isinstance(self.model().index(row, 0).data(SPEC_ROLE), PlayerSpec):
                self.select_row(row)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
            return
        super().keyPressEvent(event)

    def startDrag(self, supported: Qt.DropAction) -> None:
        spec = self.currentIndex().data(SPEC_ROLE)
        if not isinstance(spec, PlayerSpec):
            return
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData([self.currentIndex()]))
        size = 36
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(size * ratio), round(size * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        paint_chip(painter, QRectF(0, 0, size, size), spec, self._look.theme)
        painter.end()
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(size // 2, size // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _choose(self, index: QModelIndex) -> None:
        spec = index.data(SPEC_ROLE)
        if isinstance(spec, PlayerSpec):
            self.chosen.emit(spec.id)

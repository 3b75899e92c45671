"""The command palette: type a few letters, run a command or go to a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from harmony.board.commands.fuzzy import best
from harmony.board.look import Look
from harmony.board.theme import fonts
from harmony.board.theme.icons import renderer
from harmony.foundation.words import render

_WIDTH, _ROW, _MOST_SHOWN = 560, 34, 11
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be chosen: a command, or a node to go to."""

    title: str
    where: str
    keys: str
    icon: str
    enabled: bool
    choose: Callable[[], None]


class EntryModel(QAbstractListModel):
    """The entries that fit what was typed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: Sequence[Entry] = ()
        self.shown: list[Entry] = []

    def set_entries(self, entries: Sequence[Entry], query: str) -> None:
        """Show those that fit, best first; what cannot be done now comes last."""
        self.beginResetModel()
        self._all = entries
        found = best(query, entries, lambda entry: f"{entry.title} {entry.where}", limit=200)
        self.shown = sorted(found, key=lambda entry: not entry.enabled) if not query else found
        self.endResetModel()

    def search(self, query: str) -> None:
        """Show what fits."""
        self.set_entries(self._all, query)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        entry = self.shown[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        return entry.title if role == Qt.ItemDataRole.DisplayRole else None


class EntryPainter(QStyledItemDelegate):
    """Paints an entry: icon, title, place, keys."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(entry, Entry):
            return
        theme = self._look.theme
        area = QRectF(option.rect)
        selected = option.state & QStyle.StateFlag.State_Selected
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(area.adjusted(6, 1, -6, -1), 7, 7)
        color = theme.text if entry.enabled else theme.faint
        picture = QRectF(area.left() + 16, area.center().y() - 8, 16, 16)
        renderer(entry.icon or "command", theme.muted if entry.enabled else theme.faint).render(
            painter, picture
        )
        painter.setFont(fonts.sans(13))
        painter.setPen(QColor(color))
        left = area.adjusted(44, 0, -16, 0)
        painter.drawText(left, Qt.AlignmentFlag.AlignVCenter, entry.title)
        used = painter.fontMetrics().horizontalAdvance(entry.title)
        painter.setFont(fonts.sans(11))
        painter.setPen(QColor(theme.muted))
        keys_width = painter.fontMetrics().horizontalAdvance(entry.keys) + 10 if entry.keys else 0
        middle = left.adjusted(used + 10, 1, -keys_width, 1)
        where = painter.fontMetrics().elidedText(
            entry.where, Qt.TextElideMode.ElideRight, max(0, int(middle.width()))
        )
        painter.drawText(middle, Qt.AlignmentFlag.AlignVCenter, where)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(left, right, entry.keys)
        painter.restore()


class CommandPalette(QFrame):
    """A pop-up over the window. Esc puts it away, Enter does what is selected."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "popup")
        self.setFixedWidth(_WIDTH)
        self.model = EntryModel(self)
        self.search = QLineEdit(placeholderText=render("board.command_field"))
        self.search.setAccessibleName(render("board.command_field"))
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(EntryPainter(look, self))
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.nothing.setProperty("kind", "muted")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 10, 0, 8)
        rows.setSpacing(8)
        field = QVBoxLayout()
        field.setContentsMargins(10, 0, 10, 0)
        field.addWidget(self.search)
        rows.addLayout(field)
        rows.addWidget(self.list)
        rows.addWidget(self.nothing)
        self.search.textChanged.connect(self._searched)
        self.search.installEventFilter(self)
        self.list.clicked.connect(self._choose)

    def open_at(self, top_right: QPoint, entries: Sequence[Entry]) -> None:
        """Show the palette with its top right corner there (global), over these entries."""
        self.search.clear()
        self.model.set_entries(entries, "")
        self._fit()
        self.move(top_right - QPoint(_WIDTH, 0))
        self.show()
        self.search.setFocus()

    def choose_current(self) -> None:
        """Do what is selected."""
        self._choose(self.list.currentIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = watched is self.search and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and self._key(event.key()):
            return True
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _MOST_SHOWN,
            Qt.Key.Key_PageUp: -_MOST_SHOWN,
        }
        step = steps.get(Qt.Key(key))
        if step is not None:
            self._select(self.list.currentIndex().row() + step)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
            return True
        return False

    def _searched(self, text: str) -> None:
        self.model.search(text)
        self._fit()

    def _select(self, row: int) -> None:
        row = max(0, min(row, self.model.rowCount() - 1))
        index = self.model.index(row, 0)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def _fit(self) -> None:
        count = self.model.rowCount()
        self.list.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        self.nothing.setText(render("board.palette_nothing", query=self.search.text()))
        self.list.setFixedHeight(min(max(count, 1), _MOST_SHOWN) * _ROW + 2)
        self._select(0)
        self.adjustSize()

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(entry, Entry) and entry.enabled:
            self.close()
            entry.choose()

"""The top of the window: the mark with the menu, the tabs, Run and Pause, the command field."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QIcon,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.theme import fonts
from harmony.board.theme.icons import icon, renderer
from harmony.foundation.resources import resource_path
from harmony.foundation.words import render

HEIGHT = 44
_CLOSE = 14.0


class DocumentTabs(QTabBar):
    """The tabs. A dot says modified; under the pointer it becomes the cross that closes."""

    close_requested = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._modified: set[int] = set()
        self._hovered = -1
        self._closing = -1
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(render("board.tabs"))
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def show_tabs(self, titles: list[str], modified: set[int], current: int) -> None:
        """Show these tabs. Sends no signal."""
        blocked = self.blockSignals(True)
        while self.count() > len(titles):
            self.removeTab(self.count() - 1)
        for number, title in enumerate(titles):
            if number >= self.count():
                self.addTab(title)
            elif self.tabText(number) != title:
                self.setTabText(number, title)
            self.setTabToolTip(number, title)
        self._modified = modified
        self.setCurrentIndex(current)
        self.blockSignals(blocked)
        self.updateGeometry()
        self.update()

    def tabSizeHint(self, index: int) -> QSize:
        font = fonts.sans(13, QFont.Weight.Medium)
        width = QFontMetrics(font).horizontalAdvance(self.tabText(index))
        # The first tab is the start page, which is never closed.
        return QSize(min(240, width + (28 if index == 0 else 44)), HEIGHT)

    def sizeHint(self) -> QSize:
        # Qt would keep room for a tab more than there is.
        return QSize(sum(self.tabSizeHint(n).width() for n in range(self.count())), HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return QSize(min(110, self.tabSizeHint(index).width()), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_tab(painter, index)
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        theme = self._look.theme
        area = QRectF(self.tabRect(index)).adjusted(2, 7, -2, -7)
        current = index == self.currentIndex()
        if current or index == self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised if current else theme.hover))
            painter.drawRoundedRect(area, 8, 8)
        if current and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setFont(fonts.sans(13, QFont.Weight.Medium))
        painter.setPen(QColor(theme.text if current else theme.muted))
        text = area.adjusted(12, 0, -12 if index == 0 else -28, 0)
        title = painter.fontMetrics().elidedText(
            self.tabText(index), Qt.TextElideMode.ElideRight, int(text.width()) + 2
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, title)
        mark = self._close_area(index)
        if index == self._hovered and index > 0:
            renderer("x", theme.text if index == self._closing else theme.muted).render(
                painter, mark
            )
        elif index in self._modified:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.text if current else theme.muted))
            painter.drawEllipse(mark.center(), 4, 4)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position().toPoint())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = self._closing = -1
        self.update()
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        self._hover(place)
        middle = event.button() == Qt.MouseButton.MiddleButton
        if (self._closing >= 0 and event.button() == Qt.MouseButton.LeftButton) or middle:
            index = self._closing if self._closing >= 0 else self.tabAt(place)
            if index > 0:
                self.close_requested.emit(index)
            return
        super().mousePressEvent(event)

    def _hover(self, place: QPoint) -> None:
        hovered = self.tabAt(place)
        closing = -1
        if hovered > 0 and self._close_area(hovered).adjusted(-4, -6, 4, 6).contains(
            float(place.x()), float(place.y())
        ):
            closing = hovered
        if (hovered, closing) != (self._hovered, self._closing):
            self._hovered, self._closing = hovered, closing
            self.update()

    def _close_area(self, index: int) -> QRectF:
        area = self.tabRect(index)
        return QRectF(
            area.right() - 11 - _CLOSE, area.center().y() - _CLOSE / 2 + 0.5, _CLOSE, _CLOSE
        )


class CommandField(QPushButton):
    """Looks like a field; opens the command palette."""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(render("board.command_field"))
        self.setFixedHeight(30)
        self.setMinimumWidth(180)
        self.setMaximumWidth(300)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        text = QLabel(render("board.command_field"))
        text.setProperty("kind", "muted")
        key = QLabel(keys.replace("+", " "))
        key.setProperty("kind", "key")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.addWidget(text, 1)
        row.addWidget(key)
        for label in (text, key):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class TopBar(QWidget):
    """Signals: `tab_chosen(index)`, `tab_close_requested(index)`."""

    tab_chosen = Signal(int)
    tab_close_requested = Signal(int)

    def __init__(
        self, look: Look, actions: dict[str, QAction], menu: QMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._actions = actions
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.mark = QToolButton(autoRaise=True)
        self.mark.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.mark.setMenu(menu)
        self.mark.setIconSize(QSize(22, 22))
        self.mark.setToolTip(render("board.menu"))
        self.mark.setAccessibleName(render("board.menu"))
        self.tabs = DocumentTabs(look)
        self.add = QToolButton(autoRaise=True)
        # Not its default action: the plus here is not the picture that the menu shows.
        self.add.clicked.connect(actions["file.new"].trigger)
        self.add.setToolTip(actions["file.new"].toolTip())
        self.add.setAccessibleName(actions["file.new"].text())
        self.add.setIconSize(QSize(16, 16))
        self.run = _button(actions["run.run"])
        self.stop = _button(actions["run.stop"])
        for button in (self.run, self.stop):
            button.setProperty("kind", "primary")
        self.pause = _button(actions["run.pause"])
        self.resume = _button(actions["run.resume"])
        keys = actions["help.palette"].shortcut().toString()
        self.field = CommandField(keys)
        self.field.clicked.connect(actions["help.palette"].trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.mark)
        row.addWidget(self.tabs)
        row.addWidget(self.add)
        row.addSpacing(24)
        for button in (self.run, self.stop, self.pause, self.resume):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.field, 2)
        self.tabs.currentChanged.connect(self.tab_chosen)
        self.tabs.close_requested.connect(self.tab_close_requested)
        look.changed.connect(self._show_icons)
        self._show_icons()
        self.show_run(live=False, paused=False, has_document=False)

    def show_run(self, live: bool, paused: bool, has_document: bool) -> None:
        """Run or Stop, Pause or Resume, as the run demands."""
        self.run.setVisible(has_document and not live)
        self.stop.setVisible(has_document and live)
        self.pause.setVisible(live and not paused)
        self.resume.setVisible(has_document and paused)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor(self._look.theme.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()

    def _show_icons(self) -> None:
        theme = self._look.theme
        self.mark.setIcon(QIcon(str(resource_path("icons/app.svg"))))
        self.add.setIcon(self._look.icon("plus"))
        for button, name in ((self.run, "play"), (self.stop, "stop")):
            button.setIcon(icon(name, theme.on_accent, theme.faint))
        for button, name in ((self.pause, "pause"), (self.resume, "resume")):
            button.setIcon(icon(name, theme.text, theme.faint))


def _button(action: QAction) -> QPushButton:
    """A button that does what an action does, and is enabled when it is."""
    button = QPushButton(f" {action.text()}")
    button.setIconSize(QSize(13, 13))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    keys = action.shortcut().toString()
    button.setToolTip(f"{action.toolTip()} ({keys})" if keys else action.toolTip())
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    return button

"""The palette: a search field over all Players, grouped by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from harmony.board.look import Look
from harmony.board.palette.player_list import PlayerList
from harmony.board.palette.players_model import PlayersModel
from harmony.foundation.words import render
from harmony.players.specs import PlayerSpec


class Palette(QWidget):
    """`chosen` is sent with the id of the Player that is to be added."""

    chosen = Signal(str)

    def __init__(
        self,
        players: Callable[[], Sequence[PlayerSpec]],
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = PlayersModel(players, self)
        self.search = QLineEdit(placeholderText=render("board.palette_search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(render("board.palette_search"))
        self.list = PlayerList(self.model, look)
        self.nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.nothing.setProperty("kind", "muted")
        self.nothing.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 12, 0, 0)
        rows.setSpacing(2)
        field = QVBoxLayout()
        field.setContentsMargins(12, 0, 12, 4)
        field.addWidget(self.search)
        rows.addLayout(field)
        rows.addWidget(self.nothing, 1)
        rows.addWidget(self.list, 1)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self.chosen)

    def refresh(self) -> None:
        """The catalogue changed."""
        self.model.refresh()

    def show_refused(self, players: Iterable[str], reason: Callable[[str], str]) -> None:
        """Mark the Players that are left alone for a while, since they crashed too often."""
        self.model.show_refused(players, reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys and Enter in the search field work on the list."""
        pressed = watched is self.search and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent):
            return self._search_key(event.key())
        return super().eventFilter(watched, event)

    def _search_key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.list.move_selection(1 if key == Qt.Key.Key_Down else -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.list.choose_current()
            return True
        if key == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        return False

    def _search(self, text: str) -> None:
        self.model.search(text)
        empty = not self.model.rows
        self.nothing.setText(render("board.palette_nothing", query=text))
        self.nothing.setVisible(empty)
        self.list.setVisible(not empty)
        if text:
            self.list.select_row(self.model.first_player())

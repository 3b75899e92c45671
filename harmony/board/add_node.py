"""Adding a node by typing: a pop-up on the canvas that lists the Players that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from harmony.board.look import Look
from harmony.board.palette.player_list import PlayerList
from harmony.board.palette.players_model import PlayersModel
from harmony.foundation.words import render
from harmony.melody.changes import AddNode, Change, Connect, Group
from harmony.melody.document import Document
from harmony.melody.model import Connection, Node
from harmony.melody.naming import fresh_node_id
from harmony.players.ports import fit
from harmony.players.specs import PlayerSpec


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """A wire that was dropped on empty canvas: the port it hangs on, and that port's type."""

    node: str
    port: str
    is_output: bool
    type: str


def fitting_port(spec: PlayerSpec, end: OpenEnd) -> str | None:
    """The port of a Player that the open end fits best: as it stands before mapped or gathered."""
    ranks = {"direct": 0, "map": 1, "gather": 2}
    found: list[tuple[int, int, str]] = []
    ports = spec.inputs if end.is_output else spec.outputs
    for number, port in enumerate(ports):
        how = fit(end.type, port.type) if end.is_output else fit(port.type, end.type)
        if how is not None:
            found.append((ranks[how], number, port.name))
    return min(found)[2] if found else None


def addition(
    document: Document, spec: PlayerSpec, x: float, y: float, end: OpenEnd | None = None
) -> tuple[str, Change]:
    """The id of the new node, and the Change that places it, with its wire to an open end."""
    node_id = fresh_node_id(document.melody, spec.id)
    added = AddNode(Node(node_id, spec.id, x=round(x / 8) * 8, y=round(y / 8) * 8))
    port = fitting_port(spec, end) if end is not None else None
    if end is None or port is None:
        return node_id, added
    if end.is_output:
        wire = Connection(end.node, end.port, node_id, port)
    else:
        wire = Connection(node_id, port, end.node, end.port)
    return node_id, Group(render("board.add_connected", player=spec.title), (added, Connect(wire)))


class AddNodePopup(QFrame):
    """`chosen(player, end)` is sent with the Player and the open end (or None)."""

    chosen = Signal(str, object)

    def __init__(
        self,
        players: Callable[[], Sequence[PlayerSpec]],
        look: Look,
        parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "popup")
        self.setFixedSize(300, 380)
        self._players = players
        self._window = parent.window()
        self._end: OpenEnd | None = None
        self.model = PlayersModel(self._fitting, self)
        self.search = QLineEdit(placeholderText=render("board.add_node_search"))
        self.search.setAccessibleName(render("board.add_node_search"))
        self.list = PlayerList(self.model, look)
        self.list.setDragEnabled(False)
        self.hint = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.hint.setProperty("kind", "muted")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 10, 0, 6)
        rows.setSpacing(4)
        field = QVBoxLayout()
        field.setContentsMargins(10, 0, 10, 0)
        field.addWidget(self.search)
        rows.addLayout(field)
        rows.addWidget(self.hint, 1)
        rows.addWidget(self.list, 1)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self._chosen)
        self.list.clicked.connect(self.list.choose_current)

    def open_at(self, place: QPoint, end: OpenEnd | None = None, text: str = "") -> None:
        """Show the pop-up at a place (global). With an open end: only what fits it."""
        self._end = end
        self.search.setText(text)
        self._search(text)
        screen = self._window.frameGeometry()
        x = min(place.x(), screen.right() - self.width())
        y = min(place.y(), screen.bottom() - self.height())
        self.move(max(x, screen.left()), max(y, screen.top()))
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if watched is self.search and isinstance(event, QKeyEvent) and pressed:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.list.move_selection(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.list.choose_current()
                return True
        return super().eventFilter(watched, event)

    def _fitting(self) -> list[PlayerSpec]:
        end = self._end
        return [spec for spec in self._players() if end is None or fitting_port(spec, end)]

    def _search(self, text: str) -> None:
        self.model.search(text)
        self.list.setVisible(bool(self.model.rows))
        self.hint.setVisible(not self.model.rows)
        nothing = "board.add_node_nothing_fits" if self._end else "board.palette_nothing"
        self.hint.setText(render(nothing, query=text))
        self.list.select_row(self.model.first_player())

    def _chosen(self, player: str) -> None:
        end = self._end
        self.close()
        self.chosen.emit(player, end)

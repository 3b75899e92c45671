"""The page of one open melody: the canvas, its state at the top left, and the bar for strangers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from harmony.board.canvas.scene import CanvasScene
from harmony.board.canvas.view import CanvasView
from harmony.board.canvas_state import Permission
from harmony.board.documents.open_document import OpenDocument
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.melody.model import Connection
from harmony.players.specs import PlayerSpec
from harmony.states.canvas import CanvasState

_CHIP_KINDS = {
    CanvasState.EXECUTING: "running",
    CanvasState.DEBUGGING: "problem",
    CanvasState.SAVING: "running",
    CanvasState.VALIDATING: "running",
}


class StateChip(QWidget):
    """Over the canvas: the state of chart 10, the melody's name, the run on show."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.state = QLabel()
        self.state.setProperty("kind", "chip")
        self.state.setFixedHeight(22)
        self.name = QLabel()
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.halt = QLabel()
        self.halt.setProperty("kind", "chip")
        self.halt.setFixedHeight(22)
        self.run = QLabel()
        self.run.setProperty("kind", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(9)
        for label in (self.state, self.halt, self.name, self.run):
            row.addWidget(label)
        look.changed.connect(self._color)

    def show_state(self, state: str, name: str, run: str, halt: str = "") -> None:
        """Show other words. `halt` says that the run stands still: it was paused or interrupted."""
        self.halt.setText(halt)
        self.halt.setVisible(bool(halt))
        self.state.setText(render(f"board.canvas_{state.lower()}"))
        self.state.setToolTip(render(f"board.canvas_{state.lower()}_help"))
        told = f"{self.state.text()}, {halt}" if halt else self.state.text()
        self.setAccessibleName(f"{told}: {name}")
        self.name.setText(name)
        self.run.setText(run)
        self.run.setVisible(bool(run))
        self._kind = _CHIP_KINDS.get(state, "")
        self._color()
        self.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words stay readable where a node lies under them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._look.theme.canvas)
        ground.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), 11, 11)
        painter.end()
        super().paintEvent(event)

    def _color(self) -> None:
        from harmony.board.theme.tokens import mix

        theme = self._look.theme
        color = {"running": theme.accent, "problem": theme.failed}.get(self._kind, theme.muted)
        ground = mix(color, theme.canvas, 0.16)
        self.state.setStyleSheet(
            f"background: {ground}; color: {color}; border-radius: 10px; padding: 0 10px;"
        )
        ground = mix(theme.warning, theme.canvas, 0.16)
        self.halt.setStyleSheet(
            f"background: {ground}; color: {theme.warning}; border-radius: 10px; padding: 0 10px;"
        )
        self.name.setStyleSheet(f"color: {theme.muted};")
        self.run.setStyleSheet(f"color: {theme.faint if theme.name == 'dark' else theme.muted};")


class DocumentPage(QWidget):
    """Joins an OpenDocument to its CanvasView. `trusted` is sent when the user says Trust."""

    trusted = Signal()

    def __init__(
        self,
        document: OpenDocument,
        lookup: Callable[[str], PlayerSpec | None],
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self._look = look
        self.view = CanvasView(document.document, lookup, look.theme)
        self.view.set_motion(look.motion)
        self.chip = StateChip(look, self.view)
        self.chip.move(14, 12)
        self.bar = self._restricted_bar()
        rows = self.rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.bar)
        rows.addWidget(self.view, 1)
        document.moved.connect(self._moved)
        document.edited.connect(self._show_state)
        document.run_changed.connect(self._run_changed)
        document.scrubbed.connect(self._scrubbed)
        look.changed.connect(self._theme_changed)
        self.view.installEventFilter(self)
        self.show_restricted()
        self._moved()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.Resize:
            self.chip.raise_()
        return super().eventFilter(watched, event)

    def show_restricted(self) -> None:
        """Show the bar while the melody is not trusted."""
        self.bar.setVisible(self.document.restricted)

    def shows_node(self, node: str) -> bool:
        """Whether the whole card of a node is in sight."""
        found = self.document.document.melody.nodes.get(node)
        if found is None:
            return False
        seen = self.view.viewport().rect()
        corners = (QPointF(found.x, found.y), QPointF(found.x + 186, found.y + 120))
        return all(seen.contains(self.view.mapFromScene(corner)) for corner in corners)

    def _restricted_bar(self) -> QWidget:
        holder = QWidget()
        frame = QFrame()
        frame.setProperty("kind", "notice")
        text = QLabel(render("board.restricted"), wordWrap=True)
        trust = QPushButton(render("board.trust"))
        trust.clicked.connect(self.trusted)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(text, 1)
        row.addWidget(trust)
        outer = QHBoxLayout(holder)
        outer.setContentsMargins(10, 8, 10, 8)
        outer.addWidget(frame)
        return holder

    def _moved(self) -> None:
        may_edit = self.document.may(Permission.EDIT)
        self.view.set_permissions(may_edit, may_edit)
        self._show_state()

    def _show_state(self) -> None:
        document = self.document
        line, halt = run_line(document), halt_line(document)
        self.chip.show_state(document.canvas.state, document.title, line, halt)

    def _run_changed(self, nodes: frozenset[str] | None) -> None:
        self.view.set_statuses(self.document.statuses(nodes))
        self.view.set_wire_counts(self.document.wire_counts())
        self._show_values(self.document.wire_values())
        self._show_state()

    def _scrubbed(self, nodes: frozenset[str]) -> None:
        document = self.document
        self.view.set_statuses(document.statuses(nodes))
        self.view.set_wire_counts(document.wire_counts(nodes))
        self._show_values(document.wire_values(nodes))

    def _show_values(self, values: Mapping[Connection, str]) -> None:
        scene = self.view.scene()
        if isinstance(scene, CanvasScene):
            scene.set_values(values)

    def _theme_changed(self) -> None:
        self.view.set_theme(self._look.theme)


def halt_line(document: OpenDocument) -> str:
    """`Paused` or `Interrupted`; empty while the run goes on, and after its end."""
    state = document.model.state if document.model is not None else ""
    return render(f"board.run_{state.lower()}") if state in ("Paused", "Interrupted") else ""


def run_line(document: OpenDocument) -> str:
    """`run 14 · started 14:02`, and that the melody was edited since."""
    model = document.model
    if model is None:
        return ""
    parts = [render("board.run_small", number=model.number)]
    if model.started is not None:
        moment = datetime.fromtimestamp(model.started).astimezone()
        today = moment.date() == datetime.now().astimezone().date()
        parts.append(
            render(
                "board.run_started_at",
                time=moment.strftime("%H:%M") if today else moment.strftime("%Y-%m-%d %H:%M"),
            )
        )
    if document.stale:
        parts.append(render("board.run_edited_since"))
    return " · ".join(parts)

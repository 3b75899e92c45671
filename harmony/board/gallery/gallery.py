"""The start page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from harmony.board.gallery.examples import Example
from harmony.board.gallery.graph_preview import GraphPreview
from harmony.board.look import Look
from harmony.board.theme.icons import pixmap
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.polyphony.records import RunSummary

_CARD_WIDTH = 292
_MOST_RECENT = 8


class ExampleCard(QFrame):
    """A card that opens an example; `chosen` is sent with it."""

    chosen = Signal(object)

    def __init__(
        self,
        example: Example,
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._example, self._look = example, look
        self.setProperty("kind", "card")
        self.setFixedWidth(_CARD_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(example.name)
        self.setAccessibleDescription(example.description)
        title = QLabel(example.name)
        title.setProperty("kind", "heading")
        text = QLabel(example.description, wordWrap=True)
        text.setProperty("kind", "muted")
        text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        text.setMinimumHeight(54)
        nodes = len(example.preview.boxes)
        count = QLabel(render("board.node" if nodes == 1 else "board.nodes", count=f"{nodes:,}"))
        count.setProperty("kind", "faint")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 10, 10, 12)
        rows.setSpacing(4)
        rows.addWidget(GraphPreview(example.preview, look))
        rows.addSpacing(6)
        for label in (title, text, count):
            label.setContentsMargins(4, 0, 4, 0)
            rows.addWidget(label, 1 if label is text else 0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.chosen.emit(self._example)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._example)
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() or self.underMouse():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(self._look.theme.accent))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 10, 10)
            painter.end()


class Gallery(QScrollArea):
    """Signals: `example_chosen(Example)`, `file_chosen(str)`, `resume_requested(run)`,
    `discard_requested(run)`."""

    example_chosen = Signal(object)
    file_chosen = Signal(str)
    resume_requested = Signal(str)
    discard_requested = Signal(str)

    def __init__(
        self,
        examples: Sequence[Example],
        look: Look,
        new_action: QAction,
        open_action: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._examples = list(examples)
        self._columns = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QWidget(self)
        holder = QWidget(outer)
        self.cards = [ExampleCard(example, look, holder) for example in self._examples]
        for card in self.cards:
            card.chosen.connect(self.example_chosen)
        self.interrupted = QVBoxLayout()
        self.interrupted.setSpacing(8)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(2)
        self.recent_title = _section(render("board.gallery_recent"))
        self.grid = QGridLayout()
        self.grid.setSpacing(16)
        self.grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        holder.setMaximumWidth(_CARD_WIDTH * 3 + 32)
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 36, 0, 36)
        rows.setSpacing(12)
        rows.addLayout(self._head(new_action, open_action))
        rows.addSpacing(6)
        rows.addLayout(self.interrupted)
        rows.addWidget(_section(render("board.gallery_examples")))
        rows.addLayout(self.grid)
        rows.addSpacing(10)
        rows.addWidget(self.recent_title)
        rows.addLayout(self.recent)
        rows.addStretch(1)
        center = QHBoxLayout(outer)
        center.setContentsMargins(24, 0, 24, 0)
        center.addStretch(1)
        center.addWidget(holder, 100)
        center.addStretch(1)
        self.setWidget(outer)
        self._arrange(3)
        self.show_recent(())
        self.show_interrupted(())

    def show_recent(self, paths: Sequence[str]) -> None:
        """List files that were opened before."""
        _clear(self.recent)
        shown = paths[:_MOST_RECENT]
        for path in shown:
            button = QPushButton(f"{Path(path).stem}    {_short(path)}")
            button.setProperty("kind", "ghost")
            button.setStyleSheet("text-align: left;")
            button.setIcon(self._look.icon("file"))
            button.clicked.connect(lambda _checked=False, p=path: self.file_chosen.emit(p))
            self.recent.addWidget(button)
        self.recent_title.setVisible(bool(shown))

    def show_interrupted(self, runs: Sequence[RunSummary]) -> None:
        """List runs that can go on."""
        _clear(self.interrupted)
        for run in runs:
            self.interrupted.addWidget(self._interrupted_row(run))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The event tells the size of what is seen. Asked for that widget, PySide would look through
        # all classes of widgets for the one that it is: a tenth of the whole start.
        room = event.size().width() - 48
        self._arrange(max(1, min(3, (room + 16) // (_CARD_WIDTH + 16))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self.cards):
            self.grid.addWidget(card, number // columns, number % columns)

    def _head(self, new_action: QAction, open_action: QAction) -> QHBoxLayout:
        mark = QLabel()
        theme = self._look.theme
        mark.setPixmap(pixmap("music", theme.accent, 30, self.devicePixelRatioF()))
        title = QLabel(render("board.gallery_title"))
        title.setStyleSheet("font-size: 22px; font-weight: 600;")
        line = QLabel(render("board.gallery_line"))
        line.setProperty("kind", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(line)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(mark)
        row.addLayout(words)
        row.addStretch(1)
        self.new_button = QPushButton(new_action.text())
        self.new_button.setProperty("kind", "primary")
        self.open_button = QPushButton(open_action.text())
        for button, action in ((self.open_button, open_action), (self.new_button, new_action)):
            button.clicked.connect(action.trigger)
            button.setIconSize(QSize(14, 14))
            row.addWidget(button)
        return row

    def _interrupted_row(self, run: RunSummary) -> QWidget:
        from datetime import datetime

        frame = QFrame()
        frame.setProperty("kind", "notice")
        when = datetime.fromtimestamp(run.created).astimezone().strftime("%Y-%m-%d %H:%M")
        done = run.completed + run.reused
        text = QLabel(
            render(
                "board.gallery_interrupted", name=run.name, when=when, done=done, total=run.total
            ),
            wordWrap=True,
        )
        resume = QPushButton(render("board.resume"))
        resume.setProperty("kind", "primary")
        discard = QPushButton(render("board.discard"))
        discard.setProperty("kind", "ghost")
        resume.clicked.connect(lambda: self.resume_requested.emit(run.id))
        discard.clicked.connect(lambda: self.discard_requested.emit(run.id))
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(text, 1)
        row.addWidget(discard)
        row.addWidget(resume)
        return frame


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "section")
    return label


def _short(path: str) -> str:
    home = str(Path.home())
    folder = str(Path(path).parent)
    return "~" + folder[len(home) :] if folder.startswith(home) else folder


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()

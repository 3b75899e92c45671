"""The head of the inspector: chip, title (to be edited in place), and what became of the node."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from harmony.board.look import Look
from harmony.board.player_chip import PlayerChip
from harmony.board.run_view.task_view import TaskView
from harmony.board.status import NodeStatus, duration_text
from harmony.foundation.words import render
from harmony.melody.model import Node
from harmony.players.specs import PlayerSpec


class NodeHeader(QWidget):
    """`renamed(title)` is sent when the title was edited."""

    renamed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = PlayerChip(look, 28)
        self.title = QLineEdit()
        self.title.setProperty("kind", "ghost")
        self.title.setStyleSheet("font-size: 14px; font-weight: 600; padding: 1px 4px;")
        self.title.setAccessibleName(render("board.node_title"))
        self.line = QLabel(wordWrap=True)
        self.line.setProperty("kind", "faint")
        self.line.setContentsMargins(6, 0, 0, 0)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 14, 14, 8)
        row.setSpacing(6)
        row.addWidget(self.chip)
        row.addLayout(words, 1)
        self.title.editingFinished.connect(self._renamed)

    def show_node(
        self,
        node: Node,
        spec: PlayerSpec | None,
        package: str,
        status: NodeStatus,
        task: TaskView | None,
        may_edit: bool,
    ) -> None:
        """Show another node, or that this one moved on."""
        self.chip.set_spec(spec)
        self.title.setReadOnly(not may_edit)
        fallback = spec.title if spec is not None else node.player
        self.title.setPlaceholderText(fallback)
        if not self.title.hasFocus():
            self.title.setText(node.title or fallback)
            self.title.setCursorPosition(0)
        kind = render(f"board.kind_{spec.kind}") if spec is not None else render("board.kind_none")
        if node.part is not None:
            kind = render("board.kind_part")
        parts = [kind, package, state_line(status, task)]
        self.line.setText(" · ".join(part for part in parts if part))

    def _renamed(self) -> None:
        if self.title.isModified() and not self.title.isReadOnly():
            self.title.setModified(False)
            self.renamed.emit(self.title.text().strip())


def state_line(status: NodeStatus, task: TaskView | None) -> str:
    """`failed after 2 attempts`, `done in 1.8 s`, `running`; empty without a run."""
    if status.state == "idle":
        return ""
    if status.state == "failed" and task is not None and task.attempt > 1:
        return render("board.failed_after", count=task.attempt)
    if status.state == "done" and status.seconds is not None:
        return render("board.done_in", time=duration_text(status.seconds))
    return render(f"board.state_{status.state}")

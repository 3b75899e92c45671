"""What a task made was found damaged: said where one looks for it, with a way to make it anew."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from harmony.foundation.words import render


class DamagedCard(QFrame):
    """`again_requested` is sent when the task is to run once more."""

    again_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self.text = QLabel(wordWrap=True)
        self.again = QPushButton(render("board.run_again"))
        self.again.clicked.connect(self.again_requested)
        row = QHBoxLayout()
        row.addWidget(self.again)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 12, 12)
        rows.setSpacing(8)
        rows.addWidget(self.text)
        rows.addLayout(row)
        self.hide()

    def show_damage(self, words: str, may_run: bool) -> None:
        """Say what was found; empty words put the card away."""
        self.text.setText(words)
        self.again.setEnabled(may_run)
        self.setVisible(bool(words))

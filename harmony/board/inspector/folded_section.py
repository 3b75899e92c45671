"""A section of the inspector that opens and closes: a head that says what is set, and a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from harmony.board.form.form import Form
from harmony.board.look import Look
from harmony.players.specs import ParameterSpec


class FoldedSection(QWidget):
    """Signals: `changed(name, value)`, `reset(name)`, `finished(name)`, as those of a form."""

    changed = Signal(str, object)
    reset = Signal(str)
    finished = Signal(str)

    def __init__(self, title: str, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._specs: tuple[ParameterSpec, ...] = ()
        self.form: Form | None = None
        self._open = False
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setAccessibleName(title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setIconSize(QSize(14, 14))
        self.head.setStyleSheet("font-weight: 600; padding: 3px 6px 3px 0;")
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("kind", "faint")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setContentsMargins(20, 0, 0, 0)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        self._rows.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        self._rows.addWidget(self.told)
        self.head.clicked.connect(self._clicked)
        look.changed.connect(self._show_arrow)
        self._show_arrow()

    @property
    def is_open(self) -> bool:
        """Whether the form is in sight."""
        return self._open

    def open(self) -> None:
        """Bring the form into sight."""
        self._fold(True)

    def show_form(
        self,
        specs: tuple[ParameterSpec, ...],
        values: Mapping[str, Any],
        findings: Mapping[str, str],
        told: str,
        may_edit: bool,
    ) -> None:
        """Show what is set. Something that is wrong is never hidden in a closed section."""
        if findings:
            self.open()
        self.told.setText(told)
        self.told.setVisible(bool(told) and not self._open)
        if specs != self._specs or self.form is None:
            self._build(specs)
        if self.form is not None:
            self.form.setEnabled(may_edit)
            self.form.show_values(values)
            self.form.show_findings(findings)
            self.form.setVisible(self.is_open)

    def _build(self, specs: tuple[ParameterSpec, ...]) -> None:
        if self.form is not None:
            self._rows.removeWidget(self.form)
            self.form.hide()  # it lives until the next turn of the loop
            self.form.deleteLater()
        self._specs = specs
        self.form = Form(specs, self._look)
        self.form.changed.connect(self.changed)
        self.form.reset.connect(self.reset)
        self.form.finished.connect(self.finished)
        self._rows.addWidget(self.form)

    def _clicked(self) -> None:
        self._fold(not self._open)

    def _fold(self, is_open: bool) -> None:
        self._open = is_open
        self.told.setVisible(bool(self.told.text()) and not is_open)
        if self.form is not None:
            self.form.setVisible(is_open)
        self._show_arrow()

    def _show_arrow(self) -> None:
        name = "chevron-down" if self.is_open else "chevron-right"
        self.head.setIcon(self._look.icon(name))

"""The form: label, editor, message and reset for each parameter of a Player."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from harmony.board.form.checking import Checked, check, label_of, text_of
from harmony.board.form.editors import Editor, editor_for
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.players.specs import ParameterSpec


class Field(QWidget):
    """One parameter. Signals: `changed(name, value)`, `reset(name)`, `finished(name)`."""

    changed = Signal(str, object)
    reset = Signal(str)
    finished = Signal(str)

    def __init__(
        self, spec: ParameterSpec, look: Look, base: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.spec = spec
        self._finding = ""
        self._problem = ""
        self.label = QLabel(label_of(spec))
        self.label.setProperty("kind", "muted")
        self.label.setToolTip(spec.help)
        self.back = QToolButton(autoRaise=True)
        self.back.setIcon(look.icon("undo"))
        self.back.setIconSize(QSize(13, 13))
        self.back.setFixedSize(20, 18)
        self.back.setStyleSheet("padding: 0;")
        default = text_of(spec.default) or "–"
        self.back.setToolTip(render("board.form_reset", default=default))
        self.back.setAccessibleName(render("board.form_reset_name", field=self.label.text()))
        self.widget = editor_for(spec, look, base)
        self.widget.setAccessibleName(self.label.text())
        self.widget.setAccessibleDescription(spec.help)
        self.label.setBuddy(self.widget)
        self.message = QLabel(wordWrap=True)
        self.message.setProperty("kind", "danger")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.hide()
        help_line = QLabel(spec.help, wordWrap=True)
        help_line.setProperty("kind", "faint")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.label)
        head.addStretch(1)
        head.addWidget(self.back)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(head)
        rows.addWidget(self.widget)
        rows.addWidget(self.message)
        if spec.help:
            rows.addWidget(help_line)
        editor = self.editor
        editor.edited.connect(self._edited)
        editor.finished.connect(self._left)
        self.back.clicked.connect(self._reset)

    @property
    def editor(self) -> Editor:
        """The editor as what the form needs of it."""
        return cast("Editor", self.widget)

    @property
    def problem(self) -> str:
        """What is wrong with the text that stands in the field; empty when nothing is."""
        return self._problem

    def show_value(self, value: Any, is_set: bool) -> None:
        """Show what the melody holds. A text that is no value stays while it is being typed."""
        if not (self._problem and self.widget.hasFocus()):
            self.editor.show_value(value)
            self._problem = ""
        self.back.setVisible(is_set and value != self.spec.default)
        self._show_message()

    def show_finding(self, text: str) -> None:
        """Show what the validation of the melody says about this parameter."""
        self._finding = text
        self._show_message()

    def _edited(self, typed: object) -> None:
        if isinstance(typed, bool):
            found = Checked(typed)
        else:
            found = check(self.spec, str(typed))
        self._problem = found.problem
        self._show_message()
        if not found.problem:
            self.changed.emit(self.spec.name, found.value)

    def _left(self) -> None:
        self.finished.emit(self.spec.name)

    def _reset(self) -> None:
        self._problem = ""
        self.reset.emit(self.spec.name)

    def _show_message(self) -> None:
        text = self._problem or self._finding
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.editor.show_invalid(bool(text))


class Form(QWidget):
    """The fields of one Player, in the order of its specs."""

    changed = Signal(str, object)
    reset = Signal(str)
    finished = Signal(str)

    def __init__(
        self,
        specs: Sequence[ParameterSpec],
        look: Look,
        base: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(14)
        self.fields: dict[str, Field] = {}
        for spec in specs:
            field = Field(spec, look, base)
            field.changed.connect(self.changed)
            field.reset.connect(self.reset)
            field.finished.connect(self.finished)
            self.fields[spec.name] = field
            rows.addWidget(field)

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show the parameters of a node; what is not set shows its default."""
        for name, field in self.fields.items():
            field.show_value(values.get(name, field.spec.default), name in values)

    def show_findings(self, findings: Mapping[str, str]) -> None:
        """Show a message under each parameter that has one."""
        for name, field in self.fields.items():
            field.show_finding(findings.get(name, ""))

    def focus_first(self) -> None:
        """Put the cursor into the first field, or the first with a problem."""
        fields = list(self.fields.values())
        wrong = [field for field in fields if field.message.isVisibleTo(self)]
        for field in (wrong or fields)[:1]:
            field.widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

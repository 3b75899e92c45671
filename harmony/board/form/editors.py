"""One small editor for each kind of parameter: it shows a value and sends what is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from harmony.board.form.checking import check, text_of
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.players.specs import ParameterSpec

_MONO = frozenset({"number", "integer", "code", "expression", "secret", "file", "folder"})


class Editor(Protocol):
    """What the form needs of an editor; each is also a QWidget.

    Signals: `edited` with the text (or a bool) after each keystroke, `finished` when left.
    """

    edited: Any
    finished: Any

    def show_value(self, value: Any) -> None:
        """Show a value that came from elsewhere; says nothing back."""

    def show_invalid(self, invalid: bool) -> None:
        """Mark the field, or take the mark away."""


class LineEditor(QLineEdit):
    """A single line: text, number, expression, secret reference."""

    edited = Signal(object)
    finished = Signal()

    def __init__(self, spec: ParameterSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        if spec.kind in _MONO:
            self.setProperty("kind", "mono")
        if spec.kind == "secret":
            self.setPlaceholderText("secret:NAME")
        elif not spec.required and spec.default in (None, ""):
            self.setPlaceholderText(render("board.form_optional"))
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self.finished)

    def _typed(self, text: str) -> None:
        self.edited.emit(text)

    def show_value(self, value: Any) -> None:
        text = text_of(value)
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def show_invalid(self, invalid: bool) -> None:
        mark(self, invalid)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._spec.kind in ("integer", "number"):
            found = check(self._spec, self.text())
            value = (found.value or 0) + step if not found.problem else None
            if value is not None and not check(self._spec, text_of(value)).problem:
                self.setText(text_of(value))
                self.edited.emit(self.text())
            return
        super().keyPressEvent(event)


class LinesEditor(QPlainTextEdit):
    """Several lines: long text, code. Grows with its content up to a limit."""

    edited = Signal(object)
    finished = Signal()

    def __init__(self, spec: ParameterSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._showing = False
        self._code = spec.kind in ("code", "expression")
        if self._code:
            self.setProperty("kind", "mono")
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(not self._code)
        self.textChanged.connect(self._changed)
        self._fit()

    def show_value(self, value: Any) -> None:
        text = text_of(value)
        if text != self.toPlainText():
            self._showing = True
            self.setPlainText(text)
            self._showing = False

    def show_invalid(self, invalid: bool) -> None:
        mark(self, invalid)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.finished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Four spaces where code is written; Ctrl+Tab still leaves the field.
        if self._code and event.key() == Qt.Key.Key_Tab and not event.modifiers():
            self.insertPlainText("    ")
            return
        super().keyPressEvent(event)

    def _changed(self) -> None:
        self._fit()
        if not self._showing:
            self.edited.emit(self.toPlainText())

    def _fit(self) -> None:
        least, most = (5, 16) if self._code else (3, 10)
        lines = min(max(self.document().blockCount() + 1, least), most)
        height = QFontMetricsF(self.font()).lineSpacing() * lines + 14
        self.setFixedHeight(round(height))


class ChoiceEditor(QComboBox):
    """One of a few texts."""

    edited = Signal(object)
    finished = Signal()

    def __init__(self, spec: ParameterSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItems(list(spec.choices))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.textActivated.connect(self._activated)

    def show_value(self, value: Any) -> None:
        self.setCurrentIndex(self.findText(str(value)))

    def show_invalid(self, invalid: bool) -> None:
        mark(self, invalid)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling the form must not change what is set

    def _activated(self, text: str) -> None:
        self.edited.emit(text)
        self.finished.emit()


class YesNoEditor(QCheckBox):
    """Yes or no."""

    edited = Signal(object)
    finished = Signal()

    def __init__(self, spec: ParameterSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(render("board.yes"))
        self.clicked.connect(self._clicked)

    def show_value(self, value: Any) -> None:
        self.setChecked(bool(value))

    def show_invalid(self, invalid: bool) -> None:
        mark(self, invalid)

    def _clicked(self, checked: bool) -> None:
        self.edited.emit(checked)
        self.finished.emit()


class PathEditor(QWidget):
    """A path, typed or picked. `base` is the folder that a relative path starts from."""

    edited = Signal(object)
    finished = Signal()

    def __init__(
        self, spec: ParameterSpec, look: Look, base: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._spec = spec
        self._base = base
        self.line = LineEditor(spec)
        self.line.setPlaceholderText(render(f"board.form_{spec.kind}"))
        self.button = QToolButton(autoRaise=True)
        self.button.setIcon(look.icon("folder-open"))
        self.button.setIconSize(QSize(16, 16))
        self.button.setToolTip(render("board.form_browse"))
        self.button.setAccessibleName(render("board.form_browse"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.line.edited.connect(self.edited)
        self.line.finished.connect(self.finished)
        self.button.clicked.connect(self._browse)

    def show_value(self, value: Any) -> None:
        self.line.show_value(value)
        self.line.setToolTip(str(value or ""))

    def show_invalid(self, invalid: bool) -> None:
        self.line.show_invalid(invalid)

    def picked(self, path: str) -> None:
        """Take a path that was picked; one under the base folder is kept relative to it."""
        chosen = Path(path)
        if self._base is not None and chosen.is_relative_to(self._base):
            path = chosen.relative_to(self._base).as_posix()
        self.line.setText(path)
        self.edited.emit(path)
        self.finished.emit()

    def _browse(self) -> None:
        dialog = QFileDialog(self.window(), render("board.form_browse"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._spec.kind == "folder":
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        elif self._spec.kind == "save_file":
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        start = Path(self.line.text()).expanduser()
        if self._base is not None and not start.is_absolute():
            start = self._base / start
        dialog.setDirectory(str(start if start.is_dir() else start.parent))
        dialog.fileSelected.connect(self.picked)
        dialog.open()


def editor_for(spec: ParameterSpec, look: Look, base: Path | None) -> QWidget:
    """The editor of a parameter; it fulfils `Editor`."""
    if spec.kind == "boolean":
        return YesNoEditor(spec)
    if spec.kind == "choice":
        return ChoiceEditor(spec)
    if spec.kind in ("multiline", "code"):
        return LinesEditor(spec)
    if spec.kind in ("file", "folder", "save_file"):
        return PathEditor(spec, look, base)
    return LineEditor(spec)


def mark(widget: QWidget, invalid: bool) -> None:
    """Give a widget the look of an invalid field, or take it away."""
    if widget.property("invalid") is not invalid:
        widget.setProperty("invalid", invalid)
        widget.style().unpolish(widget)
        widget.style().polish(widget)

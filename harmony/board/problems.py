"""The one visible place where unhandled errors land: from slots, coroutines, threads, subscribers.

Nothing is swallowed (DESIGN.md section 6): what reaches here is shown in the window, kept with its
traceback so that it can be copied, and written to stderr for whoever started the program there.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from harmony.board.look import Look
from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render

if TYPE_CHECKING:
    import asyncio

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is shown. `expected`: the program has words for it, so no traceback is due."""

    message: str
    details: str
    expected: bool


def problem_of(error: BaseException) -> Problem:
    """An error as a person reads it, with the whole traceback beside it."""
    import traceback

    expected = isinstance(error, HarmonyError)
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    lines = traceback.format_exception(error)
    return Problem(message.strip(), "".join(lines), expected)


class Problems(QObject):
    """Collects problems; `reported` is sent in the main thread, whatever thread they came from."""

    reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kept: deque[Problem] = deque(maxlen=MOST_KEPT)
        self._restore: list[Callable[[], None]] = []
        self.reported.connect(self._keep)

    def report(self, error: BaseException) -> None:
        """Show an error. May be called from any thread."""
        problem = problem_of(error)
        if not problem.expected and sys.stderr is not None:
            sys.stderr.write(problem.details)
        self.reported.emit(problem)

    def tell(self, message: str) -> None:
        """Show something that a person should know; no error of the program itself."""
        self.reported.emit(Problem(message, message, expected=True))

    def report_subscriber(self, error: BaseException, _event: object) -> None:
        """An error of a subscriber to the event stream."""
        self.report(error)

    def catch_everything(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Take what slots, threads and finalizers leave unhandled, and coroutines of a loop."""
        before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

        def restore() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = before

        sys.excepthook = self._excepthook
        threading.excepthook = self._thread_hook
        sys.unraisablehook = self._unraisable_hook
        self._restore.append(restore)
        if loop is not None:
            self.catch_loop(loop)

    def catch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take what the coroutines of a loop leave unhandled."""
        loop.set_exception_handler(self._loop_handler)
        self._restore.append(lambda: loop.set_exception_handler(None))

    def release(self) -> None:
        """Put the hooks back as they were."""
        while self._restore:
            self._restore.pop()()

    def _keep(self, problem: Problem) -> None:
        self.kept.append(problem)

    def _excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self.report(error)

    def _thread_hook(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self.report(caught.exc_value)

    def _unraisable_hook(self, caught: Any) -> None:
        if caught.exc_value is not None:
            self.report(caught.exc_value)

    def _loop_handler(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.report(error)
        else:
            self.report(RuntimeError(str(context.get("message", context))))


class ProblemBar(QFrame):
    """A bar over the canvas with the last problem, its details and a way to copy them."""

    def __init__(self, problems: Problems, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "problem")
        self._look = look
        self._count = 0
        self._shown: Problem | None = None
        self._holder: QWidget | None = None
        self.icon = QLabel()
        self.text = QLabel(wordWrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details_button = QPushButton(render("board.problem_details"))
        self.details_button.setCheckable(True)
        self.details_button.setProperty("kind", "ghost")
        self.copy_button = QPushButton(render("board.problem_copy"))
        self.copy_button.setProperty("kind", "ghost")
        self.close_button = QToolButton(autoRaise=True)
        self.close_button.setToolTip(render("board.problem_close"))
        self.close_button.setAccessibleName(render("board.problem_close"))
        self.close_button.setIconSize(QSize(14, 14))
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setProperty("kind", "mono")
        self.details.setFixedHeight(180)
        self.details.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.details_button)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 8, 6)
        rows.addLayout(row)
        rows.addWidget(self.details)
        self.details_button.toggled.connect(self.details.setVisible)
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.dismiss)
        problems.reported.connect(self.show_problem)
        look.changed.connect(self._show_icons)
        self._show_icons()
        self.hide()

    def in_margins(self) -> QWidget:
        """The bar with some room around it, which goes away with it."""
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(10, 8, 10, 8)
        rows.addWidget(self)
        holder.hide()
        self._holder = holder
        return holder

    def show_problem(self, problem: Problem) -> None:
        """Show a problem; those before it are counted."""
        self._count += 1
        self._shown = problem
        text = problem.message
        if self._count > 1:
            text += "\n" + render("board.problem_more", count=self._count - 1)
        self.text.setText(text)
        self.details.setPlainText(problem.details)
        self.details_button.setVisible(not problem.expected)
        self.details_button.setChecked(False)
        self.show()
        if self._holder is not None:
            self._holder.show()

    def dismiss(self) -> None:
        """Put the bar away; the problems stay in the list."""
        self._count = 0
        self.hide()
        if self._holder is not None:
            self._holder.hide()

    def settle(self) -> None:
        """What the user was asked to mend is mended: put such a problem away, and no other."""
        if self._count == 1 and self._shown is not None and self._shown.expected:
            self.dismiss()

    def _copy(self) -> None:
        if self._shown is not None:
            shown = self._shown
            QGuiApplication.clipboard().setText(shown.message if shown.expected else shown.details)

    def _show_icons(self) -> None:
        from harmony.board.theme.icons import pixmap

        theme = self._look.theme
        self.icon.setPixmap(pixmap("alert", theme.failed, 16, self.devicePixelRatioF()))
        self.close_button.setIcon(self._look.icon("x"))

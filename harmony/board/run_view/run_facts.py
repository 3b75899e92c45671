"""Beside the timeline: the critical path, the budget, the processes, what was found damaged."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from harmony.board.look import Look
from harmony.board.run_view.account import (
    RunAccount,
    Step,
    bottleneck_of,
    budget_lines,
    pool_lines,
    steps_of,
)
from harmony.board.run_view.run_model import RunModel
from harmony.board.status import duration_text
from harmony.foundation.words import render

WIDTH = 316
_MOST_STEPS = 60


class RunFacts(QWidget):
    """`task_clicked(node, task)` is sent when a step of the critical path is clicked."""

    task_clicked = Signal(str, str)

    def __init__(
        self, look: Look, title_of: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look, self._title_of = look, title_of
        self._model: RunModel | None = None
        self._steps: list[Step] = []
        self.sections = {name: Section() for name in ("path", "budget", "damaged", "processes")}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(6, 2, 14, 10)
        rows.setSpacing(10)
        for section in self.sections.values():
            rows.addWidget(section)
        rows.addStretch(1)
        path = self.sections["path"].text
        path.linkActivated.connect(self._clicked)
        path.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        look.changed.connect(self._show)

    def show_run(self, model: RunModel | None) -> None:
        """Show the account of a run, as far as there is one."""
        self._model = model
        self._show()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be said of the run."""
        return all(section.isHidden() for section in self.sections.values())

    def _show(self) -> None:
        model = self._model
        account = model.account if model is not None else None
        budget = budget_lines(model.limits, model.spent) if model is not None else []
        self.sections["budget"].show_words(render("board.facts_budget"), budget)
        processes = pool_lines(account.pool) if account is not None and account.pool else []
        self.sections["processes"].show_words(render("board.facts_processes"), processes)
        damaged = damaged_words(account) if account is not None else []
        self.sections["damaged"].show_words(render("board.facts_damaged"), damaged)
        self._show_path(model, account)

    def _show_path(self, model: RunModel | None, account: RunAccount | None) -> None:
        section, path = self.sections["path"], account.path if account is not None else None
        if model is None or path is None or len(path.steps) < 2:
            section.hide()
            return
        theme = self._look.theme
        steps = steps_of(path, model.place)
        bottleneck, _ = bottleneck_of(path, model.place)
        rows = []
        for number, step in enumerate(steps[:_MOST_STEPS]):
            name = escape(self._title_of(step.node))
            slow = step.node == bottleneck
            color = theme.warning if slow else theme.text
            mark = f" · {render('board.bottleneck')}" if slow else ""
            waited = (
                f"<span style='color:{theme.muted}'>"
                f"{render('board.path_waited', time=duration_text(step.waited))}&nbsp;&nbsp;</span>"
                if step.waited >= 0.05
                else ""
            )
            rows.append(
                f"<tr><td><a href='{number}' style='color:{color};text-decoration:none'>"
                f"{name}{mark}</a></td>"
                f"<td align='right'>{waited}{duration_text(step.ran)}</td></tr>"
            )
        self._steps = steps
        whole = duration_text(path.seconds)
        table = f"<table width='100%' cellspacing='0' cellpadding='1'>{''.join(rows)}</table>"
        section.show_rich(render("board.facts_path", time=whole), table)

    def _clicked(self, link: str) -> None:
        step = self._steps[int(link)]
        self.task_clicked.emit(step.node, step.task)


class Section(QWidget):
    """A heading and what stands under it; hidden when there is nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = QLabel()
        self.head.setProperty("kind", "section")
        self.text = QLabel(wordWrap=True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.head)
        rows.addWidget(self.text)
        self.hide()

    def show_words(self, head: str, lines: list[str]) -> None:
        """Show plain lines; none hides the section."""
        self.show_rich(head, "<br>".join(escape(line) for line in lines))

    def show_rich(self, head: str, text: str) -> None:
        """Show rich text; empty hides the section."""
        self.head.setText(head)
        if self.text.text() != text:
            self.text.setText(text)
        self.setVisible(bool(text))


def damaged_words(account: RunAccount) -> list[str]:
    """What was found damaged, in a line; none when nothing was."""
    count = len(account.damaged)
    if not count:
        return []
    return [render("board.damaged_one" if count == 1 else "board.damaged_many", count=count)]

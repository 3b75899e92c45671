"""The run in one line: name, counts, progress, what is left, failures, reuse."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from harmony.board.run_view.standing import ShownRun
from harmony.board.run_view.task_view import Totals
from harmony.board.status import duration_text
from harmony.foundation.words import render

_BAR_STEPS = 1000


class RunHeader(QWidget):
    """Shows a run's totals, or that there is no run yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLabel()
        self.name.setProperty("kind", "heading")
        self.counts = _muted()
        self.bar = QProgressBar(textVisible=False)
        self.bar.setRange(0, _BAR_STEPS)
        self.bar.setAccessibleName(render("board.run_progress"))
        keeping = self.bar.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keeping)
        self.left = _muted()
        self.failed = QLabel()
        self.failed.setProperty("kind", "danger")
        self.reused = _muted()
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(18)
        for widget in (self.name, self.counts):
            row.addWidget(widget)
        row.addWidget(self.bar, 1)
        for widget in (self.left, self.failed, self.reused):
            row.addWidget(widget)
        self.show_run(None)

    def show_run(self, model: ShownRun | None) -> None:
        """Show how far a run is; None: there is none."""
        self.bar.setVisible(model is not None)
        if model is None:
            self.name.setText(render("board.no_run"))
            self.counts.setText(render("board.no_run_hint"))
            for label in (self.left, self.failed, self.reused):
                label.hide()
            return
        totals = model.totals()
        self.name.setText(run_name(model))
        self.counts.setText(counts_line(totals))
        self.bar.setValue(round(totals.fraction * _BAR_STEPS))
        self._color_bar(model, totals)
        self.left.setText(left_line(model, totals))
        self.failed.setText(render("board.run_failed_count", count=totals.failed))
        self.reused.setText(render("board.run_reused_count", count=totals.reused))
        self.left.setVisible(bool(self.left.text()))
        self.failed.setVisible(totals.failed > 0)
        self.reused.setVisible(totals.reused > 0)

    def _color_bar(self, model: ShownRun, totals: Totals) -> None:
        kind = "" if model.live else "danger" if totals.failed else "done"
        if self.bar.property("kind") != kind:
            self.bar.setProperty("kind", kind)
            self.bar.style().unpolish(self.bar)
            self.bar.style().polish(self.bar)


def run_name(model: ShownRun) -> str:
    """`Run 14`."""
    return render("board.run_name", number=model.number) if model.number else render("board.run")


def counts_line(totals: Totals) -> str:
    """`3 of 6 nodes · 1,360 of 2,139 tasks`; tasks only where a node has several."""
    nodes = render("board.run_nodes", done=totals.nodes_done, total=totals.nodes)
    if totals.skipped:
        nodes += " · " + render("board.run_skipped_count", count=f"{totals.skipped:,}")
    if totals.tasks == totals.nodes:
        return nodes
    tasks = render("board.run_tasks", done=f"{totals.tasks_done:,}", total=f"{totals.tasks:,}")
    return f"{nodes} · {tasks}"


def left_line(model: ShownRun, totals: Totals) -> str:
    """How long it will take yet, or how it ended and how long it took."""
    if model.state == "Paused":
        return render("board.run_paused")
    if model.live:
        if totals.seconds_left is None:
            return ""
        if totals.seconds_left < 1.0:
            return render("board.run_nearly_done")
        return render("board.run_left", time=rough_duration(totals.seconds_left))
    lasted = model.elapsed
    words = render(f"board.run_{model.state.lower()}")
    return f"{words} · {duration_text(lasted)}" if lasted > 0 else words


def rough_duration(seconds: float) -> str:
    """A duration as an estimate is told: whole seconds, then minutes, then hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _muted() -> QLabel:
    label = QLabel()
    label.setProperty("kind", "muted")
    return label

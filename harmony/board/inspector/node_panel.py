"""One selected node: its parameters, and what the run on show knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from harmony.board.canvas_state import Permission
from harmony.board.documents.open_document import OpenDocument
from harmony.board.form.form import Form
from harmony.board.inspector.damaged_card import DamagedCard
from harmony.board.inspector.empty_words import why_empty
from harmony.board.inspector.failure_section import FailureSection
from harmony.board.inspector.node_header import NodeHeader
from harmony.board.inspector.pinned_card import PinnedCard
from harmony.board.inspector.problem_card import ProblemCard
from harmony.board.inspector.repeat_section import RepeatSection
from harmony.board.inspector.reproduce_command import reproduce_command
from harmony.board.inspector.run_reader import RunReader
from harmony.board.inspector.task_pages import (
    AttemptsPage,
    TaskLogPage,
    TracePage,
    ValuesPage,
    attempt_log,
    value_heading,
)
from harmony.board.inspector.wires_section import WiresSection
from harmony.board.look import Look
from harmony.board.run_view.account import why_lines
from harmony.board.run_view.run_words import one_line
from harmony.board.run_view.task_view import TaskView
from harmony.board.status import NodeStatus
from harmony.board.viewers.value_view import message, view_of
from harmony.conductor.detail import TaskDetail
from harmony.foundation.words import render
from harmony.melody.changes import UNSET, RenameNode, SetParameter
from harmony.melody.model import Node
from harmony.orchestra.catalogue import Catalogue
from harmony.players.specs import PlayerSpec

PAGES: Final = ("parameters", "input", "output", "log", "trace", "attempts")
_MOST_TASKS_LISTED: Final = 500


class NodePanel(QWidget):
    """Signals: `retry_requested`; `output_requested(node)` to see an output large."""

    retry_requested = Signal()

    def __init__(
        self, catalogue: Catalogue, reader: RunReader, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self._reader, self._look = reader, look
        self._document: OpenDocument | None = None
        self._node = ""
        self._task = ""
        self._edit = 0
        self._failed = False
        self._form: Form | None = None
        self._form_for: object = None
        self._preview_of: object = None
        self.header = NodeHeader(look)
        self.tabs = QTabBar(expanding=False, drawBase=False)
        self.tabs.setUsesScrollButtons(False)
        # Six tabs stand in a narrow column: they stand closer than elsewhere.
        self.tabs.setStyleSheet("QTabBar::tab { margin: 0 2px; padding: 8px 4px 7px 4px; }")
        self.tabs.setAccessibleName(render("board.inspector"))
        for name in PAGES:
            self.tabs.addTab(render(f"board.tab_{name}"))
        self.line = QFrame(frameShape=QFrame.Shape.HLine)
        self.tasks = QComboBox()
        self.tasks.setAccessibleName(render("board.task"))
        picker = QVBoxLayout()
        picker.setContentsMargins(14, 8, 14, 0)
        picker.addWidget(self.tasks)
        self.card = ProblemCard()
        self.damaged = DamagedCard()
        self.pinned = PinnedCard()
        self.reason = QLabel(wordWrap=True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setProperty("kind", "muted")
        self.form_place = QVBoxLayout()
        self.findings = QLabel(wordWrap=True)
        self.findings.setProperty("kind", "warning")
        self.wires = WiresSection()
        self.failure = FailureSection(look)
        self.repeat = RepeatSection(look)
        self.preview_head = QLabel()
        self.preview_head.setProperty("kind", "muted")
        self.preview_place = QVBoxLayout()
        self.input = ValuesPage(look, reader.value)
        self.output = ValuesPage(look, reader.value)
        self.log = TaskLogPage(look)
        self.trace = TracePage()
        self.attempts = AttemptsPage()
        self.pages = QStackedWidget()
        for page in (
            self._parameters_page(),
            self.input,
            self.output,
            self.log,
            self.trace,
            self.attempts,
        ):
            self.pages.addWidget(page)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.header)
        bar = QVBoxLayout()
        bar.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self.tabs)
        rows.addLayout(bar)
        rows.addWidget(self.line)
        rows.addLayout(picker)
        rows.addWidget(self.pages, 1)
        self._later = QTimer(self, singleShot=True, interval=120)
        self._later.timeout.connect(self._look_again)
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._look_again)
        self.tabs.currentChanged.connect(self._show_page)
        self.tasks.activated.connect(self._task_picked)
        self.header.renamed.connect(self._renamed)
        self.card.retry_requested.connect(self.retry_requested)
        self.damaged.again_requested.connect(self.retry_requested)
        self.card.trace_requested.connect(lambda: self.open_page("trace"))
        self.card.log_requested.connect(lambda: self.open_page("log"))
        self.card.command_requested.connect(self._copy_command)
        look.changed.connect(self._look_again)

    @property
    def page(self) -> str:
        """Which page is in front."""
        return PAGES[self.tabs.currentIndex()]

    @property
    def form(self) -> Form | None:
        """The form of the node, if its Player is known."""
        return self._form

    def open_page(self, page: str) -> None:
        """Bring a page to the front."""
        self.tabs.setCurrentIndex(PAGES.index(page))

    def show_node(self, document: OpenDocument, node: str) -> None:
        """Show a node, anew or another one."""
        another = (document, node) != (self._document, self._node)
        self._document, self._node = document, node
        if another:
            self._task = ""
            self._edit += 1
        self._show_all()
        if another:
            self._choose_page()
        self._show_page()

    def show_task(self, task: str) -> None:
        """Show one task of a mapped node."""
        self._task = task
        self._show_all()
        self._show_page()

    def document_edited(self) -> None:
        """The melody was edited: values, title and findings may have changed."""
        if self._current() is not None:
            self._show_all()

    def scrubbed(self) -> None:
        """Another moment of the run is shown: the next frame shows what was known then."""
        if self._current() is not None and not self._next.isActive():
            self._next.start()

    def run_moved(self) -> None:
        """The run went on: shown in a moment, since a thousand tasks may end in a second."""
        if self._current() is not None and not self._later.isActive():
            self._later.start()

    # --- what there is

    def _current(self) -> tuple[OpenDocument, Node] | None:
        if self._document is None:
            return None
        node = self._document.document.melody.nodes.get(self._node)
        return (self._document, node) if node is not None else None

    def _task_view(self) -> TaskView | None:
        if self._document is None or self._document.model is None:
            return None
        model = self._document.shown
        if model is None:
            return None
        chosen = model.known(self._task) if self._task else None
        if chosen is not None and chosen.node == self._node:
            return chosen
        failed = model.failing_task(self._node)
        if failed is not None:
            return failed
        tasks = model.tasks_of(self._node)
        return next((task for task in tasks if task.speaks), next(iter(tasks), None))

    def _task_detail(self) -> TaskDetail | None:
        view = self._task_view()
        if view is None or self._document is None or self._document.model is None:
            return None
        whole = self._reader.task(self._document.model.run, view.id)
        past = self._document.past
        return past.detail(whole) if past is not None and whole is not None else whole

    # --- showing

    def _show_all(self) -> None:
        current = self._current()
        if current is None:
            return
        document, node = current
        spec = document.document.spec(node.player)
        status = document.statuses(frozenset({node.id}))[node.id]
        task = self._task_view()
        may_edit = document.may(Permission.EDIT)
        package = package_line(self.catalogue, node.player)
        self.header.show_node(node, spec, package, status, task, may_edit)
        self._show_tabs(status, task)
        self._show_tasks(document)
        self.pinned.show_node(document, node, may_edit)
        self._show_form(document, node, spec, may_edit)
        self._show_problem(document, status, task)
        if status.state == "failed" and not self._failed and self.page != "log":
            self.open_page("parameters")  # that is where the problem stands
        self._failed = status.state == "failed"

    def _choose_page(self) -> None:
        """Another node was selected: what is to be known of it first comes to the front. A page of
        its run stays, so that one can go from node to node and compare."""
        hidden = not self.tabs.isTabVisible(self.tabs.currentIndex())
        if self._failed or hidden or self._task_view() is None:
            self.open_page("parameters")

    def _show_tabs(self, status: NodeStatus, task: TaskView | None) -> None:
        failed = status.state == "failed"
        first = render("board.tab_problem" if failed else "board.tab_parameters")
        if self.tabs.tabText(0) != first:
            self.tabs.setTabText(0, first)
        has_task = task is not None
        for number, visible in ((4, failed), (5, has_task)):
            if self.tabs.isTabVisible(number) != visible:
                self.tabs.setTabVisible(number, visible)

    def _show_tasks(self, document: OpenDocument) -> None:
        tasks = document.shown.tasks_of(self._node) if document.shown is not None else []
        several = len(tasks) > 1
        self.tasks.setVisible(several and self.page != "parameters")
        if not several:
            return
        tasks = sorted(tasks, key=_urgency)[:_MOST_TASKS_LISTED]
        shown = self._task_view()
        labels = [task_label(task) for task in tasks]
        if labels != [self.tasks.itemText(n) for n in range(self.tasks.count())]:
            self.tasks.clear()
            for task, label in zip(tasks, labels, strict=True):
                self.tasks.addItem(label, task.id)
        self.tasks.setCurrentIndex(self.tasks.findData(shown.id if shown else ""))

    def _show_form(
        self, document: OpenDocument, node: Node, spec: PlayerSpec | None, may_edit: bool
    ) -> None:
        key = (id(document), node.id, spec, id(self._look.theme))
        if key != self._form_for:
            self._form_for = key
            self._build_form(spec, document.path, node.part is not None)
        if self._form is not None:
            self._form.setEnabled(may_edit)
            self._form.show_values(node.parameters)
        found = [f for f in document.document.findings if f.place == node.id]
        own = [f for f in found if f.node == node.id]
        if self._form is not None:
            self._form.show_findings(
                {f.parameter: _sentence(f.message, f.cure) for f in own if f.parameter}
            )
        others = [_sentence(f.message, f.cure) for f in found if not f.parameter or f not in own]
        self.findings.setText("\n\n".join(others))
        self.findings.setVisible(bool(others))
        self.wires.show_node(document, node, may_edit)
        self.failure.show_node(document, node, self.catalogue, own, may_edit)
        self.repeat.show_node(document, node, own, may_edit)

    def _build_form(self, spec: PlayerSpec | None, path: Path | None, is_part: bool) -> None:
        old = self.form_place.takeAt(0)
        widget = old.widget() if old is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        if spec is None:
            self._form = None
            self.form_place.addWidget(message(render("board.player_unknown")))
            return
        if not spec.parameters:
            self._form = None
            words = "board.part_no_parameters" if is_part else "board.no_parameters"
            self.form_place.addWidget(message(render(words)))
            return
        form = Form(spec.parameters, self._look, path.parent if path is not None else None)
        form.changed.connect(self._set)
        form.reset.connect(self._reset)
        form.finished.connect(self._finished)
        self._form = form
        self.form_place.addWidget(form)

    def _show_problem(
        self, document: OpenDocument, status: NodeStatus, task: TaskView | None
    ) -> None:
        may_run = document.model is not None and not document.model.live and not document.restricted
        self.damaged.show_damage(status.damaged, may_run)
        told = [status.reason, status.bottleneck]
        if document.shown is not None:
            told += [undo_words(each) for each in document.shown.tasks_of(self._node)]
        words = "\n\n".join(word for word in told if word)
        self.reason.setText(words)
        self.reason.setVisible(bool(words))
        failed = status.state == "failed" and task is not None and task.error is not None
        self.card.setVisible(failed)
        if failed and task is not None and task.error is not None:
            self.card.show_error(task.error, may_run)

    def _show_page(self) -> None:
        self.pages.setCurrentIndex(self.tabs.currentIndex())
        current = self._current()
        if current is None:
            return
        document, node = current
        self._show_tasks(document)
        page = self.page
        detail = self._task_detail() if document.model is not None else None
        view = self._task_view()
        if page == "parameters":
            self._show_preview(detail)
        elif page == "input":
            inputs = detail.inputs if detail is not None else {}
            self.input.show_values(inputs, why_empty(document, node, "input"))
        elif page == "output":
            outputs: Mapping[str, Any] = view.outputs if view is not None else {}
            if not outputs and view is not None and document.shown is not None:
                outputs = document.shown.partial.get(view.id, {})
            self.output.show_values(outputs, why_empty(document, node, "output"))
        elif page == "log":
            entries = []
            if detail is not None and document.model is not None:
                entries = attempt_log(self._reader, document.model.run, detail)
            self.log.show_log(entries, why_empty(document, node, "log"))
        elif page == "trace":
            self.trace.show_error(view.error if view is not None else None)
        else:
            why = []
            if detail is not None and document.model is not None:
                journal = self._reader.detail(document.model.run).journal
                why = why_lines(journal, detail.id)
            self.attempts.show_task(detail, why)

    def _show_preview(self, detail: TaskDetail | None) -> None:
        """Under the form of a failed node: what came in, since that is where the fault shows.

        Made anew only for another value: a letter typed in the form above must not disturb it.
        """
        inputs: Mapping[str, Any] = detail.inputs if detail is not None else {}
        failed = detail is not None and detail.error is not None
        wanted = (failed, dict(list(inputs.items())[:1]), id(self._look.theme))
        if wanted == self._preview_of:
            return
        self._preview_of = wanted
        while (item := self.preview_place.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it lives until the next turn of the loop, outside of any layout
                widget.deleteLater()
        self.preview_head.setVisible(failed and bool(inputs))
        if not failed:
            return
        for port, reference in list(inputs.items())[:1]:
            heading = value_heading(port, reference)
            self.preview_head.setText(f"{render('board.tab_input')} · {heading}")
            view = view_of(reference, self._look, self._reader.value)
            view.setMinimumHeight(150)
            self.preview_place.addWidget(view)

    # --- editing

    def _set(self, name: str, value: object) -> None:
        current = self._current()
        if current is not None:
            merge = ("inspector", self._node, name, self._edit)
            current[0].document.apply(SetParameter(self._node, name, value), merge)

    def _reset(self, name: str) -> None:
        current = self._current()
        if current is not None and name in current[1].parameters:
            current[0].document.apply(SetParameter(self._node, name, UNSET))

    def _finished(self, _name: str) -> None:
        self._edit += 1  # what is typed next is a step of its own for undo

    def _renamed(self, title: str) -> None:
        current = self._current()
        if current is None:
            return
        spec = current[0].document.spec(current[1].player)
        if spec is not None and title == spec.title:
            title = ""
        if title != current[1].title:
            current[0].document.apply(RenameNode(self._node, title))

    def _task_picked(self, number: int) -> None:
        self._task = str(self.tasks.itemData(number))
        self._show_all()
        self._show_page()

    def _copy_command(self) -> None:
        task = self._task_view()
        if task is not None and self._document is not None and self._document.model is not None:
            run = self._document.model.run
            line = reproduce_command(self._reader.home, run, task.id)
            QGuiApplication.clipboard().setText(line)

    def _look_again(self) -> None:
        if self._current() is not None:
            self._show_all()
            self._show_page()

    def _parameters_page(self) -> QWidget:
        page = QScrollArea(widgetResizable=True)
        page.setFrameShape(QScrollArea.Shape.NoFrame)
        page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(14, 12, 14, 14)
        rows.setSpacing(12)
        rows.addWidget(self.card)
        rows.addWidget(self.damaged)
        rows.addWidget(self.pinned)
        rows.addWidget(self.reason)
        rows.addWidget(self.findings)
        rows.addLayout(self.form_place)
        rows.addWidget(self.preview_head)
        rows.addLayout(self.preview_place)
        for section in (self.repeat, self.wires, self.failure):
            rows.addWidget(section)
        rows.addStretch(1)
        page.setWidget(holder)
        return page


def _urgency(task: TaskView) -> int:
    """What is looked at first: a failure, then what stands for the node itself."""
    if task.shown == "failed":
        return 0
    return 1 if task.speaks else 2


def task_label(task: TaskView) -> str:
    """A task in the list: `loop#2/score · failed`, and that it took its node back."""
    state = render(f"board.state_{task.shown}")
    if task.id.endswith("~undo"):
        return render("board.task_undo", task=task.id.removesuffix("~undo"), state=state)
    return f"{task.id} · {state}"


def undo_words(task: TaskView) -> str:
    """What became of taking a node back; empty for any other task."""
    if not task.id.endswith("~undo"):
        return ""
    return render(f"board.undo_{task.shown}", reason=one_line(task.error))


def package_line(catalogue: Catalogue, player: str) -> str:
    """`harmony 0.1`: the package of a Player and its version to the second place."""
    package = catalogue.package_of(player)
    if package is None:
        return ""
    return f"{package.name} {'.'.join(package.version.split('.')[:2])}"


def _sentence(message_text: str, cure: str) -> str:
    return f"{message_text} {cure}".strip()

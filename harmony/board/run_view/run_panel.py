"""The bottom of the window: the run in one line, and under it timeline, log or history."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.run_view.lanes import Lanes
from harmony.board.run_view.log_view import LogView
from harmony.board.run_view.process_health import ProcessHealth
from harmony.board.run_view.run_facts import WIDTH as FACTS_WIDTH
from harmony.board.run_view.run_facts import RunFacts
from harmony.board.run_view.run_header import RunHeader
from harmony.board.run_view.run_model import RunModel
from harmony.board.run_view.standing import ShownRun
from harmony.foundation.words import render

PAGES = ("timeline", "log", "history")


class RunPanel(QWidget):
    """`task_clicked(node, task)` comes from the lanes; `folded(bool)` when the body is hidden."""

    task_clicked = Signal(str, str)
    folded = Signal(bool)

    def __init__(
        self,
        look: Look,
        title_of: Callable[[str], str],
        health_of: Callable[[str], ProcessHealth | None],
        history: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._model: RunModel | None = None
        self._past: ShownRun | None = None
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.header = RunHeader()
        self.lanes = Lanes(look, title_of, health_of)
        self.log = LogView(look, title_of)
        self.history = history
        self.facts = RunFacts(look, title_of)
        self.facts.setAccessibleName(render("board.facts"))
        self._beside = _scrolling(self.facts)
        self._beside.setFixedWidth(FACTS_WIDTH)
        timeline = QWidget()
        sides = QHBoxLayout(timeline)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(0)
        self.lanes_place = QStackedWidget()
        self.lanes_place.addWidget(_scrolling(self.lanes))
        sides.addWidget(self.lanes_place, 1)
        sides.addWidget(self._beside)
        self.body = QStackedWidget()
        for page in (timeline, self.log, history):
            self.body.addWidget(page)
        self.buttons = QButtonGroup(self)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 10, 0)
        head.setSpacing(2)
        head.addWidget(self.header, 1)
        for number, page_name in enumerate(PAGES):
            button = QPushButton(render(f"board.panel_{page_name}"))
            button.setCheckable(True)
            button.setProperty("kind", "ghost")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.buttons.addButton(button, number)
            head.addWidget(button)
        self.fold = QToolButton(autoRaise=True)
        self.fold.setIconSize(QSize(16, 16))
        self.fold.clicked.connect(self._toggle_fold)
        head.addWidget(self.fold)
        rows = self._rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 6, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(head)
        rows.addWidget(self.body, 1)
        self.buttons.idClicked.connect(self._page_clicked)
        self.lanes.task_clicked.connect(self.task_clicked)
        self.facts.task_clicked.connect(self.task_clicked)
        look.changed.connect(self._show_fold)
        self.show_page("timeline")
        self.set_folded(True)

    @property
    def page(self) -> str:
        """Which page is in front."""
        return PAGES[self.body.currentIndex()]

    @property
    def is_folded(self) -> bool:
        """Whether only the line with the totals is shown."""
        return self.body.isHidden()

    def show_page(self, page: str) -> None:
        """Bring a page to the front, unfolding the panel."""
        number = PAGES.index(page)
        self.body.setCurrentIndex(number)
        self.buttons.button(number).setChecked(True)
        self.set_folded(False)

    def set_folded(self, folded: bool) -> None:
        """Hide or show what is under the line with the totals."""
        if folded != self.is_folded:
            self.body.setVisible(not folded)
            self._rows.setContentsMargins(0, 6, 0, 6 if folded else 0)
            self.folded.emit(folded)
        self._show_fold()

    def set_height_of_header(self) -> None:
        """Take no more room than the line with the totals."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.setMaximumHeight(self.minimumSizeHint().height())

    def show_run(self, model: RunModel | None) -> None:
        """Show a run, or that it moved on."""
        self._model = model
        self._show_header()
        self.lanes.show_run(model)
        self.facts.show_run(model)
        self._beside.setVisible(not self.facts.is_empty)
        self.log.show_run(model)

    def show_past(self, past: ShownRun | None) -> None:
        """The run in numbers as it was at a moment; None: as it is."""
        self._past = past
        self._show_header()

    def show_chart(self, chart: QWidget) -> None:
        """Show a chart in place of the lanes."""
        area = next((a for a in self._charts() if a.widget() is chart), None)
        if area is None:
            area = _scrolling(chart)
            self.lanes_place.addWidget(area)
        self.lanes_place.setCurrentWidget(area)
        if self.page != "timeline" or self.is_folded:
            self.show_page("timeline")

    def take_chart(self, chart: QWidget) -> None:
        """Show the lanes again, if it is this chart that is shown."""
        area = next((a for a in self._charts() if a.widget() is chart), None)
        if area is not None:
            area.takeWidget()
            self.lanes_place.removeWidget(area)
            area.deleteLater()

    def _charts(self) -> list[QScrollArea]:
        places = (self.lanes_place.widget(n) for n in range(1, self.lanes_place.count()))
        return [place for place in places if isinstance(place, QScrollArea)]

    def _show_header(self) -> None:
        past, model = self._past, self._model
        same = past is not None and model is not None and past.run == model.run
        self.header.show_run(past if same else model)

    def _page_clicked(self, number: int) -> None:
        self.show_page(PAGES[number])

    def _toggle_fold(self) -> None:
        self.set_folded(not self.is_folded)

    def _show_fold(self) -> None:
        folded = self.is_folded
        words = render("board.panel_unfold" if folded else "board.panel_fold")
        self.fold.setIcon(self._look.icon("chevron-up" if folded else "chevron-down"))
        self.fold.setToolTip(words)
        self.fold.setAccessibleName(words)


def _scrolling(widget: QWidget) -> QScrollArea:
    """A widget that is scrolled up and down where it finds no room."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area

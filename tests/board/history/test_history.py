"""The history: runs a page at a time, found by what one remembers of them, opened by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest

from harmony.board.history.history_panel import HistoryPanel
from harmony.board.history.runs_model import PAGE, Page, RunsModel
from harmony.board.look import Look
from harmony.melody.model import Melody, Node
from harmony.polyphony.records import RunSummary


def summary(number: int, **changes: Any) -> RunSummary:
    fields: dict[str, Any] = {
        "id": f"run{number:029d}", "name": f"Report {number}", "melody_id": "m",
        "melody_hash": "h", "state": "Completed", "created": 1.7e9 + number,
        "started": 1.7e9 + number, "finished": 1.7e9 + number + 30.0, "total": 3, "completed": 3,
        "failed": 0, "reused": 0, "skipped": 0, "cause": "", "parent": None, "parent_task": None,
        "path": None, "base_folder": "",
    }  # fmt: skip
    return RunSummary(**{**fields, **changes})


class Runs:
    """So many runs, and what they were asked for."""

    def __init__(self, count: int) -> None:
        self.runs = [summary(number) for number in reversed(range(count))]
        self.asked: list[tuple[str, str | None, int]] = []

    def find(self, words: str, before: str | None, limit: int) -> Page:
        self.asked.append((words, before, limit))
        found = [run for run in self.runs if words.lower() in f"{run.name} {run.cause}".lower()]
        if before is not None:
            found = [run for run in found if run.id < before]
        return Page(
            found[:limit], {run.id: 10.0 for run in found[:limit] if run.name == "Report 3"}
        )


def test_a_long_history_is_read_a_page_at_a_time(look: Look) -> None:
    runs = Runs(2 * PAGE + 5)
    model = RunsModel(look, runs.find)
    model.refresh(frozenset())
    assert model.rowCount() == PAGE
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert model.rowCount() == 2 * PAGE + 5
    assert [run.id for run in model.runs] == [run.id for run in runs.runs]
    assert len(runs.asked) == 3


def test_a_row_says_how_long_a_run_took_without_its_pauses_and_where_it_comes_from(
    look: Look,
) -> None:
    runs = Runs(5)
    runs.runs[0] = summary(9, state="Failed", parent="a" * 24 + "01234567", cause="no rating")
    model = RunsModel(look, runs.find)
    model.refresh(frozenset())
    failed, paused = model.row(0), model.row(1)
    assert failed.cells[1] == "Failed"
    assert failed.cells[4] == "after 01234567"
    assert "no rating" in failed.tip
    assert paused.run.name == "Report 3"
    assert paused.cells[3] == "20.0 s"
    assert "paused for 10.0 s" in paused.tip
    assert model.row(2).cells[3] == "30.0 s"


@pytest.fixture
def panel(look: Look, qtbot: Any) -> HistoryPanel:
    made = HistoryPanel(look, Runs(30).find)
    qtbot.addWidget(made)
    made.show()
    return made


def test_typing_searches_and_enter_opens_what_is_found(panel: HistoryPanel, qtbot: Any) -> None:
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "report 17")
    with qtbot.waitSignal(panel.open_requested) as opened:
        QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert opened.args == [summary(17).id]
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 30)


def test_the_list_is_walked_from_the_field(panel: HistoryPanel, qtbot: Any) -> None:
    panel.search.setFocus()
    QTest.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.selected_run() == summary(29).id
    QTest.keyClick(panel.tree, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.open_requested) as opened:
        QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert opened.args == [summary(28).id]


def test_what_is_selected_stays_so_when_runs_are_listed_anew(panel: HistoryPanel) -> None:
    panel.select_run(summary(12).id)
    panel.refresh(frozenset({summary(12).id}))
    assert panel.selected_run() == summary(12).id
    assert panel.resume_button.isEnabled()


def test_nothing_found_is_said_and_the_field_stays(panel: HistoryPanel, qtbot: Any) -> None:
    QTest.keyClicks(panel.search, "zebra")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    assert "zebra" in panel.empty.text()
    assert panel.search.isVisible()


def test_a_list_that_is_not_shown_asks_for_nothing(look: Look, qtbot: Any) -> None:
    runs = Runs(3)
    panel = HistoryPanel(look, runs.find)
    qtbot.addWidget(panel)
    panel.refresh(frozenset())
    assert runs.asked == []
    panel.show()
    assert panel.model.rowCount() == 3


async def test_a_run_is_found_by_its_error_and_by_a_node(stage: Any) -> None:
    node = Node("one", "harmony/python_snippet", "Thermometer", x=0, y=0,
                parameters={"code": "raise ValueError('no data from station 4711')"})  # fmt: skip
    stage.window.workspace.new(Melody("m", "Weather", "", {"one": node}))
    stage.shortcut("F5")
    assert await stage.run_ended() == "Failed"
    run = stage.document.model.run
    stage.window.desk.view.show_history()
    history = stage.window.history
    for words in ("station 4711", "thermom", "weather failed"):
        history.search.setText(words)
        await stage.until(lambda w=words: history.model.words == w)
        assert [found.id for found in history.model.runs] == [run], words
    history.search.setText("nodes")
    await stage.until(lambda: history.model.words == "nodes")
    assert history.model.runs == [], "the form of the file is not searched"
    history.search.setText("")
    await stage.until(lambda: history.model.runs)
    stage.document.put_run_away()
    history.select_run(run)
    stage.click(history.open_button)
    await stage.until(lambda: stage.document.model is not None)
    assert stage.document.model.run == run

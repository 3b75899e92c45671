"""The run in one line, its lanes and its log."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from harmony.board.look import Look
from harmony.board.run_view.account import RunAccount
from harmony.board.run_view.lanes import Lanes, span
from harmony.board.run_view.log_view import LogView
from harmony.board.run_view.process_health import ProcessHealth
from harmony.board.run_view.run_header import RunHeader, rough_duration
from harmony.board.run_view.run_model import RunModel
from harmony.conductor.critical_path import CriticalPath, PathStep
from harmony.conductor.events import RunChanged, TaskChanged, TaskLog


def model() -> RunModel:
    made = RunModel("r", ["a", "b"], number=14)
    made.apply(RunChanged("r", "Queued", "Executing", 100.0))
    made.apply(TaskChanged("r", "a", "a", "Ready", "Executing", 1, 101.0, process="p1"))
    made.apply(TaskChanged("r", "a", "a", "Storing", "Completed", 1, 105.0, seconds=4.0))
    made.apply(TaskChanged("r", "b", "b", "Ready", "Executing", 1, 105.0, process="p2"))
    made.apply(TaskChanged("r", "b", "b", "Executing", "Failed", 1, 111.0, error={"message": "no"}))
    return made


def test_the_header_says_how_far_the_run_is(qtbot: QtBot, look: Look) -> None:
    header = RunHeader()
    qtbot.addWidget(header)
    assert header.name.text() == "No run yet"
    run = model()
    header.show_run(run)
    assert (header.name.text(), header.counts.text()) == ("Run 14", "1 of 2 nodes")
    assert header.failed.text() == "1 failed"
    run.apply(RunChanged("r", "Executing", "Failed", 112.0))
    header.show_run(run)
    assert header.left.text() == "Failed · 12.0 s"
    assert header.bar.property("kind") == "danger"


def test_a_time_left_is_told_roughly() -> None:
    assert [rough_duration(s) for s in (0.2, 8.4, 200, 9000)] == ["1 s", "8 s", "3 min", "2.5 h"]


def test_a_block_of_the_lanes_can_be_clicked(qtbot: QtBot, look: Look) -> None:
    lanes = Lanes(look, str.upper, lambda _: None)
    qtbot.addWidget(lanes)
    lanes.resize(800, 80)
    lanes.show_run(model())
    picture = lanes.grab()
    assert not picture.isNull()
    boxes = {block.node: box for box, block in lanes._boxes}
    assert boxes["b"].top() > boxes["a"].top(), "each process has its lane"
    assert boxes["b"].left() >= boxes["a"].right() - 4, "one after the other in time"
    with qtbot.waitSignal(lanes.task_clicked) as told:
        QTest.mouseClick(
            lanes,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            boxes["b"].center().toPoint(),
        )
    assert told.args == ["b", "b"]


def test_the_lanes_mark_the_critical_path_and_a_process_that_answers_slowly(
    qtbot: QtBot, look: Look
) -> None:
    health = {"p1": ProcessHealth(7, "Degraded", 0.004)}
    lanes = Lanes(look, str.upper, health.get)
    qtbot.addWidget(lanes)
    lanes.resize(800, 80)
    run = model()
    lanes.show_run(run)
    warning = QColor(look.theme.warning).rgb()
    assert _has(lanes, QRectF(0, 0, 14, 30), warning), "the dot beside the lane"
    assert "pid 7" in lanes._process_tip("p1")
    assert lanes._process_tip("gone") == "Process gone · ended"
    run.apply(RunChanged("r", "Executing", "Failed", 112.0))
    steps = (PathStep("a", "a", 0.0, 1.0), PathStep("b", "b", 0.0, 9.0))
    run.account = RunAccount(CriticalPath(steps, 10.0, "b", 0.9))
    lanes.show_run(run)
    assert not _has(lanes, QRectF(0, 0, 14, 30), warning), "the run is over"
    box, block = lanes._boxes[0]
    assert _has(lanes, QRectF(box.left(), box.bottom() - 3, box.width(), 3), warning)
    assert lanes._tip(block, run.now).endswith("On the critical path")


def _has(widget: QWidget, area: QRectF, color: int) -> bool:
    picture = widget.grab().toImage()
    here = area.toRect().intersected(picture.rect())
    return any(
        picture.pixel(x, y) == color
        for x in range(here.left(), here.right() + 1)
        for y in range(here.top(), here.bottom() + 1)
    )


def test_ten_thousand_short_tasks_are_drawn_as_few_boxes(qtbot: QtBot, look: Look) -> None:
    run = RunModel("r", ["a"])
    run.apply(RunChanged("r", "Queued", "Executing", 0.0))
    for number in range(10_000):
        at, name = number * 0.01, f"a[{number}]"
        run.apply(TaskChanged("r", name, "a", "Ready", "Executing", 1, at, process="p"))
        run.apply(TaskChanged("r", name, "a", "Storing", "Completed", 1, at + 0.009))
    lanes = Lanes(look, str, lambda _: None)
    qtbot.addWidget(lanes)
    lanes.resize(700, 60)
    lanes.show_run(run)
    lanes.grab()
    assert 50 < len(lanes._boxes) <= 700


def test_the_lanes_span_from_the_first_to_the_last_moment() -> None:
    run = model()
    run.apply(RunChanged("r", "Executing", "Failed", 130.0))
    assert span(run) == (101.0, 111.0)


def test_the_log_shows_what_is_new_and_can_be_narrowed(qtbot: QtBot, look: Look) -> None:
    view = LogView(look, str.upper)
    qtbot.addWidget(view)
    run = model()
    view.show_run(run)
    assert view.text.isHidden()
    assert "appears here" in view.empty.text()
    run.apply(TaskLog("r", "a", "a", 1, "info", "one", 101.0))
    view.show_run(run)
    run.apply(TaskLog("r", "b", "b", 1, "error", "two", 102.0))
    view.show_run(run)
    lines = view.text.toPlainText().split("\n")
    assert [line.split("  ")[1:] for line in lines] == [["A", "one"], ["B", "two"]]
    view.level.setCurrentIndex(view.level.findData("error"))
    assert "one" not in view.text.toPlainText()
    view.search.setText("nothing like it")
    assert view.empty.text() == "No line fits the filter."
    view.search.clear()
    view.level.setCurrentIndex(0)
    view.select_node("a")
    view.only_node.click()
    assert "two" not in view.text.toPlainText()


def test_the_lanes_have_no_block_where_nothing_is(qtbot: QtBot, look: Look) -> None:
    lanes = Lanes(look, str, lambda _: None)
    qtbot.addWidget(lanes)
    lanes.resize(300, 60)
    lanes.show_run(None)
    lanes.grab()
    with qtbot.assertNotEmitted(lanes.task_clicked):
        QTest.mouseClick(
            lanes, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(100, 20)
        )

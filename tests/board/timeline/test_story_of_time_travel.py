"""Travelling in time by mouse and keyboard, in the real window over real runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from harmony.melody.changes import SetParameter
from harmony.melody.model import Connection, Melody, Node


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


def melody(first: str, second: str) -> Melody:
    nodes = (snippet("one", first), snippet("two", second, 288))
    wire = Connection("one", "result", "two", "first")
    return Melody("m", "Two steps", "", {n.id: n for n in nodes}, {wire: "hard"})


def line_of(stage: Any) -> Any:
    return stage.window.desk.time.line


async def travelling(stage: Any) -> Any:
    """The time line of the run in front, all of which has been read."""
    line = await stage.until(lambda: line_of(stage))
    store, run = stage.symphony.house.store, stage.document.model.run
    await stage.until(
        lambda: (
            line.travel.course is not None
            and line.travel.course.sequence == store.last_sequence(run)
        )
    )
    return line


def point_at(widget: Any, x: float) -> None:
    """Move the pointer over a widget, with no button down."""
    place, no_button = QPointF(x, 26), Qt.MouseButton.NoButton
    on_screen = QPointF(widget.mapToGlobal(place.toPoint()))
    no_keys = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, place, on_screen, no_button, no_button, no_keys)
    QApplication.sendEvent(widget, event)


def states(stage: Any) -> dict[str, str]:
    return {node: status.state for node, status in stage.document.statuses().items()}


@pytest.fixture
def done(stage: Any) -> Any:
    """A run that has completed, with its time line."""

    async def ran(first: str = "result = 'six'", second: str = "result = first + '!'") -> Any:
        stage.window.workspace.new(melody(first, second))
        stage.shortcut("F5")
        await stage.run_ended()
        return await travelling(stage)

    return ran


async def test_the_track_is_scrubbed_with_the_mouse(stage: Any, done: Any) -> None:
    line = await done("result = 'six'", "import time; time.sleep(0.3); result = first")
    track, course = line.strip.track, line.travel.course
    assert line.strip.isVisible()
    assert not line.banner.isVisible()
    two = next(p for p in range(len(course)) if course.move(p)[:3] == ("two", "two", "Executing"))
    between = course.elapsed_at(two + 1)
    stage.pull(track, QPoint(round(track.x_of(course.elapsed)), 26), QPoint(14, 26))
    assert line.travel.elapsed == 0
    assert states(stage)["one"] == "waiting"
    line.travel.go(between)
    assert states(stage) == {"one": "done", "two": "running"}
    await stage.turn()
    assert stage.view.status_of("two").state == "running", "the canvas follows"
    assert "As it was at" in line.banner.text.text()
    assert line.banner.isVisible()
    values = stage.document.wire_values()
    assert list(values.values()) == ["six"], "what the wire carried by then"
    stage.click(line.banner.back, QPoint(5, 5))
    await stage.turn()
    assert states(stage) == {"one": "done", "two": "done"}
    assert not line.banner.isVisible()
    assert list(stage.document.wire_values().values()) == [""]


async def test_keys_step_from_event_to_event_and_esc_comes_back(stage: Any, done: Any) -> None:
    line = await done()
    travel, track = line.travel, line.strip.track
    stage.shortcut("Alt+T")
    await stage.until(track.hasFocus)
    stage.press(Qt.Key.Key_Home)
    assert travel.position == 0
    assert set(states(stage).values()) <= {"waiting", "idle"}
    seen = [travel.position]
    while travel.is_past:
        stage.press(Qt.Key.Key_Right)
        seen.append(travel.position)
        assert len(seen) < 100
    assert seen == sorted(set(seen)), "each step goes on"
    assert seen[-1] == len(travel.course)
    stage.press(Qt.Key.Key_Left)
    assert travel.is_past
    stage.press(Qt.Key.Key_Left, held=Qt.KeyboardModifier.ShiftModifier)
    assert travel.position < seen[-2]
    stage.press(Qt.Key.Key_Escape)
    assert not travel.is_past
    assert track.accessibleName() == "Time line of the run"
    assert track.value() == track.maximum() == len(travel.course)


async def test_it_plays_by_itself_to_the_end(stage: Any, done: Any) -> None:
    line = await done()
    line.strip.track.setFocus()
    stage.press(Qt.Key.Key_Space)
    assert line.travel.is_playing
    assert line.travel.is_past
    await stage.until(lambda: not line.travel.is_playing)
    assert not line.travel.is_past, "it has arrived at the present"


async def test_the_inspector_shows_what_was_known_then(stage: Any, done: Any) -> None:
    line = await done("result = 'six'", "raise ValueError('no')")
    stage.window.go_to_node("two")
    await stage.turn()
    panel = stage.inspector.node
    assert panel.tabs.tabText(0) == "Problem"
    line.travel.go_to(0)
    await stage.turn()
    assert panel.tabs.tabText(0) == "Parameters"
    assert not panel.card.isVisible()
    line.travel.back()
    await stage.turn()
    assert panel.tabs.tabText(0) == "Problem"
    stage.window.go_to_node("one")
    panel.open_page("output")
    await stage.turn()
    assert panel.output.widget().findChildren(type(panel.reason)), "a value, with its heading"
    line.travel.go_to(1)
    await stage.turn()
    assert (
        stage.document.shown.known("one") is None or not stage.document.shown.known("one").outputs
    )


async def test_the_line_of_totals_tells_of_the_moment(stage: Any, done: Any) -> None:
    line = await done()
    header = stage.window.panel.header
    assert header.counts.text() == "2 of 2 nodes"
    line.travel.go_to(0)
    assert header.counts.text() == "0 of 2 nodes"
    line.travel.back()
    assert header.counts.text() == "2 of 2 nodes"


async def test_an_edit_made_while_looking_at_the_past_is_kept(stage: Any, done: Any) -> None:
    line = await done()
    line.travel.go_to(2)
    stage.document.document.apply(SetParameter("one", "code", "result = 'seven'"))
    await stage.turn()
    assert line.travel.is_past
    line.travel.back()
    await stage.turn()
    assert stage.melody.nodes["one"].parameters["code"] == "result = 'seven'"
    assert stage.document.stale == {"one", "two"}
    assert stage.document.document.can_undo


async def test_a_run_that_goes_on_is_scrubbed_while_its_end_grows(
    stage: Any, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    stage.window.workspace.new(melody("result = 'six'", f"result = open({str(gate)!r}).read()"))
    stage.shortcut("F5")
    await stage.until(
        lambda: stage.document.model is not None and states(stage)["two"] == "running"
    )
    line = await travelling(stage)
    travel = line.travel
    travel.go_to(1)
    assert states(stage)["two"] == "waiting"
    assert line.strip.now.text() == "Live"
    known = len(travel.course)

    def opened() -> int | None:
        try:
            return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    os.close(await stage.until(opened))
    await stage.run_ended()
    await travelling(stage)
    assert len(travel.course) > known
    assert travel.position == 1, "the past stays where it is"
    assert states(stage)["two"] == "waiting"
    stage.click(line.strip.now, QPoint(5, 5))
    assert states(stage)["two"] == "done"


async def test_a_retry_is_followed_and_the_failure_can_be_gone_back_to(
    stage: Any, done: Any, tmp_path: Path
) -> None:
    flag = tmp_path / "there"
    line = await done("result = 'six'", f"result = open({str(flag)!r}).read()")
    assert [mark.kind for mark in line.travel.course.marks] == ["failed"]
    flag.write_text("yes")
    stage.shortcut("Ctrl+R")
    await stage.until(lambda: stage.document.model.live)
    assert await stage.run_ended() == "Completed"
    await travelling(stage)
    course = line.travel.course
    failed = next(mark for mark in course.marks if mark.kind == "failed")
    line.travel.go_to(failed.position + 1)
    assert states(stage)["two"] == "failed"
    line.travel.back()
    assert states(stage)["two"] == "done"


async def test_what_lies_under_the_pointer_is_told(stage: Any, done: Any) -> None:
    line = await done("result = 'six'", "raise ValueError('no such station')")
    track = line.strip.track
    at = line.travel.course.elapsed_at(
        next(m.position for m in line.travel.course.marks if m.kind == "failed") + 1
    )
    point_at(track, track.x_of(at))
    assert "failed: no such station" in line.strip._hover


async def test_the_chart_selects_a_task_and_its_moment(stage: Any, done: Any) -> None:
    line = await done("result = 1", "import time; time.sleep(0.3); result = first")
    stage.shortcut("Alt+G")
    chart = await stage.until(lambda: line.chart)
    await stage.until(chart.isVisible)
    await stage.turn()
    assert line.strip.chart.isChecked()
    rows = chart.model.rows
    row = next(n for n, row in enumerate(rows) if any(bar.task == "two" for bar in row.bars))
    number = next(n for n, bar in enumerate(rows[row].bars) if bar.task == "two")
    rect = chart.bar_rect(row, number)
    stage.click(chart, rect.center().toPoint())
    await stage.turn()
    assert stage.view.selected_nodes() == ("two",)
    assert states(stage)["two"] == "running"
    chart.setFocus()
    stage.press(Qt.Key.Key_Escape)
    assert not line.travel.is_past
    stage.shortcut("Alt+G")
    await stage.turn()
    assert not chart.isVisible()
    assert stage.window.panel.lanes.isVisible()


async def test_the_chart_is_zoomed_panned_and_walked_by_keyboard(stage: Any, done: Any) -> None:
    line = await done()
    line.show_chart(True)
    chart = line.chart
    await stage.until(chart.isVisible)
    chart.setFocus()
    whole = chart.span.length
    stage.press(Qt.Key.Key_Plus)
    stage.press(Qt.Key.Key_Plus)
    assert chart.span.length < whole
    begin = chart.span.begin
    stage.pull(chart, QPoint(300, 30), QPoint(500, 30))
    assert chart.span.begin <= begin
    stage.press(Qt.Key.Key_0)
    assert chart.span.length == whole
    stage.press(Qt.Key.Key_Right)
    assert chart.chosen is not None
    assert chart.chosen.task in chart.accessibleDescription()
    stage.press(Qt.Key.Key_Return)
    await stage.turn()
    assert stage.view.selected_nodes() == (chart.chosen.node,)
    assert line.travel.is_past


async def test_a_past_run_opens_with_its_time_line_and_closes_with_its_tab(
    stage: Any, done: Any
) -> None:
    await done()
    run = stage.document.model.run
    await stage.window.runs.open_past(run)
    stage.document.document.apply(SetParameter("one", "code", "result = 'other'"))
    stage.document.put_run_away()
    await stage.turn()
    assert not line_of(stage).strip.isVisible(), "no run, no time line"
    await stage.window.desk.time.open_past(run)
    line = await travelling(stage)
    line.travel.go_to(0)
    line.show_chart(True)
    document = stage.document
    await stage.window.desk.file.close(document)
    await stage.turn()
    assert document not in stage.window.pages


async def test_another_run_has_a_time_line_of_its_own(stage: Any, done: Any) -> None:
    line = await done()
    first, course = stage.document.model.run, line.travel.course
    line.travel.go_to(1)
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model.run != first)
    assert not line.travel.is_past
    assert not line.banner.isVisible()
    await stage.run_ended()
    await stage.until(lambda: line.travel.course is not None and line.travel.course is not course)
    await travelling(stage)
    assert line.travel.course is not course
    line.travel.go_to(0)
    assert stage.document.past.run == stage.document.model.run != first

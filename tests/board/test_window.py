"""The window over a running engine: start page, trust, runs, history, closing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPushButton

from harmony.board.layout import load_layout, save_layout
from harmony.melody.changes import AddNode, Connect, SetParameter
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node

KEY = Qt.Key
HARMONY = "from harmony.cli import main; main()"


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


def two_steps(first: str, second: str) -> Melody:
    nodes = (snippet("one", first), snippet("two", second, 288))
    wire = Connection("one", "result", "two", "first")
    return Melody("m-two", "Two steps", "", {n.id: n for n in nodes}, {wire: "hard"})


@pytest.fixture
def gate(tmp_path: Path) -> Callable[[], Path]:
    """A named pipe: who reads it waits until the test opens it for writing."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return lambda: path


async def let_through(stage: Any, path: Path) -> None:
    """Wait for the reader of a gate, and let it go on."""

    def opened() -> int | None:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    os.close(await stage.until(opened))


async def answer(stage: Any, name: str) -> None:
    """Press a button of the question that is asked."""
    box = await stage.until(lambda: _question(stage))
    button = box.findChild(QPushButton, f"answer.{name}")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    await stage.until(lambda: _question(stage) is not box)


def _question(stage: Any) -> QMessageBox | None:
    if stage.window is None:
        return None
    return next((b for b in stage.window.findChildren(QMessageBox) if b.isVisible()), None)


def write(path: Path, melody: Melody) -> Path:
    save(path, melody)
    return path


# --- start page


async def test_an_example_opens_as_a_copy_that_may_be_edited(
    stage: Any, harmony_home: Path
) -> None:
    card = stage.window.gallery.cards[0]
    stage.click(card, QPoint(40, 40))
    await stage.until(lambda: stage.document is not None)
    assert stage.document.path.is_relative_to(harmony_home)
    assert not stage.document.restricted
    assert (harmony_home / "examples" / "data").is_dir()
    stage.shortcut("Ctrl+Shift+H")
    await stage.until(lambda: stage.document is None)
    assert stage.window.gallery.recent.count() == 1
    assert not stage.window.palette_panel.isVisible()


async def test_a_file_that_is_gone_is_told_of_and_forgotten(stage: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.melody", two_steps("result = 1", "result = first"))
    stage.window.desk.file.open_path(path)
    await stage.window.desk.file.close_document()
    path.unlink()
    stage.window.desk.file.open_path(path)
    await stage.turn()
    assert not stage.window.problem_bar.isHidden()
    assert str(path) not in stage.window.workspace.settings.recent_files


async def test_a_file_is_opened_once(stage: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.melody", two_steps("result = 1", "result = first"))
    first = stage.window.desk.file.open_path(path)
    stage.window.desk.file.new()
    assert stage.window.desk.file.open_path(path) is first
    assert len(stage.window.workspace.documents) == 2
    assert stage.document is first


# --- trust


async def test_a_melody_from_elsewhere_runs_only_once_trusted(stage: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "sent.melody", two_steps("result = 1", "result = first"))
    path.chmod(0o666)
    stage.window.desk.file.open_path(path)
    await stage.turn()
    page = stage.window.page
    assert page.bar.isVisible()
    assert not stage.window.registry.allowed("run.run")
    assert not stage.window.top.run.isEnabled()
    stage.click(page.bar.findChild(QPushButton))
    await stage.turn()
    assert page.bar.isHidden()
    assert stage.window.top.run.isEnabled()
    await stage.window.desk.file.close_document()
    stage.window.desk.file.open_path(path)
    assert not stage.document.restricted, "trust lasts"
    await stage.window.desk.file.close_document()
    path.write_bytes(path.read_bytes().replace(b"result = 1", b"result = 2"))
    stage.window.desk.file.open_path(path)
    assert stage.document.restricted, "another content asks again"


# --- runs


async def test_a_melody_with_a_finding_is_not_run_and_shows_where(stage: Any) -> None:
    stage.window.workspace.new()
    stage.document.document.apply(AddNode(Node("keep", "harmony/filter_rows")))
    stage.shortcut("F5")
    await stage.until(lambda: stage.window.problem_bar.isVisible())
    assert stage.document.model is None
    assert stage.view.selected_nodes() == ("keep",)


async def test_stop_ends_a_run_at_once(stage: Any, gate: Any) -> None:
    stage.window.workspace.new(two_steps(f"open({str(gate())!r}).read()", "result = first"))
    stage.click(stage.window.top.run)
    await stage.until(lambda: stage.document.model and stage.document.model.totals().running)
    assert stage.window.top.stop.isVisible()
    assert stage.document.canvas.state == "Executing"
    stage.click(stage.window.top.stop)
    assert await stage.run_ended() == "Cancelled"
    assert stage.document.statuses()["one"].state == "cancelled"
    assert stage.window.top.run.isVisible()


async def test_a_run_is_paused_and_goes_on(stage: Any, gate: Any) -> None:
    stage.window.workspace.new(two_steps(f"result = open({str(gate())!r}).read()", "result = 2"))
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model and stage.document.model.totals().running)
    await stage.until(lambda: stage.window.command_actions.by_id["run.pause"].isEnabled())
    stage.shortcut("F7")
    await stage.until(lambda: stage.document.model.state == "Paused")
    assert stage.document.canvas.state == "Debugging"
    await let_through(stage, gate())
    await stage.until(lambda: stage.document.statuses()["one"].state == "done")
    assert stage.document.statuses()["two"].state == "waiting"
    await stage.until(lambda: stage.window.command_actions.by_id["run.resume"].isEnabled())
    stage.shortcut("F8")
    assert await stage.run_ended() == "Completed"


async def test_editing_beside_a_run_marks_what_is_out_of_date(stage: Any, gate: Any) -> None:
    stage.window.workspace.new(two_steps(f"result = open({str(gate())!r}).read()", "result = 2"))
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model and stage.document.model.totals().running)
    stage.document.document.apply(SetParameter("two", "code", "result = 3"))
    assert stage.document.canvas.state == "Editing"
    assert stage.document.stale == {"two"}
    await let_through(stage, gate())
    assert await stage.run_ended() == "Completed"
    assert stage.document.canvas.state == "Editing"
    value = stage.document.model.tasks["two"].outputs["result"]["value"]
    assert value == 2, "the run had its own snapshot"


async def test_what_is_printed_and_logged_is_seen_live_and_afterwards(stage: Any) -> None:
    code = "print('printed')\ncontext.log('logged', 'warning')\nresult = 1"
    stage.window.workspace.new(two_steps(code, "result = first"))
    stage.shortcut("F5")
    assert await stage.run_ended() == "Completed"
    stage.window.command_actions.by_id["view.log"].trigger()
    await stage.turn()
    live = stage.window.panel.log.text.toPlainText()
    assert "printed" in live
    assert "logged" in live
    stage.view.select(["one"])
    stage.inspector.node.open_page("log")
    await stage.turn()
    kept = stage.inspector.node.log.text.toPlainText()
    assert "printed" in kept
    assert "logged" in kept


async def test_each_task_of_a_mapped_node_can_be_looked_at(stage: Any, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, content in (("a", b"one"), ("b", b"\xff\xfe\xfd"), ("c", b"three")):
        (folder / f"{name}.txt").write_bytes(content)
    nodes = (
        Node("list", "harmony/list_files", parameters={"path": str(folder)}),
        Node("read", "harmony/read_text", x=240),
    )
    wire = Connection("list", "files", "read", "file")
    melody = Melody("m-map", "Mapped", "", {n.id: n for n in nodes}, {wire: "hard"})
    stage.window.workspace.new(melody)
    stage.shortcut("F5")
    assert await stage.run_ended() == "Failed"
    assert stage.document.wire_counts() == {wire: 3}
    assert stage.document.statuses()["read"].total == 3
    stage.view.select(["read"])
    node = stage.inspector.node
    node.open_page("input")
    await stage.turn()
    assert node.tasks.count() == 3
    assert node.tasks.currentData() == "read[1]", "the failed one comes first"
    assert "b.txt" in str(node.input._shown)
    node.tasks.setCurrentIndex(2)
    node.tasks.activated.emit(2)
    await stage.turn()
    assert "c.txt" in str(node.input._shown)


# --- history


async def test_a_past_run_opens_as_it_was(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "raise ValueError('no')"))
    stage.shortcut("F5")
    assert await stage.run_ended() == "Failed"
    run = stage.document.model.run
    live = stage.document.statuses()
    stage.document.document.apply(SetParameter("two", "code", "result = 5"))
    before = stage.document
    stage.window.refresh_history()
    stage.window.desk.view.show_history()
    first = stage.window.history.model.row(0)
    assert first.cells[1] == "Failed"
    assert "no" in first.run.cause
    await stage.window.runs.open_past(run)
    assert stage.document is before, "the tab that shows the run"
    stage.document.put_run_away()
    await stage.window.runs.open_past(run)
    await stage.turn()
    past = stage.document
    assert past is not before, "the melody was edited since: its snapshot opens in a tab of its own"
    assert past.canvas.state == "Debugging"
    assert stage.melody.nodes["two"].parameters["code"] == "raise ValueError('no')"
    assert past.statuses()["two"].error == live["two"].error
    assert {n: s.state for n, s in past.statuses().items()} == {"one": "done", "two": "failed"}
    stage.view.select(["two"])
    stage.inspector.node.open_page("trace")
    await stage.turn()
    assert "ValueError: no" in stage.inspector.node.trace.text.toPlainText()


async def test_an_interrupted_run_is_offered_and_finished(
    stage: Any, gate: Any, tmp_path: Path, harmony_home: Path
) -> None:
    path = write(
        tmp_path / "killed.melody",
        two_steps("result = 1", f"result = open({str(gate())!r}).read()"),
    )
    command = [sys.executable, "-c", HARMONY, "run", str(path), "--home", str(harmony_home)]
    quiet = subprocess.DEVNULL
    other = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: ASYNC220 - it is killed

    def under_way() -> bool:
        runs = [r for r in stage.symphony.runs() if r.name == "Two steps"]
        return bool(runs) and runs[0].completed == 1 and other.poll() is None

    await stage.until(under_way)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    await stage.until(lambda: len(stage.symphony.interrupted_runs()) == 1)
    stage.window.refresh_history()
    resume = next(
        button
        for button in stage.window.gallery.findChildren(QPushButton)
        if button.text() == "Resume"
    )
    stage.click(resume)
    await stage.until(lambda: stage.document is not None and stage.document.model.live)
    await let_through(stage, gate())
    assert await stage.run_ended() == "Completed"
    detail = stage.symphony.show(stage.document.model.run)
    assert len(detail.tasks["one"].attempts) == 1, "what was finished did not run again"
    assert stage.symphony.interrupted_runs() == []


# --- commands


async def test_the_command_palette_goes_to_a_node_and_runs_a_command(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    await stage.to_canvas()
    stage.shortcut("Ctrl+Shift+P")
    palette = stage.window.command_palette
    await stage.until(palette.isVisible)
    listed = {entry.title for entry in palette.model.shown}
    names = {command.name for command in stage.window.registry if command.id != "help.palette"}
    assert names <= listed, "every command can be reached"
    palette.search.setText("node two")
    QTest.keyClick(palette.search, KEY.Key_Return)
    await stage.turn()
    assert stage.view.selected_nodes() == ("two",)
    await stage.to_canvas()
    stage.shortcut("Ctrl+Shift+P")
    palette.search.setText("duplicate")
    QTest.keyClick(palette.search, KEY.Key_Return)
    await stage.turn()
    assert len(stage.melody.nodes) == 3


async def test_what_cannot_be_done_now_cannot_be_chosen(stage: Any) -> None:
    palette = stage.window.command_palette
    stage.shortcut("Ctrl+Shift+P")
    await stage.until(palette.isVisible)
    palette.search.setText("save as")
    assert not palette.model.shown[0].enabled
    QTest.keyClick(palette.search, KEY.Key_Return)
    assert palette.isVisible()
    palette.close()


async def test_a_letter_in_a_field_of_the_form_is_no_shortcut(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    stage.view.select(["one"])
    stage.shortcut("F4")
    code = stage.inspector.node.form.fields["code"].widget
    await stage.until(code.hasFocus)
    QTest.keySequence(code, "Ctrl+A")
    QTest.keyClick(code, KEY.Key_Delete)
    await stage.turn()
    assert code.toPlainText() == ""
    assert set(stage.melody.nodes) == {"one", "two"}, "Delete took out text, not the node"


async def test_typing_in_a_field_is_one_step_of_undo(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    stage.view.select(["one"])
    stage.shortcut("F4")
    code = stage.inspector.node.form.fields["code"].widget
    await stage.until(code.hasFocus)
    QTest.keySequence(code, "Ctrl+A")
    QTest.keyClicks(code, "result = 42")
    assert stage.melody.nodes["one"].parameters["code"] == "result = 42"
    await stage.to_canvas()
    stage.shortcut("Ctrl+Z")
    await stage.turn()
    assert stage.melody.nodes["one"].parameters["code"] == "result = 1"
    assert code.toPlainText() == "result = 1"


async def test_a_wire_dropped_on_empty_canvas_asks_for_a_player_that_fits(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    await stage.to_canvas()
    begin = stage.port("two", "result", output=True)
    stage.pull(stage.view.viewport(), begin, begin + QPoint(60, 160))
    popup = stage.window.add_popup
    await stage.until(popup.isVisible)
    QTest.keyClicks(popup.search, "template")
    QTest.keyClick(popup.search, KEY.Key_Return)
    await stage.turn()
    (added,) = set(stage.melody.nodes) - {"one", "two"}
    assert any(w.source == "two" and w.target == added for w in stage.melody.connections)
    await stage.to_canvas()
    stage.shortcut("Ctrl+Z")
    await stage.turn()
    assert added not in stage.melody.nodes, "node and wire are one step"


async def test_several_nodes_are_edited_in_one_step(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    stage.view.select(["one", "two"])
    await stage.turn()
    many = stage.inspector.many
    assert stage.inspector.stack.currentWidget() is many
    assert many.title.text() == "2 nodes selected"
    many.form.fields["code"].widget.setPlainText("result = 7")
    assert {n.parameters["code"] for n in stage.melody.nodes.values()} == {"result = 7"}


async def test_a_finding_leads_to_its_node(stage: Any) -> None:
    stage.window.workspace.new()
    stage.document.document.apply(AddNode(Node("keep", "harmony/filter_rows")))
    stage.view.select([])
    await stage.turn()
    panel = stage.inspector.melody
    assert panel.findings.count() >= 1
    panel.findings.itemClicked.emit(panel.findings.item(0))
    assert stage.view.selected_nodes() == ("keep",)


async def test_the_melody_is_named_in_the_inspector(stage: Any) -> None:
    stage.window.workspace.new()
    await stage.turn()
    name = stage.inspector.melody.name
    name.setFocus()
    QTest.keyClicks(name, "Reviews")
    assert stage.melody.name == "Reviews"
    await stage.turn()
    assert stage.window.top.tabs.tabText(1) == "Reviews"
    assert stage.window.windowTitle() == "Reviews – Harmony Board"


async def test_pages_of_help_open_and_close(stage: Any) -> None:
    for command in ("help.shortcuts", "help.about"):
        stage.window.command_actions.by_id[command].trigger()
        dialog = await stage.until(lambda: stage.window.findChild(QDialog, options=DIRECT))
        await stage.until(dialog.isVisible)
        dialog.accept()
        await stage.until(lambda: stage.window.findChild(QDialog, options=DIRECT) is None)


DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


async def test_another_theme_changes_what_is_painted(stage: Any) -> None:
    stage.window.workspace.new()
    stage.shortcut("Ctrl+B")
    dark = stage.window.grab().toImage().pixelColor(400, 400).lightness()
    stage.window.command_actions.by_id["view.theme_light"].trigger()
    await stage.turn()
    light = stage.window.grab().toImage().pixelColor(400, 400).lightness()
    assert dark < 60 < 200 < light
    assert stage.window.workspace.settings.theme == "light"
    stage.window.command_actions.by_id["view.theme_dark"].trigger()


# --- layout and closing


async def test_the_layout_is_remembered(stage: Any, tmp_path: Path) -> None:
    window = stage.window
    path = write(tmp_path / "a.melody", two_steps("result = 1", "result = first"))
    window.desk.file.open_path(path)
    window.panel.show_page("log")
    stage.shortcut("Ctrl+B")
    await stage.until(lambda: window.palette_panel.isHidden())
    kept = tmp_path / "layout.json"
    save_layout(kept, window.layout_now())
    found = load_layout(kept)
    assert found.open_files == [str(path)]
    assert not found.palette_visible
    assert (found.panel_page, found.panel_folded) == ("log", False)


async def test_unsaved_edits_are_asked_about(stage: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.melody", two_steps("result = 1", "result = first"))
    stage.window.desk.file.open_path(path)
    stage.document.document.apply(SetParameter("one", "code", "result = 9"))
    stage.shortcut("Ctrl+W")
    await answer(stage, "cancel")
    assert stage.document is not None
    await stage.to_canvas()
    stage.shortcut("Ctrl+W")
    await answer(stage, "save")
    await stage.until(lambda: stage.document is None)
    assert b"result = 9" in path.read_bytes()
    stage.window.desk.file.open_path(path)
    stage.document.document.apply(SetParameter("one", "code", "result = 10"))
    await stage.to_canvas()
    stage.shortcut("Ctrl+W")
    await answer(stage, "discard")
    await stage.until(lambda: stage.document is None)
    assert b"result = 9" in path.read_bytes()


@pytest.mark.parametrize("choice", ["keep", "pause", "stop", "cancel"])
async def test_closing_during_a_run_asks(
    stage: Any, gate: Any, tmp_path: Path, choice: str
) -> None:
    code = f"result = open({str(gate())!r}).read()"
    path = write(tmp_path / "a.melody", two_steps(code, "result = 2"))
    stage.window.desk.file.open_path(path)
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model and stage.document.model.totals().running)
    closed: list[int] = []
    stage.window.closed.connect(lambda: closed.append(1))
    stage.window.close()
    await answer(stage, choice)
    if choice == "cancel":
        await stage.turn()
        assert stage.window.isVisible()
        assert not closed
    if choice == "keep":
        await stage.until(lambda: stage.window.closing.waits_for_runs)
        assert not closed
        await let_through(stage, gate())
    if choice != "cancel":
        await stage.until(lambda: closed)
    run = stage.symphony.runs()[0]
    expected = {"keep": "Completed", "pause": "Paused", "stop": "Cancelled", "cancel": "Executing"}
    assert run.state == expected[choice]
    if choice == "cancel":
        await let_through(stage, gate())
        await stage.run_ended()


async def test_an_error_in_a_slot_is_seen_in_the_window(stage: Any) -> None:
    stage.problems.catch_everything(stage.loop)

    async def fail() -> None:
        raise RuntimeError("in a command")

    stage.window.background.start(fail())
    await stage.until(lambda: not stage.window.problem_bar.isHidden())
    assert "in a command" in stage.window.problem_bar.text.text()
    stage.problems.kept.clear()
    stage.problems.release()


async def test_a_reconnected_wire_shows_in_the_findings(stage: Any) -> None:
    stage.window.workspace.new(two_steps("result = 1", "result = first"))
    extra = snippet("three", "result = 3", 576)
    stage.document.document.apply(AddNode(extra))
    stage.document.document.apply(Connect(Connection("two", "result", "three", "second")))
    events = [record.event for record in stage.document.canvas.history]
    assert events[-2:] == ["connection_changed", "validation_success"]
    await asyncio.sleep(0)
    assert QApplication.activeModalWidget() is None

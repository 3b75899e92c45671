"""What stands where one looks for it: the last run, Resume, the bottom panel, the page in front."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.melody.changes import SetParameter
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


@pytest.fixture
def opened(stage: Any, tmp_path: Path) -> Callable[..., Path]:
    """Opens a melody of two snippets from its file."""

    def open_file(first: str, second: str = "result = first") -> Path:
        nodes = (snippet("one", first), snippet("two", second, 288))
        wire = Connection("one", "result", "two", "first")
        melody = Melody("m", "Two steps", "", {n.id: n for n in nodes}, {wire: "hard"})
        path = tmp_path / "two.melody"
        save(path, melody)
        stage.window.desk.file.open_path(path)
        return path

    return open_file


async def again(stage: Any, path: Path) -> None:
    """Close the tab and open its file once more."""
    await stage.window.desk.file.close_document()
    stage.window.desk.file.open_path(path)
    await stage.until(lambda: stage.document.model is not None)


async def test_a_melody_opened_again_shows_its_last_run(
    stage: Any, opened: Callable[..., Path]
) -> None:
    path = opened("result = 6")
    await stage.window.desk.run.run()
    assert await stage.run_ended() == "Completed"
    await again(stage, path)
    assert stage.document.canvas.state == "Viewing", "nothing is to be found out"
    assert stage.document.statuses()["two"].state == "done"
    await stage.until(lambda: stage.document.model.account is not None)
    stage.document.document.apply(SetParameter("one", "code", "result = 7"))
    assert stage.document.stale == {"one", "two"}


async def test_a_failed_run_opens_for_debugging_and_can_be_retried(
    stage: Any, opened: Callable[..., Path]
) -> None:
    path = opened("raise ValueError('no')")
    await stage.window.desk.run.run()
    assert await stage.run_ended() == "Failed"
    await again(stage, path)
    assert stage.document.canvas.state == "Debugging"
    stage.window.go_to_node("one")
    assert stage.inspector.node.tabs.tabText(0) == "Problem"
    assert stage.inspector.node.page == "parameters"
    await stage.window.desk.run.retry()
    assert await stage.run_ended() == "Failed"


async def test_an_interrupted_run_is_resumed_from_its_own_tab(
    stage: Any, opened: Callable[..., Path], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    path = opened("result = 1", f"result = open({str(gate)!r}).read()")
    await stage.window.desk.run.run()
    await stage.until(lambda: stage.document.statuses()["two"].state == "running")
    await stage.close()
    await stage.open()
    stage.window.desk.file.open_path(path)
    await stage.until(lambda: stage.document.model is not None)
    assert stage.document.model.state == "Interrupted"
    page = stage.window.page
    assert page.chip.halt.text() == "Interrupted"
    assert stage.window.top.resume.isVisible()
    stage.click(stage.window.top.resume)

    def opened_by_task() -> int | None:
        try:
            return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    os.close(await stage.until(opened_by_task))
    assert await stage.run_ended() == "Completed"
    assert stage.document.model.tasks["one"].attempt == 1, "what was done was not done again"


async def test_the_bottom_takes_no_room_before_the_first_run(
    stage: Any, opened: Callable[..., Path]
) -> None:
    opened("result = 6")
    panel = stage.window.panel
    assert not panel.isVisible()
    stage.window.desk.view.show_history()
    assert panel.isVisible()
    stage.window.desk.view.toggle_panel()
    assert not panel.isVisible()
    await stage.window.desk.run.run()
    assert panel.isVisible()
    assert not panel.is_folded
    await stage.run_ended()
    stage.window.desk.file.new()
    assert not panel.isVisible()


async def test_the_page_in_front_follows_what_is_selected(
    stage: Any, opened: Callable[..., Path]
) -> None:
    opened("result = 6", "raise ValueError('no')")
    await stage.window.desk.run.run()
    await stage.run_ended()
    node = stage.inspector.node
    stage.view.select(["one"])
    node.open_page("output")
    stage.view.select(["two"])
    assert node.page == "parameters", "where the problem stands"
    assert not node.card.isHidden()
    stage.view.select(["one"])
    node.open_page("output")
    stage.window.desk.edit.add_at_center("harmony/read_table")
    assert node.page == "parameters", "of a new node there is nothing else"


async def test_while_a_run_is_paused_a_plain_word_says_so(
    stage: Any, opened: Callable[..., Path], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    opened(f"result = open({str(gate)!r}).read()")
    await stage.window.desk.run.run()
    await stage.until(lambda: stage.document.statuses()["one"].state == "running")
    stage.window.desk.run.pause()
    halt = stage.window.page.chip.halt
    await stage.until(lambda: halt.text() == "Paused")
    assert not halt.isHidden()
    os.close(os.open(gate, os.O_WRONLY))
    await stage.window.desk.run.resume()
    assert await stage.run_ended() == "Completed"
    assert halt.isHidden()


async def test_limits_are_set_in_the_panel_of_the_melody_and_shown_with_the_run(
    stage: Any, opened: Callable[..., Path]
) -> None:
    opened("result = 6")
    stage.view.select([])
    limits = stage.inspector.melody.limits
    stage.click(limits.section.head)
    limits.section.form.changed.emit("tokens", 5000)
    assert stage.melody.limits.tokens == 5000
    assert limits.section.told.text() == "5,000 tokens"
    await stage.window.desk.run.run()
    assert await stage.run_ended() == "Completed"
    budget = stage.window.panel.facts.sections["budget"]
    await stage.until(lambda: not budget.isHidden())
    assert budget.text.text() == "0 of 5,000 tokens used"
    stage.document.document.undo()
    assert stage.melody.limits.tokens is None


async def test_a_damaged_result_is_said_at_its_task_which_runs_again(
    stage: Any, opened: Callable[..., Path]
) -> None:
    opened("result = 'long ' * 40000")
    await stage.window.desk.run.run()
    assert await stage.run_ended() == "Completed"
    await stage.until(lambda: stage.document.model.account is not None)
    (output,) = stage.document.model.tasks["one"].outputs.values()
    file = stage.symphony.path_of(output)
    file.chmod(0o600)
    file.write_bytes(b"X" + file.read_bytes()[1:])
    stage.view.select(["one"])
    with pytest.raises(Exception, match="damaged"):
        stage.window.reader.value(output)
    await stage.until(lambda: stage.document.statuses()["one"].damaged)
    card = stage.inspector.node.damaged
    await stage.until(card.isVisible)
    stage.click(card.again)
    await stage.until(lambda: stage.document.model.live)
    assert await stage.run_ended() == "Completed"
    assert not stage.document.statuses()["one"].damaged

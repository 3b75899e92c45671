"""A run on show is run again as its child, in the real window, by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from harmony.melody.changes import AddNode, SetParameter
from harmony.melody.model import Connection, Melody, Node


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


@pytest.fixture
def first(stage: Any) -> Any:
    """Runs two steps; the id of the run."""

    async def ran() -> str:
        nodes = (snippet("one", "result = 1"), snippet("two", "result = first + 1", 288))
        wire = Connection("one", "result", "two", "first")
        stage.window.workspace.new(
            Melody("m", "Two steps", "", {n.id: n for n in nodes}, {wire: "hard"})
        )
        await new_run(stage, "F5")
        return str(stage.document.model.run)

    return ran


async def new_run(stage: Any, keys: str) -> None:
    before = stage.document.model
    stage.shortcut(keys)
    await stage.until(lambda: stage.document.model is not before)
    assert await stage.run_ended() == "Completed"


def result(stage: Any, node: str) -> object:
    return stage.document.model.tasks[node].outputs["result"]["value"]


async def test_a_run_is_forked_from_a_node_with_what_was_edited_in_it(
    stage: Any, first: Any
) -> None:
    run = await first()
    edit = stage.document.document.apply
    edit(SetParameter("one", "code", "result = 100"))
    edit(SetParameter("two", "code", "result = first + 5"))
    edit(AddNode(snippet("three", "result = 1", 576)))
    stage.view.select(["two"])
    await stage.to_canvas()
    await new_run(stage, "Ctrl+Shift+R")
    assert result(stage, "two") == 6, "what was edited in another node is not in it"
    assert stage.document.model.tasks["one"].shown == "reused"
    assert stage.symphony.show(stage.document.model.run).summary.parent == run
    assert stage.document.statuses()["three"].state == "idle", "it was not there then"
    said = stage.window.status.notice.toolTip() or stage.window.status.notice.text()
    assert "Fork of run 1" in said
    assert "code = result = first + 5" in said
    assert result_of(stage, run, "two") == 2, "the past stays as it was"


async def test_a_past_run_is_forked_as_a_whole_with_all_that_was_edited(
    stage: Any, first: Any
) -> None:
    run = await first()
    stage.document.document.apply(SetParameter("one", "code", "result = 100"))
    await new_run(stage, "F5")
    await stage.window.desk.time.open_past(run)
    assert stage.document.model.run == run
    await stage.to_canvas()
    await new_run(stage, "Alt+R")
    child = stage.symphony.show(stage.document.model.run).summary
    assert child.parent == run
    assert stage.window.status.notice.text().startswith("Fork of run 1")


async def test_without_a_run_nothing_can_be_forked(stage: Any, first: Any) -> None:
    await first()
    actions = stage.window.command_actions
    stage.view.select(["one"])
    actions.refresh()
    assert actions.by_id["run.fork_from"].isEnabled()
    stage.shortcut("Shift+Esc")
    actions.refresh()
    assert not actions.by_id["run.fork"].isEnabled()
    assert not actions.by_id["run.fork_from"].isEnabled()


def result_of(stage: Any, run: str, node: str) -> object:
    return stage.symphony.show(run).tasks[node].outputs["result"]["value"]


async def test_the_family_of_a_run_is_walked_in_the_history_by_keyboard(
    stage: Any, first: Any
) -> None:
    run = await first()
    await new_run(stage, "Alt+R")
    child = stage.document.model.run
    await stage.window.desk.time.open_past(run)
    await stage.to_canvas()
    await new_run(stage, "F5")
    alone = stage.document.model.run
    await stage.window.desk.time.open_past(child)
    stage.shortcut("Alt+F")
    history = stage.window.history
    await stage.until(history.isVisible)
    assert [listed.id for listed in history.model.runs] == [run, child]
    assert history.selected_run() == child
    assert history.model.row(1).cells[0] == "└ Two steps"
    await stage.until(history.tree.hasFocus)
    stage.press(Qt.Key.Key_Up, Qt.Key.Key_Return)
    await stage.until(lambda: stage.document.model.run == run)
    history.tree.setFocus()
    stage.press(Qt.Key.Key_Left)
    assert [listed.id for listed in history.model.runs] == [alone, child, run]
    stage.click(history.family_button)
    assert [listed.id for listed in history.model.runs] == [run, child]

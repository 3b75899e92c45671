"""A part of a melody is run, and previewed, in the real window: by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from harmony.melody.model import Connection, Melody, Node

KEY = Qt.Key


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


@pytest.fixture
def three(stage: Any, tmp_path: Path) -> Callable[[], str]:
    """Three steps in a row, each of which notes that it ran; what was noted."""
    notes = tmp_path / "notes"

    def noting(name: str, result: str) -> str:
        return f"open({str(notes)!r}, 'a').write({name + ' '!r})\nresult = {result}"

    nodes = (
        snippet("one", noting("one", "1")),
        snippet("two", noting("two", "first + 1"), 288),
        snippet("three", noting("three", "first + 1"), 576),
    )
    wires = (
        Connection("one", "result", "two", "first"),
        Connection("two", "result", "three", "first"),
    )
    stage.window.workspace.new(
        Melody("m", "Three steps", "", {n.id: n for n in nodes}, dict.fromkeys(wires, "hard"))
    )
    return notes.read_text


def states(stage: Any) -> dict[str, str]:
    return {node: status.state for node, status in stage.document.statuses().items()}


async def again(stage: Any, keys: str) -> str:
    """Press a shortcut that begins a run; the state that it ended in."""
    before = stage.document.model
    stage.shortcut(keys)
    await stage.until(lambda: stage.document.model is not before)
    return str(await stage.run_ended())


async def test_run_to_here_leaves_alone_what_follows(stage: Any, three: Callable[[], str]) -> None:
    actions = stage.window.command_actions
    await stage.turn()
    actions.refresh()
    assert not actions.by_id["run.to_here"].isEnabled(), "nothing is selected"
    stage.view.select(["two"])
    await stage.to_canvas()
    stage.shortcut("Ctrl+F5")
    await stage.until(lambda: stage.document.model is not None)
    assert states(stage)["three"] == "idle", "it waits for nothing: it is no part of the run"
    assert await stage.run_ended() == "Completed"
    assert states(stage) == {"one": "done", "two": "done", "three": "idle"}
    assert stage.document.model.totals().nodes == 2
    assert three() == "one two "
    first = stage.document.model.run

    # From here: the node and what follows run anew, as a child of that run.
    assert await again(stage, "Ctrl+Shift+F5") == "Completed"
    assert states(stage) == {"one": "reused", "two": "done", "three": "done"}
    assert stage.symphony.show(stage.document.model.run).summary.parent == first

    # Only this: what is known before it is taken, what follows is left alone.
    stage.view.select(["three"])
    await stage.to_canvas()
    assert await again(stage, "Alt+F5") == "Completed"
    assert states(stage) == {"one": "reused", "two": "reused", "three": "done"}
    assert three() == "one two two three three "


async def test_a_run_of_a_part_opened_again_looks_as_it_did(
    stage: Any, three: Callable[[], str]
) -> None:
    stage.view.select(["one"])
    await stage.to_canvas()
    assert await again(stage, "Ctrl+F5") == "Completed"
    run = stage.document.model.run
    stage.window.workspace.close(stage.document)
    await stage.window.desk.time.open_past(run)
    assert states(stage) == {"one": "done", "two": "idle", "three": "idle"}


async def test_the_menu_of_a_node_offers_to_run_to_it(stage: Any, three: Callable[[], str]) -> None:
    stage.view.select(["one"])
    await stage.turn()
    place = stage.view.scene().layout.rects["one"].center()
    hit = stage.view._hit(stage.view.mapFromScene(place))
    on_screen = stage.view.mapToGlobal(QPoint(40, 40))
    stage.view.context_menu_requested.emit(hit, place, on_screen)
    menu = await stage.until(QApplication.activePopupWidget)
    action = next(a for a in menu.actions() if a.objectName() == "run.to_here")
    stage.click(menu, menu.actionGeometry(action).center())
    await stage.until(lambda: stage.document.model is not None)
    assert await stage.run_ended() == "Completed"
    assert three() == "one "


async def test_a_preview_calls_nothing_that_has_effects(stage: Any, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("a\n1\n")
    nodes = (
        Node("read", "harmony/read_table", parameters={"path": str(table)}),
        Node("write", "harmony/write_file", x=288, parameters={"path": str(tmp_path / "o.csv")}),
    )
    wire = Connection("read", "table", "write", "value")
    stage.window.workspace.new(Melody("p", "Copy", "", {n.id: n for n in nodes}, {wire: "hard"}))
    await stage.to_canvas()
    assert await again(stage, "Alt+P") == "Completed"
    assert states(stage)["read"] == "done"
    assert not (tmp_path / "o.csv").exists()
    assert "Preview" in stage.window.status.notice.text()

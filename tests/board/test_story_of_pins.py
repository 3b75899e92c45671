"""Outputs are pinned and let go again in the real window, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from harmony.board.canvas.announcing import describe_selection
from harmony.board.canvas.hit import NodeHit
from harmony.board.canvas.tips import tip
from harmony.melody.changes import Disconnect
from harmony.melody.file import dumps, loads
from harmony.melody.model import Connection, Melody, Node

KEY = Qt.Key
WIRE = Connection("one", "result", "two", "first")


def snippet(node: str, code: str, x: float = 0) -> Node:
    return Node(node, "harmony/python_snippet", x=x, y=0, parameters={"code": code})


@pytest.fixture
def two(stage: Any, tmp_path: Path) -> Callable[[], str]:
    """Two steps that note that they ran; what was noted."""
    notes = tmp_path / "notes"
    nodes = (
        snippet("one", f"open({str(notes)!r}, 'a').write('one ')\nresult = 1"),
        snippet("two", f"open({str(notes)!r}, 'a').write('two ')\nresult = first + 1", 288),
    )
    stage.window.workspace.new(
        Melody("m", "Two steps", "", {n.id: n for n in nodes}, {WIRE: "hard"})
    )
    return notes.read_text


async def ran(stage: Any, keys: str = "F5") -> str:
    before = stage.document.model
    stage.shortcut(keys)
    await stage.until(lambda: stage.document.model is not before)
    return str(await stage.run_ended())


def states(stage: Any) -> dict[str, str]:
    return {node: status.state for node, status in stage.document.statuses().items()}


async def test_an_output_is_pinned_used_and_let_go_by_keyboard(
    stage: Any, two: Callable[[], str]
) -> None:
    actions = stage.window.command_actions
    stage.view.select(["one"])
    await stage.to_canvas()
    actions.refresh()
    assert not actions.by_id["edit.pin"].isEnabled(), "nothing was made that could be pinned"
    assert await ran(stage) == "Completed"
    stage.shortcut("Ctrl+P")
    await stage.until(lambda: stage.melody.nodes["one"].pins)
    assert stage.melody.nodes["one"].pins["result"]["value"] == 1
    scene = stage.view.scene()
    assert scene.node_items["one"].face.pinned
    assert not scene.node_items["two"].face.pinned
    assert "pinned" in describe_selection(scene)
    assert "is pinned" in tip(NodeHit("one"), scene)
    assert loads(dumps(stage.melody), "m.melody").nodes["one"].pins, "it stands in the file"

    # Only what follows runs; the pinned node says why it did not.
    assert await ran(stage, "Ctrl+Shift+F5") == "Completed"
    assert states(stage) == {"one": "reused", "two": "done"}
    assert "pinned output was used" in stage.document.statuses()["one"].reason
    assert stage.symphony.show(stage.document.model.run).tasks["one"].origin == "pinned"
    assert two() == "one two two "

    stage.shortcut("Ctrl+U")
    assert not stage.melody.nodes["one"].pins
    assert not scene.node_items["one"].face.pinned
    stage.shortcut("Ctrl+Z")
    assert stage.melody.nodes["one"].pins


async def test_several_are_pinned_in_one_step_and_unpinned_in_the_inspector(
    stage: Any, two: Callable[[], str]
) -> None:
    assert await ran(stage) == "Completed"
    stage.view.select(["one", "two"])
    await stage.to_canvas()
    stage.shortcut("Ctrl+P")
    await stage.until(lambda: all(node.pins for node in stage.melody.nodes.values()))
    stage.shortcut("Ctrl+Z")
    assert not any(node.pins for node in stage.melody.nodes.values())
    stage.shortcut("Ctrl+Shift+Z")
    stage.view.select(["two"])
    await stage.turn()
    card = stage.inspector.node.pinned
    stage.inspector.node.open_page("parameters")
    assert card.isVisible()
    stage.click(card.unpin)
    assert not stage.melody.nodes["two"].pins
    assert not card.isVisible()


async def test_a_pinned_node_does_not_need_its_inputs(
    stage: Any, two: Callable[[], str], tmp_path: Path
) -> None:
    table = tmp_path / "in.csv"
    table.write_text("rating\n5\n1\n")
    nodes = (
        Node("read", "harmony/read_table", parameters={"path": str(table)}),
        Node("keep", "harmony/filter_rows", x=288, parameters={"where": "rating > 3"}),
    )
    wire = Connection("read", "table", "keep", "table")
    stage.window.workspace.new(Melody("p", "Keep", "", {n.id: n for n in nodes}, {wire: "hard"}))
    assert await ran(stage) == "Completed"
    stage.view.select(["keep"])
    await stage.to_canvas()
    document = stage.document.document
    document.apply(Disconnect(wire))
    assert [f.code for f in document.findings if f.node == "keep"], "its table is missing"
    stage.shortcut("Ctrl+P")
    await stage.until(lambda: stage.melody.nodes["keep"].pins)
    assert not [f for f in document.findings if f.node == "keep"]

"""The main job on the real window, by mouse."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton

from harmony.melody.file import dumps, load

pytestmark = pytest.mark.window


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A table in which `rating` is called `stars`."""
    path = tmp_path / "reviews.csv"
    path.write_text("stars,text\n2,The lid broke\n5,Exactly right\n1,Never arrived\n")
    return path


async def drag_player(stage: Any, title: str, to: QPoint) -> str:
    """Find a Player in the palette and drag it onto the canvas; the new node's id."""
    palette = stage.window.palette_panel
    before = set(stage.melody.nodes)
    stage.click(palette.search, QPoint(20, 10))
    palette.search.clear()
    stage.type(title)
    await stage.turn()
    row = palette.list.currentIndex()
    assert row.data() == title
    begin = palette.list.visualRect(row).center()
    await stage.drag(palette.list.viewport(), begin, stage.view.viewport(), to)
    (added,) = set(stage.melody.nodes) - before
    return str(added)


async def write(stage: Any, name: str, text: str) -> None:
    """Click into a field of the form and write it anew."""
    field = stage.inspector.node.form.fields[name]
    line = field.findChild(QLineEdit)
    stage.inspector.node.pages.widget(0).ensureWidgetVisible(field)
    await stage.turn()
    QTest.mouseDClick(line, Qt.MouseButton.LeftButton)
    line.selectAll()
    QTest.keyClicks(line, text)
    await stage.turn()


async def click_node(stage: Any, node: str) -> None:
    """Click on the head of a node."""
    found = stage.melody.nodes[node]
    stage.click(stage.view.viewport(), stage.place(found.x + 70, found.y + 20))
    await stage.turn()
    assert stage.view.selected_nodes() == (node,)


async def click_tab(stage: Any, page: str) -> Any:
    """Click on a tab of the inspector; the page."""
    from harmony.board.inspector.node_panel import PAGES

    node = stage.inspector.node
    stage.click(node.tabs, node.tabs.tabRect(PAGES.index(page)).center())
    await stage.turn()
    assert node.page == page
    return node.pages.currentWidget()


async def test_draw_run_fail_inspect_fix_retry_save_and_reopen(
    stage: Any, reviews: Path, tmp_path: Path
) -> None:
    window = stage.window
    stage.click(window.gallery.new_button)
    await stage.until(lambda: stage.document is not None)

    # Draw: two Players from the palette.
    read = await drag_player(stage, "Read table", QPoint(250, 250))
    keep = await drag_player(stage, "Filter rows", QPoint(600, 300))
    assert stage.document.canvas.state == "Editing"

    # A wire that does not fit is refused with the reason; one that fits is drawn.
    viewport = stage.view.viewport()
    stage.pull(viewport, stage.port(read, "table", output=True), stage.port(read, "file"))
    await stage.turn()
    assert not stage.melody.connections
    stage.pull(viewport, stage.port(read, "table", output=True), stage.port(keep, "table"))
    await stage.turn()
    (wire,) = stage.melody.connections
    assert (wire.source, wire.target) == (read, keep)

    # Set parameters.
    await click_node(stage, read)
    await write(stage, "path", str(reviews))
    await click_node(stage, keep)
    await write(stage, "where", "rating < 3")
    assert stage.melody.nodes[keep].parameters == {"where": "rating < 3"}

    # Run, and see it fail.
    stage.click(window.top.run)
    await stage.until(lambda: stage.document.model is not None)
    assert await stage.run_ended() == "Failed"
    assert stage.document.canvas.state == "Debugging"
    first = stage.document.model

    # Inspect, on the canvas and in the inspector.
    stage.click(viewport, QPoint(400, 520))
    await stage.turn()
    assert stage.view.selected_nodes() == ()
    await click_node(stage, keep)
    node = stage.inspector.node
    assert "rating" in node.card.title.text()
    assert not node.card.isHidden()
    values = await click_tab(stage, "input")
    assert "stars" in str(values._shown)
    await click_tab(stage, "log")
    trace = await click_tab(stage, "trace")
    assert "tables.py" in trace.text.toPlainText()
    attempts = await click_tab(stage, "attempts")
    assert attempts.tree.topLevelItem(0).text(3) == "failed"

    # The timeline shows the failed block; a click on it selects the node.
    await click_node(stage, read)
    assert window.panel.page == "timeline"
    lanes = window.panel.lanes
    lanes.repaint()
    box = next(box for box, block in lanes._boxes if block.node == keep)
    stage.click(lanes, box.center().toPoint())
    await stage.turn()
    assert stage.view.selected_nodes() == (keep,)

    # Fix, and retry from the problem card.
    await click_tab(stage, "parameters")
    await write(stage, "where", "stars < 3")
    stage.inspector.node.pages.widget(0).ensureWidgetVisible(node.card)
    stage.click(node.card.command)
    line = shlex.split(QGuiApplication.clipboard().text())
    assert line[:4] == ["harmony", "task", first.run, keep]
    assert (Path(line[5]) / "harmony.sqlite3").is_file()
    stage.click(node.card.retry)
    await stage.until(lambda: stage.document.model is not first)
    assert await stage.run_ended() == "Completed"
    assert stage.document.statuses()[read].state == "reused"
    assert stage.document.statuses()[keep].state == "done"

    # Save from the menu, undo and redo everything, close, reopen: unchanged.
    path = tmp_path / "reviews.melody"
    window.command_actions.by_id["file.save"].trigger()
    dialog = await stage.until(lambda: window.findChild(QFileDialog))
    await stage.until(dialog.isVisible)
    dialog.findChild(QLineEdit).setText(str(path))
    save = next(b for b in dialog.findChildren(QPushButton) if "ave" in b.text())
    stage.click(save)
    await stage.until(lambda: path.exists() and not stage.document.document.modified)
    saved = dumps(stage.melody)
    undo = window.command_actions.by_id["edit.undo"]
    redo = window.command_actions.by_id["edit.redo"]
    while stage.document.document.can_undo:
        undo.trigger()
        await stage.turn()
    assert not stage.melody.nodes
    while stage.document.document.can_redo:
        redo.trigger()
        await stage.turn()
    assert dumps(stage.melody) == saved
    await stage.turn()
    tabs = window.top.tabs
    close = tabs._close_area(1).center().toPoint()
    stage.hover(tabs, close)
    stage.click(tabs, close)
    await stage.until(lambda: stage.document is None)
    window.desk.file.open_path(path)
    await stage.turn()
    assert dumps(stage.melody) == saved == dumps(load(path))

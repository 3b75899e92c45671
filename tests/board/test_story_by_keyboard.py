"""The main job on the real window, by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit

from harmony.melody.file import dumps, load

KEY = Qt.Key


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A table in which `rating` is called `stars`."""
    path = tmp_path / "reviews.csv"
    path.write_text("stars,text\n2,The lid broke\n5,Exactly right\n1,Never arrived\n")
    return path


async def add(stage: Any, letters: str) -> None:
    """Type on the canvas, choose the first Player that is offered."""
    await stage.to_canvas()
    stage.press(KEY.Key_Tab)
    await stage.until(stage.window.add_popup.isVisible)
    stage.type(letters)
    await stage.turn()
    stage.press(KEY.Key_Return)
    await stage.turn()


async def fill(stage: Any, name: str, text: str) -> None:
    """Go to the form with F4, walk to a field with Tab, and write it."""
    stage.shortcut("F4")
    field = stage.inspector.node.form.fields[name]
    for _ in range(40):
        await stage.turn()
        if field.isAncestorOf(QApplication.focusWidget()):
            break
        stage.press(KEY.Key_Tab)
    assert field.isAncestorOf(QApplication.focusWidget())
    QTest.keySequence(QApplication.focusWidget(), "Ctrl+A")
    stage.type(text)
    await stage.turn()


async def test_draw_run_fail_inspect_fix_retry_save_and_reopen(
    stage: Any, reviews: Path, tmp_path: Path
) -> None:
    window = stage.window
    stage.shortcut("Ctrl+N")
    await stage.until(lambda: stage.document is not None)

    # Draw: two Players, the second on a wire of the first.
    await add(stage, "read table")
    await add(stage, "filter rows")
    read, keep = stage.melody.nodes
    assert [n.player for n in stage.melody.nodes.values()] == [
        "harmony/read_table",
        "harmony/filter_rows",
    ]
    stage.view.select([read])
    await stage.to_canvas()
    stage.shortcut("Ctrl+L")
    await stage.turn()
    for _ in range(4):
        stage.press(KEY.Key_Return)
        await stage.turn()
        if stage.melody.connections:
            break
    (wire,) = stage.melody.connections
    assert (wire.source, wire.target, wire.input) == (read, keep, "table")

    # Set parameters.
    stage.view.select([read])
    await fill(stage, "path", str(reviews))
    stage.view.select([keep])
    await fill(stage, "where", "rating < 3")
    assert stage.melody.nodes[keep].parameters == {"where": "rating < 3"}
    assert stage.document.canvas.state == "Editing"

    # Run, and see it fail.
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model is not None)
    assert await stage.run_ended() == "Failed"
    assert stage.document.canvas.state == "Debugging"
    first = stage.document.model
    assert stage.document.statuses()[read].state == "done"
    failed = stage.document.statuses()[keep]
    assert failed.state == "failed"
    assert "rating" in failed.error

    # Inspect: go to the failed node, read why, its input, its traceback.
    stage.view.select([])
    stage.shortcut("F3")
    await stage.turn()
    assert stage.view.selected_nodes() == (keep,)
    node = stage.inspector.node
    assert not node.card.isHidden()
    assert "rating" in node.card.title.text()
    node.tabs.setFocus()
    seen = {}
    for page in ("input", "output", "log", "trace", "attempts"):
        stage.press(KEY.Key_Right)
        await stage.turn()
        assert node.page == page
        seen[page] = node.pages.currentWidget()
    assert "stars" in str(seen["input"]._shown)
    assert "tables.py" in seen["trace"].text.toPlainText()
    assert seen["attempts"].tree.topLevelItemCount() == 1

    # Fix and retry: what was done is not done again.
    await fill(stage, "where", "stars < 3")
    assert stage.document.stale == {keep}
    stage.shortcut("Ctrl+R")
    await stage.until(lambda: stage.document.model is not first)
    assert await stage.run_ended() == "Completed"
    assert stage.document.statuses()[read].state == "reused"
    assert stage.document.statuses()[keep].state == "done"
    assert stage.document.model.tasks[keep].outputs["table"]["summary"]["rows"] == 2
    assert stage.document.canvas.state == "Viewing"

    # Save under a name, close, reopen: unchanged.
    path = tmp_path / "reviews.melody"
    await stage.to_canvas()
    stage.shortcut("Ctrl+Shift+S")
    dialog = await stage.until(lambda: window.findChild(QFileDialog))
    await stage.until(dialog.isVisible)
    name = dialog.findChild(QLineEdit)
    name.setText(str(path))
    QTest.keyClick(name, KEY.Key_Return)
    await stage.until(lambda: path.exists() and not stage.document.document.modified)
    before = dumps(stage.melody)

    # Undo everything, redo everything.
    await stage.to_canvas()
    while stage.document.document.can_undo:
        stage.shortcut("Ctrl+Z")
        await stage.turn()
    assert not stage.melody.nodes
    while stage.document.document.can_redo:
        stage.shortcut("Ctrl+Shift+Z")
        await stage.turn()
    assert dumps(stage.melody) == before
    await stage.until(lambda: not window.findChildren(QDialog))

    assert not stage.document.document.modified
    stage.shortcut("Ctrl+W")
    await stage.until(lambda: stage.document is None)
    window.desk.file.open_path(path)
    await stage.turn()
    assert dumps(stage.melody) == before == dumps(load(path))

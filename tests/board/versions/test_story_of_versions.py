"""Listing versions, seeing what has changed since one, and restoring it, in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from harmony.board.versions.comparison import Comparison
from harmony.board.versions.versions_dialog import VersionsDialog
from harmony.melody.changes import RenameNode
from harmony.melody.file import dumps
from harmony.melody.model import Connection

GONE = Connection("text", "text", "count", "text")
NEW = Connection("text", "text", "sort", "text")


async def listed(stage: Any) -> VersionsDialog:
    """The list of versions, opened by its command, once it is filled."""
    stage.window.command_actions.refresh()
    stage.window.command_actions.by_id["file.versions"].trigger()
    dialog = await stage.until(
        lambda: next((d for d in stage.window.findChildren(VersionsDialog) if d.isVisible()), None)
    )
    await stage.until(lambda: dialog.rows)
    return dialog


def comparison(stage: Any) -> Comparison | None:
    return stage.window.desk.file.version_flow.comparisons.get(stage.document)


async def compared(stage: Any, saved: Any, path: Path) -> Comparison:
    """Two saves, and the older one laid over the canvas with the keyboard alone."""
    await saved.open(path)
    await saved.twice()
    dialog = await listed(stage)
    stage.press(Qt.Key.Key_Return)
    shown = await stage.until(lambda: comparison(stage))
    assert not dialog.isVisible()
    return shown


async def test_the_list_says_when_what_changed_and_how_a_version_was_used(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    await saved.open(tmp_path / "words.melody")
    await saved.twice()
    await stage.window.desk.run.run()
    await stage.run_ended()
    dialog = await listed(stage)
    newest, oldest = (dialog.tree.topLevelItem(row) for row in range(2))
    run = stage.document.model.run
    assert newest.text(2) == "2 added, 1 changed, 2 removed"
    assert newest.text(3) == f"saved, run {run[-8:]}"
    assert (oldest.text(2), oldest.text(3)) == ("first version", "saved")
    # What differs from the melody now is chosen at once; the newest does not.
    assert dialog.tree.currentItem() is oldest
    told = [dialog.since.item(row).text() for row in range(dialog.since.count())]
    assert "+ node sort" in told
    assert "− node count" in told
    assert '~ node text, value: "one two" → "three"' in told
    stage.press(Qt.Key.Key_Up)
    assert dialog.since.count() == 0
    assert "as it was" in dialog.heading.text()
    stage.press(Qt.Key.Key_Escape)
    await stage.until(lambda: not dialog.isVisible())
    assert comparison(stage) is None


async def test_a_difference_is_marked_on_the_canvas_until_escape(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    shown = await compared(stage, saved, tmp_path / "words.melody")
    assert {key: mark.kind for key, mark in shown.marks.items()} == {
        "sort": "added",
        "text": "changed",
        "count": "removed",
        NEW: "added",
        GONE: "removed",
    }
    ghost = shown.marks["count"]
    assert (ghost.pos().x(), ghost.pos().y()) == (288, 0)
    assert shown.marks["text"].pos() == stage.view.scene().node_items["text"].pos()
    assert shown.isVisible()
    await stage.to_canvas()
    marks = list(shown.marks.values())
    stage.press(Qt.Key.Key_Escape)
    assert comparison(stage) is None
    assert all(mark.scene() is None for mark in marks)


async def test_the_pointer_over_a_changed_node_is_told_from_what_to_what(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    await compared(stage, saved, tmp_path / "words.melody")
    at = stage.place(24 + 90, 48 + 12)
    viewport = stage.view.viewport()
    event = QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)
    await stage.until(QToolTip.isVisible)
    assert "value: " in QToolTip.text()
    assert "three" in QToolTip.text()
    QToolTip.showText(QPoint(), "")


async def test_marks_follow_what_is_edited_meanwhile(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    shown = await compared(stage, saved, tmp_path / "words.melody")
    stage.document.document.undo()
    await stage.until(lambda: not shown.marks)
    assert "nothing changed" in shown.text.text() or "moved" in shown.text.text()
    saved.edit(RenameNode("count", "Words"))
    await stage.until(lambda: shown.marks)
    assert shown.marks["count"].kind == "changed"


async def test_a_version_is_restored_exactly_in_one_step_that_can_be_undone(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    shown = await compared(stage, saved, tmp_path / "words.melody")
    store = stage.symphony.house.store
    newest, oldest = (store.melody_content(v.snapshot) for v in saved.versions())
    stage.click(shown.restore, shown.restore.rect().center())
    assert dumps(stage.melody) == oldest
    assert comparison(stage) is None
    assert stage.document.document.undo_label.startswith("Restore version")
    await stage.to_canvas()
    stage.shortcut("Ctrl+Z")
    assert dumps(stage.melody) == newest
    await saved_again(stage, saved)


async def saved_again(stage: Any, saved: Any) -> None:
    """A restored version that is saved is the newest version."""
    stage.shortcut("Ctrl+Shift+Z")
    before = len(saved.versions())
    await saved.save()
    versions = saved.versions()
    assert len(versions) == before + 1
    assert versions[0].snapshot == versions[-1].snapshot


async def test_a_version_is_restored_from_the_list(stage: Any, saved: Any, tmp_path: Path) -> None:
    await saved.open(tmp_path / "words.melody")
    await saved.twice()
    dialog = await listed(stage)
    oldest = stage.symphony.house.store.melody_content(saved.versions()[-1].snapshot)
    stage.click(dialog.restore_button, dialog.restore_button.rect().center())
    assert dumps(stage.melody) == oldest


async def test_a_melody_that_was_never_saved_says_so(stage: Any) -> None:
    stage.window.desk.file.new()
    stage.window.command_actions.refresh()
    stage.window.command_actions.by_id["file.versions"].trigger()
    dialog = await stage.until(
        lambda: next((d for d in stage.window.findChildren(VersionsDialog) if d.isVisible()), None)
    )
    await stage.until(lambda: "No version yet" in dialog.words.text())
    assert not dialog.show_button.isEnabled()
    stage.press(Qt.Key.Key_Escape)


async def test_a_melody_that_is_closed_takes_its_comparison_along(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    await compared(stage, saved, tmp_path / "words.melody")
    flow, document = stage.window.desk.file.version_flow, stage.document
    stage.window.workspace.close(document)
    await stage.until(lambda: not flow.comparisons)
    stage.look.choose("light")
    await stage.turn()

"""Each save of the window is a version in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harmony.melody.changes import MoveNodes, SetParameter


async def test_each_save_is_a_version_with_the_very_bytes_of_the_file(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    path = tmp_path / "words.melody"
    await saved.open(path)
    saved.edit(SetParameter("text", "value", "three"))
    await saved.save()
    first = path.read_bytes()
    saved.edit(MoveNodes({"text": (96.0, 48.0)}))
    await saved.save()
    store = stage.symphony.house.store
    newest, oldest = saved.versions()
    assert store.melody_content(oldest.snapshot) == first
    assert store.melody_content(newest.snapshot) == path.read_bytes()
    assert newest.saved
    assert newest.path == str(path.resolve())


async def test_what_was_saved_last_is_not_kept_twice(
    stage: Any, saved: Any, tmp_path: Path
) -> None:
    await saved.open(tmp_path / "words.melody")
    saved.edit(SetParameter("text", "value", "three"))
    await saved.save()
    stage.window.workspace.save(stage.document)
    await stage.window.background.finish()
    assert len(saved.versions()) == 1

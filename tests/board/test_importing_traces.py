"""A recorded workflow is opened in the window: imported by a process of its own, then replayed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

sys.path.insert(0, str(Path(__file__).parents[1] / "melody"))

from recorded_workflows import instance, ten

from harmony.board.canvas.geometry import node_layout
from harmony.board.documents.importing import imported
from harmony.board.errors import DocumentError
from harmony.melody.layout import card_height

THREE = {"first": (0.2, []), "left": (0.1, ["first"]), "right": (0.3, ["first"])}


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


async def test_a_trace_is_opened_like_a_melody_and_can_be_run(stage: Any, tmp_path: Path) -> None:
    stage.window.desk.file.open_path(write(tmp_path / "three.json", instance(THREE)))
    document = await stage.until(lambda: stage.document)
    assert list(document.document.melody.nodes) == ["first", "right", "left"], (
        "the longest way first"
    )
    assert document.path is None, "saving asks where"
    assert not document.restricted, "it holds nothing but replays"
    stage.shortcut("F5")
    await stage.until(lambda: document.model is not None and document.model.state == "Completed")


async def test_import_in_the_menu_asks_for_recorded_workflows(stage: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "three.json", instance(THREE))
    stage.window.registry.run("file.import")
    dialog = await stage.until(lambda: stage.window.findChild(QFileDialog))
    assert any("*.json" in kind for kind in dialog.nameFilters())
    await stage.until(dialog.isVisible)
    name = dialog.findChild(QLineEdit)
    name.setText(str(path))
    QTest.keyClick(name, Qt.Key.Key_Return)
    document = await stage.until(lambda: stage.document)
    assert len(document.document.melody.nodes) == 3


async def test_a_trace_that_is_broken_is_told_of_in_the_importer_s_words(
    stage: Any, tmp_path: Path
) -> None:
    value = instance(THREE)
    value["workflow"]["specification"]["tasks"][1]["parents"] = ["nobody"]
    stage.window.desk.file.open_path(write(tmp_path / "broken.json", value))
    await stage.until(lambda: not stage.window.problem_bar.isHidden())
    assert stage.document is None


def test_the_importer_s_words_name_file_place_and_cure(tmp_path: Path) -> None:
    path = write(tmp_path / "other.json", {"rows": []})
    with pytest.raises(DocumentError) as raised:
        imported(path)
    for part in (str(path), "no WfCommons instance", "WfFormat"):
        assert part in str(raised.value)


def test_an_importer_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not imported within"):
        imported(write(tmp_path / "three.json", instance(THREE)), deadline=0.001)


def test_cards_have_the_height_that_the_importer_leaves_room_for(tmp_path: Path) -> None:
    ports = (("after", "list[json]", False),)
    drawn = node_layout(ports, (("result", "json"),), True)
    assert drawn.height == card_height(1, 1, has_field=True)
    assert len(imported(write(tmp_path / "m.json", ten()["montage"])).nodes) == 46

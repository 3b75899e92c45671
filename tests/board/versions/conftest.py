"""A melody with a file of its own, edited and saved a few times in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harmony.melody.changes import AddNode, Connect, Group, MoveNodes, RemoveNode, SetParameter
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node
from harmony.polyphony.versions import Version, versions_of


def text(node: str, value: str, x: float, y: float = 0) -> Node:
    return Node(node, "harmony/text_value", x=x, y=y, parameters={"value": value})


class Saved:
    """The melody of the window, and its versions as the store has them."""

    def __init__(self, stage: Any) -> None:
        self.stage = stage

    async def open(self, path: Path) -> None:
        count = Node("count", "harmony/word_count", x=288, y=0)
        melody = Melody(
            "m-versions",
            "Words",
            nodes={"text": text("text", "one two", 0), "count": count},
            connections={Connection("text", "text", "count", "text"): "hard"},
        )
        save(path, melody)
        self.stage.window.desk.file.open_path(path)
        await self.stage.to_canvas()

    async def save(self) -> None:
        """Save by the keyboard, and wait until it is a version."""
        before = len(self.versions())
        self.stage.shortcut("Ctrl+S")
        await self.stage.until(lambda: len(self.versions()) > before)

    def versions(self) -> list[Version]:
        store = self.stage.symphony.house.store
        return store.reading(lambda connection: versions_of(connection, "m-versions"))

    def edit(self, *changes: Any) -> None:
        self.stage.document.document.apply(Group("Edit", changes))

    async def twice(self) -> None:
        """Save as it is, then with a node more, one less, one changed and moved."""
        self.edit(MoveNodes({"text": (0.0, 24.0)}))
        await self.save()
        self.edit(
            RemoveNode("count"),
            SetParameter("text", "value", "three"),
            MoveNodes({"text": (24.0, 48.0)}),
            AddNode(Node("sort", "harmony/word_count", x=312, y=240)),
            Connect(Connection("text", "text", "sort", "text")),
        )
        await self.save()


@pytest.fixture
def saved(stage: Any, tmp_path: Path, loop: Any) -> Any:
    return Saved(stage)

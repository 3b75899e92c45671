"""Pinned outputs at work: what the run on show gave stands in the melody, in one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmony.foundation.words import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.window import BoardWindow
    from harmony.melody.changes import SetPins


class PinDesk:
    """Fulfils `PinActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window

    async def pin(self) -> None:
        """Pin what the selected nodes gave in the run on show."""
        import asyncio

        from harmony.melody.changes import SetPins

        page = self._window.page
        if page is None or page.document.model is None:
            return
        document, run = page.document, page.document.model.run
        nodes = pinnable(document, page.view.selected_nodes())
        symphony = self._window.symphony
        given = {
            node: await asyncio.to_thread(symphony.pinned_outputs, run, node) for node in nodes
        }
        # The disk may have taken its time, and the melody may have been edited meanwhile.
        known = document.document.melody.nodes
        self._apply(document, [SetPins(n, pins) for n, pins in given.items() if n in known])
        self._say("board.pinned_one", "board.pinned_many", list(given))

    def unpin(self) -> None:
        """Let the selected nodes run again."""
        from harmony.melody.changes import SetPins

        page = self._window.page
        if page is None:
            return
        nodes = pinned(page.document, page.view.selected_nodes())
        self._apply(page.document, [SetPins(node, {}) for node in nodes])
        self._say("board.unpinned_one", "board.unpinned_many", nodes)

    def _apply(self, document: OpenDocument, changes: list[SetPins]) -> None:
        from harmony.melody.changes import Group

        if len(changes) == 1:
            document.document.apply(changes[0])
        elif changes:
            code = "board.pin_many" if changes[0].pins else "board.unpin_many"
            document.document.apply(Group(render(code), tuple(changes)))

    def _say(self, one: str, many: str, nodes: list[str]) -> None:
        if len(nodes) == 1:
            self._window.status.say(render(one, node=self._window.title_of(nodes[0])))
        elif nodes:
            self._window.status.say(render(many, count=len(nodes)))


def pinnable(document: OpenDocument, nodes: Iterable[str]) -> list[str]:
    """Those of the nodes whose outputs the run on show has made.

    A part that does not repeat is all its nodes, of which each is pinned by itself.
    """
    if document.model is None:
        return []
    made = ("done", "reused")
    known, ran = document.document.melody.nodes, set(document.model.nodes)
    return [
        node
        for node in nodes
        if node in ran
        and document.model.status(node).state in made
        and (known[node].part is None or known[node].repeat is not None)
    ]


def pinned(document: OpenDocument, nodes: Iterable[str]) -> list[str]:
    """Those of the nodes whose outputs are pinned."""
    return [node for node in nodes if document.document.melody.nodes[node].pins]

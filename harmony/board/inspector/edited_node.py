"""The node that a section of the inspector edits: which one it is, and what is one step of undo."""

from __future__ import annotations

from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector.folded_section import FoldedSection
from harmony.melody.changes import Change
from harmony.melody.model import Node


class EditedNode:
    """One node of one document. What is typed in one field until it is left is one step of undo."""

    def __init__(self, section: FoldedSection, name: str) -> None:
        """`name` tells the steps of one section from those of another."""
        self._name = name
        self._document: OpenDocument | None = None
        self._id = ""
        self._step = 0
        section.finished.connect(lambda _: self.begin_step())

    @property
    def document(self) -> OpenDocument | None:
        """The document that the node is in."""
        return self._document

    @property
    def node(self) -> Node | None:
        """The node as it is now; None when it is no longer there."""
        return (
            None if self._document is None else self._document.document.melody.nodes.get(self._id)
        )

    def turn_to(self, document: OpenDocument, node: Node) -> None:
        """Edit this node from now on."""
        if (document, node.id) != (self._document, self._id):
            self.begin_step()
        self._document, self._id = document, node.id

    def begin_step(self) -> None:
        """The next change is a step of its own for undo."""
        self._step += 1

    def apply(self, change: Change, field: str) -> None:
        """Change the document; changes to one field join until the next step begins."""
        if self._document is not None:
            self._document.document.apply(change, (self._name, self._id, field, self._step))

"""The Edit menu at work. Every edit ends in a Change of the document in front.

The window has its desks before the document model is loaded, so each imports what it works with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication

from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.add_node import OpenEnd
    from harmony.board.documents.page import DocumentPage
    from harmony.board.window import BoardWindow
    from harmony.melody.model import Dependency


class EditDesk:
    """Fulfils `EditActions`, and adds nodes for palette, canvas and pop-up."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window
        self._place: QPointF | None = None

    @property
    def _page(self) -> DocumentPage | None:
        return self._window.page

    def undo(self) -> None:
        if self._page is not None:
            self._page.document.document.undo()

    def redo(self) -> None:
        if self._page is not None:
            self._page.document.document.redo()

    def cut(self) -> None:
        self.copy()
        self.delete()

    def copy(self) -> None:
        from harmony.melody.clipboard import copy

        page = self._page
        if page is not None:
            melody = page.document.document.melody
            nodes, notes = page.view.selected_nodes(), page.view.selected_notes()
            QGuiApplication.clipboard().setText(copy(melody, nodes, notes))

    def paste(self) -> None:
        from harmony.melody.clipboard import paste

        page = self._page
        if page is None:
            return
        document = page.document.document
        before = {*document.melody.nodes, *document.melody.notes}
        document.apply(paste(document.melody, QGuiApplication.clipboard().text()))
        self._select_new(page, before)

    def duplicate(self) -> None:
        from harmony.melody.clipboard import duplicate

        page = self._page
        if page is None:
            return
        document = page.document.document
        before = {*document.melody.nodes, *document.melody.notes}
        nodes, notes = page.view.selected_nodes(), page.view.selected_notes()
        document.apply(duplicate(document.melody, nodes, notes))
        self._select_new(page, before)

    def delete(self) -> None:
        if self._page is not None:
            self._page.view.remove_selected()

    def select_all(self) -> None:
        if self._page is not None:
            self._page.view.select_all()

    def add_node(self) -> None:
        if self._page is not None:
            self._page.view.setFocus()
            self._page.view.request_add()

    def add_note(self) -> None:
        from harmony.melody.changes import AddNote
        from harmony.melody.model import Note
        from harmony.melody.naming import fresh_note_id

        page = self._page
        if page is None:
            return
        melody = page.document.document.melody
        middle = page.view.mapToScene(page.view.viewport().rect().center())
        note_id = fresh_note_id(melody)
        page.document.document.apply(AddNote(Note(note_id, "", middle.x() - 104, middle.y() - 44)))
        page.view.edit_note(note_id)

    def connect(self) -> None:
        if self._page is not None:
            self._page.view.begin_keyboard_connection()

    def rename(self) -> None:
        self._window.show_inspector()
        title = self._window.inspector.node.header.title
        title.setFocus(Qt.FocusReason.ShortcutFocusReason)
        title.selectAll()

    def edit_parameters(self) -> None:
        self._window.show_inspector()
        node = self._window.inspector.node
        node.open_page("parameters")
        if node.form is not None:
            node.form.focus_first()

    # --- parts and what wires ask

    def fold(self) -> None:
        """Put the selected nodes into a sub-melody of their own, and select its node."""
        from harmony.melody.folding import fold

        page = self._page
        if page is not None:
            document = page.document.document
            change, placed = fold(document.melody, page.view.selected_nodes(), document.spec)
            document.apply(change)
            page.view.select([placed])

    def unfold(self) -> None:
        """Put the nodes of the selected sub-melodies in their places, all of them in one step."""
        from harmony.melody.change_parts import copied
        from harmony.melody.changes import Group, apply
        from harmony.melody.folding import unfold

        page = self._page
        if page is None:
            return
        document = page.document.document
        # Tried one after the other on a copy: the ids of one must not be taken by the next.
        tried = copied(document.melody)
        changes: list[Group] = []
        unfolded: list[str] = []
        for node in page.view.selected_nodes():
            if tried.nodes[node].part is not None:
                change, inner = unfold(tried, node)
                apply(tried, change)
                changes.append(change)
                unfolded += inner
        if changes:
            label = changes[0].label if len(changes) == 1 else render("board.unfold_many")
            document.apply(Group(label, tuple(changes)))
            page.view.select(unfolded)

    def set_dependency(self, dependency: Dependency) -> None:
        """Let the targets of the selected wires depend on them more or less, in one step."""
        from harmony.melody.changes import Group, SetDependency

        page = self._page
        if page is None:
            return
        document = page.document.document
        changes = [
            SetDependency(wire, dependency)
            for wire in page.view.selected_connections()
            if document.melody.connections[wire] != dependency
        ]
        if len(changes) == 1:
            document.apply(changes[0])
        elif changes:
            document.apply(Group(render("board.depend_many"), tuple(changes)))

    # --- adding Players

    def add_at_center(self, player: str) -> None:
        """Add a Player in the middle of what is seen, beside what is there already."""
        from harmony.board.canvas.placement import free_place

        page = self._page
        if page is None:
            return
        seen = page.view.mapToScene(page.view.viewport().rect()).boundingRect()
        self._add(page, player, free_place(page.view.node_rects(), seen), None)

    def ask_to_add(self, place: QPointF, on_screen: QPoint) -> None:
        """Open the pop-up for a place on the canvas."""
        if self._page is not None:
            self._place = place
            self._window.add_popup.open_at(on_screen, text=self._page.view.typed_text)

    def ask_to_continue(
        self, node: str, port: str, is_output: bool, place: QPointF, on_screen: QPoint
    ) -> None:
        """Open the pop-up for a wire that was dropped on empty canvas."""
        from harmony.board.add_node import OpenEnd

        page = self._page
        if page is None:
            return
        document = page.document.document
        spec = document.spec(document.melody.nodes[node].player)
        if spec is None:
            return
        found = spec.output(port) if is_output else spec.input(port)
        kind = found.type if found is not None else "any"
        if is_output:
            kind = document.flow.output_type(node, port) or kind
        self._place = place
        self._window.add_popup.open_at(on_screen, OpenEnd(node, port, is_output, kind))

    def add_chosen(self, player: str, end: OpenEnd | None) -> None:
        """A Player was chosen in the pop-up."""
        page = self._page
        if page is not None and self._place is not None:
            place = self._place
            if end is not None:
                # The port that the wire ends in comes to lie near the pointer.
                place = place - (QPointF(0, 48) if end.is_output else QPointF(186, 48))
            self._add(page, player, place, end)

    def _add(self, page: DocumentPage, player: str, place: QPointF, end: OpenEnd | None) -> None:
        from harmony.board.add_node import addition

        spec = self._window.symphony.catalogue.spec(player)
        if spec is None:
            return
        node, change = addition(page.document.document, spec, place.x(), place.y(), end)
        page.document.document.apply(change)
        page.view.select([node])
        page.view.reveal(node)
        page.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _select_new(self, page: DocumentPage, before: set[str]) -> None:
        melody = page.document.document.melody
        page.view.select([key for key in (*melody.nodes, *melody.notes) if key not in before])

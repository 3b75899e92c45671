"""The window's facts, as the commands want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from harmony.board.commands.situation import Situation

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow


def situation_of(window: BoardWindow) -> Situation:
    """The facts as they are now; before the engine is up there is nothing in front."""
    if not window.is_up:
        return Situation()
    from harmony.board.desk.pin_desk import pinnable, pinned
    from harmony.melody.clipboard import is_fragment

    page = window.page
    documents = len(window.workspace.documents)
    if page is None:
        return Situation(documents=documents)
    document, view = page.document, page.view
    model = document.model
    selected = view.selected_nodes()
    account = model.account if model is not None else None
    return Situation(
        has_document=True,
        canvas=document.canvas.state,
        allowed=document.canvas.allowed,
        restricted=document.restricted,
        has_path=document.path is not None,
        modified=document.document.modified,
        can_undo=document.document.can_undo,
        can_redo=document.document.can_redo,
        nodes=len(document.document.melody.nodes),
        selected_nodes=len(selected),
        selected_notes=len(view.selected_notes()),
        selected_wires=len(view.selected_connections()),
        selected_dependencies=frozenset(
            document.document.melody.connections[wire] for wire in view.selected_connections()
        ),
        selected_parts=sum(
            document.document.melody.nodes[node].part is not None for node in selected
        ),
        selected_nodes_in_run=(
            len(set(selected).intersection(model.nodes)) if model is not None else 0
        ),
        pinnable_nodes=len(pinnable(document, selected)),
        pinned_nodes=len(pinned(document, selected)),
        clipboard=is_fragment(QGuiApplication.clipboard().text()),
        run=model.state if model is not None else "",
        run_is_live=document.run_is_live,
        past_run=document.past_run,
        failed_tasks=len(model.failed_nodes()) if model is not None else 0,
        damaged=account is not None and bool(account.damaged),
        documents=documents,
    )

"""Why a page of the inspector has nothing to show."""

from __future__ import annotations

from harmony.board.documents.open_document import OpenDocument
from harmony.foundation.words import render
from harmony.melody.model import Node


def why_empty(document: OpenDocument | None, node: Node, what: str) -> str:
    """Why there is no `input`, `output` or `log` of a node, in a sentence."""
    if document is None or document.model is None:
        return render(f"board.no_{what}_yet")
    status = document.statuses(frozenset({node.id}))[node.id]
    if status.state in ("skipped", "reused") and status.reason:
        return status.reason
    if status.state in ("waiting", "skipped", "running", "reused"):
        return render(f"board.no_{what}_{status.state}")
    spec = document.document.spec(node.player)
    if what == "input" and spec is not None and not spec.inputs:
        return render("board.no_inputs")
    return render(f"board.no_{what}")

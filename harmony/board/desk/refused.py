"""A run was not resumed unasked: what happened, and what a person may do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harmony.board.dialogs.ask import Answer, ask
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.window import BoardWindow
    from harmony.conductor.errors import ResumeRefusedError

_ASIDE: Final = "conductor.run_set_aside"
_DIFFER: Final = "conductor.players_differ"


async def resume(window: BoardWindow, document: OpenDocument) -> None:
    """Let the run on show go on; where that is refused, ask what to do instead."""
    from harmony.conductor.errors import ResumeRefusedError

    try:
        await window.runs.resume(document)
    except ResumeRefusedError as refused:
        if refused.code not in (_ASIDE, _DIFFER):
            raise
        await _ask(window, document, refused)


async def _ask(window: BoardWindow, document: OpenDocument, refused: ResumeRefusedError) -> None:
    differ = refused.code == _DIFFER
    answers = [Answer("anyway", render("board.resume_anyway"))]
    if differ:
        # The first is the default: with the present Players nothing fails for their sake.
        answers.insert(0, Answer("migrate", render("board.resume_migrate")))
    answers.append(Answer("discard", render("board.discard"), "destructive"))
    answers.append(Answer("cancel", render("board.cancel"), "reject"))
    kind = "differ" if differ else "aside"
    answer = await ask(
        window,
        render(f"board.resume_{kind}", **refused.parameters),
        render(f"board.resume_{kind}_why"),
        answers,
    )
    model = document.model
    if model is None or answer == "cancel":
        return
    if answer == "anyway":
        await window.runs.resume(document, anyway=True)
    elif answer == "migrate":
        await window.runs.migrate(document)
        window.show_run_began(document)
    else:
        await window.runs.discard(model.run)
    window.refresh_history()

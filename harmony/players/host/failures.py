"""What a Player raised, as data for the person who has to mend it.

Frames of the host are cut away, so that the traceback begins at the Player's own first line. `file`
and `line` name the deepest line that is the author's: a line of a snippet before one of a Player, a
line of a Player before one of a library that it calls.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Final

from harmony.players.context import TaskCancelled, clean_text
from harmony.players.errors import PlayerError, QuotaExceeded

_PROGRAM: Final = str(Path(__file__).resolve().parents[2])
_LIBRARY: Final = str(Path(__file__).resolve().parents[1] / "library")
_LONGEST_MESSAGE: Final = 8_000
_LONGEST_TRACEBACK: Final = 60_000


def describe_failure(
    error: BaseException, source: str = "", exceeded: QuotaExceeded | None = None
) -> dict[str, Any]:
    """The `error` of a failure message. `source` is the folder that the Player's files lie in.

    `exceeded` is the limit that the error is about: then that is told, with its code.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = _deepest_own(frames, source)
    file, line = (own.filename, own.lineno) if own is not None else ("", None)
    if isinstance(error, SyntaxError) and error.filename:
        # The text that does not parse has no frame of its own.
        file, line = error.filename, error.lineno
    message, hint = _words(error) if exceeded is None else (str(exceeded), exceeded.hint)
    described = {
        "type": clean_text(type(error).__qualname__, 500) or "Exception",
        "message": clean_text(message, _LONGEST_MESSAGE),
        "hint": clean_text(hint, _LONGEST_MESSAGE),
        "traceback": "" if isinstance(error, TaskCancelled) else _format(error, frames),
        "file": clean_text(file, 4096),
        "line": line,
        "cancelled": isinstance(error, TaskCancelled),
    }
    return described if exceeded is None else {**described, "code": exceeded.code}


def _words(error: BaseException) -> tuple[str, str]:
    """What happened, and what to do; the latter is empty where nothing can be advised."""
    if isinstance(error, PlayerError):
        return error.message, error.hint
    if isinstance(error, TaskCancelled):
        return "The task was cancelled.", ""
    if isinstance(error, SystemExit):
        return (
            f"The Player called exit({'' if error.code is None else error.code!r}).",
            "Return from the function instead; raise PlayerError to fail with a message.",
        )
    if isinstance(error, KeyboardInterrupt):
        return "The Player was interrupted by a KeyboardInterrupt of its own.", ""
    if isinstance(error, MemoryError):
        return (
            "There was not enough memory for what the Player asked for.",
            "Work on less data at once, or close other programs.",
        )
    if isinstance(error, SyntaxError):
        return error.msg, ""
    if isinstance(error, RecursionError):
        return "The Player called itself too deeply.", "Look for a function that never stops."
    try:
        text = str(error)
    except Exception as broken:  # noqa: BLE001 - an error that cannot be printed is still reported
        text = f"(its text cannot be had: {type(broken).__name__})"
    return text or type(error).__name__, ""


def _deepest_own(frames: traceback.StackSummary, source: str) -> traceback.FrameSummary | None:
    snippet = [frame for frame in frames if _is_snippet(frame.filename)]
    if snippet:
        return snippet[-1]
    places = tuple(place for place in (source, _LIBRARY) if place)
    authored = [frame for frame in frames if frame.filename.startswith(places)]
    if authored:
        return authored[-1]
    others = [frame for frame in frames if not _is_host(frame.filename)]
    return others[-1] if others else None


def _format(error: BaseException, frames: traceback.StackSummary) -> str:
    told = traceback.TracebackException.from_exception(error, compact=True)
    in_snippet = any(_is_snippet(frame.filename) for frame in frames)
    if isinstance(error, SyntaxError) and error.filename:
        in_snippet = in_snippet or _is_snippet(error.filename)
    _cut(told, in_snippet)
    text = "".join(told.format())
    if len(text) > _LONGEST_TRACEBACK:
        half = _LONGEST_TRACEBACK // 2
        text = f"{text[:half]}\n  […]\n{text[-half:]}"
    return clean_text(text, 64 * 1024)


def _cut(told: traceback.TracebackException, snippet: bool) -> None:
    kept = [frame for frame in told.stack if not _is_host(frame.filename)]
    if snippet:
        # The Player that runs a snippet is in the way of the person who wrote the snippet.
        kept = [frame for frame in kept if not frame.filename.startswith(_LIBRARY)]
    told.stack = traceback.StackSummary.from_list(kept)
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        if other is not None:
            _cut(other, snippet)


def _is_host(filename: str) -> bool:
    """Whether a frame is the program's own, and not that of a Player it ships."""
    if filename.startswith("<frozen "):
        return True
    return filename.startswith(_PROGRAM) and not filename.startswith(_LIBRARY)


def _is_snippet(filename: str) -> bool:
    return filename.startswith("<") and not filename.startswith("<frozen ")

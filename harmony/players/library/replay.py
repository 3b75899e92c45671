"""A task of a recorded workflow, played again: it takes its time and computes nothing."""

from __future__ import annotations

import time
from typing import Annotated, Any, Final

from harmony.players.context import Context
from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._words import quote
from harmony.players.types import Help, Json, Label, Multiline, Number, Range, Text

_STEP: Final = 0.25
"""Seconds between two looks at whether the task is to end, and two words on how far it is."""

UNKNOWN_SIZE: Final = "-"


# Not deterministic: a second run is to take its time as the first did, and is never reused.
@operator("Replay", category="Control", icon="history", waits=True)
def replay(
    after: Annotated[list[Json] | None, Help("what the tasks before it gave")] = None,
    *,
    runtime: Annotated[Number, Range(0, 1e9), Label("Run time (s)")] = 1.0,
    scale: Annotated[Number, Range(0, 1e6), Label("Clock scale")] = 1.0,
    name: Text = "",
    input_files: Annotated[Multiline, Label("Input files")] = "",
    output_files: Annotated[Multiline, Label("Output files")] = "",
    context: Context | None = None,
) -> Annotated[Json, Help("what the task was called, and the files it had written")]:
    """take as long as a recorded task did

    Waits for its run time, times the clock scale, without using a core, and gives the names and
    sizes of the files that the task had written. No file is made.

    A list of files has one file a line: its size in bytes, a space, its name; a - stands for a
    size that is not known. `harmony import` writes these nodes from a WfFormat trace.

    runtime: how long the task had taken, in seconds
    scale: 0.01 makes a hundred seconds one
    name: what the task was called
    input_files: size and name of each file it had read, one a line
    output_files: size and name of each file it had written, one a line
    """
    due = time.monotonic() + runtime * scale
    _files(input_files, "Input files")  # refused when it cannot be read, like the other
    written = _files(output_files, "Output files")
    _wait_until(due, runtime * scale, context or Context())
    return {"name": name, "after": len(after or ()), "files": written}


def _wait_until(due: float, whole: float, context: Context) -> None:
    """Sleep until the monotonic clock says `due`. Raises TaskCancelled."""
    while True:
        context.raise_if_cancelled()
        left = due - time.monotonic()
        if left <= 0:
            return
        if left < whole - _STEP / 2:
            context.progress(1 - left / whole)
        time.sleep(min(left, _STEP))


def _files(lines: str, label: str) -> list[dict[str, Any]]:
    """Name and size of each file of a parameter. Raises PlayerError naming the line."""
    files: list[dict[str, Any]] = []
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        size, _, name = line.strip().partition(" ")
        known = size.isascii() and size.isdecimal()
        if not name or not (known or size == UNKNOWN_SIZE):
            raise PlayerError(
                f"{label}, line {number}: {quote(line[:60])} is not a size and a name.",
                hint="Write the size in bytes (- when it is not known), a space, and the name.",
            )
        files.append({"name": name, "bytes": int(size) if known else None})
    return files

"""Players for tests of loops, votes, dependencies and policies."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import NamedTuple

from harmony.players import Boolean, SaveFile, Text, operator
from harmony.players.context import Context


class Longer(NamedTuple):
    """A text, and whether it is long enough now."""

    text: Text
    enough: Boolean


def _tally(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@operator("Lengthen", category="Test")
def lengthen(text: Text, *, to: int = 3, tally: SaveFile = "", die_at: int = 0) -> Longer:
    if tally:
        _tally(tally, text)
    if die_at and len(text) == die_at and not Path(f"{tally}.died").exists():
        Path(f"{tally}.died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    longer = text + "x"
    return Longer(Text(longer), Boolean(len(longer) >= to))


@operator("Greet", category="Test")
def greet(text: Text, title: Text | None = None) -> Text:
    return Text(f"{title or 'plain'} {text}")


@operator("Always fails", category="Test")
def always_fails(text: Text, *, tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, "tried")
    raise ValueError(f"no luck with {text}")


@operator("Book", category="Test", effects=True)
def book(text: Text, *, tally: SaveFile) -> Text:
    _tally(tally, f"booked {text}")
    return Text(f"ticket for {text}")


@operator("Cancel booking", category="Test", effects=True)
def cancel_booking(text: Text, *, tally: SaveFile) -> None:
    _tally(tally, f"cancelled {text}")


@operator("Often the same", category="Test", deterministic=True)
def unreliable(text: Text, *, tally: SaveFile, wrong: int = 0) -> Text:
    """The first `wrong` replicas that come here give nonsense."""
    _tally(tally, "replica")
    if len(Path(tally).read_text(encoding="utf-8").splitlines()) <= wrong:
        return Text(str(random.random()))
    return Text(text.upper())


@operator("Count and save", category="Test")
def count_and_save(context: Context, *, to: int = 5, die_at: int = 3, tally: SaveFile = "") -> Text:
    start = (context.saved or {"at": 0})["at"]
    for number in range(start, to):
        _tally(tally, str(number))
        context.save({"at": number + 1})
        if number == die_at and start == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return Text(f"from {start} to {to}")


@operator("Sleep", category="Test")
def sleep(context: Context, *, seconds: float = 60.0, beats: int = 0) -> Text:
    """Sleeps; says `beats` times that it is alive."""
    for _ in range(beats):
        context.heartbeat()
        time.sleep(seconds / max(beats, 1))
    if not beats:
        time.sleep(seconds)
    return Text("slept")


@operator("Spend", category="Test", tokens=100)
def spend(text: Text, context: Context, *, tokens: int = 100) -> Text:
    context.spend(tokens=tokens)
    return text

"""Players for tests of whole runs. Each that matters leaves a line in a tally file when it runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harmony.players import NOTHING, File, PlayerError, SaveFile, Secret, Table, Text, operator
from harmony.players.context import Context


class Ways(NamedTuple):
    """The two ways out of a switch."""

    yes: Text
    no: Text


def _tally(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@operator("Say", category="Test", deterministic=True)
def say(*, text: str = "hello", tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, f"say {text}")
    return Text(text)


@operator("Say afresh", category="Test")
def say_afresh(*, text: str = "hello", tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, f"say {text}")
    return Text(text)


@operator("Join", category="Test", deterministic=True)
def join(texts: list[Text], *, tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, f"join {len(texts)}")
    return Text("+".join(texts))


@operator("Split", category="Test", deterministic=True)
def split(text: Text) -> list[Text]:
    return [Text(part) for part in text.split()]


@operator("Upper", category="Test", deterministic=True)
def upper(text: Text, *, tally: SaveFile = "", bad: str = "") -> Text:
    if tally:
        _tally(tally, f"upper {text}")
    if text == bad:
        raise PlayerError(f"“{text}” is no good", hint="Choose another word.")
    print(f"working on {text}")
    print(f"a warning about {text}", file=sys.stderr)
    return Text(text.upper())


@operator("Read", category="Test", deterministic=True)
def read(*, file: File, tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, "read")
    return Text(Path(file).read_text(encoding="utf-8"))


@operator("Switch", category="Test", deterministic=True)
def switch(text: Text) -> Ways:
    return Ways(text, NOTHING) if text.startswith("y") else Ways(NOTHING, text)  # type: ignore[arg-type]


@operator("Die", category="Test")
def die(text: Text) -> Text:
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    return text


@operator("Die of one word", category="Test", prefetch=7)
def die_of(text: Text, *, word: str = "") -> Text:
    if text == word:
        os.kill(os.getpid(), signal.SIGKILL)
    return text


@operator("Wait for file", category="Test")
def wait_for(text: Text, context: Context, *, path: SaveFile, tally: SaveFile = "") -> Text:
    if tally:
        _tally(tally, f"wait {os.getpid()}")
    context.progress(0.5, "waiting")
    while not Path(path).exists():
        time.sleep(0.01)
    return text


@operator("Fail until", category="Test")
def fail_until(text: Text, *, path: SaveFile) -> Text:
    if not Path(path).exists():
        Path(path).touch()
        raise ValueError("not yet")
    return text


@operator("Count", category="Test", deterministic=True)
def count(context: Context, *, to: int = 3) -> Iterator[Text]:
    for number in range(to):
        context.log(f"at {number}")
        yield Text(str(number))


@operator("Tell a secret", category="Test")
def tell_secret(*, key: Secret = "") -> Text:
    print(f"the key is {key}")
    return Text(str(len(key)))


@operator("Rows", category="Test", deterministic=True)
def rows(*, number: int = 3) -> Table:
    return Table.from_rows([{"n": n, "square": n * n} for n in range(number)])


@operator("Hold on", category="Test")
def hold_on(text: Text, context: Context, *, path: SaveFile, tally: SaveFile) -> Text:
    """Waits like `wait_for`, and ignores SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _tally(tally, f"hold {os.getpid()}")
    context.progress(0.5, "waiting")
    while not Path(path).exists():
        time.sleep(0.01)
    return text


@operator("Die when told to stop", category="Test")
def die_on_cancel(context: Context) -> Text:
    """Waits to be cancelled, and takes its process down instead of ending in order."""
    try:
        context.progress(0.5, "waiting")
        while True:
            time.sleep(0.001)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


@operator("Change what it reads", category="Test", deterministic=True)
def read_and_change(*, file: File, tally: SaveFile = "") -> Text:
    """Reads a file that grows under its hands."""
    _tally(tally, "read")
    text = Path(file).read_text(encoding="utf-8")
    Path(file).write_text(text + "+", encoding="utf-8")
    return Text(text)


@operator("Litter", category="Test")
def litter(context: Context) -> Table:
    """Leaves files in its scratch folder, one of them read-only."""
    folder = context.scratch / "deep"
    folder.mkdir()
    (folder / "left.txt").write_text("left", encoding="utf-8")
    (folder / "left.txt").chmod(0o400)
    return Table.from_rows([{"n": number} for number in range(10)])

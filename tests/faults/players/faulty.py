"""Players that do what a Player must never do, and ones that only work beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from harmony.players import PlayerError, Text, operator
from harmony.players.context import Context


@operator("Say", category="Test")
def say(*, text: str = "hello") -> Text:
    return Text(text)


@operator("Work", category="Test")
def work(text: Text, *, seconds: float = 0.0) -> Text:
    time.sleep(seconds)
    return Text(text + ".")


@operator("Kill itself", category="Test")
def kill_itself(text: Text, *, by: int = signal.SIGKILL) -> Text:
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), by)
    return text


@operator("Exit", category="Test")
def exit_quietly(text: Text) -> Text:
    os._exit(0)


@operator("Eat memory", category="Test", memory_mb=192)
def eat_memory(text: Text) -> Text:
    return Text(str(len(bytearray(2 << 30))))


@operator("Spin", category="Test", cpu_seconds=0.5)
def spin(text: Text) -> Text:
    while True:
        pass


@operator("Spin without a quota", category="Test")
def spin_on(text: Text) -> Text:
    while True:
        pass


@operator("Stop", category="Test")
def stop(text: Text) -> Text:
    os.kill(os.getpid(), signal.SIGSTOP)
    return text


@operator("Hang", category="Test")
def hang(text: Text) -> Text:
    """Lives, answers every question of the program, and gets nowhere."""
    time.sleep(3600)
    return text


@operator("Leave an orphan", category="Test")
def leave_an_orphan(text: Text, context: Context, *, own_session: bool = False) -> Text:
    """Dies; what it started lives on and holds its output open."""
    child = subprocess.Popen(["sleep", "3600"], start_new_session=own_session)
    context.log(f"orphan {child.pid}")
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)
    return text


@operator("Flood", category="Test")
def flood(text: Text, *, megabytes: int = 64) -> Text:
    line = "x" * 1023 + "\n"
    for _ in range(megabytes * 1024):
        sys.stdout.write(line)
    return text


@operator("Open many files", category="Test", open_files=64)
def open_many(text: Text) -> Text:
    kept = [Path(__file__).open(encoding="utf-8") for _ in range(200)]  # noqa: SIM115
    return Text(str(len(kept)))


@operator("Numbers", category="Test", deterministic=True)
def numbers(*, count: int = 10) -> list[Text]:
    return [Text(str(number)) for number in range(count)]


@operator("Square", category="Test", prefetch=4)
def square(text: Text, *, seconds: float = 0.0) -> Text:
    time.sleep(seconds)
    return Text(str(int(text) ** 2))


@operator("Join", category="Test")
def join(texts: list[Text]) -> Text:
    if not texts:
        raise PlayerError("Nothing came.")
    return Text(" ".join(texts))

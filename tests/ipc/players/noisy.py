"""Players that say a lot, in all the ways there are."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from harmony.players import Json, Text, operator
from harmony.players.context import Context


@operator("Flood", category="Test")
def flood(*, megabytes: int = 8) -> Json:
    block = b"x" * (1 << 20)
    for _ in range(megabytes):
        rest = block
        while rest:  # past Python, as a program that a Player starts would
            rest = rest[os.write(1, rest) :]
    return megabytes


@operator("Babble", category="Test")
def babble(context: Context, *, count: int = 2000) -> Json:
    for number in range(count):
        context.log(str(number))
    return count


@operator("Hurry", category="Test")
def hurry(context: Context, *, count: int = 10000) -> Json:
    for number in range(count):
        context.progress(number / count)
    context.progress(1.0, "the last one")
    return count


@operator("Print from C", category="Test")
def print_from_c() -> Text:
    ctypes.CDLL(None).printf(b"printed by C\n")
    print("no line end", end="")
    return "done"


@operator("Grow", category="Test")
def grow(*, words: int = 3) -> Iterator[Text]:
    text = ""
    for number in range(words):
        text += f"{number} "
        yield text


@operator("Look around", category="Test")
def look_around(context: Context, *, token: str = "") -> Json:
    return {
        "environment": dict(os.environ),
        "arguments": Path("/proc/self/cmdline").read_text(),
        "input": sys.stdin.read(),
        "files": _open_files(),
        "working_folder": str(Path.cwd()),
        "scratch": str(context.scratch),
        "secret": context.secret("token"),
        "leads_its_session": os.getsid(0) == os.getpid(),
        "core_limit": _core_limit(),
    }


@operator("Stage", category="Test")
def stage(context: Context) -> Text:
    path = context.stage(".txt")
    path.write_text("a large text")
    return path  # type: ignore[return-value]


def _open_files() -> list[str]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sorted(str(link.readlink()) for link in links)


def _core_limit() -> int:
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE)[0]


@operator("Meddle", category="Test")
def meddle() -> Json:
    before = [os.getcwd(), os.environ.get("MEDDLED"), sys.stdout.closed]  # noqa: PTH109
    os.chdir("/")
    os.environ["MEDDLED"] = "yes"
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stdout.close()
    signal.signal(signal.SIGURG, signal.SIG_IGN)
    return before


@operator("Hoard", category="Test")
def hoard(*, megabytes: int = 1) -> Json:
    return len(bytearray(megabytes << 20))

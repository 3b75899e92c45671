"""What a Player started and left behind, also outside of its process group.

Killing the group ends what stayed in it. A program that made a session of its own is known by the
mark in its environment, which it inherited (launching.py). One that made a session *and* threw its
environment away is found by nobody; nor can it be where the system shows no environments.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harmony.foundation.processes import is_alive, process_start_time
from harmony.ipc.launching import MARK_VARIABLE

_PROC: Final = "/proc"


def end_leftovers(mark: str) -> int:
    """End all processes that carry the mark; how many there were."""
    ended = 0
    # One may start another while we look; each look finds fewer, for the dead start nothing.
    while found := list(marked(mark)):
        for pid, _ in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended += len(found)
        if ended > _TOO_MANY:
            break
    return ended


_TOO_MANY: Final = 10_000


def marked(mark: str) -> Iterator[tuple[int, str]]:
    """Pid and start time of each process of this user that runs and carries the mark."""
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    user = os.getuid() if hasattr(os, "getuid") else None
    try:
        entries = list(os.scandir(_PROC))
    except FileNotFoundError:
        return
    for entry in entries:
        if not entry.name.isdigit():
            continue
        try:
            if entry.stat().st_uid != user:
                continue
            variables = Path(entry.path, "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if wanted not in variables or wanted not in variables.split(b"\0"):
            continue
        pid = int(entry.name)
        start_time = process_start_time(pid)
        if start_time is not None and is_alive(pid, start_time):
            yield pid, start_time

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


def end_leftovers(mark: str, pid: int) -> int:
    """End all that carries the mark of a process, which had this pid; how many there were."""
    ended = 0
    # One may start another while we look; each look finds fewer, for the dead start nothing.
    while found := list(marked(mark, _oldest(pid))):
        for pid, _ in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended += len(found)
        if ended > _TOO_MANY:
            break
    return ended


_TOO_MANY: Final = 10_000


def marked(mark: str, oldest: int = 0) -> Iterator[tuple[int, str]]:
    """Pid and start time of each process of this user that runs and carries the mark.

    Only pids from `oldest` on are looked at.
    """
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    user = os.getuid() if hasattr(os, "getuid") else None
    try:
        names = os.listdir(_PROC)  # noqa: PTH208 - names are all that is wanted of them
    except FileNotFoundError:
        return
    for name in names:
        if not name.isdigit() or int(name) < oldest:
            continue
        place = Path(_PROC, name)
        try:
            if place.stat().st_uid != user:
                continue
            variables = Path(place, "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if wanted not in variables.split(b"\0"):
            continue
        pid = int(name)
        start_time = process_start_time(pid)
        if start_time is not None and is_alive(pid, start_time):
            yield pid, start_time


def _oldest(pid: int) -> int:
    """From which pid on the offspring of a process is found.

    Pids are given out in order. Reading the environment of every process takes milliseconds on a
    busy machine, at each end of a Player; of the few that are newer it takes none. Where the count
    has begun anew since, all are read.
    """
    try:
        newest = int(Path(_PROC, "loadavg").read_text(encoding="ascii").split()[4])
    except (OSError, ValueError, IndexError):
        return 0
    return pid if newest >= pid else 0

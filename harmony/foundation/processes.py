"""Processes of this machine: which one a pid means, and the end of a whole group.

A pid alone names nothing, since it is given out again; a pid with the start time of its process
and the boot it belongs to does. Leases rest on that (DESIGN.md section 5). This is also the one
place for process groups, the seam where another platform would be fitted in (section 6).
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

_PROC = Path("/proc")


def process_start_time(pid: int) -> str | None:
    """When a process started, as a text to compare; None when there is no such process.

    On Linux the kernel's ticks since boot, exact to 10 ms. Elsewhere what `ps` prints, exact to a
    second only; there a pid given out again within one second would be taken for the old process.
    """
    if pid <= 0:
        return None
    if _PROC.joinpath("self", "stat").exists():
        fields = _stat_fields(pid)
        return None if fields is None else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return shown.stdout.strip() or None


def boot_id() -> str:
    """A text that changes each time the machine starts; empty where the system tells none.

    Where it is empty, start times are the only guard against a pid that was given out again.
    """
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def is_alive(pid: int, start_time: str) -> bool:
    """Whether the very process that started then still runs. A zombie runs no more."""
    if process_start_time(pid) != start_time:
        return False
    if _PROC.joinpath("self", "stat").exists():
        fields = _stat_fields(pid)
        return fields is not None and fields[0] not in ("Z", "X")
    return True


def kill_group(group: int) -> bool:
    """End a process group at once, with all that its members started and left in it.

    False when there was no such group any more. Refuses the caller's own group and the groups 0 and
    1, which `kill` would understand as everyone: ValueError.
    """
    if group <= 1:
        raise ValueError(f"{group} is no process group that may be ended")
    if group == os.getpgrp():
        raise ValueError("a process does not end its own group")
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def group_is_alive(group: int) -> bool:
    """Whether a process group still has a member (a zombie counts until it is reaped)."""
    if group <= 1:
        raise ValueError(f"{group} is no process group that may be asked about")
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name: state first, start time at index 19."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name is in parentheses and may itself hold spaces and parentheses: split after the last.
    return stat.rpartition(")")[2].split()

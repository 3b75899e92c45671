"""Notes about running Player processes, so that a later program can end those that survived a kill.

    <runtime folder>/<pid of the program>/owner.json    the program itself
    <runtime folder>/<pid of the program>/<pid>.json    one of its Player processes
    <runtime folder>/<pid of the program>/*.socket      where its Player processes connect

Each note holds pid, start time and boot id, which together mean one process and no other. Nothing
is synced to disk: after a crash of the machine there is no process left to end.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from harmony.foundation.processes import (
    boot_id,
    is_alive,
    kill_group,
    process_start_time,
)
from harmony.ipc.leftovers import marked

_OWNER: Final = "owner.json"
_GONE_WITHIN: Final = 5.0


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Which process a note is about. `mark` is in its environment and in that of its children."""

    pid: int
    start_time: str
    boot: str
    mark: str = ""

    @classmethod
    def of(cls, pid: int, mark: str = "") -> ProcessRecord | None:
        """The record of a process that runs now; None when there is none of this pid."""
        start_time = process_start_time(pid)
        return None if start_time is None else cls(pid, start_time, boot_id(), mark)

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self.boot == boot_id() and is_alive(self.pid, self.start_time)


def owner_folder(runtime_folder: Path) -> Path:
    """This program's own folder for sockets and notes; made where it is missing."""
    folder = runtime_folder / str(os.getpid())
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = ProcessRecord.of(os.getpid())
    assert owner is not None
    found = _read(folder / _OWNER)
    if found != owner:
        # Left by a program of long ago that had the same pid.
        for leftover in folder.iterdir():
            leftover.unlink()
        _write(folder / _OWNER, owner)
    return folder


def write_record(folder: Path, pid: int, mark: str) -> Path | None:
    """Note a process that was just started; the note's path. None when it is gone already."""
    record = ProcessRecord.of(pid, mark)
    if record is None:
        return None
    path = folder / f"{pid}.json"
    _write(path, record)
    return path


def leave_folder(folder: Path) -> None:
    """Remove this program's folder if no other host of it still uses it."""
    # Another host in this process has its socket in here; then it is the one to clean up.
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {_OWNER}:
        (folder / _OWNER).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def end_survivors(runtime_folder: Path) -> list[int]:
    """End the Player processes of programs that are gone, with all that they started.

    Returns the pids that were ended, and only after they are gone. Programs that still run, and
    what belongs to them, are left alone.
    """
    ended: list[int] = []
    for folder in sorted(runtime_folder.iterdir()) if runtime_folder.is_dir() else []:
        if not folder.is_dir() or not folder.name.isdigit():
            continue
        owner = _read(folder / _OWNER)
        if owner is not None and owner.alive:
            continue
        if owner is None and process_start_time(int(folder.name)) is not None:
            continue  # perhaps a program that has made its folder, and not yet its note
        for path in _listed(folder):
            record = _read(path) if path.suffix == ".json" else None
            if record is not None and path.name != _OWNER and record.boot == boot_id():
                ended += _end(record)
        _remove(folder)
    return ended


def _remove(folder: Path) -> None:
    """Remove the folder of a program that is gone. Another program may do the same just now."""
    for leftover in _listed(folder):
        leftover.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()


def _listed(folder: Path) -> list[Path]:
    """What is in a folder, in order; nothing when another program has removed it."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def _end(record: ProcessRecord) -> list[int]:
    """End a survivor and what it left behind."""
    # The mark makes sure of them even when the leader is gone and its pid could be another's.
    victims = dict(marked(record.mark)) if record.mark else {}
    if record.alive:
        victims[record.pid] = record.start_time
        kill_group(record.pid)
    for pid, start_time in victims.items():
        if is_alive(pid, start_time):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
    # SIGKILL cannot be refused; a process in an uninterruptible read may take its time, though.
    give_up = time.monotonic() + _GONE_WITHIN
    while time.monotonic() < give_up:
        if not any(is_alive(pid, start) for pid, start in victims.items()):
            break
        time.sleep(0.005)
    return sorted(victims)


def _read(path: Path) -> ProcessRecord | None:
    """The note in a file; None for one that is missing or was cut short by a crash."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return ProcessRecord(
            int(found["pid"]), str(found["start_time"]), str(found["boot"]), str(found["mark"])
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, record: ProcessRecord) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(record)), encoding="utf-8")
    temporary.replace(path)

"""One log file an attempt: what the task said and printed; its beginning and its end when huge.

A line is `{"at", "level", "text"}`. The first 256 KiB are written as they come. What follows goes
into numbered parts of which only the last two stay, so that a task which prints for hours fills no
disk, and its last words are on disk even when the program is killed. Closing the log makes one file
of the parts, with a line that says how much was left out.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypedDict

from harmony.foundation.durable import write_atomically
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import StoreError

HEAD: Final = 256 * 1024
TAIL: Final = 256 * 1024
LONGEST_TEXT: Final = 64 * 1024
_LONGEST_NAME: Final = 120
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_PART: Final = ".part"
_SKIPPED: Final = "skipped"  # the key of a part's first line: bytes removed before that part


class LogEntry(TypedDict):
    """A line of a log. `level` is debug, info, warning, error, stdout or stderr."""

    at: float
    level: str
    text: str


class LogError(StoreError):
    """A log cannot be read."""


def safe_name(name: str) -> str:
    """A name that is one plain file name on every system, different for different names.

    Everything but letters, digits, `_` and `-` is written as its code: `node[3]` → `node~5b3~5d`.
    """
    safe = _UNSAFE.sub(lambda found: "".join(f"~{byte:02x}" for byte in _bytes(found[0])), name)
    if len(safe) > _LONGEST_NAME:
        safe = f"{safe[:_LONGEST_NAME]}~{sha256(_bytes(name)).hexdigest()[:16]}"
    return safe or "~"


def log_path(data_folder: DataFolder, run: str, task: str, attempt: int) -> Path:
    """Where the log of an attempt lies, whether there is one or not."""
    return data_folder.logs / safe_name(run) / f"{safe_name(task)}.{attempt}.jsonl"


class LogWriter:
    """The log of one attempt while it runs. Lines wait in memory until `flush` or `close`.

    Whoever owns the writer calls `flush` on a timer; a task that prints more than half a MiB in
    between is written at once, so that it cannot fill the memory either.
    """

    __slots__ = ("_head", "_part", "_part_size", "_path", "_sizes", "_waiting", "_waiting_size")

    def __init__(self, data_folder: DataFolder, run: str, task: str, attempt: int) -> None:
        self._path = log_path(data_folder, run, task, attempt)
        self._head = 0
        self._part = 0  # the number of the part being written; 0 while the head has room
        self._part_size = 0
        self._sizes: list[int] = []  # of all finished parts
        self._waiting: list[bytes] = []
        self._waiting_size = 0

    def write(self, at: float, level: str, text: str) -> None:
        """Add a line. A single text above 64 Ki characters is cut there, and says so."""
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT:,} characters left out)"
        line = _line(at=at, level=level, text=text)
        self._waiting.append(line)
        self._waiting_size += len(line)
        if self._waiting_size > HEAD + TAIL:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises OSError."""
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        if not waiting:
            return
        if not self._head:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # An earlier process may have died in the middle of this very attempt. Parts lie beside
            # a head only; looking for them goes through the logs of all tasks of the run.
            if self._path.exists():
                for path in (self._path, *_parts(self._path).values()):
                    path.unlink(missing_ok=True)
        fitting = 0
        while not self._part and fitting < len(waiting):
            size = len(waiting[fitting])
            if self._head and self._head + size > HEAD:
                break
            self._head += size
            fitting += 1
        _append(self._path, waiting[:fitting])
        self._write_parts(waiting[fitting:])

    def close(self) -> None:
        """Write what waits and make one file of all parts. Raises OSError."""
        self.flush()
        if not self._part:
            return
        head, skipped, tail = _read(self._path)
        lines = [_line(**entry) for entry in tail]
        room, first = TAIL, len(lines)
        while first and room >= len(lines[first - 1]):
            first -= 1
            room -= len(lines[first])
        skipped += sum(map(len, lines[:first]))
        whole = [_line(**entry) for entry in (*head, *_gap(skipped, tail[first:]), *tail[first:])]
        write_atomically(self._path, b"".join(whole), mode=0o600)
        for path in _parts(self._path).values():
            path.unlink(missing_ok=True)

    def _write_parts(self, lines: list[bytes]) -> None:
        pending: list[bytes] = []
        for line in lines:
            if not self._part or self._part_size + len(line) > TAIL:
                if self._part:
                    _append(_part_path(self._path, self._part), pending)
                    self._sizes.append(self._part_size)
                pending = [self._begin_part()]
            pending.append(line)
            self._part_size += len(line)
        if pending:
            _append(_part_path(self._path, self._part), pending)

    def _begin_part(self) -> bytes:
        """Start the next part and remove the one before the last; the new part's first line."""
        self._part += 1
        self._part_size = 0
        if self._part > 2:
            _part_path(self._path, self._part - 2).unlink()
        return json.dumps({_SKIPPED: sum(self._sizes[:-1])}).encode() + b"\n"


def read_log(data_folder: DataFolder, run: str, task: str, attempt: int) -> list[LogEntry]:
    """The lines of an attempt's log, oldest first; empty when it wrote none. Raises LogError.

    May be called while the attempt still runs; it then holds what has been flushed.
    """
    path = log_path(data_folder, run, task, attempt)
    try:
        head, skipped, tail = _read(path)
    except OSError as error:
        raise LogError(
            "polyphony.log_unreadable", path=str(path), reason=error.strerror or str(error)
        ) from error
    return [*head, *_gap(skipped, tail), *tail]


def _read(path: Path) -> tuple[list[LogEntry], int, list[LogEntry]]:
    """Head, bytes removed between head and tail, tail."""
    head = [entry for entry in map(_entry, _lines(path)) if entry is not None]
    skipped = 0
    tail: list[LogEntry] = []
    for _, part in sorted(_parts(path).items()):
        first, *rest = _lines(part) or [b"{}"]
        skipped = _loaded(first).get(_SKIPPED, 0)  # the newest part knows best
        tail.extend(entry for entry in map(_entry, rest) if entry is not None)
    return head, skipped, tail


def _gap(skipped: int, following: list[LogEntry]) -> list[LogEntry]:
    if not skipped:
        return []
    at = following[0]["at"] if following else 0.0
    return [LogEntry(at=at, level="info", text=f"… {skipped:,} bytes left out …")]


def _lines(path: Path) -> list[bytes]:
    """The lines of a file; none when it is not there, or was removed by its writer just now."""
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _entry(line: bytes) -> LogEntry | None:
    """The entry in a line; None for a line that was cut short when its writer was killed."""
    found = _loaded(line)
    if found.keys() != LogEntry.__annotations__.keys():
        return None
    return LogEntry(at=found["at"], level=found["level"], text=found["text"])


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _parts(path: Path) -> dict[int, Path]:
    """The parts beside a log that exist, by their numbers."""
    prefix = path.name + _PART
    if not path.parent.is_dir():
        return {}
    return {
        int(part.name.removeprefix(prefix)): part
        for part in path.parent.iterdir()
        if part.name.startswith(prefix) and part.name.removeprefix(prefix).isdecimal()
    }


def _part_path(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}{_PART}{number}")


def _append(path: Path, lines: list[bytes]) -> None:
    with path.open("ab") as file:
        file.writelines(lines)


def _line(at: float, level: str, text: str) -> bytes:
    return json.dumps({"at": at, "level": level, "text": text}).encode() + b"\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

"""How far the store was acknowledged, kept outside of it: two slots, written in turn, checksummed.

The mark is synced after a commit and before its acknowledgement. If the database ever comes back
without that commit (a damaged log, a restored old copy), opening it can say so (FACTS.md, Storage:
one flipped bit in the log silently lost committed rows in most trials). While one slot is written
the other one holds; the slots lie in separate blocks, so that a torn write spoils one at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blake3 import blake3

from harmony.foundation.durable import sync_folder, write_in_place

_SLOT_SIZE: Final = 4096
_MAGIC: Final = b"harmony-high-water-1"


@dataclass(frozen=True, slots=True)
class Mark:
    """The last acknowledged row of the system chain."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Slots:
    """What stands in the file: the newest mark that is whole, and how many slots are damaged."""

    newest: Mark | None
    damaged: int


class HighWater:
    """The file with the mark. Used by one process at a time, under the store's lock."""

    __slots__ = ("_file",)

    def __init__(self, path: Path) -> None:
        new = not path.exists()
        path.touch(mode=0o600)
        self._file = path.open("r+b", buffering=0)
        if new:
            # Both slots take their room now: later writes need none, even on a full disk.
            self._write(0, bytes(2 * _SLOT_SIZE))
            sync_folder(path.parent)

    def read(self) -> Mark | None:
        """The newest mark that is whole; None when there is none yet. Raises OSError."""
        self._file.seek(0)
        return _newest(self._file.read(2 * _SLOT_SIZE))

    def write(self, mark: Mark) -> None:
        """Write the mark into its slot and put it on disk. Raises OSError."""
        self._write(_place(mark), _encode(mark))

    def restart(self, mark: Mark) -> None:
        """Forget both slots and begin at `mark`, after a loss was noticed and written down."""
        slots = bytearray(2 * _SLOT_SIZE)
        line = _encode(mark)
        slots[_place(mark) : _place(mark) + len(line)] = line
        self._write(0, bytes(slots))

    def close(self) -> None:
        self._file.close()

    def _write(self, place: int, data: bytes) -> None:
        write_in_place(self._file.fileno(), data, place)


def read_mark(path: Path) -> Mark | None:
    """The mark in a file without opening it for good; None when there is no file or no mark."""
    try:
        return _newest(path.read_bytes())
    except FileNotFoundError:
        return None


def read_slots(path: Path) -> Slots:
    """Both slots of a file; an empty slot is none that was written yet. Raises OSError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Slots(None, 0)
    slots = (content[:_SLOT_SIZE], content[_SLOT_SIZE:])
    return Slots(_newest(content), sum(any(slot) and _decode(slot) is None for slot in slots))


def _newest(slots: bytes) -> Mark | None:
    found = (_decode(slots[:_SLOT_SIZE]), _decode(slots[_SLOT_SIZE:]))
    return max((mark for mark in found if mark), key=lambda mark: mark.number, default=None)


def _place(mark: Mark) -> int:
    return (mark.number % 2) * _SLOT_SIZE


def _encode(mark: Mark) -> bytes:
    text = b"%s %d %s" % (_MAGIC, mark.number, mark.hash.hex().encode())
    return text + b" " + blake3(text).hexdigest().encode() + b"\n"


def _decode(slot: bytes) -> Mark | None:
    line = slot.split(b"\n", 1)[0]
    text, _, checksum = line.rpartition(b" ")
    if not text.startswith(_MAGIC) or blake3(text).hexdigest().encode() != checksum:
        return None
    _, number, digest = text.split(b" ")
    return Mark(int(number), bytes.fromhex(digest.decode()))

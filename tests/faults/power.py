"""A disk that remembers every write, sync and name, and what may be left of them at a power cut.

`Recorder` sits under the real program twice: as SQLite's VFS and as the `Disk` of the durable file
operations. What it writes down is replayed by `Remains`: at any instant, what was synced is there;
of what was not, each write is there, is not, or is torn at a sector; of the names that were given
in a folder since it was synced, the first few are there. So one workload gives any number of cuts,
each the same as one of the real program at that instant.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from harmony.foundation.durable import Disk, on_disk

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `kind`: write, cut, sync, name, gone, names_kept or told."""

    kind: str
    file: int = 0
    path: str = ""
    place: int = 0
    data: bytes = b""
    word: Any = None


class Recorder(Disk):
    """Does everything for real, below a folder, and writes it down."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.events: list[Event] = []
        self._lock = threading.Lock()
        self._contents: dict[int, bytes] = {}
        self._named: set[str] = set()
        self._numbers: dict[int, int] = {}

    def note(self, kind: str, **what: Any) -> None:
        with self._lock:
            self.events.append(Event(kind, **what))

    def told(self, word: Any) -> None:
        """Somebody was told that something is kept."""
        self.note("told", word=word)

    # The durable file operations

    def write(self, descriptor: int, data: memoryview) -> int:
        return super().write(descriptor, data)  # it counts when it is synced or gets a name

    def write_at(self, descriptor: int, data: bytes, place: int) -> int:
        file = self._seen(descriptor)
        taken = super().write_at(descriptor, data, place)
        self.note("write", file=file, place=place, data=data[:taken])
        self._contents[file] = _content(descriptor)
        return taken

    def sync(self, descriptor: int) -> None:
        file = self._catch_up(descriptor)
        super().sync(descriptor)
        self.note("sync", file=file)

    def sync_data(self, descriptor: int) -> None:
        file = self._seen(descriptor)
        super().sync_data(descriptor)
        self.note("sync", file=file)

    def rename(self, source: Path, target: Path) -> None:
        descriptor = os.open(source, os.O_RDONLY)
        try:
            file = self._catch_up(descriptor)
        finally:
            os.close(descriptor)
        super().rename(source, target)
        self._named.add(str(target.absolute()))
        self.note("name", file=file, path=str(target.absolute()))
        self.forgotten(str(source.absolute()))

    def sync_folder(self, path: str | os.PathLike[str]) -> None:
        folder = Path(path).absolute()
        super().sync_folder(path)
        inside = [str(each) for each in folder.iterdir() if each.is_dir()]
        self.note("names_kept", path=str(folder), word=inside)

    # SQLite

    def opened(self, path: Path) -> int:
        """The number of a file; a name that nobody has given through here is noted."""
        place = path.stat().st_ino
        if str(path) not in self._named:
            # The system gives the place of a file that was removed to the next one.
            self._named.add(str(path))
            self._numbers[place] = len(self._named) + len(self.events)
            self.note("name", file=self._numbers[place], path=str(path))
        return self._numbers[place]

    def _seen(self, descriptor: int) -> int:
        return self.opened(Path(f"/proc/self/fd/{descriptor}").readlink())

    def forgotten(self, path: str) -> None:
        self._named.discard(path)
        self.note("gone", path=path)

    def _catch_up(self, descriptor: int) -> int:
        """What a file holds by now, whoever wrote it: not on disk, unless it was synced so."""
        file, content = self._seen(descriptor), _content(descriptor)
        if self._contents.get(file) != content:
            self.note("cut", file=file, place=0)
            self.note("write", file=file, place=0, data=content)
            self._contents[file] = content
        return file


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


class RecordedFile(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: Any) -> None:
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self.log = self.path.endswith(("-wal", "-journal")) and not Path(self.path).exists()
        super().__init__("unix", name, flags)
        self.recorder = recorder
        self.file = recorder.opened(Path(self.path))

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self.recorder.note("write", file=self.file, place=offset, data=bytes(data))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.recorder.note("cut", file=self.file, place=size)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.recorder.note("sync", file=self.file)
        if self.log:  # SQLite syncs the folder with the first sync of a new log
            self.log = False
            folder = Path(self.path).parent
            inside = [str(each) for each in folder.iterdir() if each.is_dir()]
            self.recorder.note("names_kept", path=str(folder), word=inside)


class RecordingVFS(apsw.VFS):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__("recording", "unix", makedefault=True)
        self.recorder = recorder

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:
        return RecordedFile(self.recorder, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.recorder.forgotten(filename)


@contextmanager
def recorded(home: Path) -> Iterator[Recorder]:
    """Write down all that happens below a folder that is there already."""
    recorder = Recorder(home)
    vfs = RecordingVFS(recorder)
    try:
        with on_disk(recorder):
            yield recorder
    finally:
        vfs.unregister()


@dataclass(slots=True)
class _File:
    """What of a file is on disk, and what was written since."""

    synced: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)


class Remains:
    """The disk at some instant of a trace: `take` events one by one, `leave` what a cut leaves."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.told: list[Any] = []
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._waiting: dict[str, list[tuple[str, int | None]]] = {}
        self._folders = {str(home)}

    def take(self, event: Event) -> None:
        if event.kind == "told":
            self.told.append(event.word)
        elif event.kind == "write":
            self._file(event.file).waiting.append((event.place, event.data))
        elif event.kind == "cut":
            self._file(event.file).waiting.append((event.place, None))
        elif event.kind == "sync":
            file = self._file(event.file)
            for place, data in file.waiting:
                _apply(file.synced, place, data)
            file.waiting.clear()
        elif event.kind in ("name", "gone"):
            named = event.file if event.kind == "name" else None
            self._waiting.setdefault(str(Path(event.path).parent), []).append((event.path, named))
        elif event.kind == "names_kept":
            for path, named in self._waiting.pop(event.path, ()):
                _name(self._names, path, named)
            self._folders.update(event.word)

    def leave(self, target: Path, chance: random.Random) -> None:
        """Write into `target` what may be there after a power cut now."""
        names = dict(self._names)
        given: set[int] = set()
        removals: list[list[tuple[str, int | None]]] = []
        for waiting in self._waiting.values():
            kept = waiting[: chance.randrange(len(waiting) + 1)]
            for path, named in kept:
                if named is not None:
                    given.add(named)
                    _name(names, path, named)
            removals.append([(path, named) for path, named in kept if named is None])
        # A rename is one step of the file system: the old name goes only when the new one came.
        for gone in removals:
            for path, _ in gone:
                if names.get(path) in given or list(names.values()).count(names.get(path, 0)) > 1:
                    names.pop(path, None)
        target.mkdir()
        for path, file in names.items():
            if self._is_reachable(Path(path)):
                place = target / Path(path).relative_to(self.home)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self._left_of(file, chance))

    def _is_reachable(self, path: Path) -> bool:
        """Whether the folders down to a file are on disk; one that is not takes it along."""
        above = path.relative_to(self.home).parents
        return all(str(self.home / folder) in self._folders for folder in above)

    def _left_of(self, number: int, chance: random.Random) -> bytes:
        file = self._file(number)
        content = bytearray(file.synced)
        kept = chance.choice((0.0, 0.5, 0.5, 0.9, 1.0))
        for place, data in file.waiting:
            if chance.random() >= kept:
                continue
            if data is not None and chance.random() < 0.3:
                data = data[: SECTOR * chance.randrange(1 + len(data) // SECTOR)]
            _apply(content, place, data)
        return bytes(content)

    def _file(self, number: int) -> _File:
        return self._files.setdefault(number, _File())


def _apply(content: bytearray, place: int, data: bytes | None) -> None:
    if data is None:
        del content[place:]
        return
    content.extend(bytes(max(0, place - len(content))))
    content[place : place + len(data)] = data


def _name(names: dict[str, int], path: str, named: int | None) -> None:
    if named is None:
        names.pop(path, None)
    else:
        names[path] = named

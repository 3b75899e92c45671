"""The disk is full, or fails, at each operation in turn: nothing partial is visible, it goes on.

Under the real store and the real Artifact Store each write, sync and rename fails once, by the same
seam that the power cuts use. What was refused is done again when there is room: then all is there
once, and a whole verification finds nothing wrong. A run of the whole program waits meanwhile.
"""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest
from small_work import Work, artifacts_of
from trial_melodies import drawn

from harmony.cli.verifying import inspect
from harmony.conductor.events import ProblemNoticed
from harmony.foundation.clock import ManualClock
from harmony.foundation.durable import Disk, on_disk
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store
from harmony.states.melody_execution import RunState
from harmony.symphony import Symphony

TRIALS_SHORT = 60
ERRORS = {"full": errno.ENOSPC, "failing": errno.EIO}


class Trouble:
    """Lets one operation fail, counted from 1; `kinds` says what was done."""

    def __init__(self, number: int, code: int) -> None:
        self.left = number
        self.code = code
        self.count = 0
        self.kinds: set[str] = set()

    def step(self, kind: str) -> None:
        self.kinds.add(kind)
        self.count += 1
        self.left -= 1
        if self.left == 0:
            raise OSError(self.code, os.strerror(self.code))


class TroubledDisk(Disk):
    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def write(self, descriptor: int, data: memoryview) -> int:
        self.trouble.step("write")
        return super().write(descriptor, data)

    def write_at(self, descriptor: int, data: bytes, place: int) -> int:
        self.trouble.step("write")
        return super().write_at(descriptor, data, place)

    def sync(self, descriptor: int) -> None:
        self.trouble.step("sync")
        super().sync(descriptor)

    def sync_data(self, descriptor: int) -> None:
        self.trouble.step("sync")
        super().sync_data(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self.trouble.step("rename")
        super().rename(source, target)

    def sync_folder(self, path: str | os.PathLike[str]) -> None:
        self.trouble.step("folder")
        super().sync_folder(path)


class TroubledFile(apsw.VFSFile):
    def __init__(self, trouble: Trouble, name: Any, flags: Any) -> None:
        super().__init__("unix", name, flags)
        self.trouble = trouble

    def step(self, kind: str) -> None:
        try:
            self.trouble.step(kind)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise apsw.FullError(str(error)) from error
            raise apsw.IOError(str(error)) from error

    def xWrite(self, data: bytes, offset: int) -> None:
        self.step("database write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self.step("database sync")
        super().xSync(flags)


class TroubledVFS(apsw.VFS):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__("troubled", "unix", makedefault=True)
        self.trouble = trouble

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:
        return TroubledFile(self.trouble, name, flags)


@contextmanager
def troubled(trouble: Trouble) -> Iterator[None]:
    vfs = TroubledVFS(trouble)
    try:
        with on_disk(TroubledDisk(trouble)):
            yield
    finally:
        vfs.unregister()


def persistently(work: Callable[[], object]) -> None:
    """Try until it works: the operation that failed succeeds the next time."""
    for _ in range(3):
        try:
            work()
        except (HarmonyError, OSError):
            continue
        return
    raise AssertionError("it failed again although the disk was well")


def work_in(folder: DataFolder, trouble: Trouble) -> None:
    clock = ManualClock(wall=1_800_000_000.0)
    opened: list[Any] = []
    with troubled(trouble):
        persistently(lambda: opened.append(open_store(folder.ensure(), clock)))
        [store] = opened
        with store:
            work = Work("run", artifacts_of(store, folder, clock), random.Random(3))
            steps = [work.begin, *(partial(work.task, number) for number in range(3)), work.end]
            for make in steps:
                persistently(lambda make=make: commit_whole(store, work, make))  # type: ignore[misc]


def commit_whole(store: Store, work: Work, make: Callable[[], Commit]) -> None:
    """A step of a run; when it is refused, no part of it is there."""
    before = work.sequence
    try:
        store.commit_and_wait(make())
    except (HarmonyError, OSError):
        work.sequence = before
        assert store.last_sequence("run") == before, "a part of what was refused is there"
        raise


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    shared = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else tmp_path))
    yield place
    shutil.rmtree(place)


# SQLite takes some errors for granted; what was raised in its place is then told as unraisable.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ERRORS)
def test_whatever_operation_fails_nothing_partial_is_visible_and_it_goes_on(
    kind: str, memory: Path, long_form: bool
) -> None:
    counting = Trouble(0, 0)
    work_in(DataFolder(memory / "counted"), counting)
    assert counting.kinds == {
        "write",
        "sync",
        "rename",
        "folder",
        "database write",
        "database sync",
    }
    numbers: list[int] = list(range(1, counting.count + 1))
    if not long_form:
        numbers = sorted(random.Random(5).sample(numbers, min(TRIALS_SHORT, len(numbers))))
    for number in numbers:
        folder = DataFolder(memory / str(number))
        trouble = Trouble(number, ERRORS[kind])
        work_in(folder, trouble)
        assert trouble.left <= 0, "nothing failed"
        wrong = [each.message for each in inspect(folder, lambda *_: None) if each.kind == "damage"]
        assert wrong == [], f"operation {number} failed"
        with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
            assert store.problems == []
            assert store.last_sequence("run") == 4 + 3 * 5 + 1
        shutil.rmtree(folder.home)


def test_a_run_waits_while_the_disk_is_full_and_goes_on_when_there_is_room(
    live: Callable[..., None], adapter: str
) -> None:
    melody = drawn(
        numbers=("numbers", {"count": 20}, ""),
        square=("square", {"seconds": 0.0}, "text=numbers.texts"),
        join=("join", {}, "texts=square"),
    )

    async def story(symphony: Symphony) -> None:
        told: list[str] = []
        waits = asyncio.Event()

        def listen(event: object) -> None:
            if isinstance(event, ProblemNoticed):
                told.append(event.message)
                waits.set()

        def room(pages: int) -> None:
            symphony.house.store.in_transaction(
                lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchall()
            )

        symphony.events.subscribe(listen)
        run = await symphony.start(melody)
        room(1)  # SQLite takes the pages that there are: the next new one is one too many
        await waits.wait()
        assert "The run waits" in told[0]
        assert "full" in told[0]
        assert symphony.show(run.id).state == RunState.EXECUTING
        room(1 << 30)
        assert await run.finished() == RunState.COMPLETED
        detail = symphony.show(run.id)
        text = symphony.value(detail.tasks["join"].outputs["text"]).decode()
        assert text.split() == [str(number**2) for number in range(20)]
        assert {len(task.attempts) for task in detail.tasks.values()} == {1}
        assert symphony.house.store.verify_run(run.id) == []
        assert len(told) == 1, "one sentence is enough"

    live(story, adapter)

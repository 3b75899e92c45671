"""A little honest work on the real store and the real Artifact Store, for tests of what is left.

A run of so many tasks: each makes a small value and a file, and its record names both. The moves
are those of the charts, so that a whole verification finds nothing wrong in it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from harmony.foundation.clock import Clock, ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.checkpoints import MANUAL, Draft, StoredEntity, create
from harmony.polyphony.records import ArtifactRow, Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

BEGUN = (
    ("Draft", "submit", "Validating"),
    ("Validating", "validation_success", "Ready"),
    ("Ready", "execute", "Queued"),
    ("Queued", "resources_allocated", "Executing"),
)
STEPS = (
    ("Pending", "dependencies_complete", "Ready"),
    ("Ready", "allocate_player", "Allocated"),
    ("Allocated", "player_ready", "Executing"),
    ("Executing", "execution_success", "Storing"),
    ("Storing", "artifact_stored", "Completed"),
)


class Work:
    """Commits of one run, in their order; `commit_of` makes the files of a task as well."""

    def __init__(self, run: str, artifacts: ArtifactStore, chance: random.Random) -> None:
        self.run = run
        self.artifacts = artifacts
        self.chance = chance
        self.sequence = 0

    def begin(self) -> Commit:
        row = RunRow(self.run, f"work {self.run}", "m", "h", b'{"name": "work"}', created=1.0)
        records = tuple(self.record("run", *move) for move in BEGUN)
        return Commit(runs=(row,), records=records, updates=(RunUpdate(self.run, "Executing"),))

    def task(self, number: int, size: int = 0) -> Commit:
        """All moves of a task with its outputs; the file is in place when this returns."""
        task = f"task:t{number}"
        staging = self.artifacts.staging_folder(self.run, f"t{number}", 1)
        size = size or self.chance.randrange(100, 4000)
        (staging / "out.bin").write_bytes(self.chance.randbytes(size))
        file = self.artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging)
        words = " ".join(str(self.chance.random()) for _ in range(self.chance.randrange(1, 40)))
        text = self.artifacts.keep({"type": "text", "value": words}, staging)
        rows: tuple[ArtifactRow, ...] = (*file.rows, *text.rows)
        records = [self.record(task, *move) for move in STEPS]
        outputs = {"file": file.reference, "text": text.reference}
        records[-1] = records[-1]._replace(data={"outputs": outputs})
        return Commit(records=tuple(records), artifacts=rows)

    def end(self) -> Commit:
        record = self.record("run", "Executing", "all_tasks_complete", "Completed")
        return Commit(records=(record,), updates=(RunUpdate(self.run, "Completed"),))

    def record(self, machine: str, before: str, event: str, after: str) -> JournalRecord:
        self.sequence += 1
        return JournalRecord(self.run, self.sequence, machine, before, event, after, at=2.0)


def commits_of(work: Work, tasks: int) -> Iterator[Commit]:
    """A whole run, one commit after the other."""
    yield work.begin()
    for number in range(tasks):
        yield work.task(number)
    yield work.end()


def artifacts_of(store: Store, folder: DataFolder, clock: Clock) -> ArtifactStore:
    return ArtifactStore(store, folder, clock=clock)


def filled(folder: DataFolder, runs: int = 3, tasks: int = 4, seed: int = 1) -> DataFolder:
    """A data folder with finished runs, and two checkpoints of one of them."""
    clock = ManualClock(wall=1_800_000_000.0)
    with open_store(folder.ensure(), clock) as store:
        artifacts = artifacts_of(store, folder, clock)
        for number in range(runs):
            work = Work(f"run-{number}", artifacts, random.Random(seed + number))
            for commit in commits_of(work, tasks):
                store.commit_and_wait(commit)
        agent = StoredEntity("Agent", "critic", {"history": ["said once"]})
        for name in ("first", "second"):
            made = Draft(f"checkpoint-{name}", name, MANUAL, 3.0, {}, (agent,), run="run-0")
            store.in_chain(lambda connection, made=made: create(connection, made))
    return folder

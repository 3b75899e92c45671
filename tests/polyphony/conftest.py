"""A store on a real disk, and real programs that write into one and are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").ensure()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=1_800_000_000.0)


@pytest.fixture
def store(folder: DataFolder, clock: ManualClock) -> Iterator[Store]:
    with open_store(folder, clock) as opened:
        yield opened


@pytest.fixture
def new_run() -> Callable[..., Commit]:
    """A commit that creates a run in a state, with so many records in its journal."""

    def make(
        run: str,
        *,
        state: str = "Executing",
        records: int = 0,
        created: float = 1.0,
        **more: object,
    ) -> Commit:
        melody = more.pop("melody", b"{}")
        row = RunRow(
            id=run,
            name=str(more.pop("name", "weather")),
            melody_id="m1",
            melody_hash="h1",
            melody=melody,  # type: ignore[arg-type]
            created=created,
            **more,  # type: ignore[arg-type]
        )
        journal = [record(run, number) for number in range(1, records + 1)]
        return Commit(runs=[row], records=journal, updates=[RunUpdate(run, state)])

    def record(run: str, sequence: int) -> JournalRecord:
        return JournalRecord(
            run, sequence, f"task:n{sequence}", "Ready", "allocate_player", "Allocated", at=2.5
        )

    return make


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a program of `programs/` with arguments; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def launch(program: str, *arguments: object, failpoint: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAMS / program), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HARMONY_FAILPOINT": failpoint},
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()

"""`harmony runs`: the list alone, read from the store without anything else being loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from harmony.cli.columns import in_columns
from harmony.cli.times import seconds_of, when
from harmony.foundation.clock import SystemClock
from harmony.foundation.ids import short_id
from harmony.foundation.paths import data_folder
from harmony.polyphony.records import RunSummary
from harmony.polyphony.store import Store, open_store

HEADINGS = ("run", "melody", "state", "started", "seconds", "done", "reused", "failed")


def list_runs(home: str | None, limit: int, *, as_json: bool) -> int:
    """`harmony runs`."""
    with opened(home) as store:
        interrupted = {run.id for run in store.leases.interrupted()}
        found = store.runs(limit=limit)
    if as_json:
        print_json([run_json(run, run.id in interrupted) for run in found])
    elif found:
        sys.stdout.write(in_columns([HEADINGS, *_rows(found, interrupted)], sys.stdout.isatty()))
    else:
        sys.stdout.write("No runs yet. Start one: harmony run FILE.melody\n")
    return 0


def _rows(runs: Sequence[RunSummary], interrupted: Collection[str]) -> Iterator[tuple[str, ...]]:
    """A row a run; those in `interrupted` are called so, whatever their state says."""
    for run in runs:
        yield (
            short_id(run.id),
            run.name,
            "interrupted" if run.id in interrupted else run.state,
            when(run.started),
            seconds_of(run),
            f"{run.completed}/{run.total}",
            str(run.reused),
            str(run.failed),
        )


@contextmanager
def opened(home: str | None) -> Iterator[Store]:
    """The store of a data folder; what was found wrong with it is told."""
    folder = data_folder(home).ensure()
    with open_store(folder, SystemClock()) as store:
        for problem in store.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        yield store


def run_json(run: RunSummary, interrupted: bool) -> dict[str, Any]:
    """What is known of a run, for programs."""
    return {**asdict(run), "interrupted": interrupted}


def print_json(value: Any) -> None:
    """A value for programs, for people's eyes too."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

"""`harmony runs`: the list alone, read from the store without anything else being loaded."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import Any

from harmony.cli.columns import in_columns
from harmony.cli.times import seconds_of, when
from harmony.foundation import words
from harmony.foundation.clock import SystemClock
from harmony.foundation.ids import short_id
from harmony.foundation.paths import ReadOnlyFolderError, data_folder
from harmony.polyphony.checkpoints import forked_among
from harmony.polyphony.leases import UNDER_WAY
from harmony.polyphony.records import RunSummary
from harmony.polyphony.store import Store, open_store

HEADINGS = ("run", "melody", "state", "started", "seconds", "done", "reused", "failed")


def list_runs(home: str | None, limit: int, *, as_json: bool) -> int:
    """`harmony runs`."""
    with opened(home, to_look=True) as store:
        interrupted = {run.id for run in store.leases.interrupted()}
        found = store.runs(limit=limit)
        continued = continued_among(store, found)
    if as_json:
        print_json([run_json(run, run.id in interrupted) for run in found])
    elif found:
        sys.stdout.write(
            in_columns([HEADINGS, *_rows(found, interrupted, continued)], sys.stdout.isatty())
        )
    else:
        sys.stdout.write("No runs yet. Start one: harmony run FILE.melody\n")
    return 0


def continued_among(store: Store, runs: Sequence[RunSummary]) -> set[str]:
    """Those of these runs that nobody drives, since another run goes on with each of them."""
    under_way = [run.id for run in runs if run.state in UNDER_WAY]
    forked = store.reading(lambda connection: forked_among(connection, under_way))
    owners = {run: store.leases.owner_of(run) for run in forked}
    return {run for run, owner in owners.items() if owner is None or not owner.is_alive()}


def _rows(
    runs: Sequence[RunSummary], interrupted: Collection[str], continued: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """A row a run; those `interrupted` and `continued` are called so, whatever their state says."""
    for run in runs:
        aside = "continued" if run.id in continued else run.state
        yield (
            short_id(run.id),
            run.name,
            "interrupted" if run.id in interrupted else aside,
            when(run.started),
            seconds_of(run),
            f"{run.completed}/{run.total}",
            str(run.reused),
            str(run.failed),
        )


@contextmanager
def opened(home: str | None, *, to_look: bool = False) -> Iterator[Store]:
    """The store of a data folder; what was found wrong with it is told.

    Whoever only wants to look gets it from a folder that cannot be written, too, with that told.
    """
    folder, clock = data_folder(home), SystemClock()
    try:
        opening: AbstractContextManager[Store] = open_store(folder.ensure(), clock)
    except ReadOnlyFolderError as error:
        if not to_look or not os.access(folder.home, os.R_OK | os.X_OK):
            raise
        sys.stderr.write(f"harmony: {error}\nharmony: {words.render('cli.only_looking')}\n")
        from harmony.polyphony.look_only import opened_to_look

        opening = opened_to_look(folder, clock)
    with opening as store:
        for problem in store.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        yield store


def run_json(run: RunSummary, interrupted: bool) -> dict[str, Any]:
    """What is known of a run, for programs."""
    return {**asdict(run), "interrupted": interrupted}


def print_json(value: Any) -> None:
    """A value for programs, for people's eyes too."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

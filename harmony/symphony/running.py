"""What can be done with runs: started, gone on with, tried again, forked, taken along, ended.

Each is a function of the house; the facade hands out the same by the same names, and
says there what each means to its caller.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harmony.bootstrap.house import House
from harmony.conductor.conductor import asked_of, base_folder_of, snapshot_of
from harmony.conductor.errors import ResumeRefusedError
from harmony.conductor.journal import crashes_of
from harmony.conductor.overrides import with_overrides
from harmony.foundation.errors import HarmonyError
from harmony.foundation.ids import short_id
from harmony.melody.file import load
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Melody
from harmony.pit.dag.scope import Scope, scope_left
from harmony.players.source import is_folder
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.leases import UNDER_WAY, this_process
from harmony.polyphony.quarantined import Quarantined, quarantined
from harmony.polyphony.records import RunSummary
from harmony.symphony.run import Run, begun

MOST_CRASHES: Final = 3
"""A run under which the program ended suddenly so often is not resumed unasked."""


async def start(
    house: House,
    melody: Melody,
    *,
    path: str | None,
    base_folder: str,
    overrides: Mapping[str, Any] | None = None,
    priority: int = 0,
    scope: Scope | None = None,
    preview: bool = False,
    after: str | None = None,
) -> Run:
    """Run a snapshot of a melody. Raises MelodyInvalidError, ScopeError, ConductorError."""
    if _has_own_players(house, melody):
        await house.refresh_players()
    conductor = house.conductor
    parent = house.store.run(after).id if after is not None else None
    adopted = await asyncio.to_thread(conductor.results_of, parent) if parent else None
    # Its processes start while the run is planned and its first records are written.
    anticipation = house.anticipation
    anticipation.melody_about_to_run(melody)
    try:
        runner = conductor.start(
            melody,
            base_folder=base_folder,
            path=path,
            overrides=overrides,
            parent=parent,
            adopted=adopted,
            priority=priority,
            scope=scope,
            preview=preview,
        )
    except HarmonyError:
        anticipation.melody_was_run(melody.id)
        raise
    runner.finished.add_done_callback(lambda _: anticipation.melody_was_run(melody.id))
    return await begun(runner)


async def resume(house: House, run: str, *, anyway: bool) -> Run:
    """Let a run go on. Raises LeaseError, ResumeRefusedError, ConductorError."""
    conductor, whole = house.conductor, house.store.run(run).id
    taken = None
    if not conductor.is_driven(whole):
        if not anyway:
            await asyncio.to_thread(_refuse_unasked, house, whole)
        taken = await asyncio.to_thread(conductor.take_over, whole)
    return await begun(conductor.resume(whole, taken))


def _refuse_unasked(house: House, run: str) -> None:
    if not house.store.is_under_way(run):
        return  # the conductor says what is wrong with that
    times = crashes_of(house.store, run)
    if times >= MOST_CRASHES:
        raise ResumeRefusedError("conductor.run_set_aside", run=short_id(run), times=times)
    changed = house.conductor.changed_packages(run)
    if changed:
        named = ", ".join(f"“{package}”" for package in changed)
        raise ResumeRefusedError("conductor.players_differ", run=short_id(run), packages=named)


async def migrate(house: House, run: str) -> Run:
    """Go on as a child under the present Players. Raises LeaseError, MelodyInvalidError."""
    conductor, whole = house.conductor, house.store.run(run).id
    taken = await asyncio.to_thread(conductor.take_over, whole)
    try:
        await house.refresh_players()
        child = await fork(house, whole, {}, None)
    except BaseException:
        await asyncio.to_thread(house.store.leases.release, whole)
        raise
    conductor.resume(whole, taken).cancel()
    return child


async def retry(house: House, run: str, melody: Melody | None, path: str | None) -> Run:
    """Try what failed again. Raises LeaseError, ConductorError, MelodyInvalidError."""
    conductor, store = house.conductor, house.store
    summary = store.run(run)
    row = await asyncio.to_thread(store.run_row, summary.id)
    changed = bool(await asyncio.to_thread(conductor.changed_packages, summary.id))
    if changed:
        await house.refresh_players()
    changed = changed or bool(damaged(house, summary.id))
    if melody is None:
        melody = snapshot_of(row)
    else:
        # What was given to this run by --set belongs to it, not to the file.
        given = with_overrides(melody, house.spec_of, row.overrides)
        changed = changed or content_hash(given) != summary.melody_hash
    changed = changed or not await asyncio.to_thread(conductor.can_retry, summary.id)
    if not changed:
        taken = None
        if not conductor.is_driven(summary.id):
            taken = await asyncio.to_thread(conductor.take_over, summary.id, retry=True)
        return await begun(conductor.retry(summary.id, taken))
    where = path if path is not None else summary.path
    base = summary.base_folder if where == summary.path else base_folder(house, where)
    scope, preview = asked_of(row)
    return await start(
        house,
        melody,
        path=where,
        base_folder=base,
        overrides=row.overrides,
        scope=scope_left(scope, melody),
        preview=preview,
        after=summary.id,
    )


async def fork(house: House, run: str, overrides: Mapping[str, Any], scope: Scope | None) -> Run:
    """Run the melody of a past run as its child. Raises MelodyInvalidError, ScopeError."""
    summary = house.store.run(run)
    row = await asyncio.to_thread(house.store.run_row, summary.id)
    return await start(
        house,
        snapshot_of(row),
        path=summary.path,
        base_folder=summary.base_folder,
        overrides={**row.overrides, **overrides},
        scope=scope,
        preview=asked_of(row)[1],
        after=summary.id,
    )


async def discard(house: House, run: str) -> None:
    """End an interrupted run for good: it becomes Cancelled."""
    conductor, whole = house.conductor, house.store.run(run).id
    taken = None
    if not conductor.is_driven(whole):
        taken = await asyncio.to_thread(conductor.take_over, whole)
    runner = conductor.resume(whole, taken)
    runner.cancel()
    await asyncio.shield(runner.finished)


def interrupted_runs(house: House) -> list[RunSummary]:
    """Runs that are under way and that nobody drives, the newest first; no parents of forks."""
    store, me = house.store, this_process()
    found = store.leases.interrupted()
    known = {run.id for run in found}
    found += [
        run
        for state in UNDER_WAY
        for run in store.runs(state=state)
        if run.id not in known
        and not house.conductor.is_driven(run.id)
        and store.leases.owner_of(run.id) == me
    ]
    forked = store.reading(lambda c: cuts.forked_among(c, [run.id for run in found]))
    waiting = (run for run in found if run.id not in forked)
    return sorted(waiting, key=lambda run: (run.created, run.id), reverse=True)


def damaged(house: House, run: str) -> list[Quarantined]:
    """What tasks of a run made and was found damaged since."""
    whole = house.store.run(run).id
    return house.store.reading(lambda c: quarantined(c, whole))


def base_folder(house: House, path: str | None) -> str:
    """The folder that relative paths of a melody mean: that of its file."""
    return base_folder_of(path, house.data_folder.home / "unsaved")


def load_file(path: str | Path) -> tuple[Melody, str]:
    """A melody and the real path of its file. Raises MelodyFileError."""
    where = os.path.realpath(path)
    return load(Path(where)), where


def _has_own_players(house: House, melody: Melody) -> bool:
    """Whether a Player of a folder is among them, whose source may have changed just now."""
    catalogue = house.catalogue
    owners = (catalogue.package_of(node.player) for node in melody.nodes.values())
    return any(is_folder(owner.source) for owner in owners if owner is not None)

"""Resumes from a checkpoint: nothing is rewound, and either all of it happens or nothing.

A run that was under way at the cut and has not been completed since goes on as a child run, which
takes over what was finished by the cut. A melody that was saved differently since is saved again as
it was. Entities come back in two phases. Settings are compared and offered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from harmony.bootstrap.house import House
from harmony.conductor.conductor import MelodyInvalidError, snapshot_of
from harmony.conductor.runner import Runner
from harmony.foundation.failpoints import failpoint
from harmony.foundation.settings import Settings, chosen, save
from harmony.melody.model import Melody
from harmony.melody.validation import validate
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.checkpoints import Checkpoint, RunAt
from harmony.polyphony.errors import LeaseError
from harmony.polyphony.records import RunRow
from harmony.states.melody_execution import RunState
from harmony.symphony.checkpoints import Checkpoints
from harmony.symphony.registry import Key, Registry
from harmony.symphony.restoration import RestorationContext, RestoreManager, restored
from harmony.symphony.run import Run, begun

_OVER: Final = (RunState.COMPLETED, RunState.CANCELLED)
_ENDED: Final = (RunState.COMPLETED, RunState.CANCELLED, RunState.FAILED)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What resuming from a checkpoint did.

    `runs` go on now. `forks` names the child by the run that it continues; `left` says why another
    run of the checkpoint was left as it is. `entities` are those that came back, by type and id.
    `melodies` have a further version. `settings` differ: each with its value `then` and `now`.
    """

    checkpoint: str
    runs: tuple[Run, ...] = ()
    forks: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    entities: tuple[tuple[str, str], ...] = ()
    melodies: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """What is to be done for the runs of a checkpoint. Leases of those to fork are held."""

    forks: list[tuple[RunRow, Melody, int, bool]] = field(default_factory=list)
    """What to fork, its melody, up to which record, and whether it was paused."""
    go_on: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    leased: list[str] = field(default_factory=list)


def plan_of(house: House, cut: Checkpoint, *, keep_later: bool) -> Plan:
    """Look at each run of a cut as it is now. Waits for the disk.

    With `keep_later` a child takes over, too, what its parent finished after the cut.
    """
    plan = Plan()
    try:
        for run in cut.runs:
            _consider(house, run, plan, keep_later=keep_later)
    except BaseException:
        release(house, plan)
        raise
    return plan


def _consider(house: House, at: RunAt, plan: Plan, *, keep_later: bool) -> None:
    store, run = house.store, at.run
    if at.state in _OVER:
        plan.left[run] = f"it was {at.state.lower()} already"
        return
    if not house.conductor.is_driven(run):
        try:
            store.leases.take(run)
            plan.leased.append(run)
        except LeaseError:
            plan.left[run] = "another program goes on with it"
            return
    child = store.reading(lambda c: cuts.continued_as(c, run))
    now = store.run(child or run).state
    if house.conductor.is_driven(child or run):
        plan.left[run] = "it goes on" + (f" as {child}" if child else "")
    elif now == RunState.COMPLETED:
        plan.left[run] = "it has been completed" + (f" as {child}" if child else "")
    elif child is not None and now not in _ENDED:
        _take_child(house, run, child, plan)
    else:
        row = store.run_row(run)
        upto = store.last_sequence(run) if keep_later else at.sequence
        plan.forks.append((row, snapshot_of(row), upto, at.state == RunState.PAUSED))


def _take_child(house: House, run: str, child: str, plan: Plan) -> None:
    """It was forked before, and that fork was interrupted in its turn: it goes on itself."""
    try:
        house.store.leases.take(child)
    except LeaseError:
        plan.left[run] = f"another program goes on with it as {child}"
    else:
        plan.go_on.append(child)


def refuse_invalid(house: House, plan: Plan) -> None:
    """Raises MelodyInvalidError when a melody could not be run as the Players are now."""
    for row, melody, _, _ in plan.forks:
        findings = validate(melody, house.catalogue.spec, known=house.player_ids)
        if any(finding.severity == "error" for finding in findings):
            raise MelodyInvalidError(row.name, findings)


async def fork(house: House, plan: Plan) -> dict[str, Run]:
    """Start the child runs, then let go on what only was interrupted; by what each continues.

    When one cannot begin, those that have begun are stopped where they stand.
    """
    conductor = house.conductor
    started: list[Runner] = []
    found: dict[str, Run] = {}
    try:
        for row, melody, upto, paused in plan.forks:
            adopted = await asyncio.to_thread(conductor.results_of, row.id, upto)
            runner = conductor.start(
                melody,
                base_folder=row.base_folder,
                path=row.path,
                overrides=row.overrides,
                parent=row.id,
                parent_sequence=upto,
                adopted=adopted,
                priority=row.plan.get("priority", 0),
            )
            started.append(runner)
            if paused:
                runner.pause()
            found[row.id] = await begun(runner)
        for child in plan.go_on:
            taken = await asyncio.to_thread(conductor.take_over, child)
            found[child] = await begun(conductor.resume(child, taken))
    except BaseException as error:
        # Not cancelled: that would take back what their parents did.
        for runner in started:
            runner.break_off(error)
        raise
    failpoint("checkpoint.restored")
    return found


def release(house: House, plan: Plan) -> None:
    """Give up the leases that were held so that no other program forks the same run."""
    for run in plan.leased:
        house.store.leases.release(run)


def differing(house: House, cut: Checkpoint) -> dict[str, dict[str, Any]]:
    """The settings that are not as they were at the cut; None stands for the default."""
    then, now = dict(cut.settings), chosen(house.settings)
    return {
        name: {"then": then.get(name), "now": now.get(name)}
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    }


def apply_settings(house: House, offered: Mapping[str, Mapping[str, Any]]) -> None:
    """Choose what was chosen at the cut, and keep it. Raises SettingsError, OSError."""
    usual, values = Settings(), dict[str, Any]()
    for name, value in offered.items():
        then = value["then"]
        if then is None:
            then = getattr(usual, name)
        values[name] = tuple(then) if isinstance(then, list) else then
    save(house.data_folder.settings_file, replace(house.settings, **values))
    house.reload_settings()


async def resume(
    house: House,
    maker: Checkpoints,
    manager: RestoreManager,
    identifier: str,
    *,
    present: Registry,
    context: Callable[[str], RestorationContext],
    keep_later: bool,
) -> Resumed:
    """Go on from a checkpoint; when something stands against it, everything is as it was.

    `context` makes what restorers work with, for a checkpoint's id: a Symphony whose registry is
    still empty. Its entities join the `present` ones at the very end.
    """
    cut = await asyncio.to_thread(house.store.reading, lambda c: cuts.read(c, identifier))
    await house.refresh_players()
    building = context(cut.id)
    states = {(entity.type, entity.id): entity.state for entity in cut.entities}
    entities = await restored(states, manager, building)
    plan = await asyncio.to_thread(plan_of, house, cut, keep_later=keep_later)
    try:
        refuse_invalid(house, plan)
        if _would_lose(maker, states):
            await maker.create(f"before resuming from {cut.name}", cuts.BEFORE_RESUME)
        melodies = await asyncio.to_thread(
            house.store.in_transaction,
            lambda c: cuts.bring_back_versions(c, cut.versions, house.clock.wall()),
        )
        runs = await fork(house, plan)
    finally:
        await asyncio.to_thread(release, house, plan)
    for (kind, name), entity in entities.items():
        building.symphony.registry.register(kind, name, entity)
    present.adopt(building.symphony.registry)
    for continued, run in runs.items():
        await maker.follow(run, house.store.run(continued).name)
    return Resumed(
        checkpoint=cut.id,
        runs=tuple(runs.values()),
        forks={continued: run.id for continued, run in runs.items() if continued != run.id},
        left=plan.left,
        entities=tuple(entities),
        melodies=tuple(melodies),
        settings=differing(house, cut),
    )


def _would_lose(maker: Checkpoints, states: Mapping[Key, Any]) -> bool:
    """Whether an entity is here whose state would be replaced by another one."""
    return any(
        states.get((entity.type, entity.id), entity.state) != entity.state
        for entity in maker.entities()
    )

"""The Conductor in manual mode: starts, resumes, retries and ends runs (charts 3 and 7).

One Conductor a program. Each run it drives is leased to this process; a run whose owner died can be
taken over, after the Player processes that survived its owner are gone.

Nothing here waits for the disk but `take_over`, which a window calls in a thread.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from harmony.conductor.core import ENDED_RUN, RunCore, begin
from harmony.conductor.errors import ConductorError
from harmony.conductor.foresight import look_ahead_of
from harmony.conductor.journal import (
    AFTER_A_CRASH,
    AFTER_AN_INTERRUPTION,
    core_of,
    results_of,
)
from harmony.conductor.overrides import with_overrides
from harmony.conductor.packages import PackageCheck
from harmony.conductor.pins import example_outputs, with_kept_pins
from harmony.conductor.runner import Adopted, Runner
from harmony.conductor.services import Services
from harmony.foundation.failpoints import failpoint
from harmony.foundation.ids import new_id, short_id
from harmony.melody.file import dumps, loads
from harmony.melody.fingerprint import content_hash
from harmony.melody.graph import Graph
from harmony.melody.model import Melody, Reference
from harmony.melody.parts import flatten, with_parts
from harmony.melody.validation import Finding, validate
from harmony.pit.dag.compile import compile_plan
from harmony.pit.dag.pinning import previewed, with_pins
from harmony.pit.dag.plan import Plan, PlannedNode, every_node
from harmony.pit.dag.plan_json import plan_from_json, plan_to_json
from harmony.pit.dag.scope import Scope, within
from harmony.players.specs import PackageManifest, PlayerSpec
from harmony.polyphony.errors import StoreClosedError, UnknownRunError
from harmony.polyphony.records import Commit, RunRow
from harmony.states.conductor_mode import CHART, ConductorEvent, ConductorState
from harmony.states.kernel import Machine
from harmony.states.melody_execution import RunState


class MelodyInvalidError(ConductorError):
    """The melody has findings that forbid a run. `findings` are all of them."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        super().__init__(
            "conductor.melody_has_errors",
            name=name,
            count=len(errors),
            first=errors[0].message,
        )
        self.findings = findings


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A run that is leased to this process, as its journal tells it."""

    run: str
    core: RunCore
    sequence: int
    started: float | None
    base_folder: str
    adopted: Adopted
    crashed: bool = False
    """Whether the process that drove it last ended without giving it up."""


class Conductor:
    """Drives the runs of this program."""

    def __init__(
        self,
        services: Services,
        *,
        spec_of: Callable[[str], PlayerSpec | None],
        package_of: Callable[[str], PackageManifest | None],
        player_ids: Callable[[], list[str]],
        environment: Callable[[], str],
        used: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        """`used` hears of the Players that a run used, in their order, when it has ended."""
        self.mode = Machine("conductor", CHART, services.clock)
        self._services = services
        self._spec_of = spec_of
        self._package_of = package_of
        self._player_ids = player_ids
        self._environment = environment
        self._used = used
        self._code = PackageCheck(package_of)
        self._runners: dict[str, Runner] = {}
        self._busy: set[str] = set()
        self._told: dict[str, int] = {}
        self._tidying: list[Runner] = []

    @property
    def runners(self) -> Mapping[str, Runner]:
        """The runs that this program drives, by id."""
        return self._runners

    def start(
        self,
        melody: Melody,
        *,
        base_folder: str,
        path: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        parent: str | None = None,
        parent_sequence: int | None = None,
        adopted: Adopted | None = None,
        priority: int = 0,
        scope: Scope | None = None,
        preview: bool = False,
    ) -> Runner:
        """Start a run of a snapshot of the melody. Raises MelodyInvalidError, ScopeError.

        `priority` says how much of the slots it gets beside other runs, 0 for the usual part.
        `scope` names what of the melody is run; without it all of it is. In a `preview` no Player
        with effects is called: its pinned or example output is taken, or it is left out.
        """
        snapshot = with_overrides(melody, self._spec_of, overrides) if overrides else melody
        plan = replace(self._plan(snapshot, path), priority=priority)
        if scope is not None:
            plan = within(plan, scope)
        if preview:
            plan = replace(previewed(plan, self._example_of), preview=True)
        services = self._services
        run = new_id(services.clock, services.randomness)
        plan, pinned = with_kept_pins(plan, services.artifacts)
        if pinned:
            # The store keeps the order in which it is asked: they are there before the first task.
            services.store.commit(Commit(artifacts=pinned), lambda error: self._written(run, error))
        row = RunRow(
            id=run,
            name=called(melody, path),
            melody_id=melody.id,
            melody_hash=content_hash(snapshot),
            melody=dumps(snapshot),
            base_folder=base_folder,
            overrides=dict(overrides or {}),
            parent=parent,
            parent_sequence=parent_sequence,
            created=services.clock.wall(),
            path=path,
            plan=plan_to_json(plan),
        )
        runner = Runner(
            services,
            run,
            begin(plan),
            base_folder=base_folder,
            environment=self._environment(),
            adopted=adopted,
            row=row,
            code=self._code,
        )
        failpoint("run.created")
        self._drive(runner)
        runner.start()  # its first commit holds the lease, too (ledger.py)
        return runner

    def resume(self, run: str, taken: TakenOver | None = None) -> Runner:
        """Go on with a paused or interrupted run.

        `taken` is what `take_over` gave; without it the run is taken over here, which waits for the
        disk. Raises LeaseError when its owner still lives, ConductorError when it has ended.
        """
        found = self._runners.get(run)
        if found is not None and not found.finished.done():
            found.resume()
            return found
        taken = taken or self.take_over(run)
        runner = self._runner_of(taken)
        runner.recover(AFTER_A_CRASH if taken.crashed else AFTER_AN_INTERRUPTION)
        return runner

    def retry(self, run: str, taken: TakenOver | None = None) -> Runner:
        """Try the failed tasks of a run again, in that run. `taken` as for `resume`.

        Raises ConductorError when that is not possible (`can_retry`).
        """
        runner = self._runners.get(run)
        if runner is not None and not runner.finished.done():
            if runner.status != RunState.FAILED or runner.retry_wanted:
                raise ConductorError("conductor.run_not_ended", run=run)
            _refuse_stale_retry(run, runner.core)
        else:
            runner = self._runner_of(taken or self.take_over(run, retry=True))
        runner.retry_failed()
        return runner

    def is_driven(self, run: str) -> bool:
        """Whether this program drives the run now."""
        found = self._runners.get(run)
        return found is not None and not found.finished.done()

    def told(self, run: str) -> int:
        """Up to which record a run's events come from this program; 0 when it never drove it."""
        return sys.maxsize if self.is_driven(run) else self._told.get(run, 0)

    def take_over(self, run: str, *, retry: bool = False) -> TakenOver:
        """Lease a run that nobody drives to this process, and read where it stands.

        Waits for the disk and may be called in a thread. Raises LeaseError when its owner still
        lives, ConductorError when there is nothing to resume (`retry`: to try again).
        """
        store = self._services.store
        _refuse_wrong_state(run, store.run(run).state, retry=retry)
        dead = store.leases.take(run)
        failpoint("run.taken_over")
        try:
            row, core = store.run_row(run), core_of(store, run)
            # It may have ended between the question and the lease.
            _refuse_wrong_state(run, core.state, retry=retry)
            if retry:
                _refuse_stale_retry(run, core)
            adopted: Adopted = {}
            if row.parent is not None:
                adopted = self.results_of(row.parent, row.parent_sequence)
            sequence, started = store.last_sequence(run), store.run(run).started
        except BaseException:
            if not self.is_driven(run):
                store.leases.release(run)
            raise
        return TakenOver(
            run, core, sequence, started, row.base_folder, adopted, crashed=dead is not None
        )

    def retry_changed(
        self,
        run: str,
        melody: Melody,
        *,
        base_folder: str,
        path: str | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Runner:
        """Run a changed melody as a child of `run`, which takes over every result that still holds.

        A result holds when its reuse key is the same: Player, parameters, inputs and files. That
        goes for every kind of Player, since the user asked to go on from that very run.
        """
        return self.start(
            melody,
            base_folder=base_folder,
            path=path,
            overrides=overrides,
            parent=run,
            adopted=self.results_of(run),
        )

    def results_of(self, run: str, upto: int | None = None) -> Adopted:
        """What a child of a run may take over; nothing when that run was deleted. Reads files.

        `upto` is the last record of its journal that counts: for a fork from a checkpoint.
        """
        try:
            return results_of(self._services.store, run, upto)
        except UnknownRunError:
            return {}

    def can_retry(self, run: str) -> bool:
        """Whether a failed run can try again in place; a child run can always. Reads files.

        It cannot once something was taken back, or a node went on without a value that it may get
        now: what came after would be stale.
        """
        return core_of(self._services.store, run).tracker.can_retry

    def changed_packages(self, run: str) -> list[str]:
        """The packages of a run's plan that have changed since, by name. Reads files."""
        plan = plan_from_json(self._services.store.run_row(run).plan)
        # A node that stands for a part has no package of its own; those inside of it have.
        by_source = {node.package_source: node for node in every_node(plan) if node.package}
        return sorted(node.package for node in by_source.values() if self._code.changed(node))

    def leave_all(self) -> None:
        """Drive no run any more; those that had not ended can be resumed later."""
        for runner in list(self._runners.values()):
            if not runner.finished.done():
                runner.leave()
                self._ended(runner, runner.finished)
                runner.finished.cancel()

    async def close(self) -> None:
        """Drive no run any more, and wait until the folders of those that have ended are gone."""
        self.leave_all()
        removals = [runner.removal for runner in self._tidying]
        await asyncio.gather(*filter(None, removals), return_exceptions=True)

    def _plan(self, melody: Melody, path: str | None) -> Plan:
        graph = Graph.of(melody, self._spec_of)
        findings = validate(melody, self._spec_of, known=self._player_ids, graph=graph)
        if any(finding.severity == "error" for finding in findings):
            raise MelodyInvalidError(called(melody, path), findings)
        flat = flatten(melody, self._spec_of)
        known = with_parts(flat, self._spec_of)

        def spec_of(player: str) -> PlayerSpec:
            found = known(player)
            assert found is not None  # validation refuses unknown Players
            return found

        def package_of(player: str) -> PackageManifest:
            found = self._package_of(player)
            assert found is not None
            return found

        plan = compile_plan(flat, spec_of, package_of, graph if flat is melody else None)
        return with_pins(plan, flat)

    def _example_of(self, node: PlannedNode) -> dict[str, Reference] | None:
        spec = self._spec_of(node.player)
        return None if spec is None else example_outputs(node, spec)

    def _written(self, run: str, error: BaseException | None) -> None:
        """On the writer thread: something beside the journal of a run is on disk, or is not."""
        services = self._services
        if error is not None and not services.loop.is_closed():
            services.loop.call_soon_threadsafe(services.notice, error, run)

    def _runner_of(self, taken: TakenOver) -> Runner:
        runner = Runner(
            self._services,
            taken.run,
            taken.core,
            base_folder=taken.base_folder,
            environment=self._environment(),
            sequence=taken.sequence,
            started=taken.started,
            adopted=taken.adopted,
            code=self._code,
        )
        self._drive(runner)
        return runner

    def _drive(self, runner: Runner) -> None:
        self._runners[runner.run] = runner
        self._busy.add(runner.run)
        if self.mode.state == ConductorState.IDLE:
            self.mode.fire(ConductorEvent.MELODY_SELECTED, runner.run)
        runner.finished.add_done_callback(lambda finished: self._ended(runner, finished))
        services = self._services
        at_once = services.pool.limits.processes_at_once
        nodes = (node.planned for node in runner.core.tracker.nodes.values())
        services.pool.begin_run(runner.run, look_ahead_of(nodes, services.python, at_once))

    def _ended(self, runner: Runner, finished: asyncio.Future[str]) -> None:
        if self._runners.get(runner.run) is not runner or runner.finished is not finished:
            return  # tried again meanwhile
        self._told[runner.run] = runner.sequence
        self._tidying = [other for other in self._tidying if other.removal is not None]
        if runner.removal is not None:
            self._tidying.append(runner)
        del self._runners[runner.run]
        self._busy.discard(runner.run)
        self._used(self._services.pool.end_run(runner.run))
        self._release(runner.run)
        if not self._busy and self.mode.state == ConductorState.EXECUTING:
            self.mode.fire(ConductorEvent.RUN_ENDED, runner.run)

    def _release(self, run: str) -> None:
        """Give the lease up. A failure is told; the lease then ends with this process."""
        services = self._services

        try:
            services.store.leases.release_soon(run, partial(self._written, run))
        except StoreClosedError as error:
            services.notice(error, run)


def _refuse_wrong_state(run: str, state: str, *, retry: bool) -> None:
    if retry and state != RunState.FAILED:
        code = "run_did_not_fail" if state in ENDED_RUN else "run_not_ended"
        raise ConductorError(f"conductor.{code}", run=short_id(run), state=state)
    if not retry and state in ENDED_RUN:
        raise ConductorError("conductor.run_has_ended", run=short_id(run), state=state)


def _refuse_stale_retry(run: str, core: RunCore) -> None:
    """The core would let it lie as it is, and whoever waits for the end would wait for ever."""
    if not core.tracker.can_retry:
        raise ConductorError("conductor.retry_would_be_stale", run=short_id(run))


def called(melody: Melody, path: str | None) -> str:
    """What a person calls a melody: its name, else that of its file."""
    return melody.name or (Path(path).stem if path else "")


def snapshot_of(row: RunRow) -> Melody:
    """The melody that a run was started with."""
    return loads(row.melody, row.path or row.name)


def asked_of(row: RunRow) -> tuple[Scope | None, bool]:
    """The part of its melody that a run was asked for (None: all of it), and whether it was a
    preview. Raises PlanError."""
    plan = plan_from_json(row.plan)
    return plan.scope, plan.preview


def base_folder_of(path: str | None, fallback: Path) -> str:
    """Where relative paths of a melody start: beside its file, else in the fallback folder."""
    return str(Path(path).resolve().parent if path else fallback)

"""The Conductor in manual mode: starts, resumes, retries and ends runs (charts 3 and 7).

One Conductor a program. Each run it drives is leased to this process; a run whose owner died can be
taken over, after the Player processes that survived its owner are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harmony.conductor.core import begin
from harmony.conductor.errors import ConductorError
from harmony.conductor.journal import core_of
from harmony.conductor.overrides import with_overrides
from harmony.conductor.runner import Adopted, Runner
from harmony.conductor.services import Services
from harmony.foundation.failpoints import failpoint
from harmony.foundation.ids import new_id
from harmony.melody.file import dumps, loads
from harmony.melody.fingerprint import content_hash
from harmony.melody.graph import Graph
from harmony.melody.model import Melody
from harmony.melody.validation import Finding, validate
from harmony.pit.dag.plan import Plan, compile_plan, plan_to_json
from harmony.pit.dag.tracker import FINISHED
from harmony.players.specs import PackageManifest, PlayerSpec
from harmony.polyphony.records import RunRow
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
    ) -> None:
        self.mode = Machine("conductor", CHART, services.clock)
        self._services = services
        self._spec_of = spec_of
        self._package_of = package_of
        self._player_ids = player_ids
        self._environment = environment
        self._runners: dict[str, Runner] = {}
        self._busy: set[str] = set()

    @property
    def runners(self) -> Mapping[str, Runner]:
        """The runs that this program drives or has driven, by id."""
        return self._runners

    def start(
        self,
        melody: Melody,
        *,
        base_folder: str,
        path: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        parent: str | None = None,
        adopted: Adopted | None = None,
    ) -> Runner:
        """Start a run of a snapshot of the melody. Raises MelodyInvalidError."""
        snapshot = with_overrides(melody, self._spec_of, overrides or {})
        plan = self._plan(snapshot)
        services = self._services
        run = new_id(services.clock, services.randomness)
        row = RunRow(
            id=run,
            name=melody.name,
            melody_id=melody.id,
            melody_hash=content_hash(snapshot),
            melody=dumps(snapshot),
            base_folder=base_folder,
            overrides=dict(overrides or {}),
            parent=parent,
            created=services.clock.wall(),
            path=path,
            plan=plan_to_json(plan),
        )
        services.store.leases.take(run)
        failpoint("run.leased")
        runner = Runner(
            services,
            run,
            begin(plan),
            base_folder=base_folder,
            environment=self._environment(),
            adopted=adopted,
            row=row,
        )
        failpoint("run.created")
        self._drive(runner)
        runner.start()
        return runner

    def resume(self, run: str) -> Runner:
        """Go on with a paused or interrupted run. Raises when its owner still lives."""
        found = self._runners.get(run)
        if found is not None and not found.finished.done():
            found.resume()
            return found
        runner = self._take_over(run)
        self._drive(runner)
        runner.recover("resumed after an interruption")
        return runner

    def retry(self, run: str) -> Runner:
        """Try the failed tasks of a run again, in that run."""
        runner = self._runners.get(run)
        if runner is None or runner.finished.done():
            runner = self._take_over(run)
        if runner.status != RunState.FAILED:
            raise ConductorError("conductor.run_not_ended", run=run)
        self._drive(runner)
        runner.retry_failed()
        return runner

    def retry_changed(
        self, run: str, melody: Melody, *, base_folder: str, path: str | None = None
    ) -> Runner:
        """Run a changed melody as a child of `run`, which takes over every result that still holds.

        A result holds when its reuse key is the same: Player, parameters, inputs and files. That
        goes for every kind of Player, since the user asked to go on from that very run.
        """
        core = core_of(self._services.store, run)
        adopted = {
            task.id: (task.key, task.outputs)
            for task in core.tracker.in_state(*FINISHED)
            if task.key
        }
        return self.start(melody, base_folder=base_folder, path=path, parent=run, adopted=adopted)

    def leave_all(self) -> None:
        """Drive no run any more; those that had not ended can be resumed later."""
        for runner in self._runners.values():
            if not runner.finished.done():
                runner.leave()
                self._ended(runner)
                runner.finished.cancel()

    def _plan(self, melody: Melody) -> Plan:
        findings = validate(melody, self._spec_of, known=self._player_ids)
        if any(finding.severity == "error" for finding in findings):
            raise MelodyInvalidError(melody.name, findings)
        graph = Graph.of(melody, self._spec_of)

        def spec_of(player: str) -> PlayerSpec:
            found = self._spec_of(player)
            assert found is not None  # validation refuses unknown Players
            return found

        def package_of(player: str) -> PackageManifest:
            found = self._package_of(player)
            assert found is not None
            return found

        return compile_plan(melody, graph.flow, tuple(graph.order), spec_of, package_of)

    def _take_over(self, run: str) -> Runner:
        services = self._services
        services.store.leases.take(run)
        row = services.store.run_row(run)
        summary = services.store.run(run)
        return Runner(
            services,
            run,
            core_of(self._services.store, run),
            base_folder=row.base_folder,
            environment=self._environment(),
            sequence=services.store.last_sequence(run),
            started=summary.started,
        )

    def _drive(self, runner: Runner) -> None:
        self._runners[runner.run] = runner
        self._busy.add(runner.run)
        if self.mode.state == ConductorState.IDLE:
            self.mode.fire(ConductorEvent.MELODY_SELECTED, runner.run)
        future = runner.finished
        future.add_done_callback(lambda _: self._ended(runner))

    def _ended(self, runner: Runner) -> None:
        if runner.run not in self._busy:
            return
        self._busy.remove(runner.run)
        self._services.store.leases.release(runner.run)
        if not self._busy and self.mode.state == ConductorState.EXECUTING:
            self.mode.fire(ConductorEvent.RUN_ENDED, runner.run)


def snapshot_of(row: RunRow) -> Melody:
    """The melody that a run was started with."""
    return loads(row.melody, row.path or row.name)


def base_folder_of(path: str | None, fallback: Path) -> str:
    """Where relative paths of a melody start: beside its file, else in the fallback folder."""
    return str(Path(path).resolve().parent if path else fallback)

"""The running program without its window: what Board, terminal and scripts call.

What it does with checkpoints is decided in `checkpoints.py`, `restoration.py` and `resuming.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harmony.bootstrap.house import HostFactory, House, phases
from harmony.bootstrap.phases import Part, ProbeResult, Started, bring_up, run_probes
from harmony.bootstrap.probes import deep_probes, probes
from harmony.bootstrap.rounds import Rounds
from harmony.conductor.conductor import snapshot_of
from harmony.conductor.detail import RunDetail, detail_of
from harmony.conductor.elsewhere import Elsewhere
from harmony.conductor.events import Event
from harmony.conductor.pins import keep_pinned, outputs_of_node
from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.events import EventStream
from harmony.foundation.ids import new_id
from harmony.foundation.paths import data_folder
from harmony.foundation.randomness import Randomness
from harmony.melody.model import Melody, Reference
from harmony.melody.parts import titles
from harmony.melody.validation import Finding, validate
from harmony.orchestra.catalogue import Catalogue
from harmony.pit.dag.scope import Scope
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.errors import StoreWarning
from harmony.polyphony.family import Relative, family_of, last_run_of
from harmony.polyphony.logs import LogEntry, read_log
from harmony.polyphony.quarantined import Quarantined
from harmony.polyphony.records import RunSummary
from harmony.symphony import running
from harmony.symphony.agents import Agents, Engine
from harmony.symphony.checkpoints import EVERY, KEEP, Checkpoints
from harmony.symphony.errors import NotSetUpError, PersistenceDisabledError, SymphonyError
from harmony.symphony.registry import Registry
from harmony.symphony.restoration import RestorationContext, RestoreManager, restore_manager
from harmony.symphony.resuming import Resumed, apply_settings, resume
from harmony.symphony.run import Run
from harmony.symphony.workflows import Workflows


class Symphony:
    """The running program without its window. Made, then brought up: `setup`, or both by `open`."""

    def __init__(
        self,
        *,
        persistence_enabled: bool = False,
        restore_manager: RestoreManager = restore_manager,
        checkpoint_every: int = EVERY,
        keep_checkpoints: int = KEEP,
    ) -> None:
        """`persistence_enabled` allows checkpoints, and makes them for workflows by itself.

        That is after each `checkpoint_every` finished tasks (0: not between start and end); the
        newest `keep_checkpoints` of the automatic ones stay. `restore_manager` knows how entities
        are recreated; the usual one is a plain object, shared by whoever gives no other.
        """
        self._built: House | None = None
        self._started: Started | None = None
        self._watch: Rounds | None = None
        self._persistence_enabled = persistence_enabled
        self._restore_manager = restore_manager
        self._every, self._keep = checkpoint_every, keep_checkpoints
        self._checkpoints: Checkpoints | None = None
        self.workflows = Workflows(self)
        self.agents = Agents(lambda: self.registry, self._engine_of_agents, replacing=False)
        services = {"workflow_engine": self.workflows, "agents": self.agents, "symphony": self}
        self.registry = Registry(services)
        self.resumed: Resumed | None = None
        """What the last resuming from a checkpoint did."""

    @classmethod
    async def open(
        cls,
        home: str | Path | None = None,
        host: HostFactory | None = None,
        *,
        ui: Callable[[Symphony], Sequence[Part]] | None = None,
        clock: Clock | None = None,
        slots: int | None = None,
        report_error: Callable[[BaseException, Event], None] | None = None,
    ) -> Symphony:
        """Make one and bring everything up. Raises BootstrapError after a rollback.

        `host` makes the adapter for processes; without it the one for asyncio is used. `ui` gives
        the parts of phase 5, which start when all below them runs; only the Board has any.
        `slots` says how many tasks run at once, of those that compute and of those that wait;
        without it the settings do. `report_error` hears of subscribers to `events` that fail;
        without it the event loop's own handler of exceptions does.
        """
        symphony = cls(persistence_enabled=True)
        await symphony._bring_up(home, host, ui, clock, slots, report_error)
        return symphony

    async def setup(
        self,
        state_dir: str | Path | None = None,
        host: HostFactory | None = None,
        *,
        slots: int | None = None,
    ) -> Self:
        """Bring everything up on a data folder: `state_dir`, else HARMONY_HOME, else the usual one.

        One that is at work on another folder stops there first; what is registered stays. `host`
        and `slots` as for `open`. Raises BootstrapError after a rollback.
        """
        if self._started is not None:
            if data_folder(state_dir).home == self._house.data_folder.home:
                return self
            await self.close()
        await self._bring_up(state_dir, host, None, None, slots, None)
        return self

    async def _bring_up(
        self,
        home: str | Path | None,
        host: HostFactory | None,
        ui: Callable[[Symphony], Sequence[Part]] | None,
        clock: Clock | None,
        slots: int | None,
        report_error: Callable[[BaseException, Event], None] | None,
    ) -> None:
        clock = clock or SystemClock()
        house = House(
            data_folder=data_folder(home),
            clock=clock,
            randomness=Randomness(),
            events=EventStream(report_error or _tell_the_loop),
            slots=slots,
        )
        self._built = house
        self._checkpoints = Checkpoints(
            house,
            self.registry,
            enabled=self._persistence_enabled,
            every=self._every,
            keep=self._keep,
        )
        parts = ui(self) if ui is not None else ()
        self._started = await bring_up(
            phases(house, host or _asyncio_host, parts), probes(house), clock
        )

    async def close(self) -> None:
        """Stop everything. Runs that had not ended can be resumed later."""
        if self._checkpoints is not None:
            await self._checkpoints.stop()
        if self._watch is not None:
            watch, self._watch = self._watch, None
            await watch.stop()
        if self._started is not None:
            started, self._started = self._started, None
            await started.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # ------------------------------------------------------------------ what is known

    @property
    def _house(self) -> House:
        if self._built is None:
            raise NotSetUpError("symphony.not_set_up")
        return self._built

    @property
    def house(self) -> House:
        """The parts, for who needs one of them (settings, the pool, the data folder)."""
        return self._house

    @property
    def events(self) -> EventStream[Event]:
        """What happens in all runs of this program."""
        return self._house.events

    @property
    def problems(self) -> list[StoreWarning]:
        """What was found wrong with the store, though it works: for the eyes of a person."""
        return self._house.store.problems

    def watch_elsewhere(self, every: float = 1.0) -> None:
        """Tell in `events`, too, what runs of other programs on this data folder do.

        `every` so many seconds their journals are looked at. For each look that finds something,
        `RunsChangedElsewhere` names the runs, then `RunChanged`, `TaskChanged` and `NodeExpanded`
        tell each move, as for a run of this program. Until `close`.
        """
        if self._watch is not None:
            return
        house = self._house
        elsewhere = Elsewhere(house.store, house.clock, house.conductor.told)

        async def look() -> None:
            for event in await asyncio.to_thread(elsewhere.look):
                house.events.publish(event)

        self._watch = Rounds(every, look, house.notice)

    @property
    def catalogue(self) -> Catalogue:
        """The Players."""
        return self._house.catalogue

    async def reload_catalogue(self) -> Catalogue:
        """Read the Players anew, after a folder was added or a file changed."""
        self._house.reload_settings()
        return await self._house.load_players()

    async def health(self) -> list[ProbeResult]:
        """Every health probe, the deep ones too."""
        return await run_probes([*probes(self._house), *deep_probes(self._house)])

    # ------------------------------------------------------------------ melodies and runs

    def check(self, melody: Melody) -> list[Finding]:
        """Everything that is wrong with a melody."""
        return validate(melody, self.catalogue.spec, known=self._house.player_ids)

    def melody_opened(self, melody: Melody, *, trusted: bool = True) -> None:
        """A melody is in front of the user, who will probably run it: its Players are warmed.

        To be called again when it was edited. One that is not trusted is never warmed.
        """
        if trusted:
            self._house.anticipation.melody_opened(melody)
        else:
            self.melody_closed(melody)

    def melody_closed(self, melody: Melody) -> None:
        """It is not in front any more: what was warmed for it cools like everything else."""
        self._house.anticipation.melody_closed(melody.id)

    async def start(
        self,
        melody: Melody,
        *,
        path: str | Path | None = None,
        base_folder: str | Path | None = None,
        overrides: Mapping[str, Any] | None = None,
        priority: int = 0,
        scope: Scope | None = None,
        preview: bool = False,
        after: str | None = None,
    ) -> Run:
        """Run a snapshot of a melody. Raises MelodyInvalidError, ScopeError, ConductorError.

        `priority` says how much of the slots it gets beside other runs: each step doubles it.
        `scope` names what of the melody is run; without it all of it is. In a `preview` no Player
        with effects is called: its pinned or example output is taken, or it is left out. `after` is
        an earlier run whose child this one becomes, and takes over what still holds.
        """
        where = str(path) if path is not None else None
        base = str(base_folder) if base_folder else running.base_folder(self._house, where)
        return await running.start(
            self._house,
            melody,
            path=where,
            base_folder=base,
            overrides=overrides,
            priority=priority,
            scope=scope,
            preview=preview,
            after=after,
        )

    async def start_file(
        self, path: str | Path, *, overrides: Mapping[str, Any] | None = None
    ) -> Run:
        """Run a melody from its file."""
        melody, where = running.load_file(path)
        return await self.start(melody, path=where, overrides=overrides)

    async def resume(self, run: str, *, anyway: bool = False) -> Run:
        """Let an interrupted or paused run go on. Finished tasks do not run again.

        Raises LeaseError while another program drives it, ConductorError when it has ended;
        ResumeRefusedError when its Players are not what they were, or the program has ended
        suddenly under it three times. `anyway` goes on all the same: tasks of a changed package
        then fail.
        """
        return await running.resume(self._house, run, anyway=anyway)

    async def migrate(self, run: str) -> Run:
        """Go on with an interrupted run under the Players as they are now.

        A child of it begins, which takes over every finished result that still holds; the
        interrupted run itself is ended as cancelled. Raises LeaseError, ConductorError,
        MelodyInvalidError.
        """
        return await running.migrate(self._house, run)

    async def retry(
        self, run: str, melody: Melody | None = None, *, path: str | Path | None = None
    ) -> Run:
        """Try what failed again: in the same run, as its next attempts.

        When the melody has changed, or a package of Players has, or what failed has been gone on
        without: as a child run, which takes over by content what still holds. Raises LeaseError,
        ConductorError, MelodyInvalidError.
        """
        return await running.retry(self._house, run, melody, str(path) if path else None)

    async def fork(
        self,
        run: str,
        *,
        overrides: Mapping[str, Any] | None = None,
        scope: Scope | None = None,
    ) -> Run:
        """Run the melody of a past run once more, as its child, with other parameters.

        What those parameters do not touch is taken over from that run. With `scope` only that much
        is run; Scope("from", nodes) makes anew what a node made, and all that follows from it.
        A fork of a preview is one. Raises MelodyInvalidError, ScopeError, ConductorError.
        """
        return await running.fork(self._house, run, overrides or {}, scope)

    def active_runs(self) -> list[Run]:
        """The runs of this program that have not ended."""
        return [
            Run(runner)
            for runner in self._house.conductor.runners.values()
            if not runner.finished.done()
        ]

    def runs(self, limit: int = 100, state: str | None = None) -> list[RunSummary]:
        """The newest runs first, of all programs on this data folder."""
        return self._house.store.runs(limit=limit, state=state)

    def interrupted_runs(self) -> list[RunSummary]:
        """Runs that are under way and that nobody drives, the newest first.

        The program driving them ended, or had to stop them. One that goes on as a fork is none.
        """
        return running.interrupted_runs(self._house)

    async def discard(self, run: str) -> None:
        """End an interrupted run for good: it becomes Cancelled."""
        await running.discard(self._house, run)

    def show(self, run: str) -> RunDetail:
        """A run with all its tasks, as its journal tells it."""
        return detail_of(self._house.store, run)

    def melody_of(self, run: str) -> Melody:
        """The melody as it was when the run started."""
        return snapshot_of(self._house.store.run_row(run))

    def melody_names(self, run: str) -> dict[str, str]:
        """What a person calls each node of a run; those of sub-melodies by both names."""
        return titles(self.melody_of(run), self.catalogue.spec)

    def damaged(self, run: str) -> list[Quarantined]:
        """What tasks of a run made and was found damaged since; `retry` makes it again."""
        return running.damaged(self._house, run)

    def last_run_of(self, melody: Melody) -> str | None:
        """The newest run of a melody, of whatever version; None when it was never run."""
        return self._house.store.reading(lambda c: last_run_of(c, melody.id))

    def family_of(self, run: str) -> list[Relative]:
        """A run with all it came from and all that came from it, each behind its parent."""
        return self._house.store.reading(lambda c: family_of(c, run))

    def pinned_outputs(self, run: str, node: str) -> dict[str, Reference]:
        """What a node of a run gave, to be pinned to it (SetPins), and kept from collection.

        Waits for the disk. Raises SymphonyError when it gave nothing there.
        """
        store = self._house.store
        outputs = outputs_of_node(store, store.run(run).id, node)
        if not outputs:
            raise SymphonyError("symphony.nothing_to_pin", node=node)
        keep_pinned(store, outputs, self._house.clock.wall())
        return outputs

    def log(self, run: str, task: str, attempt: int) -> list[LogEntry]:
        """What an attempt of a task logged and printed."""
        summary = self._house.store.run(run)
        return read_log(self._house.data_folder, summary.id, task, attempt)

    # ------------------------------------------------------------------ checkpoints

    @property
    def checkpoints(self) -> Checkpoints:
        """What makes them, and follows the runs that want automatic ones."""
        if self._checkpoints is None:
            raise NotSetUpError("symphony.not_set_up")
        return self._checkpoints

    async def create_checkpoint(self, name: str) -> str:
        """Make a checkpoint of the whole state; its id, when it is on disk.

        Raises PersistenceDisabledError, NotStorableError, DanglingReferenceError, StoreError.
        """
        self._refuse_without_persistence()
        return await self.checkpoints.create(name)

    async def list_checkpoints(self) -> list[dict[str, Any]]:
        """The newest first: `id`, `name`, `created_at` (ISO 8601, UTC), `kind`, `runs`, `entities`.

        `kind` is `manual`, or for automatic ones `start`, `progress`, `error`, `end`,
        `before-resume`; `run` is the run that one was made for.
        """
        return [found.to_json() for found in await self.checkpoints.listed()]

    async def delete_checkpoint(self, checkpoint_id: str) -> None:
        """Forget a checkpoint. What only it kept may go. Raises CheckpointError."""
        store = self._house.store
        await asyncio.to_thread(store.in_chain, lambda c: cuts.delete(c, checkpoint_id))

    async def resume_from_checkpoint(
        self, checkpoint_id: str, *, apply_settings: bool = False
    ) -> Resumed:
        """Go on from a checkpoint; what that meant. Nothing is rewound (docs/checkpoints.md).

        Settings that were others are named in the result, and chosen again only when
        `apply_settings` says so. Raises CheckpointError, MissingRestorerError,
        DanglingReferenceError, RestorationFailedError, MelodyInvalidError, StoreError; then
        everything is as it was.
        """
        return await self._resume_from(checkpoint_id, apply_settings, keep_later=False)

    async def resume_latest_checkpoint(self) -> str | None:
        """Go on from the newest checkpoint; its id, or None when there is none.

        What its runs finished after it was made is not done again either. `resumed` tells more.
        """
        self._refuse_without_persistence()
        found = await asyncio.to_thread(self._house.store.reading, cuts.latest)
        if found is not None:
            await self._resume_from(found, False, keep_later=True)
        return found

    async def _resume_from(self, identifier: str, settings: bool, *, keep_later: bool) -> Resumed:
        self._refuse_without_persistence()
        twin = copy(self)
        twin.registry = Registry({"workflow_engine": self.workflows, "symphony": twin})
        twin.agents = Agents(lambda: twin.registry, self._engine_of_agents, replacing=True)
        self.resumed = await resume(
            self._house,
            self.checkpoints,
            self._restore_manager,
            identifier,
            present=self.registry,
            context=lambda cut: RestorationContext(twin, cut),
            keep_later=keep_later,
        )
        if settings:
            apply_settings(self._house, self.resumed.settings)
        return self.resumed

    def _refuse_without_persistence(self) -> None:
        if not self._persistence_enabled:
            raise PersistenceDisabledError("symphony.persistence_disabled")

    def _engine_of_agents(self) -> Engine:
        house = self._house

        async def run(melody: Melody) -> dict[str, Any]:
            return await self.workflows.execute_workflow(melody, auto_checkpoint=False)

        return Engine(
            run,
            house.spec_of,
            lambda: new_id(house.clock, house.randomness),
            house.clock.wall,
        )

    # ------------------------------------------------------------------ values

    def value(self, reference: Mapping[str, Any]) -> bytes:
        """The content of an artifact, verified by its hash."""
        return self._house.artifacts.read(reference["hash"])

    def path_of(self, reference: Mapping[str, Any]) -> Path:
        """The file of a large artifact, verified by its hash."""
        return self._house.artifacts.path(reference["hash"])


def _asyncio_host(runtime_folder: Path) -> Any:
    from harmony.ipc.aio import AioProcessHost

    return AioProcessHost(runtime_folder)


def _tell_the_loop(error: BaseException, event: Event) -> None:
    message = f"A listener failed at {type(event).__name__}"
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})

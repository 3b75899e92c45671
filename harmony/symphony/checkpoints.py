"""Makes checkpoints: when a person asks for one, and at the marks of a workflow.

The states of all entities are taken in one turn of the event loop; then one transaction of the
store adds the cut through the journals. An entity can so be behind its runs by a moment, and never
ahead of them: it never tells of a run that the cut does not have.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from harmony.bootstrap.house import House
from harmony.conductor.events import Event, RunChanged, TaskChanged
from harmony.foundation.errors import HarmonyError
from harmony.foundation.failpoints import failpoint
from harmony.foundation.ids import new_id
from harmony.foundation.settings import chosen
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.checkpoints import Checkpoint, Draft, StoredEntity
from harmony.states.task import TaskState
from harmony.symphony.registry import Registry
from harmony.symphony.run import Run
from harmony.symphony.serialization import states_of

EVERY: Final = 5
"""Finished tasks between two automatic checkpoints of a run."""

KEEP: Final = 20
"""Automatic checkpoints that are kept, of all runs together."""

_FINISHED: Final = (TaskState.COMPLETED, TaskState.REUSED)


class Checkpoints:
    """Makes the checkpoints of one Symphony, and follows the runs that want automatic ones."""

    def __init__(
        self, house: House, registry: Registry, *, enabled: bool, every: int, keep: int
    ) -> None:
        self._house = house
        self._registry = registry
        self._enabled = enabled
        self._every = every
        self._keep = keep
        self._followers: dict[str, asyncio.Task[None]] = {}

    async def create(self, name: str, kind: str = cuts.MANUAL, run: str | None = None) -> str:
        """Make a checkpoint; its id, once it is on disk.

        Raises NotStorableError, DanglingReferenceError, StoreError; then there is none.
        """
        house = self._house
        draft = Draft(
            id=new_id(house.clock, house.randomness),
            name=name,
            kind=kind,
            at=house.clock.wall(),
            settings=chosen(house.settings),
            entities=self.entities(),
            run=run,
            keep=self._keep,
        )
        failpoint("checkpoint.collected")
        await asyncio.to_thread(house.store.in_chain, lambda c: cuts.create(c, draft))
        failpoint("checkpoint.durable")
        return draft.id

    def entities(self) -> list[StoredEntity]:
        """Every entity as it would be stored now, what looks like a secret masked."""
        redactor = self._house.redactor
        stored = []
        for (kind, name), state in states_of(self._registry.entities()).items():
            spared = redactor.spares(state)
            shown = state if spared else redactor.value(state)
            stored.append(StoredEntity(kind, name, shown, masked=shown != state))
        return stored

    async def listed(self) -> list[Checkpoint]:
        """The newest first."""
        return await asyncio.to_thread(self._house.store.checkpoints)

    # ------------------------------------------------------------------ automatic ones

    async def follow(self, run: Run, name: str, every: int | None = None) -> None:
        """Make a checkpoint of a run that has just begun, and more until it has ended.

        `every` so many finished tasks; 0 for none between its start and its end.
        """
        if not self._enabled or run.id in self._followers:
            return
        marks = _Marks(run.id, self._every if every is None else every)
        unsubscribe = self._house.events.subscribe(marks.hear)
        await self._make(f"{name}: start", cuts.START, run.id)
        following = asyncio.create_task(self._follow(run, name, marks, unsubscribe))
        self._followers[run.id] = following
        following.add_done_callback(lambda _: self._followers.pop(run.id, None))

    async def followed(self, run: str) -> None:
        """Wait until the last automatic checkpoint of a run that has ended is on disk."""
        following = self._followers.get(run)
        if following is not None:
            await asyncio.shield(following)

    async def stop(self) -> None:
        """Follow no run any more."""
        following = list(self._followers.values())
        for task in following:
            task.cancel()
        if following:
            await asyncio.wait(following)

    async def _follow(
        self, run: Run, name: str, marks: _Marks, unsubscribe: Callable[[], None]
    ) -> None:
        ended = asyncio.ensure_future(run.finished())
        try:
            while not ended.done():
                reached = asyncio.ensure_future(marks.reached())
                await asyncio.wait((ended, reached), return_when=asyncio.FIRST_COMPLETED)
                if not reached.done():
                    reached.cancel()
                for kind, words in marks.take():
                    await self._make(f"{name}: {words}", kind, run.id)
            if not ended.cancelled() and ended.exception() is None:
                await self._make(f"{name}: {ended.result().lower()}", cuts.END, run.id)
        finally:
            unsubscribe()
            ended.cancel()

    async def _make(self, name: str, kind: str, run: str) -> None:
        """An automatic checkpoint. That it cannot be made is told, and ends no run."""
        try:
            await self.create(name, kind, run)
        except HarmonyError as error:
            self._house.notice(error)


class _Marks:
    """What of a run is worth a checkpoint: each so many finished tasks, and the first failure."""

    def __init__(self, run: str, every: int) -> None:
        self._run = run
        self._every = every
        self._finished = 0
        self._failed = False
        self._due: deque[tuple[str, str]] = deque()
        self._some = asyncio.Event()

    def hear(self, event: Event) -> None:
        if not isinstance(event, TaskChanged) or event.run != self._run:
            if isinstance(event, RunChanged) and event.run == self._run:
                self._failed = False  # a retry of it may fail again
            return
        if event.state in _FINISHED:
            self._finished += 1
            if self._every and self._finished % self._every == 0:
                self._add(cuts.PROGRESS, f"{self._finished} tasks finished")
        elif event.state == TaskState.FAILED and not self._failed:
            self._failed = True
            self._add(cuts.ERROR, f"{event.task} failed")

    async def reached(self) -> None:
        """Wait for a mark."""
        await self._some.wait()

    def take(self) -> list[tuple[str, str]]:
        """The marks since the last time: of several numbers of tasks only the last."""
        due, kept = list(self._due), list[tuple[str, str]]()
        self._due.clear()
        self._some.clear()
        for mark in due:
            if kept and mark[0] == kept[-1][0] == cuts.PROGRESS:
                kept.pop()
            kept.append(mark)
        return kept

    def _add(self, kind: str, words: str) -> None:
        self._due.append((kind, words))
        self._some.set()

"""Feeds a run core and plays the Pit, so that a test can tell a run in a few lines."""

from __future__ import annotations

from typing import Any

from plans import text

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import RunCore, begin, fold, step
from harmony.conductor.invariants import Watch
from harmony.pit.dag.plan import Plan


class Driver:
    """Feeds a core and plays the Pit: every look-up misses and every request is granted."""

    def __init__(self, plan: Plan, slots: int = 100) -> None:
        self.plan = plan
        self.core: RunCore = begin(plan)
        self.records: list[Any] = []
        self.dispatched: list[str] = []
        self.aborted: list[str] = []
        self.requested: list[str] = []
        self.scheduled: list[do.ScheduleRetry] = []
        self.finished: list[str] = []
        self.notified: list[str] = []
        self.watch = Watch(self.core.tracker, self.core.state)
        self._watched = self.core
        self.known: dict[str, dict[str, Any]] = {}
        self.slots = slots

    def feed(self, fact: happened.Fact) -> None:
        if self._watched is not self.core:
            self._watched, self.watch = self.core, Watch(self.core.tracker, self.core.state)
        records, commands = step(self.core, fact)
        self.records += records
        assert not self.watch.judge(records)
        for command in commands:
            self._do(command)

    def start(self) -> Driver:
        self.feed(happened.Start(0.0))
        return self

    def finish(self, task: str, **outputs: Any) -> None:
        """Let a dispatched task run to its end."""
        attempt = self.core.tracker.tasks[task].attempt
        self.feed(happened.Started(0.0, task, attempt, "player-1", 1))
        self.feed(happened.Succeeded(0.0, task, attempt, outputs, 0.5))

    def fail(self, task: str, message: str = "boom") -> None:
        attempt = self.core.tracker.tasks[task].attempt
        self.feed(happened.Started(0.0, task, attempt, "player-1", 1))
        self.feed(happened.Failed(0.0, task, attempt, {"message": message}, 3.0))

    def crash(self) -> Driver:
        """All that lived in the process is gone; the run goes on from its journal."""
        self.core = fold(self.plan, self.records)
        self.requested, self.dispatched, self.slots = [], [], 100
        self.feed(happened.Recover(9.0, "crash"))
        return self

    def cause(self, task: str) -> str:
        """Why a task was skipped, as a code."""
        return str((self.core.tracker.tasks[task].cause or {}).get("code"))

    def state(self, task: str) -> str:
        return self.core.tracker.tasks[task].state

    def _do(self, command: do.Command) -> None:
        if isinstance(command, do.LookUp):
            outputs = self.known.get(command.task)
            self.feed(happened.LookedUp(0.0, command.task, "key", outputs, "run x"))
        elif isinstance(command, do.RequestSlot):
            self.requested.append(command.task)
            self._grant()
        elif isinstance(command, do.ReleaseSlot):
            self.slots += 1
            self._grant()
        elif isinstance(command, do.WithdrawRequest):
            if command.task in self.requested:  # else it was granted in the same breath
                self.requested.remove(command.task)
        elif isinstance(command, do.Dispatch):
            self.dispatched.append(command.task)
        elif isinstance(command, do.Store):
            outputs = command.outputs or {"result": text(f"of {command.task}")}
            self.feed(happened.Stored(0.0, command.task, command.attempt, outputs, 0.5))
        elif isinstance(command, do.Abort):
            self.aborted.append(command.task)
        elif isinstance(command, do.ScheduleRetry):
            self.scheduled.append(command)
        elif isinstance(command, do.Notify):
            self.notified.append(command.task)
        elif isinstance(command, do.Finish):
            self.finished.append(command.state)

    def _grant(self) -> None:
        while self.slots and self.requested:
            self.slots -= 1
            self.feed(happened.Granted(0.0, self.requested.pop(0)))

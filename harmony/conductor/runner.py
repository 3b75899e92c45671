"""Drives one run: facts in, records to the store, then events and commands (DESIGN.md section 5).

Decide → append → commit → publish: what a fact makes of the run is decided by the core, appended as
records, committed by the store's writer thread, and only then told to anyone or acted on outside.
While a commit is on its way, further facts are decided and make the next one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.attempt import Attempt, Work, engine_error
from harmony.conductor.core import RUN, TASK, Record, RunCore, step
from harmony.conductor.errors import RunBrokenError
from harmony.conductor.events import Event, NodeExpanded, RunChanged, TaskChanged
from harmony.conductor.journal import stored
from harmony.conductor.preparation import (
    inputs_for_child,
    located_parameters,
    reuse_key,
    secret_values,
)
from harmony.conductor.services import Services
from harmony.conductor.speech import Speech
from harmony.foundation.errors import HarmonyError
from harmony.foundation.failpoints import failpoint
from harmony.foundation.randomness import backoff_delay
from harmony.pit.arbitration import Request
from harmony.pit.pool import Package
from harmony.pit.process import Stream
from harmony.polyphony.records import (
    ArtifactRow,
    Commit,
    JournalRecord,
    ResultRow,
    RunRow,
    RunUpdate,
)
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent, TaskState

Adopted = Mapping[str, tuple[str, dict[str, Any]]]
"""Results of a parent run that a child run may take over: task -> (key, outputs)."""


class Runner:
    """One run in this process. Everything but the store's writer happens on the event loop.

    `begun` is done when the first records are on disk, `finished` when the last ones are.
    """

    def __init__(
        self,
        services: Services,
        run: str,
        core: RunCore,
        *,
        base_folder: str,
        environment: str,
        sequence: int = 0,
        started: float | None = None,
        adopted: Adopted | None = None,
        row: RunRow | None = None,
    ) -> None:
        self.run = run
        self.core = core
        self.begun: asyncio.Future[None] = services.loop.create_future()
        self.finished: asyncio.Future[str] = services.loop.create_future()
        self._services = services
        self._base_folder = base_folder
        self._environment = environment
        self._sequence = sequence
        self._started = started
        self._ended: float | None = None
        self._adopted = adopted or {}
        self._new_row = row
        self._facts: deque[happened.Fact] = deque()
        self._deciding = False
        self._broken = False
        self._entered: dict[str, float] = {}
        self._attempts: dict[str, Attempt] = {}
        self._artifacts: list[ArtifactRow] = []
        self._results: list[ResultRow] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._speech = Speech(services, run)

    @property
    def status(self) -> str:
        """The run's state of chart 3, as decided (its commit may be on its way)."""
        return self.core.state

    def start(self) -> None:
        """Begin a new run."""
        self.feed(happened.Start(self._now()))

    def recover(self, trigger: str) -> None:
        """Go on with a run that another process was driving, or this one before a restart."""
        self.feed(happened.Recover(self._now(), trigger))

    def pause(self) -> None:
        """Start no further task."""
        self.feed(happened.Pause(self._now()))

    def resume(self) -> None:
        """Go on after a pause."""
        self.feed(happened.Resume(self._now()))

    def cancel(self) -> None:
        """End the run now."""
        self.feed(happened.Cancel(self._now()))

    def retry_failed(self) -> None:
        """Try failed tasks again, in this same run."""
        if self.finished.done():
            self.finished = self._services.loop.create_future()
        self._ended = None
        self.feed(happened.RetryFailed(self._now()))

    def leave(self) -> None:
        """Drive the run no more: its processes are ended, its journal stays as it is."""
        self._broken = True
        self._stop_driving()

    def feed(self, fact: happened.Fact) -> None:
        """Let a fact take effect, and all that follows from it in this process."""
        if self._broken:
            return
        self._facts.append(fact)
        if self._deciding:
            return
        try:
            self._decide()
        except BaseException as error:
            # A mistake in the program: nobody may wait for a run that nothing drives any more.
            self._break(error)
            raise

    def _decide(self) -> None:
        self._deciding = True
        records: list[Record] = []
        later: list[do.Command] = []
        try:
            while self._facts:
                decided, commands = step(self.core, self._facts.popleft())
                records += decided
                for command in commands:
                    if isinstance(command, do.AFTER_COMMIT):
                        later.append(command)
                    else:
                        self._DO[type(command)](self, command)
        finally:
            self._deciding = False
        if records or self._new_row is not None:
            self._commit(records, later)

    # ------------------------------------------------------------------ commit and publish

    def _commit(self, records: list[Record], later: list[do.Command]) -> None:
        events = self._events(records)
        rows = [self._journal_record(record) for record in records]
        for record in records:
            self._remember_result(record)
        commit = Commit(
            runs=(self._new_row,) if self._new_row is not None else (),
            records=rows,
            artifacts=tuple(self._artifacts),
            results=tuple(self._results),
            updates=(self._update(records[-1].at if records else self._now()),),
        )
        self._new_row = None
        self._artifacts, self._results = [], []
        loop = self._services.loop

        def done(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(self._committed, error, events, later)

        failpoint("run.decided")
        self._services.store.commit(commit, done)

    def _committed(
        self, error: BaseException | None, events: list[Event], later: list[do.Command]
    ) -> None:
        if error is not None:
            self._break(error)
            return
        failpoint("run.committed")
        if not self.begun.done():
            self.begun.set_result(None)
        for event in events:
            self._services.events.publish(event)
        if self._broken:
            return
        for command in later:
            self._DO[type(command)](self, command)

    def _journal_record(self, record: Record) -> JournalRecord:
        self._sequence += 1
        now = self._services.clock.monotonic()
        entered = self._entered.get(record.machine, now)
        self._entered[record.machine] = now
        return stored(record, self.run, self._sequence, now - entered)

    def _remember_result(self, record: Record) -> None:
        if record.event != TaskEvent.ARTIFACT_STORED or not record.data["key"]:
            return
        task = record.machine.removeprefix(TASK)
        if self._planned(task).reusable:
            data = record.data
            self._results.append(ResultRow(data["key"], self.run, task, data["outputs"], record.at))

    def _update(self, at: float) -> RunUpdate:
        tracker = self.core.tracker
        if self._started is None and self.core.state == RunState.EXECUTING:
            self._started = at
        if self.core.ended and self._ended is None:
            self._ended = at
        return RunUpdate(
            run=self.run,
            state=self.core.state,
            started=self._started,
            finished=self._ended,
            total=tracker.total,
            completed=tracker.count(TaskState.COMPLETED),
            failed=tracker.count(TaskState.FAILED),
            reused=tracker.count(TaskState.REUSED),
            skipped=tracker.count(TaskState.SKIPPED),
        )

    def _events(self, records: list[Record]) -> list[Event]:
        events: list[Event] = []
        for record in records:
            if record.machine == RUN:
                events.append(
                    RunChanged(
                        self.run, record.from_state, record.to_state, record.at, record.trigger
                    )
                )
                continue
            task = self.core.tracker.tasks[record.machine.removeprefix(TASK)]
            if task.index == 0 and record.from_state == TaskState.PENDING:
                count = len(self.core.tracker.nodes[task.node].tasks)
                events.append(NodeExpanded(self.run, task.node, count, record.at))
            events.append(
                TaskChanged(
                    run=self.run,
                    task=task.id,
                    node=task.node,
                    from_state=record.from_state,
                    state=record.to_state,
                    attempt=record.data.get("attempt", task.attempt),
                    at=record.at,
                    process=record.data.get("process", ""),
                    cause=record.trigger,
                    seconds=record.data.get("seconds"),
                    outputs=record.data.get("outputs", {}),
                    error=record.data.get("error") or record.data.get("cause"),
                )
            )
        return events

    def _break(self, error: BaseException) -> None:
        """A commit failed: what was decided since is not true. Stop; the journal is as it was."""
        if self._broken:
            return
        self._broken = True
        self._stop_driving()
        broken = RunBrokenError("conductor.journal_not_written", reason=str(error))
        for waiting in (self.begun, self.finished):
            if not waiting.done():
                waiting.set_exception(broken)

    def _stop_driving(self) -> None:
        self._services.arbitration.forget(self.run)
        for timer in self._timers:
            timer.cancel()
        for attempt in list(self._attempts.values()):
            if not attempt.abort():
                self._services.pool.withdraw(attempt.work.package, attempt)
            attempt.kill()
        self._speech.close()

    # ------------------------------------------------------------------ commands

    def _look_up(self, command: do.LookUp) -> None:
        task, node = command.task, self._planned(command.task)
        inputs = self.core.tracker.inputs_of(task)
        parameters = located_parameters(node, self._base_folder)

        def key() -> str:
            return reuse_key(node, parameters, inputs, self._environment)

        if node.files or any("file" in i["type"] or "folder" in i["type"] for i in inputs.values()):
            # Fingerprints read whole files: off the main thread.
            self._in_thread(key, lambda done: self._looked_up(task, done))
        else:
            self._looked_up(task, _now_done(key))

    def _looked_up(self, task: str, key: Callable[[], str]) -> None:
        failpoint("run.looked_up")
        try:
            found = key()
        except OSError as error:
            problem = engine_error(
                "conductor.input_not_readable",
                kind=type(error).__name__,
                path=error.filename,
                reason=error.strerror or str(error),
            )
            self.feed(happened.LookUpFailed(self._now(), task, problem))
            return
        except HarmonyError as error:
            problem = engine_error(
                "conductor.task_not_prepared", kind=type(error).__name__, reason=str(error)
            )
            self.feed(happened.LookUpFailed(self._now(), task, problem))
            return
        outputs, origin = self._earlier_result(task, found)
        self.feed(happened.LookedUp(self._now(), task, found, outputs, origin))

    def _earlier_result(self, task: str, key: str) -> tuple[dict[str, Any] | None, str]:
        adopted = self._adopted.get(task)
        if adopted is not None and adopted[0] == key and self._all_there(adopted[1]):
            return adopted[1], "parent run"
        if self._planned(task).reusable:
            result = self._services.store.result(key)
            if result is not None and self._all_there(result.outputs):
                return result.outputs, f"run {result.run}"
        return None, ""

    def _all_there(self, outputs: Mapping[str, Any]) -> bool:
        return all(
            output.get("nothing") or self._services.artifacts.exists(output)
            for output in outputs.values()
        )

    def _request_slot(self, command: do.RequestSlot) -> None:
        task = command.task
        self._services.arbitration.request(
            Request(
                run=self.run,
                task=task,
                kind="wait" if command.waits else "cpu",
                priority=command.priority,
                rank=command.rank,
                granted=lambda: self._granted(task),
            )
        )

    def _granted(self, task: str) -> None:
        failpoint("run.slot_granted")
        self.feed(happened.Granted(self._now(), task))

    def _withdraw_request(self, command: do.WithdrawRequest) -> None:
        self._services.arbitration.withdraw(self.run, command.task)

    def _release_slot(self, command: do.ReleaseSlot) -> None:
        self._services.arbitration.release(self.run, command.task)

    def _dispatch(self, command: do.Dispatch) -> None:
        task = self.core.current_attempt(command.task, command.attempt)
        if task is None:
            return  # cancelled while its record was being committed
        failpoint("run.dispatching")
        try:
            work = self._work(command.task, command.attempt)
        except (HarmonyError, OSError) as error:
            problem = engine_error(
                "conductor.task_not_prepared", kind=type(error).__name__, reason=str(error)
            )
            self._failed(command.task, command.attempt, problem)
            return
        attempt = Attempt(work, self, self._services.pool.release)
        self._attempts[command.task] = attempt
        self._services.pool.acquire(work.package, attempt)
        failpoint("run.dispatched")

    def _work(self, task: str, attempt: int) -> Work:
        node = self._planned(task)
        parameters = located_parameters(node, self._base_folder)
        services = self._services
        scratch = services.data_folder.runs_scratch / self.run / f"{_safe(task)}.{attempt}"
        scratch.mkdir(parents=True, exist_ok=True)
        return Work(
            task=task,
            attempt=attempt,
            player=node.player,
            package=Package(node.package, node.package_hash, node.package_source, services.python),
            inputs=inputs_for_child(services, self.core.tracker.inputs_of(task)),
            parameters=parameters,
            secrets=secret_values(node, parameters, services.environment),
            scratch=str(scratch),
            staging=str(services.artifacts.staging_folder(self.run, task, attempt)),
        )

    def _store(self, command: do.Store) -> None:
        task, attempt, outputs = command.task, command.attempt, command.outputs
        artifacts = self._services.artifacts
        staging = artifacts.staging_folder(self.run, task, attempt)

        def keep() -> tuple[dict[str, Any], list[ArtifactRow]]:
            references: dict[str, Any] = {}
            rows: list[ArtifactRow] = []
            for port, output in outputs.items():
                if output.get("nothing"):  # the branch not taken: there is no value to keep
                    references[port] = output
                    continue
                kept = artifacts.keep(output, staging)
                references[port] = kept.reference
                rows += kept.rows
            return references, rows

        def stored(done: Callable[[], tuple[dict[str, Any], list[ArtifactRow]]]) -> None:
            try:
                references, rows = done()
            except (HarmonyError, OSError) as error:
                problem = engine_error(
                    "conductor.output_not_kept", kind=type(error).__name__, reason=str(error)
                )
                self._failed(task, attempt, problem)
                return
            failpoint("run.output_kept")
            self._artifacts += rows
            self.feed(happened.Stored(self._now(), task, attempt, references, command.seconds))

        if any(artifacts.needs_thread(output) for output in outputs.values()):
            self._in_thread(keep, stored)
        else:
            stored(_now_done(keep))

    def _abort(self, command: do.Abort) -> None:
        attempt = self._attempts.get(command.task)
        if attempt is None or attempt.work.attempt != command.attempt:
            return
        if attempt.abort():
            self._later(self._services.cancel_grace, attempt.kill)
        else:
            self._services.pool.withdraw(attempt.work.package, attempt)

    def _schedule_retry(self, command: do.ScheduleRetry) -> None:
        failpoint("run.retry_scheduled")
        due = happened.RetryDue
        self._later(
            command.delay, lambda: self.feed(due(self._now(), command.task, command.attempt))
        )

    def _finish(self, command: do.Finish) -> None:
        failpoint("run.finished")
        self._speech.flush()
        if not self.finished.done():
            self.finished.set_result(command.state)

    _DO: Mapping[type, Callable[[Any, Any], None]] = {
        do.LookUp: _look_up,
        do.RequestSlot: _request_slot,
        do.WithdrawRequest: _withdraw_request,
        do.ReleaseSlot: _release_slot,
        do.Dispatch: _dispatch,
        do.Store: _store,
        do.Abort: _abort,
        do.ScheduleRetry: _schedule_retry,
        do.Finish: _finish,
    }

    # ------------------------------------------------------------------ what an attempt tells

    def attempt_started(self, attempt: Attempt, process: str, pid: int | None) -> None:
        failpoint("run.started")
        work = attempt.work
        self.feed(happened.Started(self._now(), work.task, work.attempt, process, pid))

    def attempt_succeeded(self, attempt: Attempt, outputs: dict[str, Any], seconds: float) -> None:
        failpoint("run.result_received")
        work = attempt.work
        self._over(attempt)
        self.feed(happened.Succeeded(self._now(), work.task, work.attempt, outputs, seconds))

    def attempt_failed(self, attempt: Attempt, error: dict[str, Any]) -> None:
        self._over(attempt)
        self._failed(attempt.work.task, attempt.work.attempt, error)

    def attempt_said(self, attempt: Attempt, message: Mapping[str, Any]) -> None:
        self._speech.said(attempt.work, self._node(attempt), message)

    def attempt_printed(self, attempt: Attempt, stream: Stream, data: bytes) -> None:
        self._speech.printed(attempt.work, self._node(attempt), stream, data)

    def _over(self, attempt: Attempt) -> None:
        if self._attempts.get(attempt.work.task) is attempt:
            del self._attempts[attempt.work.task]
        self._speech.end(attempt.work)

    def _failed(self, task: str, attempt: int, error: dict[str, Any]) -> None:
        services = self._services
        failures = self.core.tracker.tasks[task].failures
        delay = backoff_delay(
            failures + 1, services.retry_base, services.retry_cap, services.randomness
        )
        redacted: Any = services.redactor.value(error)
        self.feed(happened.Failed(self._now(), task, attempt, redacted, delay))

    # ------------------------------------------------------------------ small things

    def _planned(self, task: str) -> Any:
        tracker = self.core.tracker
        return tracker.nodes[tracker.tasks[task].node].planned

    def _node(self, attempt: Attempt) -> str:
        return self.core.tracker.tasks[attempt.work.task].node

    def _now(self) -> float:
        return self._services.clock.wall()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        def due() -> None:
            self._timers.discard(handle)
            call()

        handle = self._services.loop.call_later(seconds, due)
        self._timers.add(handle)

    def _in_thread(
        self, work: Callable[[], Any], then: Callable[[Callable[[], Any]], None]
    ) -> None:
        """Do `work` in a thread; `then` gets a function that returns its result or raises."""
        future = self._services.loop.run_in_executor(None, work)
        future.add_done_callback(lambda done: None if self._broken else then(done.result))


def _now_done(work: Callable[[], Any]) -> Callable[[], Any]:
    return work


def _safe(task: str) -> str:
    """A task's id as a part of a path: item tasks have brackets."""
    return str(Path(task.replace("[", ".").replace("]", "")).name)

"""Carries out what the core of a run wants done: the only part of a run that touches the world.

Each command is done on the event loop; what reads or writes whole files goes to a thread and comes
back as a fact. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.account import Account
from harmony.conductor.attempt import Attempt, Work, engine_error
from harmony.conductor.core import RunCore
from harmony.conductor.deadlines import Deadlines
from harmony.conductor.desks import Desk, Desks
from harmony.conductor.events import ProblemNoticed
from harmony.conductor.known_results import KnownResults
from harmony.conductor.look_ups import LookUps, Outcome, not_prepared, package_changed
from harmony.conductor.past import past_seconds
from harmony.conductor.preparation import (
    Common,
    all_for_child,
    all_short,
    is_slow_to_fetch,
    secret_values,
)
from harmony.conductor.services import Services
from harmony.conductor.speech import Speech
from harmony.conductor.storing import KeptOutputs, keep_outputs, keep_short, remove
from harmony.foundation.errors import HarmonyError
from harmony.foundation.failpoints import failpoint
from harmony.foundation.randomness import backoff_delay
from harmony.foundation.words import render
from harmony.melody.model import DEFAULT_POLICY
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.process import Stream
from harmony.polyphony.logs import safe_name
from harmony.polyphony.records import ArtifactRow

_SAVED: Final = "\0saved"


class Effects:
    """The hands of one run. `feed` takes the facts that follow; `keep` the rows of outputs.

    `post` takes those that a process told: they are decided together at the end of the turn.

    `guard` calls a function and stops the run when that raises what nobody foresaw.
    """

    def __init__(
        self,
        services: Services,
        run: str,
        core: RunCore,
        known: KnownResults,
        *,
        base_folder: str,
        feed: Callable[[happened.Fact], None],
        post: Callable[[happened.Fact | None], None],
        keep: Callable[[tuple[ArtifactRow, ...]], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._services = services
        self._run = run
        self._core = core
        self._known = known
        self._base_folder = base_folder
        self._feed = feed
        self._post = post
        self._keep = keep
        self._guard = guard
        folder = services.data_folder.runs_scratch / safe_name(run)
        self._desks = Desks(services.artifacts, run, folder)
        self._desk_of: dict[tuple[str, int], Desk] = {}
        self._attempts: dict[str, Attempt] = {}
        # Those that have begun in this turn: when they are over in it too, that is one fact.
        self._begun: dict[str, happened.Started] = {}
        self.account = Account(services.arbitration, run, core, services.clock.wall, feed)
        self.look_ups = LookUps(
            core, known, services.artifacts, services.clock.wall, feed, self._in_thread
        )
        self._deadlines = Deadlines(services.clock.monotonic, self._later, self._ask_usual)
        self._timers: set[asyncio.TimerHandle] = set()
        self._in_threads = 0
        # Set while the working folders of a run that has ended are being removed.
        self.removal: asyncio.Future[Any] | None = None
        self._speech = Speech(services, run)
        self._stopped = False
        self._when_idle: Callable[[], None] | None = None
        self._commands: Mapping[type, Callable[[Any], None]] = {
            do.LookUp: lambda command: self.look_ups.add(command.task),
            do.RequestSlot: self.account.request,
            do.WithdrawRequest: self.account.withdraw,
            do.ReleaseSlot: self.account.release,
            do.Dispatch: self._dispatch,
            do.Store: self._store,
            do.Abort: self._abort,
            do.ScheduleRetry: self._schedule_retry,
            do.Notify: self._notify,
        }

    def carry_out(self, command: do.Command) -> None:
        """Carry out one command."""
        self._commands[type(command)](command)

    def turn_over(self) -> None:
        """The event loop goes on: what was found out about packages is to be found out anew."""
        self._known.look_again()

    def stop(self) -> None:
        """Do nothing more: slots and processes are given up, no fact follows."""
        self._stopped = True
        self.account.close()
        self.look_ups.clear()
        for timer in self._timers:
            timer.cancel()
        for attempt in list(self._attempts.values()):
            if attempt.abort():
                attempt.kill()
        self._attempts.clear()
        self._speech.close()

    def end(self, cleaned: Callable[[], None]) -> None:
        """The run has ended: remove its working folders, then call `cleaned`.

        Players that were told to stop may take a moment for it; until then their folders stay.
        """
        self._speech.flush()

        def done(outcome: Outcome) -> None:
            self.removal = None
            try:
                outcome()
            except OSError as error:
                self._services.notice(error, self._run)
            cleaned()

        def begin() -> None:
            if self._desks.are_made:
                self.removal = self._in_thread(self._desks.clear_all, done)
            else:
                cleaned()

        self._when_idle = begin
        self._look_whether_idle()

    def _look_whether_idle(self) -> None:
        if self._when_idle is not None and not self._attempts and not self._in_threads:
            call, self._when_idle = self._when_idle, None
            call()

    # ------------------------------------------------------------------ while it runs

    def _dispatch(self, command: do.Dispatch) -> None:
        task = self._core.current_attempt(command.task, command.attempt)
        if task is None:
            return  # cancelled while its record was being committed
        failpoint("run.dispatching")
        node = self._planned(command.task)
        if self._known.code_changed(node):
            self._failed(command.task, command.attempt, package_changed(node))
            return
        inputs = self.look_ups.inputs_of(command.task)
        if task.saved is not None:
            # What the attempt before kept of its state comes as an input that no port has.
            inputs = {**inputs, _SAVED: task.saved}
        artifacts = self._services.artifacts
        short = all_short(inputs)
        if short is None and any(is_slow_to_fetch(value, artifacts) for value in inputs.values()):
            self._in_thread(
                lambda: all_for_child(inputs, artifacts),
                lambda outcome: self._send(command, node, outcome),
            )
            return
        self._send(command, node, lambda: short or all_for_child(inputs, artifacts))

    def _send(self, command: do.Dispatch, node: PlannedNode, inputs: Outcome) -> None:
        """Send a task whose inputs are at hand to a process."""
        task, attempt = command.task, command.attempt
        if self._core.current_attempt(task, attempt) is None:
            return  # cancelled while a large input was being read
        try:
            common = self._known.common(node)
            message = self._message(task, attempt, common, inputs())
            desk = self._desk_of[task, attempt] = self._desks.take()
        except (HarmonyError, OSError) as error:
            self._failed(task, attempt, not_prepared(error))
            return
        message["scratch"], message["staging"] = desk.scratch, desk.staging
        work = Work(self._run, task, attempt, common.package, node.prefetch, message)
        tenant = Attempt(work, self, self._services.pool)
        self._attempts[task] = tenant
        tenant.begin()
        failpoint("run.dispatched")

    def _message(
        self, task: str, attempt: int, common: Common, inputs: dict[str, Any]
    ) -> dict[str, Any]:
        """The `run` message of a task, all but where it works."""
        node, parameters = common.node, common.parameters
        secrets: dict[str, str] = {}
        if node.secrets:
            secrets = secret_values(node, parameters, self._services.environment)
        message: dict[str, Any] = {
            "kind": "run",
            "task": task,
            "attempt": attempt,
            "player": node.player,
            "inputs": inputs,
            "parameters": parameters,
            "secrets": secrets,
        }
        if _SAVED in inputs:
            message["saved"] = inputs.pop(_SAVED)
        if common.quota:
            message["quota"] = common.quota
        return message

    def _abort(self, command: do.Abort) -> None:
        attempt = self._attempts.get(command.task)
        if attempt is None or attempt.work.attempt != command.attempt:
            return
        if attempt.abort():
            self._later(self._services.cancel_grace, attempt.kill)
        else:
            self._over(attempt)
            self._leave_desk(command.task, command.attempt)

    def take_begun(self) -> list[happened.Started]:
        """The attempts that have begun in this turn and go on."""
        begun = list(self._begun.values())
        self._begun.clear()
        return begun

    def attempt_started(self, attempt: Attempt, process: str, pid: int | None) -> None:
        failpoint("run.started")
        task = attempt.task
        planned = self._planned(task)
        if planned.policy is not DEFAULT_POLICY:
            self._deadlines.begin(attempt, planned.id, planned.policy)
        self._begun[task] = happened.Started(self._now(), task, attempt.attempt, process, pid)
        self._post(None)

    def attempt_succeeded(self, attempt: Attempt, outputs: dict[str, Any], seconds: float) -> None:
        failpoint("run.result_received")
        if self._stopped:
            return
        self._over(attempt)
        task, number = attempt.task, attempt.attempt
        node = self._planned(task)
        kept = (
            None
            if node.reusable and self._may_be_unstable(node, task)
            else self._at_once(task, number, outputs)
        )
        if kept is None:
            self._post_begun(task)
            self._post(happened.Succeeded(self._now(), task, number, outputs, seconds))
            return
        failpoint("run.output_kept")
        unstable = self._known.code_changed(node) if node.reusable else ""
        spent = self.account.settle(task, number)
        self.look_ups.forget(task)
        self._keep(kept.rows)
        begun = self._begun.pop(task, None)
        process, pid = ("", None) if begun is None else (begun.process, begun.pid)
        self._post(
            happened.Done(
                self._now(), task, number, process, pid, kept.references, seconds, unstable, spent
            )
        )

    def _may_be_unstable(self, node: PlannedNode, task: str) -> bool:
        return self._known.common(node).reads_files(self.look_ups.inputs_of(task))

    def _at_once(self, task: str, attempt: int, outputs: dict[str, Any]) -> KeptOutputs | None:
        """Artifacts of outputs that need neither a thread nor a look at the disk; else None."""
        if self._core.current_attempt(task, attempt) is None:
            return None  # cancelled: nothing names these outputs
        kept = keep_short(outputs, self._now())
        if kept is None or not self._desks.put_back(self._desk_of[task, attempt]):
            return None
        del self._desk_of[task, attempt]
        return kept

    def _post_begun(self, task: str) -> None:
        """What follows is not told before that the task has begun."""
        begun = self._begun.pop(task, None)
        if begun is not None:
            self._post(begun)

    def attempt_failed(self, attempt: Attempt, error: dict[str, Any]) -> None:
        if self._stopped:
            return
        self._over(attempt)
        self._leave_desk(attempt.task, attempt.attempt)
        self._post_begun(attempt.task)
        self._failed(attempt.task, attempt.attempt, error)

    def attempt_said(self, attempt: Attempt, message: Mapping[str, Any]) -> None:
        self._deadlines.progress(attempt)
        kind = message["kind"]
        if kind == "save":
            self._post_begun(attempt.task)
            self._keep_state(attempt, message["value"])
        elif kind == "spent":
            self.account.spend(attempt.task, attempt.attempt, message["tokens"], message["money"])
        elif kind != "heartbeat":
            self._speech.said(attempt.work, self._node(attempt), message)

    def _keep_state(self, attempt: Attempt, value: dict[str, Any]) -> None:
        """What a task keeps of its state becomes an artifact, then a record."""
        artifacts, at = self._services.artifacts, self._now()
        staging = self._desk_of[attempt.task, attempt.attempt].staging

        def kept(outcome: Outcome) -> None:
            try:
                state = outcome()
            except (HarmonyError, OSError) as error:
                self._services.notice(error, self._run)  # the task goes on; it may save again
                return
            failpoint("run.state_kept")
            self._keep(state.rows)
            reference = state.references[_SAVED]
            self._feed(happened.Saved(self._now(), attempt.task, attempt.attempt, reference))

        def keep() -> KeptOutputs:
            return keep_outputs(artifacts, {_SAVED: value}, staging, at)

        if artifacts.needs_thread(value):
            self._in_thread(keep, kept)
        else:
            kept(keep)

    def attempt_printed(self, attempt: Attempt, stream: Stream, data: bytes) -> None:
        self._speech.printed(attempt.work, self._node(attempt), stream, data)

    def _over(self, attempt: Attempt) -> None:
        if self._attempts.get(attempt.work.task) is attempt:
            del self._attempts[attempt.work.task]
        self._deadlines.end(attempt)
        self._speech.end(attempt.work)
        if self._when_idle is not None:
            self._look_whether_idle()

    def _leave_desk(self, task: str, attempt: int) -> None:
        """Nothing on it is needed any more; what takes room is removed at once."""
        desk = self._desk_of.pop((task, attempt))
        if not self._desks.put_back(desk):
            self._in_thread(lambda: remove(desk.scratch), self._removed)

    def _removed(self, outcome: Outcome) -> None:
        try:
            outcome()
        except OSError as error:
            self._services.notice(error, self._run)

    def _failed(self, task: str, attempt: int, error: dict[str, Any]) -> None:
        services = self._services
        failures = self._core.tracker.tasks[task].failures
        policy = self._planned(task).policy
        base = policy.retry_base if services.retry_base is None else services.retry_base
        delay = backoff_delay(failures + 1, base, max(base, policy.retry_cap), services.randomness)
        redacted: Any = services.redactor.value(error)
        spent = self.account.settle(task, attempt)
        self._post(happened.Failed(self._now(), task, attempt, redacted, delay, spent))

    def _notify(self, command: do.Notify) -> None:
        task = self._core.tracker.tasks[command.task]
        planned = self._planned(command.task)
        reason = str((task.error or {}).get("message", ""))
        text = render("conductor.node_failed", title=planned.title or planned.id, reason=reason)
        self._services.events.publish(ProblemNoticed(text, self._now(), self._run))

    def _schedule_retry(self, command: do.ScheduleRetry) -> None:
        failpoint("run.retry_scheduled")
        due = happened.RetryDue
        self._later(
            command.delay, lambda: self._feed(due(self._now(), command.task, command.attempt))
        )

    # ------------------------------------------------------------------ after it ran

    def _store(self, command: do.Store) -> None:
        task, node = command.task, self._planned(command.task)
        artifacts = self._services.artifacts
        desk, at = self._desk_of[task, command.attempt], self._now()
        why_unstable = None
        if node.reusable:
            inputs = self.look_ups.inputs_of(task)
            why_unstable = self._known.stability_check(node, inputs, self._core.keys.get(task, ""))
        in_thread = why_unstable is not None or any(
            map(artifacts.needs_thread, command.outputs.values())
        )
        if not in_thread and self._desks.put_back(desk):
            del self._desk_of[task, command.attempt]
        else:
            in_thread = True

        def keep() -> tuple[KeptOutputs, str]:
            # A table of the task's own scratch folder is still linked there: once that name is gone
            # it need not be copied.
            if in_thread:
                remove(desk.scratch)
            kept = keep_outputs(artifacts, command.outputs, desk.staging, at)
            if in_thread:
                self._desks.tidy(desk)
            return kept, why_unstable() if why_unstable is not None else ""

        def stored(outcome: Outcome) -> None:
            self._desk_of.pop((task, command.attempt), None)
            try:
                kept, unstable = outcome()
            except (HarmonyError, OSError) as error:
                problem = engine_error(
                    "conductor.output_not_kept", kind=type(error).__name__, reason=str(error)
                )
                self._failed(task, command.attempt, problem)
                return
            failpoint("run.output_kept")
            self.look_ups.forget(task)
            if self._core.current_attempt(task, command.attempt) is None:
                return  # cancelled meanwhile: nothing names these outputs
            if node.reusable and not unstable:
                unstable = self._known.code_changed(node)
            self._keep(kept.rows)
            self._feed(
                happened.Stored(
                    self._now(),
                    task,
                    command.attempt,
                    kept.references,
                    command.seconds,
                    unstable,
                    self.account.settle(task, command.attempt),
                )
            )

        if in_thread:
            self._in_thread(keep, stored)
        else:
            stored(keep)

    # ------------------------------------------------------------------ small things

    def _ask_usual(self, node: str, tell: Callable[[Sequence[float]], None]) -> None:
        """Find out how long a node took in past runs."""
        store, run = self._services.store, self._run

        def told(outcome: Outcome) -> None:
            tell(outcome())

        self._in_thread(lambda: past_seconds(store, run, node), told)

    def _planned(self, task: str) -> PlannedNode:
        return self._core.tracker.planned(task)

    def _node(self, attempt: Attempt) -> str:
        return self._core.tracker.node_of(attempt.work.task)

    def _now(self) -> float:
        return self._services.clock.wall()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        def due() -> None:
            self._timers.discard(handle)
            self._guard(call)

        handle = self._services.loop.call_later(seconds, due)
        self._timers.add(handle)

    def _in_thread(
        self, work: Callable[[], Any], then: Callable[[Outcome], None]
    ) -> asyncio.Future[Any]:
        """Do `work` in a thread; `then` gets its outcome on the loop, unless all was stopped."""

        def done(future: asyncio.Future[Any]) -> None:
            self._in_threads -= 1
            if self._stopped:
                future.exception()  # the run is driven no more: nobody asks how it went
                return
            self._guard(lambda: then(future.result))
            self._look_whether_idle()

        self._in_threads += 1
        at_work = self._services.loop.run_in_executor(None, work)
        at_work.add_done_callback(done)
        return at_work

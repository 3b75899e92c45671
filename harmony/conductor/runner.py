"""Drives one run: facts in, records to the store, then events and commands (DESIGN.md section 5).

Decide → append → commit → publish: what a fact makes of the run is decided by the core, appended as
records, committed by the store's writer thread, and only then told to anyone or acted on outside.
All facts of one turn of the event loop share a commit; while it is on its way, further facts are
decided and make the next one. So the busier a run, the more tasks a commit holds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.announcing import events_of
from harmony.conductor.collector import Collector
from harmony.conductor.core import RUN, Record, RunCore, step
from harmony.conductor.effects import Effects
from harmony.conductor.errors import CoherenceError, RunBrokenError
from harmony.conductor.events import Event, RunBroken
from harmony.conductor.invariants import Watch
from harmony.conductor.known_results import Adopted, KnownResults
from harmony.conductor.ledger import Ledger
from harmony.conductor.packages import PackageCheck
from harmony.conductor.services import Services
from harmony.foundation.failpoints import failpoint
from harmony.pit.pool import PoolReport
from harmony.polyphony.errors import StoreDiskError, StoreError, StoreFullError
from harmony.polyphony.records import RunRow
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent

__all__ = ["Adopted", "Runner"]

LOOK_UPS_AT_ONCE: Final = 100
"""So many tasks are looked up before the loop has a turn: some 5 ms."""

WAIT_FOR_COMPANY: Final = 0.01
"""Seconds that records wait which nothing hangs on: that a task has begun. Its result mostly comes
sooner, and both share one commit."""


FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
"""Seconds after which a commit that the disk had no room for is tried again: doubled up to this."""


class Runner:
    """One run in this process. Everything but the store's writer happens on the event loop.

    `begun` is done when the first records are on disk, `finished` when the last ones are; the
    folders of a run that did not fail may still be removed then (`removal`). Both
    raise RunBrokenError when the run had to be stopped; its journal then holds all that was told,
    and it can be resumed.
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
        code: PackageCheck | None = None,
    ) -> None:
        self.run = run
        self.core = core
        self.begun: asyncio.Future[None] = services.loop.create_future()
        self.finished: asyncio.Future[str] = services.loop.create_future()
        self._services = services
        self._ledger = Ledger(
            run, core, services.clock, sequence=sequence, started=started, row=row
        )
        self._watch = Watch(core.tracker, core.state)
        self._collector = Collector()
        known = KnownResults(
            services,
            code or PackageCheck(lambda _: None),
            base_folder=base_folder,
            environment=environment,
            adopted=adopted or {},
        )
        self._effects = Effects(
            services,
            run,
            core,
            known,
            base_folder=base_folder,
            feed=self.feed,
            post=self.post,
            keep=self._ledger.add_artifacts,
            guard=self._guard,
        )
        self._facts: deque[happened.Fact] = deque()
        self._records: list[Record] = []
        self._later: list[do.Command] = []
        self._on_its_way = False
        self._commit_due = False
        self._turn_due = False
        self._ending_turn = False
        self._alarm: asyncio.TimerHandle | None = None
        self._deciding = False
        self._going_on = False
        self._broken = False
        self._ending: do.Finish | None = None
        self._cleaning = False
        # A retry was asked for while the folders of the last try were being removed.
        self.retry_wanted = False

    @property
    def status(self) -> str:
        """The run's state of chart 3, as decided (its commit may be on its way)."""
        return self.core.state

    @property
    def sequence(self) -> int:
        """The number of the last record that was decided."""
        return self._ledger.sequence

    @property
    def removal(self) -> asyncio.Future[Any] | None:
        """Done when the folders of this run, which has ended, are gone; None when none remain."""
        return self._effects.removal

    def start(self) -> None:
        """Begin a new run."""
        self._collector.begin()
        self._effects.account.open()
        self.feed(happened.Start(self._now()))

    def recover(self, trigger: str) -> None:
        """Go on with a run that another process was driving, or this one before a restart."""
        self._collector.begin()
        self._effects.account.open()
        self.feed(happened.Recover(self._now(), trigger))
        failpoint("run.recovering")

    def pause(self) -> None:
        """Start no further task."""
        self.feed(happened.Pause(self._now()))
        failpoint("run.pausing")

    def resume(self) -> None:
        """Go on after a pause."""
        self.feed(happened.Resume(self._now()))
        failpoint("run.going_on")

    def cancel(self) -> None:
        """End the run now."""
        self.feed(happened.Cancel(self._now()))
        failpoint("run.cancelling")

    def retry_failed(self) -> None:
        """Try failed tasks again, in this same run."""
        if self.finished.done():
            self.finished = self._services.loop.create_future()
        if self.begun.done():
            self.begun = self._services.loop.create_future()
        self._ending = None
        self._collector.begin()
        self._effects.account.open()
        if self._cleaning:
            self.retry_wanted = True  # not before the folders of the last try are gone
        else:
            self.feed(happened.RetryFailed(self._now()))

    def leave(self) -> None:
        """Drive the run no more: its processes are ended, its journal stays as it is."""
        self._broken = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._effects.stop()
        self._collector.over()

    def break_off(self, error: BaseException) -> None:
        """Stop, since what was decided cannot be made true. The journal stays as it is."""
        if self._broken:
            return
        self.leave()
        broken = _told(error)
        for waiting in (self.begun, self.finished):
            if not waiting.done():
                waiting.set_exception(broken)
                waiting.exception()  # it is told as an event too: nobody has to wait for it
        self._services.events.publish(RunBroken(self.run, broken.to_json(), self._now()))

    def feed(self, fact: happened.Fact) -> None:
        """Let a fact take effect, and all that follows from it in this process."""
        if self._broken:
            return
        self._facts.append(fact)
        if not self._deciding:
            self._guard(self._decide)

    def post(self, fact: happened.Fact | None) -> None:
        """Take up a fact at the end of this turn of the loop, with all others that come in it.

        None only says that there is something to take up.
        """
        if self._broken:
            return
        if fact is not None:
            self._facts.append(fact)
        if not self._turn_due and not self._deciding:
            self._turn_due = True
            self._services.loop.call_soon(self._guard, self._end_turn)

    # ------------------------------------------------------------------ decide

    def _end_turn(self) -> None:
        self._turn_due = False
        if self._broken:
            return
        self._ending_turn = True
        try:
            self._decide()
        finally:
            self._ending_turn = False
        if self._commit_due:
            self._commit()

    def _decide(self) -> None:
        self._deciding = True
        self._facts.extend(self._effects.take_begun())
        facts, core, records, later = self._facts, self.core, self._records, self._later
        carry_out, look_ups = self._effects.carry_out, self._effects.look_ups
        room = LOOK_UPS_AT_ONCE
        try:
            while True:
                if facts:
                    decided, commands = step(core, facts.popleft())
                    records += decided
                    for command in commands:
                        kind = type(command)
                        if kind is do.LookUp and look_ups.need_the_store(command.task):  # type: ignore[union-attr]
                            later.append(command)
                        elif kind in do.AFTER_COMMIT:
                            later.append(command)
                            if kind is do.Finish:
                                self._ending = command  # type: ignore[assignment]
                        else:  # it asks only inside this process
                            carry_out(command)
                elif room and look_ups.waiting:
                    room -= 1
                    look_ups.next()
                else:
                    break
        finally:
            self._deciding = False
        self._see_to_a_commit()
        if look_ups.waiting and not self._going_on:
            self._going_on = True
            self._services.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._going_on = False
        if not self._broken:
            self._guard(self._decide)

    # ------------------------------------------------------------------ commit and publish

    def _see_to_a_commit(self) -> None:
        """One at the end of this turn, unless one is on its way: then as soon as it is on disk."""
        if self._on_its_way or self._commit_due or not (self._records or self._later):
            return
        if not self._later and all(_can_wait(record) for record in self._records):
            if self._alarm is None:
                loop = self._services.loop
                self._alarm = loop.call_later(WAIT_FOR_COMPANY, self._guard, self._commit)
            return
        if self._ledger.sequence == 0:
            # The first one tells that there is a run: it does not wait for company.
            self._commit()
            return
        self._commit_due = True
        if not self._ending_turn:  # else it follows at once
            self._services.loop.call_soon(self._guard, self._commit)

    def _commit(self) -> None:
        if not self._commit_due and self._alarm is None and self._ledger.sequence:
            return  # done already, at the end of a turn
        self._commit_due = False
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._broken:
            return
        records, self._records = self._records, []
        later, self._later = self._later, []
        violations = self._watch.judge(records)
        if violations:
            raise CoherenceError(
                "conductor.rule_broken", found="; ".join(str(found) for found in violations)
            )
        if any(isinstance(command, do.Finish) for command in later):
            _add_report(records, self._services.pool.report(self.run))
        events: list[Event] = []
        if self._services.events.has_subscribers:
            events = events_of(self.run, self.core, records)
        commit = self._ledger.commit(records)
        loop = self._services.loop

        refused = 0

        def done(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(told, error)

        def told(error: BaseException | None) -> None:
            nonlocal refused
            if self._broken or not self._may_try_again(error):
                self._committed(error, events, later)
                return
            if not refused:
                self._services.notice(RunBrokenError("conductor.run_waits", reason=str(error)), run)
            refused += 1
            loop.call_later(min(LONGEST_WAIT, FIRST_WAIT * 2**refused), self._guard, send)

        def send() -> None:
            if not self._broken:
                self._services.store.commit(commit, done)

        run = self.run
        failpoint("run.decided")
        self._on_its_way = True
        self._effects.turn_over()
        send()

    def _may_try_again(self, error: BaseException | None) -> bool:
        """Whether a run that is known waits for the disk. One that is new is refused at once."""
        return isinstance(error, (StoreFullError, StoreDiskError)) and self.begun.done()

    def _committed(
        self, error: BaseException | None, events: list[Event], later: list[do.Command]
    ) -> None:
        self._on_its_way = False
        if error is not None:
            self.break_off(error)
            return
        failpoint("run.committed")
        if not self.begun.done():
            self.begun.set_result(None)
        try:
            for event in events:
                self._services.events.publish(event)
        finally:
            # A listener that fails is not the run's affair.
            self._guard(lambda: self._do_later(later))

    def _do_later(self, later: list[do.Command]) -> None:
        for command in later:
            if self._broken:
                return
            if isinstance(command, do.Finish):
                self._finish(command)
            else:
                self._effects.carry_out(command)
        if self._broken:
            return
        if self._effects.look_ups.waiting and not self._deciding:
            self._decide()
        self._effects.turn_over()
        self._see_to_a_commit()

    def _finish(self, ending: do.Finish) -> None:
        failpoint("run.finished")
        if ending is not self._ending:
            return  # tried again before the end was on disk
        self._cleaning = True
        self._effects.end(self._cleaned)
        if ending.state != RunState.FAILED:
            # Its Players may take a moment to stop, and folders to be removed: nobody has to wait
            # for that. One that failed may be tried again at once, in the same folders.
            self._settle(ending.state)

    def _cleaned(self) -> None:
        self._cleaning = False
        if self.retry_wanted:
            self.retry_wanted = False
            self.feed(happened.RetryFailed(self._now()))
        elif self._ending is not None and not self.finished.done():
            self._settle(self._ending.state)

    def _settle(self, state: str) -> None:
        self._effects.account.close()
        self._collector.over()
        if not self.finished.done():
            self.finished.set_result(state)

    # ------------------------------------------------------------------ small things

    def _guard(self, call: Callable[[], Any]) -> None:
        """A mistake of the program must not leave a run behind that nothing drives any more."""
        try:
            call()
        except (CoherenceError, StoreError) as error:
            self.break_off(error)
        except BaseException as error:
            self.break_off(error)
            raise

    def _now(self) -> float:
        return self._services.clock.wall()


def _can_wait(record: Record) -> bool:
    """Whether nothing hangs on a record: that a task has begun."""
    return record.event == TaskEvent.PLAYER_READY


def _add_report(records: list[Record], report: PoolReport) -> None:
    """What the pool did for a run is kept with the record of its end."""
    for record in reversed(records):
        if record.machine == RUN:
            record.data["pool"] = report.to_json()
            return


def _told(error: BaseException) -> RunBrokenError:
    if isinstance(error, RunBrokenError):
        return error
    code = "conductor.run_stopped"
    if isinstance(error, StoreError):
        code = "conductor.journal_not_written"
    return RunBrokenError(code, reason=str(error) or type(error).__name__)

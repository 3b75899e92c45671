"""The pool itself: hands warm processes to tenants and takes them back (chart 2).

A task takes the process of its package that was used last (its caches are warm); the ones not used
for longest are let go when idle for long or when the memory budget is short. Of every package as
many processes are on their way as tenants wait, so that nobody waits for a process that will not
come. Tasks that may be sent ahead join a busy process once there are enough of them.

A start that fails is tried again after a delay for those who wait. When several failed one after
the other, they are told, and the package is left alone for a while (a circuit breaker, seeds/003).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from harmony.foundation.clock import Clock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.randomness import Randomness
from harmony.pit.pool.books import Books
from harmony.pit.pool.breaker import Breakers
from harmony.pit.pool.foresight import Foresight
from harmony.pit.pool.limits import PoolLimits
from harmony.pit.pool.memory import USUAL_MB, resident_mb
from harmony.pit.pool.package import Package
from harmony.pit.pool.process import PooledProcess
from harmony.pit.pool.report import PoolReport
from harmony.pit.pool.shelf import RESERVE_DELAY, RESERVE_SECONDS, Shelf, Waiting, stock
from harmony.pit.pool.tenant import Tenant
from harmony.pit.pool.warming import NEXT_IN_RUN, WORTH_WARMING, LookAhead, Wish, decide
from harmony.pit.process import ProcessHost
from harmony.states.player import PlayerEvent, PlayerMachine, PlayerState
from harmony.wire.launch import Exit, Launch

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function after so many seconds."""


class Pool:
    """Hands warm processes to tenants and takes them back.

    `changed` is called once something about the processes is other than at the last `look`, and
    not again before the next one. `later` is the event loop's `call_later` when not given.
    """

    def __init__(
        self,
        host: ProcessHost,
        clock: Clock,
        working_folder: Path,
        limits: PoolLimits,
        changed: Callable[[], None],
        *,
        later: Later | None = None,
        randomness: Randomness | None = None,
        breakers: Breakers | None = None,
        resident: Callable[[int | None], float] = resident_mb,
    ) -> None:
        self._host = host
        self._clock = clock
        self._working_folder = working_folder
        self._limits = limits
        self._changed = changed
        self._later: Later = later or _on_the_loop
        self._randomness = randomness or Randomness()
        self._resident = resident
        self.breakers = breakers or Breakers(clock)
        self.breakers.changed = self._stir
        self._processes: dict[str, PooledProcess] = {}
        self._shelves: dict[str, Shelf] = {}
        # The warm processes of each shelf once more, where `allocate` finds them in one step.
        self._ready: dict[str, list[PooledProcess]] = {}
        self._books = Books()
        self._foresight = Foresight()
        self._current: dict[str, str] = {}
        self._count = 0
        self._quiet = True
        self._closed = False

    @property
    def processes(self) -> Mapping[str, PooledProcess]:
        """Every process that runs or is starting, by id."""
        return self._processes

    def look(self) -> tuple[dict[str, str], float]:
        """The state of each process by its id, and the memory of all; see `memory_mb`."""
        self._quiet = True
        states = {name: process.machine.state for name, process in self._processes.items()}
        return states, self.memory_mb()

    @property
    def limits(self) -> PoolLimits:
        """How much it keeps, and how many processes of a package run at once."""
        return self._limits

    # ------------------------------------------------------------------ for tasks

    def reserve(self, package: Package) -> PooledProcess | None:
        """Take the warm process that was used last off its shelf; None when none is warm."""
        try:
            return self._ready[package.key].pop()
        except (KeyError, IndexError):
            return None

    def put_back(self, process: PooledProcess) -> None:
        """A Ready process waits again: it is the one that was used last."""
        process.ready_line.append(process)

    def allocate(self, package: Package, tenant: Tenant, ahead: int = 0) -> PooledProcess | None:
        """The warm process that was used last, now Active for the tenant; None when none is warm.

        The tenant is not told: it is the caller. `ahead` as for `acquire`.
        """
        try:
            process = self._ready[package.key].pop()
        except (KeyError, IndexError):
            return None
        process.idle_seconds += process.machine.allocate() - process.idle_since
        process.tenant = tenant
        if ahead:
            process.share(tenant, ahead)
        if self._quiet:
            self._stir()
        return process

    def acquire(self, package: Package, tenant: Tenant, ahead: int = 0) -> None:
        """Give the tenant a process: now when one is warm, else as soon as one is.

        `ahead` is how many further tasks may wait inside a process that this one runs in, and
        behind how many it may wait itself. It hears `lost` within this call when no process can
        come: the pool is closed, or the package has just failed to start several times.
        """
        if not self._books.is_open(tenant.run):
            self._books.open(tenant.run, self._processes.values(), self._clock.monotonic())
        process = self.allocate(package, tenant, ahead)
        if process is not None:
            self._books.hit(tenant.run)
            tenant.acquired(process)
            if process.shelf.reserve_until:
                self._reserve_soon(process.shelf)
        else:
            self._queue(self._shelf_of(package), tenant, ahead)
        if self._foresight.task_begins(tenant.run, tenant.task):
            self._warm_wished()

    def withdraw(self, package: Package, tenant: Tenant) -> None:
        """The tenant waits no more."""
        shelf = self._shelves.get(package.key)
        if shelf is not None:
            shelf.line.pop(id(tenant), None)

    def release(self, process: PooledProcess, tenant: Tenant) -> None:
        """The tenant's task is over and the process unharmed: without another it becomes Ready."""
        process.tasks_run += 1
        if process.ahead and process.left_by(tenant):
            if process.shelf.line:
                self._let_in(process.shelf)
            return
        process.tenant = None
        process.idle_since = process.machine.deallocate()
        if process.shelf.line or process.leaving:
            self._free(process)
            return
        process.ready_line.append(process)
        if self._quiet:
            self._stir()

    def refusal(self, player: str) -> str | None:
        """Why no task of this Player may run now, for a person; None when it may. To be asked once
        for each attempt: it may be the one that tries whether the Player works again."""
        return self.breakers.refusal(player)

    def crashed(self, player: str) -> None:
        """A process died under a task of this Player."""
        self.breakers.crashed(player)

    def succeeded(self, player: str) -> None:
        """A task of this Player ended, whatever it said, without a crash."""
        self.breakers.succeeded(player)

    def replace(self, package: Package) -> None:
        """A process was lost under a task: have another one when it is tried again, and for a while
        one in reserve."""
        shelf = self._shelf_of(package)
        shelf.reserve_until = self._clock.monotonic() + RESERVE_SECONDS
        self._reserve_soon(shelf)

    # ------------------------------------------------------------------ before tasks come

    def warm(self, package: Package, count: int = 1) -> None:
        """Start processes of a package before they are asked for, until `count` are free."""
        shelf = self._shelf_of(package)
        free = len(shelf.ready) + len(shelf.cooling) + shelf.coming - len(shelf.line)
        if self._refusal(shelf) is None:
            for _ in range(count - free):
                self._start(shelf, PlayerEvent.PREDICTIVE_PREWARM)

    def expect(self, packages: Iterable[Package], source: str = "") -> None:
        """These packages will surely be used soon. As `foresee`, with one process of each."""
        self.foresee(source, [Wish(package, 1, NEXT_IN_RUN) for package in packages])

    def foresee(self, source: str, wishes: Iterable[Wish]) -> None:
        """What one source (a run, an open melody, the user's habits) foresees from now on.

        It replaces what the same source foresaw before; nothing takes it back. What is wished for
        is warmed as far as `warming.decide` finds it worth it, and is let go last.
        """
        self._foresight.set(source, wishes)
        self._warm_wished()

    def begin_run(self, run: str, look_ahead: LookAhead) -> None:
        """A run begins: its account is opened, and from its first task on it looks ahead."""
        if not self._books.is_open(run):
            self._books.open(run, self._processes.values(), self._clock.monotonic())
        self._foresight.begin_run(run, look_ahead)

    def end_run(self, run: str) -> list[str]:
        """A run needs nothing any more: the Players that it used, in their order."""
        return self._foresight.end_run(run)

    def retire(self, package_name: str, keep_hash: str) -> None:
        """The package may have changed on disk: only processes of this hash are of use from now on.

        Idle ones of any other hash end now; busy ones, and those on their way, after their tasks.
        """
        if self._current.get(package_name, keep_hash) != keep_hash:
            self.breakers.forget(package_name)
        self._current[package_name] = keep_hash
        for process in list(self._processes.values()):
            package = process.package
            if package.name == package_name and package.hash != keep_hash:
                process.leaving = True
                if process.idle:
                    self._evict(process)

    # ------------------------------------------------------------------ now and then

    def tidy(self) -> None:
        """Measure; cool what is idle, evict what is cold or over budget. Called now and then."""
        now, patience = self._clock.monotonic(), self._limits.idle_seconds
        for process in self._processes.values():
            process.measure(self._resident)
        for shelf in list(self._shelves.values()):
            if self._foresight.likelihood(shelf.package) >= WORTH_WARMING:
                continue  # it would be warmed again at once
            for process in [p for p in shelf.cooling if now - p.idle_since > 2 * patience]:
                self._evict(process)
            for process in [p for p in shelf.ready if now - p.idle_since > patience]:
                process.machine.fire(PlayerEvent.IDLE_TIMEOUT)
                shelf.ready.remove(process)
                shelf.cooling.append(process)
        self._keep_budget()
        self._warm_wished()

    def report(self, run: str) -> PoolReport:
        """What the pool did for a run since its first task; to be asked once, at its end."""
        return self._books.close(run, self._processes.values(), self._clock.monotonic())

    def memory_mb(self) -> float:
        """Resident memory of all processes but those that were told to end, when last measured."""
        return sum(process.memory_mb for process in self._kept())

    async def close(self) -> None:
        """End every process; tenants hear `lost`."""
        self._closed = True
        for shelf in self._shelves.values():
            shelf.ready.clear()
            shelf.cooling.clear()
        await self._host.close()
        for shelf in self._shelves.values():
            while shelf.line:
                shelf.first().tenant.lost(_CLOSED)

    # ------------------------------------------------------------------ what processes tell

    def came_up(self, process: PooledProcess) -> None:
        """A process has loaded its package."""
        shelf = process.shelf
        shelf.starting.pop(process, None)
        shelf.failed.count = 0
        process.idle_since = process.came_up = process.machine.since
        process.measure(self._resident)
        self._free(process)
        if shelf.reserve_until:
            self._reserve_soon(shelf)
        if self._foresight.wishes:
            self._warm_wished()  # only so many start at a time: it may be the turn of the next

    def ended(self, process: PooledProcess, ending: Exit) -> None:
        """A process is gone, or did not come up."""
        shelf, machine = process.shelf, process.machine
        self._processes.pop(process.id, None)
        shelf.forget(process)
        starting = machine.state in (PlayerState.LOADING, PlayerState.WARMING)
        self._books.gone(process, self._clock.monotonic())
        if machine.state != PlayerState.UNLOADED:  # those that were evicted have moved already
            machine.fire(PlayerEvent.START_FAILED if starting else PlayerEvent.PROCESS_LOST)
        tenants = process.clear()
        self._stir()
        if starting:
            self._start_failed(shelf, ending)
        for tenant in tenants:
            tenant.lost(ending)
        self._start_missing(shelf)

    # ------------------------------------------------------------------ inside

    def _queue(self, shelf: Shelf, tenant: Tenant, ahead: int) -> None:
        """No process is Ready: take up one that cools, join one that is busy, or wait for one."""
        waiting = Waiting(tenant, ahead, self._clock.monotonic())
        if shelf.cooling and not self._closed:
            process = shelf.cooling.pop()
            process.machine.fire(PlayerEvent.ACCESS_DETECTED)
            self._hand_over(process, waiting)
            return
        refusal = self._refusal(shelf)
        if refusal is not None:
            tenant.lost(refusal)
            return
        if ahead and len(shelf.sharing) + shelf.coming >= self._limits.processes_at_once:
            joined = shelf.with_room(waiting)
            if joined is not None:
                self._join(joined, waiting)
                return
        shelf.line[id(tenant)] = waiting
        self._start_missing(shelf)

    def _hand_over(self, process: PooledProcess, waiting: Waiting) -> None:
        """Give a process that is off its shelf to one who waits."""
        self.put_back(process)
        given = self.allocate(process.package, waiting.tenant, waiting.ahead)
        assert given is process
        if process.came_up >= waiting.since:
            self._books.cold(waiting.tenant.run, self._clock.monotonic() - waiting.since)
        else:  # it was busy, or about to be let go
            self._books.hit(waiting.tenant.run)
        waiting.tenant.acquired(process)

    def _join(self, process: PooledProcess, waiting: Waiting) -> None:
        """Send a task ahead to a process that is busy."""
        process.machine.fire(PlayerEvent.CONCURRENT_TASK)
        process.share(waiting.tenant, min(process.ahead, waiting.ahead))
        self._books.hit(waiting.tenant.run)
        waiting.tenant.acquired(process)

    def _let_in(self, shelf: Shelf) -> None:
        """Those in the line who may be sent ahead join the busy processes that have room."""
        for key, waiting in list(shelf.line.items()):
            if waiting.ahead == 0 or key not in shelf.line:
                continue
            process = shelf.with_room(waiting)
            if process is not None:
                del shelf.line[key]
                self._join(process, waiting)

    def _free(self, process: PooledProcess) -> None:
        """A process has nothing to do: the next in its line has it, else it waits warm or ends."""
        shelf = process.shelf
        if shelf.line:
            self._hand_over(process, shelf.first())
            self._let_in(shelf)
        elif process.leaving:
            self._evict(process)
        else:
            self.put_back(process)
            self._stir()

    def _start_missing(self, shelf: Shelf) -> None:
        """Start as many as are needed by those who wait and cannot be sent ahead to others."""
        while shelf.coming < len(shelf.line) and self._refusal(shelf) is None:
            alone = any(waiting.ahead == 0 for waiting in shelf.line.values())
            enough = len(shelf.sharing) + shelf.coming >= self._limits.processes_at_once
            if enough and not alone:
                return
            if not self._start(shelf, PlayerEvent.ALLOCATE):
                return

    def _start(self, shelf: Shelf, event: str) -> bool:
        """Start a process; False when that failed at once."""
        self._count += 1
        name, package = f"player-{self._count}", shelf.package
        machine = PlayerMachine(name, self._clock)
        process = PooledProcess(name, shelf, machine, self)
        process.foreseen = event == PlayerEvent.PREDICTIVE_PREWARM
        machine.fire(event)
        self._processes[name] = process
        shelf.starting[process] = None
        if not process.foreseen:
            self._keep_budget()
        launch = Launch(
            process=name,
            package=package.name,
            source=package.source,
            python=package.python,
            working_folder=self._working_folder,
            quota=package.quota,
        )
        try:
            process.process = self._host.start(launch, process)
        except (HarmonyError, OSError) as error:
            self.ended(process, Exit(None, None, str(error)))
            return False
        self._stir()
        return True

    def _reserve_soon(self, shelf: Shelf) -> None:
        self._later(RESERVE_DELAY, lambda: self._reserve(shelf))

    def _reserve(self, shelf: Shelf) -> None:
        room, limits = self._limits.memory_mb - self.memory_mb(), self._limits
        if shelf.lacks_reserve(self._clock.monotonic(), limits.processes_at_once, room):
            self.warm(shelf.package)

    def _start_failed(self, shelf: Shelf, ending: Exit) -> None:
        """Try again after a delay for those who wait, and after several failures tell them."""
        shelf.failed.add(ending, self._clock.monotonic())
        if self._refusal(shelf) is not None:
            self._tell_superfluous(shelf, ending)
        elif shelf.coming < len(shelf.line):
            shelf.restarts_due += 1
            self._later(shelf.failed.delay(self._randomness), lambda: self._restart(shelf))

    def _restart(self, shelf: Shelf) -> None:
        shelf.restarts_due -= 1
        self._start_missing(shelf)

    def _tell_superfluous(self, shelf: Shelf, ending: Exit) -> None:
        """Those in the line for whom no process is on its way hear that none will come."""
        while len(shelf.line) > len(shelf.starting):
            shelf.first().tenant.lost(ending)

    def _refusal(self, shelf: Shelf) -> Exit | None:
        """Why no process of a package is started now; None when one may be."""
        if self._closed:
            return _CLOSED
        return shelf.failed.refusal(self._clock.monotonic()) if shelf.failed.count else None

    def _stir(self) -> None:
        """Something is other than at the last look."""
        if self._quiet:
            self._quiet = False
            self._changed()

    def _shelf_of(self, package: Package) -> Shelf:
        shelf = self._shelves.get(package.key)
        if shelf is None:
            shelf = self._shelves[package.key] = Shelf(package)
            self._ready[package.key] = shelf.ready
        return shelf

    def _kept(self) -> Iterator[PooledProcess]:
        return (p for p in self._processes.values() if p.machine.state != PlayerState.UNLOADED)

    def _evict(self, process: PooledProcess) -> None:
        process.shelf.forget(process)
        if process.machine.state == PlayerState.READY:
            process.machine.fire(PlayerEvent.IDLE_TIMEOUT)
        process.machine.fire(PlayerEvent.EVICT_FROM_CACHE)
        assert process.process is not None
        process.process.stop()
        self._stir()

    def _keep_budget(self) -> None:
        """Let go of the least likely, of these of the longest unused, until what is left fits."""
        over = self.memory_mb() - self._limits.memory_mb
        if over <= 0:
            return
        idle = [p for shelf in self._shelves.values() for p in (*shelf.cooling, *shelf.ready)]
        likelihood = self._foresight.likelihood
        for process in sorted(idle, key=lambda p: (likelihood(p.package), p.idle_since)):
            if over <= 0:
                return
            over -= process.memory_mb
            self._evict(process)

    def _warm_wished(self) -> None:
        """Start what is foreseen, no more at a time than there are processors to load it."""
        if self._closed or not self._foresight.wishes:
            return
        loading = sum(len(shelf.starting) for shelf in self._shelves.values())
        there, room = stock(self._shelves, self._kept()), self._limits.memory_mb - self.memory_mb()
        for step in decide(self._foresight.wishes, there, room, USUAL_MB):
            shelf = self._shelf_of(step.package)
            if loading >= self._limits.processes_at_once:
                return
            if self._refusal(shelf) is not None:
                continue
            for key in step.let_go:
                standing = self._shelves[key]
                self._evict((standing.cooling or standing.ready)[0])
            loading += self._start(shelf, PlayerEvent.PREDICTIVE_PREWARM)


_CLOSED: Final = Exit(None, None, "")


def _on_the_loop(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)

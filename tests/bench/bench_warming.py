"""What foreseeing is worth: the real pool and its real policies on a simulated clock.

The history is that of `user_with_habits.py`, of several users; the program is started anew for each
session, and the habits are kept. Two tasks run side by side, and memory is short: one process of
each package takes more than the budget, which is the pool's when nothing is set. Compared are:
nothing kept; the processes used last kept (LRU); a running melody's next layers warmed; the open
melody too; habits too; an oracle that knows every task beforehand, starts each process just in time
and keeps it only if starting it anew would not be in time. Each has all four figures of the run
report; the floor of each is the oracle's (of waiting, one second). A further row tells the best of
them where memory is very short.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row
from user_with_habits import Drawn, Visit, history, kind_of

from harmony.pit.pool import LookAhead, Package, Pool, PooledProcess, PoolLimits, PoolReport, Step
from harmony.pit.pool.habits import Habits
from harmony.pit.pool.warming import OPEN_MELODY, Wish, layers, wishes_of
from harmony.wire.launch import Exit, Launch

USERS = (7, 8, 9, 10, 11)
SESSIONS = 40
SLOTS = 2
BUDGET_MB = 2048.0
TIGHT_MB = 1500.0
POLICIES = {
    "none": frozenset({"none"}),
    "LRU": frozenset[str](),
    "look-ahead": frozenset({"look"}),
    "look-ahead and open melody": frozenset({"look", "open"}),
    "look-ahead, open melody and habits": frozenset({"look", "open", "habits"}),
}


def run() -> Iterable[dict[str, Any]]:
    """All policies, then how well the next Player is told."""
    users = [history(seed, SESSIONS) for seed in USERS]
    best = together(oracle(told) for told in users)
    for name, policy in POLICIES.items():
        yield from rows(name, together(replay(told, policy) for told in users), best)
    foreseen = POLICIES["look-ahead and open melody"]
    tight = together(replay(told, foreseen, TIGHT_MB) for told in users)
    yield from rows(f"look-ahead and open melody in {TIGHT_MB:,.0f} MB", tight, best)
    yield from rows("oracle", best, best)
    for case, rate in next_player(users).items():
        yield row("warming", f"next Player, {case}", rate * 100, "% told", 80.0)


def rows(name: str, report: PoolReport, best: PoolReport) -> Iterator[dict[str, Any]]:
    """The four figures of one policy."""
    rate, precision = report.warm_hit_rate or 0.0, report.precision
    most = best.warm_hit_rate or 1.0
    yield row("warming", f"{name}: warm-hit rate", rate * 100, "%", most * 100)
    if precision is not None:
        yield row("warming", f"{name}: precision", precision * 100, "%", 100.0)
    waited = max(best.wait_seconds, 1.0)
    yield row("warming", f"{name}: wait added", report.wait_seconds, "s", waited)
    idle = report.idle_megabyte_seconds / 1000
    yield row("warming", f"{name}: idle", idle, "GB·s", best.idle_megabyte_seconds / 1000)


class World:
    """A clock, what is due, and processes that come up after the time of their package."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self.running: dict[int, Simulated] = {}

    def monotonic(self) -> float:
        """As a clock."""
        return self.now

    wall = monotonic

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it when so many seconds have passed."""
        self._count += 1
        heappush(self._due, (self.now + seconds, self._count, call))

    def until(self, moment: float) -> None:
        """Let time pass."""
        while self._due and self._due[0][0] <= moment:
            self.now, _, call = heappop(self._due)
            call()
        self.now = moment

    def start(self, launch: Launch, listener: Any) -> Simulated:
        """As a host of processes."""
        self._count += 1
        process = Simulated(self, self._count, launch.package, listener)
        self.running[process.pid] = process
        self.later(kind_of(launch.package).cold, process.come_up)
        return process

    async def close(self) -> None:
        """As a host of processes."""
        for process in list(self.running.values()):
            process.end()

    def resident(self, pid: int | None) -> float:
        """What a process takes."""
        process = self.running.get(pid or 0)
        return 0.0 if process is None else kind_of(process.package).megabytes


class Simulated:
    """A process without a process."""

    def __init__(self, world: World, pid: int, package: str, listener: Any) -> None:
        self.pid = pid
        self.package = package
        self._world = world
        self._listener = listener

    def come_up(self) -> None:
        """It is ready, unless it was ended meanwhile."""
        if self.pid in self._world.running:
            self._listener.ready(())

    def end(self) -> None:
        """It is gone."""
        if self._world.running.pop(self.pid, None) is not None:
            self._listener.exited(Exit(0))

    def stop(self) -> None:
        """It ends in a moment."""
        self._world.later(0.01, self.end)

    kill = stop


@dataclass
class Task:
    """One task of a simulated run, as a tenant of the pool."""

    play: Play
    task: str
    seconds: float
    run: str = "session"
    attempt: int = 1

    def acquired(self, process: PooledProcess) -> None:
        """It runs, and ends after its time."""
        self.process = process
        process.leaving = process.leaving or "none" in self.play.policy
        self.play.world.later(self.seconds, self.done)

    def done(self) -> None:
        """Its process is free, and what waited for it can go."""
        self.play.pool.release(self.process, self)  # type: ignore[arg-type]
        self.play.ended(self.task)

    def lost(self, ending: Exit) -> None:
        """No simulated process is lost under a task."""
        raise AssertionError(ending)


class Play:
    """One run of a melody: two tasks at a time, the first ready first."""

    def __init__(
        self, world: World, pool: Pool, policy: frozenset[str], drawn: Drawn, chance: random.Random
    ) -> None:
        self.world, self.pool, self.policy, self.drawn = world, pool, policy, drawn
        self._chance = chance
        self._waits_for = dict.fromkeys(drawn, 0)
        for spot in drawn.values():
            for name in spot.after:
                self._waits_for[name] += 1
        self._ready = [name for name, count in self._waits_for.items() if count == 0]
        self._busy = 0
        self.players: list[str] = []
        steps = steps_of(drawn) if "look" in policy else {}
        pool.begin_run("session", LookAhead(steps, SLOTS))
        self._go_on()

    @property
    def over(self) -> bool:
        """Whether every task has ended."""
        return self._busy == 0 and not self._ready

    def ended(self, name: str) -> None:
        """A task is done."""
        self._busy -= 1
        for after in self.drawn[name].after:
            self._waits_for[after] -= 1
            if self._waits_for[after] == 0:
                self._ready.append(after)
        self._go_on()

    def _go_on(self) -> None:
        while self._ready and self._busy < SLOTS:
            name = self._ready.pop(0)
            spot = self.drawn[name]
            self._busy += 1
            self.players.append(spot.player)
            seconds = spot.seconds * self._chance.uniform(0.7, 1.4)
            task: Any = Task(self, name, seconds)
            self.pool.acquire(package_of(spot.player), task)


def replay(
    told: list[list[Visit]], policy: frozenset[str], budget_mb: float = BUDGET_MB
) -> PoolReport:
    """The whole history under a policy."""
    chance, habits = random.Random(0), Habits()
    return together(session(visits, policy, budget_mb, habits, chance) for visits in told)


def together(of: Iterable[PoolReport]) -> PoolReport:
    """Several reports as one."""
    reports = list(of)
    return PoolReport(
        *(
            sum(getattr(report, name) for report in reports)
            for name in PoolReport.__dataclass_fields__
        )
    )


def session(
    visits: list[Visit],
    policy: frozenset[str],
    budget_mb: float,
    habits: Habits,
    chance: random.Random,
) -> PoolReport:
    """One session: the program starts, melodies are opened and run, the program ends."""
    world = World()
    pool = Pool(
        world,
        world,
        Path(),
        PoolLimits(budget_mb, 120.0, SLOTS),
        lambda: None,
        later=world.later,
        resident=world.resident,
    )
    pool.begin_run("session", LookAhead({}, SLOTS))

    def tidy() -> None:
        pool.tidy()
        world.later(15.0, tidy)

    def expect_the_usual(count: int) -> None:
        if "habits" in policy:
            likely = habits.packages(lambda player: player.split("/")[0])
            wishes = [Wish(package_of(name), count, share) for name, share in likely.items()]
            pool.foresee("habits", wishes)

    tidy()
    for visit in visits:
        expect_the_usual(1)
        world.until(world.now + visit.choosing)
        expect_the_usual(0)  # what is in front tells more: habits only say what to let go last
        if "open" in policy:
            steps = steps_of(visit.drawn)
            found = wishes_of(layers(steps), steps, likelihood=OPEN_MELODY, at_once=SLOTS)
            pool.foresee("open", found)
        world.until(world.now + visit.thought)
        for pause in visit.pauses:
            world.until(world.now + pause)
            play = Play(world, pool, policy, visit.drawn, chance)
            while not play.over:
                world.until(world.now + 0.05)
            pool.end_run("session")
            habits.learn(play.players)
            expect_the_usual(0)
        pool.foresee("open", ())
    asyncio.run(pool.close())
    return pool.report("session")


def oracle(told: list[list[Visit]]) -> PoolReport:
    """With every task known beforehand: started just in time, kept only if that costs less."""
    chance = random.Random(0)
    hits, cold, waited, idle = 0, 0, 0.0, 0.0
    for visits in told:
        free: dict[str, list[float]] = {}
        for player, start, end in ideal(visits, chance):
            kind = kind_of(player)
            warm = free.setdefault(kind.name, [])
            kept = [at for at in warm if at <= start and start - at <= kind.cold]
            if kept:
                warm.remove(max(kept))
                idle += (start - max(kept)) * kind.megabytes
            if start >= kind.cold or kept:
                hits += 1
            else:
                cold, waited = cold + 1, waited + kind.cold - start
            warm.append(end)
    return PoolReport(hits, cold, waited, hits, 0, idle)


def ideal(visits: list[Visit], chance: random.Random) -> list[tuple[str, float, float]]:
    """Player, start and end of each task of a session in which no process has to come up."""
    tasks: list[tuple[str, float, float]] = []
    now = 0.0
    for visit in visits:
        now += visit.choosing + visit.thought
        for pause in visit.pauses:
            now += pause
            slots = [now] * SLOTS
            begins = dict.fromkeys(visit.drawn, now)
            for name in (name for layer in layers(steps_of(visit.drawn)) for name in layer):
                spot, slot = visit.drawn[name], min(slots)
                start = max(slot, begins[name])
                end = start + spot.seconds * chance.uniform(0.7, 1.4)
                slots[slots.index(slot)] = end
                tasks.append((spot.player, start, end))
                for after in spot.after:
                    begins[after] = max(begins[after], end)
            now = max(slots)
    return sorted(tasks, key=lambda task: task[1])


def next_player(users: list[list[list[Visit]]]) -> dict[str, float]:
    """How often the Player that came next was the likeliest, or among the three likeliest.

    Learned of each user alone as the history goes on, after each run, from nothing. The first
    session is not counted.
    """
    chance = random.Random(0)
    first, three, count = 0, 0, 0
    for told in users:
        habits = Habits()
        for number, visits in enumerate(told):
            for drawn in (visit.drawn for visit in visits for _ in visit.pauses):
                one_run = Visit("", drawn, 0.0, 0.0, (0.0,))
                players = [player for player, _, _ in ideal([one_run], chance)]
                for before, after in zip([habits.last, *players], players, strict=False):
                    if number:
                        likeliest = habits.next_players(before)
                        count += 1
                        first += after in likeliest[:1]
                        three += after in likeliest
                habits.learn(players)
    return {"the likeliest": first / count, "among three": three / count}


def steps_of(drawn: Drawn) -> dict[str, Step]:
    """A drawn melody as the pool looks ahead over it."""
    return {
        name: Step(spot.player, (package_of(spot.player),), spot.after)
        for name, spot in drawn.items()
    }


def package_of(player: str) -> Package:
    """The package of a Player, or one by its name."""
    name = player.split("/", maxsplit=1)[0]
    return Package(name, "1", name, "python")

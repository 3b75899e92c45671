from __future__ import annotations

import random
from collections import Counter

import pytest
from asking import Desk

from harmony.pit.arbitration import Limits, weight_of
from harmony.pit.arbitration.line import PATIENCE


def _granted_by_run(desk: Desk) -> Counter[str]:
    return Counter(name.partition("/")[0] for name in desk.granted)


def _work_off(desk: Desk, grants: int, choose: random.Random | None = None) -> None:
    """Let tasks end, one after the other, until there were so many grants."""
    running = list(desk.granted)
    while len(desk.granted) < grants:
        before = len(desk.granted)
        desk.give_back(running.pop(choose.randrange(len(running)) if choose else 0))
        running += desk.granted[before:]


def test_runs_of_equal_weight_take_turns_whoever_came_first() -> None:
    desk = Desk(cpu_slots=2)
    for run, tasks in (("first", 300), ("second", 300), ("third", 300)):
        for number in range(tasks):
            desk.ask(f"{run}/{number}", rank=number)
    _work_off(desk, 300)
    assert max(_granted_by_run(desk).values()) - min(_granted_by_run(desk).values()) <= 2


@pytest.mark.parametrize("priority", [1, 2, 3, 4])
def test_a_step_of_priority_doubles_the_part_a_run_gets(priority: int) -> None:
    desk = Desk()
    desk.engine.open_run("urgent", weight_of(priority))
    desk.engine.open_run("plain", weight_of(0))
    for number in range(1000):
        desk.ask(f"urgent/{number}")
        desk.ask(f"plain/{number}")
    _work_off(desk, 340)
    part = _granted_by_run(desk)
    assert part["urgent"] / part["plain"] == pytest.approx(2**priority, rel=0.15)


def test_a_priority_of_any_size_leaves_the_others_a_part() -> None:
    assert weight_of(1_000_000) == weight_of(4) == 16
    assert weight_of(-1_000_000) == weight_of(-4) == 1 / 16


def test_a_run_that_rested_has_saved_up_no_turns() -> None:
    desk = Desk()
    desk.engine.open_run("rests")
    for number in range(300):
        desk.ask(f"works/{number}")
    _work_off(desk, 200)
    for number in range(300):
        desk.ask(f"rests/{number}")
    before = _granted_by_run(desk)["works"]
    running = desk.granted[-1]
    for _ in range(20):
        desk.give_back(running)
        running = desk.granted[-1]
    assert _granted_by_run(desk)["works"] - before == pytest.approx(10, abs=1)


def test_a_run_of_long_tasks_does_not_take_all_slots_turn_by_turn() -> None:
    desk = Desk(cpu_slots=4)
    desk.engine.open_run("long")
    desk.engine.open_run("short")
    for number in range(400):
        desk.ask(f"short/{number}")
        desk.ask(f"long/{number}")
    short = [name for name in desk.granted if name.startswith("short")]
    for _ in range(200):  # the long ones never end
        before = len(desk.granted)
        desk.give_back(short.pop(0))
        short += [name for name in desk.granted[before:] if name.startswith("short")]
    assert len(desk.granted) - len(short) - 200 == 2
    assert len(short) == 2


def test_the_part_of_a_run_grows_when_the_others_have_nothing_to_do() -> None:
    desk = Desk(cpu_slots=4)
    desk.ask("other/0")
    for number in range(10):
        desk.ask(f"r/{number}")
    assert _granted_by_run(desk) == {"other": 1, "r": 3}


class _Schedule:
    """A random schedule: runs of different weight that come, ask in bursts, and end tasks."""

    WEIGHTS = (-4, -2, -1, 0, 0, 1, 2, 4)
    SHARES = (1.0, 0.5, 0.25, 0.2)

    def __init__(self, seed: int, shares: tuple[float, ...] = SHARES) -> None:
        self.random = random.Random(seed)
        self.slots = self.random.randint(1, 4)
        self.desk = Desk(cpu_slots=self.slots)
        runs = self.random.randint(2, 6)
        self.weight = {f"r{n}": weight_of(self.random.choice(self.WEIGHTS)) for n in range(runs)}
        self.share = {run: self.random.choice(shares) for run in self.weight}
        for run, weight in self.weight.items():
            self.desk.engine.open_run(run, weight, Limits())
        self.allowed = {
            run: sum(self.bound(run, other) for other in self.weight if other != run)
            for run in self.weight
        }
        self.running: list[str] = []
        self.waiting = Counter(dict.fromkeys(self.weight, 0))
        self.holding = Counter(dict.fromkeys(self.weight, 0))
        self.since: dict[str, Counter[str]] = {}
        self.asked = 0
        self.told = 0

    def bound(self, run: str, other: str) -> float:
        """How often `other` may be granted while `run` waits and holds nothing (line.py)."""
        return 1 + (self.weight[other] / self.weight[run]) * (self.share[run] / self.share[other])

    def step(self) -> None:
        if self.running and self.random.random() < 0.55:
            name = self.running.pop(self.random.randrange(len(self.running)))
            run = name.partition("/")[0]
            self.holding[run] -= 1
            if not self.holding[run] and self.waiting[run]:
                self.since[run] = Counter()
            self.desk.give_back(name)
        else:
            run = self.random.choice(list(self.weight))
            for _ in range(self.random.choice((1, 1, 4, 9))):
                self.asked += 1
                self.waiting[run] += 1
                if self.waiting[run] == 1 and not self.holding[run]:
                    self.since[run] = Counter()
                self.desk.ask(
                    f"{run}/{self.asked}",
                    share=self.share[run],
                    rank=self.random.randint(1, 9),
                    priority=self.random.randint(-2, 2),
                )
                self.look()
        self.look()

    def look(self) -> None:
        """Enter what was granted, and judge the waiting of those that hold nothing."""
        for name in self.desk.granted[self.told :]:
            run = name.partition("/")[0]
            self.running.append(name)
            self.waiting[run] -= 1
            self.holding[run] += 1
            self.since.pop(run, None)
            for counter in self.since.values():
                counter[run] += 1
        if self.told == len(self.desk.granted):
            return
        self.told = len(self.desk.granted)
        for run, counter in self.since.items():
            assert counter.total() <= self.allowed[run] + PATIENCE, (run, counter)


@pytest.mark.parametrize("block", range(8))
def test_no_run_starves_whatever_the_others_ask_for(block: int) -> None:
    for seed in range(block * 250, block * 250 + 250):
        schedule = _Schedule(seed)
        for _ in range(50):
            schedule.step()


@pytest.mark.parametrize("block", range(2))
def test_without_shares_of_slots_each_other_run_alone_keeps_its_bound(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        schedule = _Schedule(seed, shares=(1.0,))
        for _ in range(50):
            schedule.step()
            for run, counter in schedule.since.items():
                for other, count in counter.items():
                    assert count <= schedule.bound(run, other), (seed, run, other)


def test_every_request_of_a_random_schedule_is_granted_once_in_the_end() -> None:
    for seed in range(100):
        schedule = _Schedule(seed)
        for _ in range(50):
            schedule.step()
        while schedule.running:
            schedule.desk.give_back(schedule.running.pop())
            schedule.look()
        assert len(schedule.desk.granted) == len(set(schedule.desk.granted)) == schedule.asked
        assert schedule.desk.engine.waiting == 0
        assert schedule.desk.engine.free("cpu") == schedule.slots

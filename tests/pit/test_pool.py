"""The Pool Manager with real processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.ipc.aio import AioProcessHost
from harmony.pit.pool import (
    BREAK_SECONDS,
    Package,
    Pool,
    PooledProcess,
    PoolLimits,
    resident_mb,
)
from harmony.pit.pool.shelf import Shelf
from harmony.states.player import PlayerState
from harmony.wire.launch import Exit

LIBRARY = Package("harmony", "1", "harmony.players.library", sys.executable)
LIKE_IT = Package("harmony", "2", "harmony.players.library", sys.executable)
BROKEN = Package("gone", "1", "/no/such/folder/of/players", sys.executable)
NO_PYTHON = Package("harmony", "1", "harmony.players.library", "/no/such/python")


class Guest:
    """A tenant that waits for what it is told."""

    attempt = 1

    def __init__(self, task: str = "a", run: str = "") -> None:
        self.task = task
        self.run = run
        self.came: asyncio.Future[PooledProcess] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    def acquired(self, process: PooledProcess) -> None:
        self.came.set_result(process)

    def received(self, message: Mapping[str, Any]) -> None:
        raise AssertionError(f"nothing was asked, and this came: {message}")

    def output(self, stream: str, data: bytes) -> None:
        raise AssertionError(f"{stream}: {data!r}")

    def lost(self, ending: Exit) -> None:
        self.ended.set_result(ending)


class House:
    """A pool on a clock that a test moves."""

    def __init__(self, folder: DataFolder, limits: PoolLimits) -> None:
        self.clock = ManualClock(monotonic=1000.0)
        self.changes = asyncio.Event()
        host = AioProcessHost(runtime_folder(folder))
        self.pool = Pool(host, self.clock, folder.runs_scratch, limits, self.changes.set)

    def ask(
        self, package: Package = LIBRARY, ahead: int = 0, task: str = "a", run: str = ""
    ) -> Guest:
        guest = Guest(task, run)
        self.pool.acquire(package, guest, ahead)
        return guest

    def give_back(self, process: PooledProcess) -> None:
        assert process.tenant is not None
        self.pool.release(process, process.tenant)

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changes.clear()
            self.pool.look()
            await self.changes.wait()

    def states(self) -> list[str]:
        return [process.machine.state for process in self.pool.processes.values()]


def live(
    tmp_path: Path,
    story: Callable[[House], Awaitable[None]],
    limits: PoolLimits = PoolLimits(),  # noqa: B008 - frozen
) -> None:
    async def whole() -> None:
        house = House(DataFolder(tmp_path / "home").ensure(), limits)
        try:
            await asyncio.wait_for(story(house), 60)
        finally:
            await house.pool.close()
        assert house.pool.processes == {}, "close leaves no process"

    asyncio.run(whole())


def test_a_process_serves_one_tenant_after_the_other(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        first = await house.ask().came
        assert house.states() == [PlayerState.ACTIVE]
        house.give_back(first)
        assert await house.ask().came is first
        assert first.tasks_run == 1

    live(tmp_path, story)


def test_of_the_warm_processes_the_one_used_last_is_taken(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        one, two = await house.ask().came, await house.ask().came
        house.give_back(two)
        house.give_back(one)
        assert await house.ask().came is one

    live(tmp_path, story)


def test_whoever_waits_gets_the_process_that_becomes_free_first(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        process = await house.ask().came
        waiting = house.ask()
        house.give_back(process)
        assert await waiting.came is process

    live(tmp_path, story)


def test_packages_of_another_content_do_not_share_a_process(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        one = await house.ask(LIBRARY).came
        house.give_back(one)
        assert await house.ask(LIKE_IT).came is not one

    live(tmp_path, story)


def test_what_nobody_uses_cools_and_is_let_go(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        process = await house.ask().came
        house.give_back(process)
        house.clock.advance(9)
        house.pool.tidy()
        assert process.machine.state == PlayerState.READY
        house.clock.advance(2)
        house.pool.tidy()
        assert process.machine.state == PlayerState.COOLING
        house.clock.advance(10)
        house.pool.tidy()
        assert process.machine.state == PlayerState.UNLOADED
        await house.until(lambda: house.pool.processes == {})

    live(tmp_path, story, PoolLimits(idle_seconds=10))


def test_a_cooling_process_is_taken_up_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        process = await house.ask().came
        house.give_back(process)
        house.clock.advance(11)
        house.pool.tidy()
        assert await house.ask().came is process
        assert process.machine.state == PlayerState.ACTIVE
        house.clock.advance(100)
        house.pool.tidy()
        assert process.machine.state == PlayerState.ACTIVE, "what works is never let go"

    live(tmp_path, story, PoolLimits(idle_seconds=10))


def test_over_the_memory_budget_the_longest_unused_goes_first(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        old, young = await house.ask().came, await house.ask().came
        house.give_back(old)
        house.clock.advance(1)
        house.give_back(young)
        # Room for one and a half of them.
        budget = 1.5 * resident_mb(young.pid)
        house.pool._limits = PoolLimits(memory_mb=budget)
        house.pool.tidy()
        assert old.machine.state == PlayerState.UNLOADED
        assert young.machine.state == PlayerState.READY
        assert house.pool.memory_mb() < budget

    live(tmp_path, story)


def test_a_process_is_warmed_once_before_it_is_asked_for(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.pool.warm(LIBRARY)
        house.pool.warm(LIBRARY)
        [process] = house.pool.processes.values()
        assert await house.ask().came is process
        assert len(house.pool.processes) == 1

    live(tmp_path, story)


def test_a_start_that_fails_is_told_to_the_one_who_waits(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        ending = await house.ask(BROKEN).ended
        assert ending.code not in (0, None)
        assert "/no/such/folder/of/players" in ending.stderr_tail
        ending = await house.ask(NO_PYTHON).ended
        assert "/no/such/python" in ending.stderr_tail
        assert house.pool.processes == {}

    live(tmp_path, story)


def test_a_package_that_keeps_failing_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.ask(NO_PYTHON).ended
        guest = house.ask(NO_PYTHON)
        assert guest.ended.done(), "told at once, and nothing was started"
        assert "/no/such/python" in guest.ended.result().stderr_tail
        house.clock.advance(BREAK_SECONDS)
        guest = house.ask(NO_PYTHON)
        assert not guest.ended.done()
        await guest.ended
        assert (await house.ask(LIBRARY).came).package == LIBRARY

    live(tmp_path, story)


def test_who_leaves_the_line_leaves_the_process_to_the_next(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        gone = house.ask()
        house.pool.withdraw(LIBRARY, gone)
        [process] = house.pool.processes.values()
        assert await house.ask().came is process
        assert not gone.came.done()

    live(tmp_path, story)


def test_nobody_is_told_of_a_failed_start_while_another_one_is_on_its_way(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        leaves, stays = house.ask(), house.ask()
        first, second = house.pool.processes.values()
        house.pool.withdraw(LIBRARY, leaves)
        first.kill()
        assert await stays.came is second

    live(tmp_path, story)


def test_a_process_that_dies_is_lost_to_its_tenant_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        one, two = house.ask(), house.ask()
        process = await one.came
        other = await two.came
        process.kill()
        assert (await one.ended).signal == 9
        assert list(house.pool.processes.values()) == [other]
        assert not two.ended.done()

    live(tmp_path, story)


def test_after_a_loss_a_process_is_there_before_anybody_asks_and_one_more_when_it_is_taken(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        one = house.ask()
        process = await one.came
        process.kill()
        await one.ended
        house.pool.replace(LIBRARY)
        await house.until(lambda: house.states() == [PlayerState.READY])
        two = house.ask()
        assert two.came.done()
        await house.until(lambda: house.states() == [PlayerState.ACTIVE, PlayerState.READY])

    live(tmp_path, story)


def test_a_reserve_is_kept_for_a_while_and_where_there_is_memory() -> None:
    shelf = Shelf(LIBRARY)
    assert not shelf.lacks_reserve(0.0, 2, 1000.0)
    shelf.reserve_until = 60.0
    assert not shelf.lacks_reserve(59.0, 2, 0.0)
    assert shelf.lacks_reserve(59.0, 2, 1000.0)
    assert not shelf.lacks_reserve(60.0, 2, 1000.0)


ONE_AT_ONCE = PoolLimits(processes_at_once=1)


def test_tasks_that_may_be_sent_ahead_join_a_busy_process(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        process = await house.ask(ahead=2, task="a").came
        assert await house.ask(ahead=2, task="b").came is process
        third = house.ask(ahead=2, task="c")
        assert third.came.done()
        last = house.ask(ahead=2, task="d")
        assert not last.came.done(), "two may wait behind the one that runs"
        assert len(house.pool.processes) == 1, "and none is started for the next"
        events = [record.event for record in process.machine.history[-3:]]
        assert events == ["allocate", "concurrent_task", "concurrent_task"]
        house.pool.release(process, third)
        assert await last.came is process
        for tenant in list(process.tenants.values()):
            assert process.machine.state == PlayerState.ACTIVE
            house.pool.release(process, tenant)
        assert process.machine.state == PlayerState.READY

    live(tmp_path, story, ONE_AT_ONCE)


def test_processes_are_started_before_tasks_are_sent_ahead(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        guests = [house.ask(ahead=3, task=str(number)) for number in range(6)]
        processes = [await guest.came for guest in guests]
        assert len(house.pool.processes) == 2
        assert sorted(processes.count(process) for process in set(processes)) == [3, 3]

    live(tmp_path, story, PoolLimits(processes_at_once=2))


def test_nobody_is_sent_ahead_to_who_shares_with_nobody(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        alone = await house.ask(ahead=0, task="a").came
        assert await house.ask(ahead=5, task="b").came is not alone

    live(tmp_path, story, ONE_AT_ONCE)


def test_two_runs_that_name_a_task_alike_do_not_share_a_process(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        process = await house.ask(ahead=5, task="a", run="one").came
        other = house.ask(ahead=5, task="a", run="two")
        assert not other.came.done()
        house.give_back(process)
        assert await other.came is process

    live(tmp_path, story, ONE_AT_ONCE)


class Listener(Guest):
    """A tenant that writes down what it hears."""

    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.heard: list[str] = []

    def received(self, message: Mapping[str, Any]) -> None:
        self.heard.append(message["kind"])

    def output(self, stream: str, data: bytes) -> None:
        self.heard.append(data.decode())


def test_each_tenant_hears_its_own_messages_and_what_was_printed_while_it_ran(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        first, second = Listener("a"), Listener("b")
        for guest in (first, second):
            house.pool.acquire(LIBRARY, guest, 1)
        process = await first.came
        assert await second.came is process

        def say(kind: str, task: str, attempt: int = 1) -> None:
            process.received({"kind": kind, "task": task, "attempt": attempt})

        say("started", "a")
        process.output("stdout", b"of a")
        say("started", "b")
        process.output("stdout", b"of b")
        say("log", "a")
        say("log", "b", attempt=7)
        assert first.heard == ["started", "of a", "log"]
        assert second.heard == ["started", "of b"]
        house.pool.release(process, second)
        process.output("stdout", b"of a again")
        say("log", "b")
        assert first.heard[-1] == "of a again"
        assert second.heard == ["started", "of b"]

    live(tmp_path, story, ONE_AT_ONCE)


def test_a_process_that_dies_is_lost_to_all_its_tenants(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        guests = [house.ask(ahead=2, task=str(number)) for number in range(3)]
        process = await guests[0].came
        waiting = house.ask(ahead=2, task="waiting")
        process.kill()
        assert [(await guest.ended).signal for guest in guests] == [9, 9, 9]
        assert await waiting.came is not process, "who waited gets another one"

    live(tmp_path, story, ONE_AT_ONCE)


def test_a_start_that_fails_once_is_tried_again_for_who_waits(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        guest = house.ask()
        [first] = house.pool.processes.values()
        first.kill()
        second = await guest.came
        assert second is not first
        assert not guest.ended.done()

    live(tmp_path, story)


def test_processes_of_a_changed_package_end_idle_ones_now_busy_ones_after_their_task(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        busy, idle = await house.ask().came, await house.ask().came
        other = await house.ask(LIKE_IT).came
        house.give_back(idle)
        house.pool.retire("harmony", "2")
        assert idle.machine.state == PlayerState.UNLOADED
        assert busy.machine.state == PlayerState.ACTIVE
        house.give_back(busy)
        assert busy.machine.state == PlayerState.UNLOADED
        house.give_back(other)
        assert other.machine.state == PlayerState.READY
        await house.until(lambda: list(house.pool.processes.values()) == [other])

    live(tmp_path, story)


def test_what_is_foreseen_is_warmed_stays_and_is_accounted_for(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.pool.expect([LIBRARY], "melody")
        [process] = house.pool.processes.values()
        house.pool.expect([LIBRARY], "melody")
        await house.until(lambda: process.machine.state == PlayerState.READY)
        assert len(house.pool.processes) == 1
        house.clock.advance(100)
        house.pool.tidy()
        assert process.machine.state == PlayerState.READY, "it is still expected"
        assert await house.ask(run="run").came is process
        house.clock.advance(10)
        cold = house.ask(LIKE_IT, run="run")
        house.clock.advance(2)
        await cold.came
        house.give_back(process)
        house.clock.advance(5)
        report = house.pool.report("run")
        assert (report.warm_hits, report.cold_starts, report.wait_seconds) == (1, 1, 2.0)
        assert (report.warmed_used, report.warmed_unused) == (1, 0)
        assert process.memory_mb > 0
        # Six digits: a sum of floats may miss the product of the same ones by its last bit.
        assert round(report.idle_megabyte_seconds, 6) >= round(5 * process.memory_mb, 6)
        house.pool.foresee("melody", ())
        house.clock.advance(100)
        house.pool.tidy()
        assert process.machine.state == PlayerState.COOLING

    live(tmp_path, story, PoolLimits(idle_seconds=10))


def test_over_the_budget_what_is_foreseen_is_let_go_last(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        expected, unexpected = await house.ask().came, await house.ask(LIKE_IT).came
        house.give_back(expected)
        house.clock.advance(1)
        house.give_back(unexpected)
        house.pool.expect([LIBRARY], "melody")
        house.pool._limits = PoolLimits(memory_mb=1.5 * expected.memory_mb)
        house.pool.tidy()
        assert unexpected.machine.state == PlayerState.UNLOADED
        assert expected.machine.state == PlayerState.READY

    live(tmp_path, story)


def test_a_closed_pool_tells_those_who_wait_and_those_who_come(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        waiting = house.ask()
        await house.pool.close()
        assert waiting.ended.done()
        assert house.ask().ended.done()

    live(tmp_path, story)

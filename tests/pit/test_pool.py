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
from harmony.states.player import PlayerState
from harmony.wire.launch import Exit

LIBRARY = Package("harmony", "1", "harmony.players.library", sys.executable)
LIKE_IT = Package("harmony", "2", "harmony.players.library", sys.executable)
BROKEN = Package("gone", "1", "/no/such/folder/of/players", sys.executable)
NO_PYTHON = Package("harmony", "1", "harmony.players.library", "/no/such/python")


class Guest:
    """A tenant that waits for what it is told."""

    run = ""
    attempt = 1

    def __init__(self, task: str = "a") -> None:
        self.task = task
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

    def ask(self, package: Package = LIBRARY) -> Guest:
        guest = Guest()
        self.pool.acquire(package, guest)
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


def test_a_closed_pool_tells_those_who_wait_and_those_who_come(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        waiting = house.ask()
        await house.pool.close()
        assert waiting.ended.done()
        assert house.ask().ended.done()

    live(tmp_path, story)

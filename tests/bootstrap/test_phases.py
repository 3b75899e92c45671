from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from harmony.bootstrap.errors import BootstrapError
from harmony.bootstrap.phases import Part, Phase, Probe, bring_up
from harmony.foundation.clock import SystemClock
from harmony.states.bootstrap import CHART, BootstrapState
from harmony.states.kernel import Machine

NAMES = ("Foundation", "IPC", "Pit", "Conductor", "UI")


class House:
    """Parts that note when they start and stop."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def part(self, name: str, *, fails: bool = False) -> Part:
        async def start() -> Callable[[], Awaitable[None]] | None:
            await asyncio.sleep(0)
            if fails:
                raise OSError(f"{name} is broken")
            self.noted.append(f"+{name}")

            async def stop() -> None:
                self.noted.append(f"-{name}")

            return stop

        return Part(name, start)

    def phases(self, *parts: Part) -> list[Phase]:
        each = (*parts, *(self.part(f"part {n}") for n in range(len(parts) + 1, 6)))
        return [Phase(n, NAMES[n - 1], (part,)) for n, part in enumerate(each, 1)]


def test_phases_start_in_order_and_stop_in_reverse() -> None:
    house = House()

    async def story() -> None:
        started = await bring_up(house.phases(), (), SystemClock())
        assert started.machine.state == BootstrapState.READY
        await started.stop()

    asyncio.run(story())
    starts = [f"+part {n}" for n in range(1, 6)]
    assert house.noted == [*starts, *(f"-part {n}" for n in range(5, 0, -1))]


def test_parts_of_one_phase_start_together() -> None:
    async def story() -> None:
        meeting = asyncio.Barrier(2)

        async def meet() -> None:
            await meeting.wait()

        phases = [Phase(1, "Foundation", (Part("a", meet), Part("b", meet)))]
        phases += [Phase(n, NAMES[n - 1], ()) for n in range(2, 6)]
        await asyncio.wait_for(bring_up(phases, (), SystemClock()), 10)

    asyncio.run(story())


def test_a_part_that_fails_rolls_back_what_had_started_and_is_named() -> None:
    house = House()
    machine = Machine("bootstrap", CHART, SystemClock())
    phases = house.phases(
        house.part("store"), house.part("sockets"), house.part("pool", fails=True)
    )
    with pytest.raises(BootstrapError, match=r"pool \(Pit\) said: pool is broken"):
        asyncio.run(bring_up(phases, (), SystemClock(), machine))
    assert house.noted == ["+store", "+sockets", "-sockets", "-store"]
    assert machine.state == BootstrapState.FAILED


def test_a_health_probe_that_fails_rolls_everything_back() -> None:
    house = House()

    async def sick() -> str:
        raise RuntimeError("no space left")

    with pytest.raises(BootstrapError, match="disk said: no space left"):
        asyncio.run(bring_up(house.phases(), [Probe("disk", sick)], SystemClock()))
    assert house.noted[-1] == "-part 1"


def test_every_part_is_stopped_even_when_one_does_not_stop_cleanly() -> None:
    house = House()

    async def stubborn() -> Callable[[], Awaitable[None]]:
        async def stop() -> None:
            raise RuntimeError("will not")

        return stop

    async def story() -> None:
        started = await bring_up(
            house.phases(house.part("a"), Part("b", stubborn)), (), SystemClock()
        )
        with pytest.raises(ExceptionGroup, match="did not stop cleanly"):
            await started.stop()

    asyncio.run(story())
    assert house.noted[-1] == "-a"

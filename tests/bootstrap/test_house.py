"""The running program: what comes up, what goes round, and what is put in order when it ends."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.bootstrap.errors import BootstrapError
from harmony.bootstrap.phases import Part, Phase, bring_up
from harmony.bootstrap.rounds import Rounds
from harmony.conductor.events import PoolChanged
from harmony.conductor.storing import sweep_scratch
from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import data_folder
from harmony.melody.model import Melody, Node
from harmony.polyphony.store import open_store
from harmony.symphony import Symphony


def tell(story: Callable[[Symphony], Awaitable[None]]) -> None:
    async def live() -> None:
        async with await Symphony.open() as symphony:
            await story(symphony)

    asyncio.run(live())


def text_melody() -> Melody:
    melody = Melody(id="m", name="M")
    melody.nodes["text"] = Node("text", "harmony/text_value", parameters={"value": "x" * 2000})
    return melody


def test_settings_that_are_wrong_stop_the_start_and_leave_nothing_open(harmony_home: Path) -> None:
    harmony_home.mkdir(parents=True)
    (harmony_home / "settings.json").write_text(json.dumps({"cpu_slots": 0}), encoding="utf-8")

    async def story() -> None:
        with pytest.raises(BootstrapError, match="cpu_slots"):
            await Symphony.open()

    asyncio.run(story())
    (harmony_home / "settings.json").unlink()
    tell(_nothing)


async def _nothing(_: Symphony) -> None:
    """A story without events."""


def test_ctrl_c_while_it_comes_up_stops_what_had_started() -> None:
    noted: list[str] = []

    async def story() -> None:
        reached = asyncio.Event()

        async def quick() -> Callable[[], Awaitable[None]]:
            noted.append("+quick")

            async def stop() -> None:
                noted.append("-quick")

            return stop

        async def slow() -> None:
            reached.set()
            await asyncio.Event().wait()

        phases = [Phase(1, "Foundation", (Part("quick", quick), Part("slow", slow)))]
        start = asyncio.create_task(bring_up(phases, (), SystemClock()))
        await reached.wait()
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start

    asyncio.run(story())
    assert noted == ["+quick", "-quick"]


def test_a_round_that_fails_is_told_and_the_next_one_comes() -> None:
    told: list[str] = []

    async def story() -> None:
        twice = asyncio.Event()

        async def work() -> None:
            if len(told) == 2:
                twice.set()
                return
            raise OSError("the disk is away")

        rounds = Rounds(0.001, work, lambda error: told.append(str(error)))
        await twice.wait()
        await rounds.stop()
        assert rounds.stopping

    asyncio.run(story())
    assert told == ["the disk is away"] * 2


def test_a_stop_waits_for_the_round_under_way() -> None:
    async def story() -> None:
        begun, go_on, ended = asyncio.Event(), asyncio.Event(), []

        async def work() -> None:
            begun.set()
            await go_on.wait()
            ended.append(True)

        rounds = Rounds(0.001, work, _raise)
        await begun.wait()
        stopping = asyncio.create_task(rounds.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        go_on.set()
        await stopping
        assert ended

    asyncio.run(story())


def _raise(error: BaseException) -> None:
    raise error


def test_changes_of_the_pool_are_told_together() -> None:
    async def story(symphony: Symphony) -> None:
        heard: list[PoolChanged] = []
        ready = asyncio.get_running_loop().create_future()

        def hear(event: Any) -> None:
            if isinstance(event, PoolChanged):
                heard.append(event)
                if "Ready" in event.processes.values() and not ready.done():
                    ready.set_result(None)

        symphony.events.subscribe(hear)
        await (await symphony.start(text_melody())).finished()
        await ready
        states = [next(iter(event.processes.values())) for event in heard]
        assert states[-1] == "Ready"
        assert len(states) <= 3, "not one for each hand-over"
        assert heard[-1].memory_mb > 1

    tell(story)


def test_what_was_read_is_noted_when_the_program_ends() -> None:
    async def story(symphony: Symphony) -> None:
        run = await symphony.start(text_melody())
        await run.finished()
        reference = symphony.show(run.id).tasks["text"].outputs["text"]
        read.append((reference["hash"], symphony.house.store.artifact(reference["hash"]).accessed))
        symphony.value(reference)

    read: list[tuple[str, float]] = []
    tell(story)
    [(digest, before)] = read
    with open_store(data_folder(), SystemClock()) as store:
        row = store.artifact(digest)
        assert row is not None
        assert row.accessed > before


def test_what_killed_runs_left_in_scratch_is_swept_when_they_have_ended(tmp_path: Path) -> None:
    async def story(symphony: Symphony) -> None:
        run = await symphony.start(text_melody())
        await run.finished()
        ended.append(run.id)

    ended: list[str] = []
    tell(story)
    scratch = data_folder().runs_scratch
    old, young = scratch / ended[0], scratch / "some-other"
    for folder in (old, young):
        (folder / "desk-1").mkdir(parents=True)
        (folder / "desk-1" / "left.txt").write_text("left", encoding="utf-8")
    os.utime(old, (1000, 1000))
    with open_store(data_folder(), SystemClock()) as store:
        assert sweep_scratch(store, scratch, older_than=2000) == [old]
    assert list(scratch.iterdir()) == [young]


def test_every_probe_of_doctor_tells_what_it_saw() -> None:
    async def story(symphony: Symphony) -> None:
        await (await symphony.start(text_melody())).finished()
        answers = {result.name: result for result in await symphony.health()}
        assert all(result.healthy for result in answers.values())
        assert "the last 1 run(s)" in answers["History"].detail
        assert "came up" in answers["Player process"].detail
        assert answers["Runs"].detail == "no interrupted runs"

    tell(story)

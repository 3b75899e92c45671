"""What the pool remembers and foresees in the whole program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from symphony_stories import melody, tell

from harmony.cli.pool_lines import pool_report
from harmony.conductor.events import Event, PoolChanged
from harmony.pit.pool.breaker import CRASHES
from harmony.states.melody_execution import RunState
from harmony.symphony import Symphony

Write = Callable[[str], None]
CRASHES_ALWAYS = "import os\n    os.abort()"


def test_an_open_melody_is_warm_when_it_is_run_and_the_report_says_so(
    own_players: Write,
) -> None:
    own_players("return Text('loud')")
    drawn = melody(first=("mine/say", {}, {}), second=("mine/shout", {}, {"text": "first.text"}))

    async def story(symphony: Symphony) -> None:
        pool, ready = symphony.house.pool, asyncio.Event()

        def look(event: Event) -> None:
            if isinstance(event, PoolChanged) and "Ready" in event.processes.values():
                ready.set()

        symphony.events.subscribe(look)
        symphony.melody_opened(drawn, trusted=False)
        assert pool.processes == {}, "what is only looked at is not warmed"
        symphony.melody_opened(drawn)
        [process] = pool.processes.values()
        assert process.package.name == "mine"
        await asyncio.wait_for(ready.wait(), 30)
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.COMPLETED
        report = pool_report(symphony.show(run.id).journal)
        assert report is not None
        assert report.cold_starts == 0
        assert report.warm_hits == 2
        assert report.precision == 1.0

    tell(story)


def test_a_player_that_always_crashes_is_refused_also_after_a_restart_until_it_is_changed(
    own_players: Write,
) -> None:
    own_players(CRASHES_ALWAYS)
    drawn = melody(first=("mine/say", {}, {}), second=("mine/shout", {}, {"text": "first.text"}))

    async def crash(symphony: Symphony) -> None:
        for _ in range(CRASHES):
            run = await symphony.start(drawn)
            assert await run.finished() == RunState.FAILED

    async def refused(symphony: Symphony) -> None:
        assert list(symphony.house.pool.breakers.refused()) == ["mine/shout"]
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.FAILED
        error = symphony.show(run.id).tasks["second"].error
        assert error is not None
        assert error["code"] == "conductor.player_refused"
        own_players("return Text('loud')")
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.COMPLETED
        assert not symphony.house.pool.breakers.refused()

    tell(crash)
    tell(refused)

"""A storm: Player processes are killed at random while two thousand tasks run.

The seed is in the test, so that a storm that breaks something can be called up again.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from typing import Any

from trial_melodies import drawn, with_policy

from harmony.conductor.events import TaskChanged
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony

TASKS = 2000


def test_every_result_of_two_thousand_tasks_is_there_once(
    live: Callable[..., None], adapter: str, long_form: bool
) -> None:
    seconds = 0.25 if long_form else 0.02
    melody = drawn(
        numbers=("numbers", {"count": TASKS}, ""),
        square=("square", {"seconds": seconds}, "text=numbers.texts"),
        join=("join", {}, "texts=square"),
    )
    with_policy(melody, "square", retries=50, retry_base=0.0)
    with_policy(melody, "join", retries=50, retry_base=0.0)
    chance = random.Random(20)
    completed: dict[str, int] = {}

    async def story(symphony: Symphony) -> None:
        killed = 0

        def count(event: Any) -> None:
            if isinstance(event, TaskChanged) and event.state == TaskState.COMPLETED:
                completed[event.task] = completed.get(event.task, 0) + 1

        async def rage() -> None:
            nonlocal killed
            while True:
                await asyncio.sleep(chance.uniform(0.05, 0.6))
                running = [p.pid for p in symphony.house.pool.processes.values() if p.pid]
                if running:
                    killed += 1
                    os.kill(chance.choice(running), signal.SIGKILL)

        symphony.events.subscribe(count)
        storm = asyncio.get_running_loop().create_task(rage())
        run = await symphony.start(melody)
        try:
            assert await run.finished() == RunState.COMPLETED
        finally:
            storm.cancel()
        assert killed > 3, "there was no storm"
        detail = symphony.show(run.id)
        text = symphony.value(detail.tasks["join"].outputs["text"]).decode()
        assert text.split() == [str(number**2) for number in range(TASKS)]
        assert len(completed) == TASKS + 2
        assert set(completed.values()) == {1}, "a result was recorded twice"
        again = sum(len(task.attempts) - 1 for task in detail.tasks.values())
        assert again <= killed, "a task that had only been sent ahead paid for the one that ran"

    live(story, adapter, slots=4)

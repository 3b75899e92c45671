"""Every fault of a Player, in the whole program with real processes, on both adapters.

Whatever it does: its task has a clear failure, the program goes on answering, other tasks go on and
the run ends right. That no process is left is looked at after every test of this suite.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trial_melodies import drawn, with_policy

from harmony.conductor.events import TaskChanged, TaskLog
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony

Live = Callable[..., None]

FAULTS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    # name: Player, parameters, policy of the node, code or type of the error
    "killed": ("kill_itself", {"by": signal.SIGKILL}, {}, "conductor.player_killed"),
    "a segmentation fault": ("kill_itself", {"by": signal.SIGSEGV}, {}, "conductor.player_killed"),
    "exit 0 in the middle": ("exit_quietly", {}, {}, "conductor.player_exited"),
    "out of memory under its quota": ("eat_memory", {}, {}, "quota_memory"),
    "too much processor time": ("spin", {}, {}, "quota_cpu"),
    "too many files": ("open_many", {}, {}, "quota_files"),
    "an endless loop": ("spin_on", {}, {"timeout": 0.5}, "conductor.task_timed_out"),
    "alive without progress": ("hang", {}, {"heartbeat": 0.5}, "conductor.task_without_progress"),
    "stopped": ("stop", {}, {}, "conductor.player_"),
    "an orphan": ("leave_an_orphan", {}, {}, "conductor.player_killed"),
    "an orphan of its own session": (
        "leave_an_orphan",
        {"own_session": True},
        {},
        "conductor.player_killed",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stays_with_its_task(live: Live, fault: str, adapter: str) -> None:
    player, parameters, policy, expected = FAULTS[fault]
    melody = drawn(
        say=("say", {}, ""),
        bad=(player, parameters, "text=say"),
        after=("work", {}, "text=bad"),
        good=("work", {"seconds": 0.3}, "text=say"),
        better=("work", {"seconds": 0.3}, "text=good"),
    )
    with_policy(melody, "bad", **policy)
    said: list[str] = []

    async def story(symphony: Symphony) -> None:
        turns = Turns()
        seen: dict[str, int] = {}

        def look(event: Any) -> None:
            if isinstance(event, TaskChanged) and event.task == "bad":
                seen[event.state] = turns.count
            if isinstance(event, TaskLog):
                said.append(event.text)

        symphony.events.subscribe(look)
        run = await symphony.start(melody)
        assert await run.finished() == RunState.FAILED
        turns.end()
        detail = symphony.show(run.id)
        assert {task.id: task.state for task in detail.tasks.values()} == {
            "say": TaskState.COMPLETED,
            "bad": TaskState.FAILED,
            "after": TaskState.SKIPPED,
            "good": TaskState.COMPLETED,
            "better": TaskState.COMPLETED,
        }
        error = detail.tasks["bad"].error
        assert error is not None
        named = str(error.get("code") or error["type"])
        assert named.startswith(expected), error
        assert error["message"], "a failure says what happened"
        assert turns.count > 10, "the program went on while the Player did its worst"

    live(story, adapter)
    for orphan in re.findall(r"orphan (\d+)", " ".join(said)):
        assert not runs(int(orphan)), "what the Player left behind lives on"


def test_a_flood_of_output_is_cut_and_neither_fills_the_memory_nor_fails_the_task(
    live: Live, adapter: str, long_form: bool
) -> None:
    megabytes = 1024 if long_form else 96
    melody = drawn(say=("say", {}, ""), flood=("flood", {"megabytes": megabytes}, "text=say"))

    async def story(symphony: Symphony) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run = await symphony.start(melody)
        assert await run.finished() == RunState.COMPLETED
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert grown < 64, f"the program grew by {grown:.0f} MB"
        kept = symphony.log(run.id, "flood", 1)
        assert len(kept) < 64 << 20

    live(story, adapter)


def test_a_task_of_a_killed_process_is_tried_again_in_another_one(live: Live) -> None:
    melody = drawn(say=("say", {}, ""), slow=("work", {"seconds": 0.5}, "text=say"))
    with_policy(melody, "slow", retries=1, retry_base=0.0)

    async def story(symphony: Symphony) -> None:
        killed: list[int] = []

        def kill_once(event: Any) -> None:
            runs = isinstance(event, TaskChanged) and event.state == TaskState.EXECUTING
            if runs and event.task == "slow" and not killed:
                pid = next(p.pid for p in symphony.house.pool.processes.values() if p.tenant)
                killed.append(pid)
                os.kill(pid, signal.SIGKILL)

        symphony.events.subscribe(kill_once)
        run = await symphony.start(melody)
        assert await run.finished() == RunState.COMPLETED
        slow = symphony.show(run.id).tasks["slow"]
        assert len(slow.attempts) == 2
        assert slow.attempts[0].process != slow.attempts[1].process

    live(story, "asyncio")


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


class Turns:
    """Counts how often the event loop comes round, every few milliseconds."""

    def __init__(self) -> None:
        self.count = 0
        self._handle: asyncio.TimerHandle | None = None
        self._again()

    def _again(self) -> None:
        self.count += 1
        self._handle = asyncio.get_running_loop().call_later(0.005, self._again)

    def end(self) -> None:
        """Count no more."""
        if self._handle is not None:
            self._handle.cancel()

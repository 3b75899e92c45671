"""Stories that a program does, and does again from where it stands when it was killed in one.

`everything` meets each kind of step: it makes a run with a retry, a table and outside effects, is
paused, keeps a checkpoint, goes on; begins a second run and cancels it; saves a melody. Each step
looks first whether it was done. What the stories tell stands in files of their place.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from killing import prepared_home

from harmony.conductor.events import Event, TaskChanged, TaskProgress
from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import VARIABLE, arm_from_environment
from harmony.ipc.aio import AioProcessHost
from harmony.ipc.supervision import Patience
from harmony.melody.file import load, save
from harmony.melody.model import Connection, Melody, Node, Policy
from harmony.polyphony.errors import LeaseError
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony
from harmony.symphony.run import Run

ENDED = (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED)
CHECKPOINT = "halfway"
RUNS_AT_STAKE = 4
PATIENCE = 60.0


def live(story: str, place: Path, failpoint: str, asked: dict[str, Any]) -> None:
    """Do a story in this process, with a failpoint armed."""
    arm_from_environment({VARIABLE: failpoint})
    asyncio.run(STORIES[story](place, **asked))


# -- everything that a program does --------------------------------------------------------------


def work(place: Path) -> Melody:
    """A text that is split, mapped, joined, booked; a table that is a file; a retry."""
    tally = str(place / "tally")
    return drawn(
        "work",
        words=("say_afresh", {"text": "one two three", "tally": tally}, ""),
        split=("split", {}, "text=words.text"),
        upper=("upper", {"tally": tally}, "text=split.texts"),
        join=("join", {"tally": tally}, "texts=upper.text"),
        table=("rows", {"number": 300}, ""),
        flaky=("fail_until", {"path": str(place / "there")}, "text=join.text"),
        book=("book", {"tally": tally}, "text=flaky.text"),
    )


def waiting(place: Path, number: int = 0) -> Melody:
    """A text, and a task that waits for the file `gate`."""
    tally = str(place / "tally")
    parameters = {"path": str(place / "gate"), "tally": str(place / f"waited-{number}")}
    return drawn(
        f"waiting {number}",
        first=("say_afresh", {"text": f"first {number}", "tally": tally}, ""),
        wait=("wait_for", parameters, "text=first.text"),
        last=("book", {"tally": tally}, "text=wait.text"),
    )


def edited(place: Path) -> Melody:
    """The melody that `everything` saves."""
    melody = work(place)
    melody.name = "edited"
    return melody


def drawn(name: str, **nodes: tuple[str, dict[str, Any], str]) -> Melody:
    """A melody from `name=(player, parameters, "port=node.output …")`."""
    melody = Melody(id=name, name=name)
    for node, (player, parameters, _) in nodes.items():
        retries = 3 if player == "fail_until" else 0
        # An outside effect is at stake where the program is killed, not where a Player fails.
        policy = Policy(retry_base=0.01)
        melody.nodes[node] = Node(
            node, f"players/{player}", parameters=parameters, retries=retries, policy=policy
        )
    for node, (_, _, wires) in nodes.items():
        for wire in wires.split():
            port, _, source = wire.partition("=")
            before, _, output = source.partition(".")
            melody.connections[Connection(before, output, node, port)] = "hard"
    return melody


def prepare(place: Path) -> None:
    """A data folder, and the melody file as it is before the story."""
    prepared_home(place)
    save(place / "own.melody", work(place))


async def everything(place: Path) -> None:
    """The whole journey, or what is still to be done of it."""
    async with await Symphony.open(place / "home", slots=2) as symphony:
        if load(place / "own.melody").name != "edited":
            save(place / "own.melody", edited(place))
        run = await _here(symphony, work(place))
        if run is not None:
            names = [each["name"] for each in await symphony.list_checkpoints()]
            if CHECKPOINT not in names:
                run.pause()
                await symphony.create_checkpoint(CHECKPOINT)
                run.resume()
            assert await run.finished() == RunState.COMPLETED
        begun = asyncio.Event()

        def hear(event: Event) -> None:
            if isinstance(event, TaskProgress):
                begun.set()

        forget = symphony.events.subscribe(hear)
        run = await _here(symphony, waiting(place))
        if run is not None:
            await begun.wait()
            run.cancel()
            assert await run.finished() == RunState.CANCELLED
        forget()
        assert symphony.problems == []


async def _here(symphony: Symphony, melody: Melody) -> Run | None:
    """The run of a melody, begun now or gone on with; None when it has ended."""
    past = [run for run in symphony.runs() if run.name == melody.name]
    assert len(past) <= 1
    if not past:
        return await symphony.start(melody)
    if past[0].state in ENDED:
        return None
    # A person who was told that it has taken the program down three times says: go on anyway.
    return await symphony.resume(past[0].id, anyway=True)


# -- several programs, and the machine under them -------------------------------------------------


async def begin_many(place: Path) -> None:
    """Begin runs that wait for the gate; told in `begun` when each has one task behind it."""
    async with await Symphony.open(place / "home", slots=2 * RUNS_AT_STAKE) as symphony:
        halfway: set[str] = set()

        def hear(event: Event) -> None:
            if isinstance(event, TaskChanged) and event.state == TaskState.COMPLETED:
                halfway.add(event.run)
                if len(halfway) == RUNS_AT_STAKE:
                    (place / "begun").touch()

        symphony.events.subscribe(hear)
        runs = [await symphony.start(waiting(place, number)) for number in range(RUNS_AT_STAKE)]
        for run in runs:
            await run.finished()


async def race(place: Path, home: str, me: int, rounds: list[str]) -> None:
    """Try to go on with each of these runs at the same instant as the other program does."""
    won: list[str] = []
    async with await Symphony.open(home, slots=2 * RUNS_AT_STAKE) as symphony:
        runs: list[Run] = []
        for number, name in enumerate(rounds, start=1):
            _in_step(place / "steps", me, number)
            try:
                runs.append(await symphony.resume(name, anyway=True))
                won.append(name)
            except LeaseError as error:
                print(f"{me} does not get {name}: {error.code}")
        _in_step(place / "steps", me, len(rounds) + 1)
        (place / "gate").touch()
        for run in runs:
            assert await run.finished() == RunState.COMPLETED
    (place / f"won-{me}").write_text(json.dumps(won), encoding="utf-8")


def kill(pid: int) -> None:
    """End a program without a chance to put anything in order."""
    os.kill(pid, signal.SIGKILL)


def _in_step(path: Path, me: int, number: int) -> None:
    """Wait for the other program to come to the same step: both go on within microseconds."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 2) as steps:
        steps[me] = number
        give_up = time.monotonic() + PATIENCE
        while steps[1 - me] < number:
            if time.monotonic() > give_up:
                raise TimeoutError("the other program does not come")
            os.sched_yield()


async def patient(place: Path, shift: float = 0.0) -> None:
    """Finish what is to be done, by a clock that is wrong by `shift` seconds.

    A Player counts as lost after one silent second; a machine that stood still is not that.
    """
    clock = _shifted(shift)

    def host(folder: Path) -> Any:
        return AioProcessHost(folder, patience=Patience(silent=1.0))

    async with await Symphony.open(place / "home", host, clock=clock, slots=2) as symphony:
        heard: list[str] = []

        def hear(event: Event) -> None:
            if isinstance(event, TaskProgress):
                (place / "begun").touch()
            if isinstance(event, TaskChanged):
                heard.append(event.state)

        symphony.events.subscribe(hear)
        run = await _here(symphony, waiting(place))
        assert run is not None
        assert await run.finished() == RunState.COMPLETED
        assert symphony.problems == []
        assert TaskState.FAILED not in heard
        assert TaskState.RETRYING not in heard


def _shifted(seconds: float) -> SystemClock:
    """The machine's clock as it was set wrong: for the whole program, with its libraries."""
    right: Callable[[], float] = time.time
    time.time = lambda: right() + seconds
    SystemClock.wall = staticmethod(time.time)
    return SystemClock()


STORIES: dict[str, Callable[..., Any]] = {
    "everything": everything,
    "begin_many": begin_many,
    "race": race,
    "patient": patient,
}

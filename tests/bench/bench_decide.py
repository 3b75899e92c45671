"""How long it takes to decide what is next, with 1,000 tasks ready; and what deciding costs a task.

"a completion arrives" goes the whole way in one process: the core takes the end of a task, gives
its slot back, the Arbitration Engine grants it to the first of a thousand, and the core decides to
send that one. The floor of both rows of the engine is a heap of as many entries: one in, one out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from heapq import heapify, heappushpop
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "conductor"))

from measuring import cpu_seconds, row
from plans import plan

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.announcing import events_of
from harmony.conductor.core import begin, step
from harmony.conductor.invariants import Watch
from harmony.pit.arbitration import ArbitrationEngine, Request
from harmony.pit.dag.plan import Plan

COUNT = 1_000
READY = 1_000
GRANTS = 10_000
SLOTS = 2
OUTPUTS = {"result": {"type": "text", "hash": "h", "size": 1}}


def run() -> Iterable[dict[str, Any]]:
    """A completion; a grant of one run and of ten; then a whole chain, decided and watched."""
    floor = cpu_seconds(bare) / GRANTS * 1e6
    fan = plan(**{f"n{n}": "" for n in range(READY + COUNT)})
    yield row(
        "decide", "a completion arrives", min(completions(fan) for _ in range(5)), "us", floor
    )
    for runs in (1, 10):
        case = "granted and given back, of one run" if runs == 1 else f"of {runs} runs"
        value = min(grants(runs) for _ in range(5)) / GRANTS * 1e6
        yield row("decide", case, value, "us", floor)
    drawn = plan(n0="", **{f"n{n}": f"n{n - 1}" for n in range(1, COUNT)})
    decided = cpu_seconds(lambda: drive(drawn, watched=False), 3) / COUNT * 1e6
    yield row("decide", f"all of a task, in a chain of {COUNT:,}", decided, "us", floor)
    watched = cpu_seconds(lambda: drive(drawn, watched=True), 3) / COUNT * 1e6
    yield row("decide", "with invariants and events", watched, "us", floor)


def completions(drawn: Plan) -> float:
    """The mean time in microseconds from the end of a task to the command that sends the next."""
    core, engine = begin(drawn), ArbitrationEngine(SLOTS, 1)
    granted: list[str] = []
    step(core, happened.Start(0.0))
    for number in range(READY + COUNT):
        _, commands = step(core, happened.LookedUp(0.0, f"n{number}", "key"))
        if number < READY:
            ask(engine, commands, granted)
    sent = send(core, granted)
    spent = 0.0
    for number in range(READY, READY + COUNT):
        task, attempt = sent.pop(0)
        ended = happened.Succeeded(0.0, task, attempt, OUTPUTS, 0.1)
        started = time.process_time()
        _, commands = step(core, ended)
        for command in commands:
            if isinstance(command, do.ReleaseSlot):
                engine.release("r", command.task)
        sent += send_first(core, granted)
        spent += time.process_time() - started
        step(core, happened.Stored(0.0, task, attempt, OUTPUTS, 0.1))
        step(core, happened.Started(0.0, *sent[-1], "p", 1))
        ask(engine, [do.RequestSlot(f"n{number}", False, 0, 1)], granted)
    return spent / COUNT * 1e6


def ask(engine: ArbitrationEngine, commands: Iterable[do.Command], granted: list[str]) -> None:
    """Ask for what the core wants, as the effects of a run do."""
    for command in commands:
        if isinstance(command, do.RequestSlot):
            engine.request(
                Request(
                    run="r",
                    task=command.task,
                    kind="wait" if command.waits else "cpu",
                    priority=command.priority,
                    rank=command.rank,
                    granted=lambda task=command.task: granted.append(task),
                )
            )


def send_first(core: Any, granted: list[str]) -> list[tuple[str, int]]:
    """Let the core decide about what was granted; the tasks it sends, with their attempt."""
    sent = []
    while granted:
        _, commands = step(core, happened.Granted(0.0, granted.pop(0)))
        sent += [
            (command.task, command.attempt)
            for command in commands
            if isinstance(command, do.Dispatch)
        ]
    return sent


def send(core: Any, granted: list[str]) -> list[tuple[str, int]]:
    """The same, and the tasks begin."""
    sent = send_first(core, granted)
    for task, attempt in sent:
        step(core, happened.Started(0.0, task, attempt, "p", 1))
    return sent


def grants(runs: int) -> float:
    """The time to give slots back and grant them anew, with 1,000 in line, less what asks."""
    engine = ArbitrationEngine(SLOTS, 1)
    granted: list[tuple[str, str]] = []
    told: list[Callable[[], None]] = []
    names = [(f"r{n % runs}", f"n{n}") for n in range(READY + GRANTS)]
    for name in names:
        told.append(lambda name=name: granted.append(name))  # noqa: PERF401 - one closure each
    requests = [
        Request(run, task, "cpu", 0, number % 7, tell)
        for number, ((run, task), tell) in enumerate(zip(names, told, strict=True))
    ]
    for request in requests[:READY]:
        engine.request(request)
    granted.reverse()
    started = time.process_time()
    for request in requests[READY:]:
        engine.release(*granted.pop())
        engine.request(request)
    return time.process_time() - started


def bare() -> None:
    """One in, one out of a heap of a thousand."""
    heap = [(0, -(n % 7), n) for n in range(READY)]
    heapify(heap)
    for n in range(READY, READY + GRANTS):
        heappushpop(heap, (0, -(n % 7), n))


def drive(drawn: Plan, *, watched: bool) -> None:
    """Play the Pit: every look-up misses, every request is granted, every task succeeds."""
    core = begin(drawn)
    watch = Watch(core.tracker, core.state)
    facts: list[happened.Fact] = [happened.Start(0.0)]
    while facts:
        records, commands = step(core, facts.pop(0))
        if watched:
            assert watch.judge(records) == ()
            events_of("r", core, records)
        for command in commands:
            if isinstance(command, do.LookUp):
                facts.append(happened.LookedUp(0.0, command.task, "key"))
            elif isinstance(command, do.RequestSlot):
                facts.append(happened.Granted(0.0, command.task))
            elif isinstance(command, do.Dispatch):
                task, attempt = command.task, command.attempt
                facts.append(happened.Started(0.0, task, attempt, "p", 1))
                facts.append(happened.Succeeded(0.0, task, attempt, OUTPUTS, 0.1))
            elif isinstance(command, do.Store):
                facts.append(
                    happened.Stored(0.0, command.task, command.attempt, command.outputs, 0.1)
                )
    assert core.state == "Completed"

"""Recorded workflows replayed on 8 slots: how near the whole comes to what no schedule can beat.

The run times are scaled so that a task takes 50 ms in the mean, and 7 ms. The floor is the larger
of the longest chain of tasks and an eighth of all work; where even a schedule that costs nothing to
keep (`list_schedule`) cannot reach that, a second row has its length as the floor. On a busy
machine not even sleeping ends in time: for all traces together a third row has as its floor what a
bare loop over eight sleeping processes takes that commits each end, measured in turns with the
replays (`bare_schedule`).

The traces are looked for in the folder that HARMONY_TRACES names, else in `../shared/wfinstances`
beside the checkout; where there are none, made-up ones of the same shapes are replayed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "melody"))

from bare_schedule import bare_makespan, journal, sleepers
from bench_throughput import with_asyncio
from list_schedule import Work, makespan
from measuring import row

SLOTS = 8
MEANS = {"50 ms": 0.050, "7 ms": 0.007}
ROUNDS = 3
LOOSE = 1.01
"""From here on a bound is one that no schedule reaches."""
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "wfinstances"


def run() -> Iterable[dict[str, Any]]:
    """Rows for each trace and mean, and for all of them together."""
    traces = all_traces()
    measured: dict[tuple[str, str], float] = {}
    bare: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        with_asyncio(lambda host: replay_all(Path(home), host, traces, measured, bare))
    for mean, seconds in MEANS.items():
        total = ideal = by_hand = 0.0
        for name, trace in traces.items():
            work = work_of(trace, scale_of(trace, seconds))
            bound, best = work.bound(SLOTS), makespan(work, SLOTS, work.ranks(timed=True))
            took = measured[name, mean]
            yield row("schedule", f"{name}, mean {mean}", took, "s", bound)
            if best > bound * LOOSE:
                case = f"{name}, mean {mean}, against a list schedule"
                yield row("schedule", case, took, "s", best)
            total, ideal, by_hand = total + took, ideal + best, by_hand + bare[name, mean]
        case = f"all {len(traces)}, mean {mean}, against list schedules"
        yield row("schedule", case, total, "s", ideal)
        case = f"all {len(traces)}, mean {mean}, against a bare loop"
        yield row("schedule", case, total, "s", by_hand)


def all_traces() -> dict[str, Any]:
    """The traces by name, the smallest first."""
    from recorded_workflows import ten

    from harmony.melody import wfformat

    folder = Path(os.environ.get("HARMONY_TRACES", BESIDE))
    found = {path.stem: wfformat.load(path) for path in sorted(folder.glob("*.json"))}
    if not found:
        found = {
            name: wfformat.loads(json.dumps(value).encode(), name) for name, value in ten().items()
        }
    return dict(sorted(found.items(), key=lambda item: len(item[1].tasks)))


def scale_of(trace: Any, mean: float) -> float:
    """The scale at which a task of the trace takes `mean` seconds on average."""
    return mean * len(trace.tasks) / sum(task.runtime for task in trace.tasks.values())


def work_of(trace: Any, scale: float) -> Work:
    """Run times and parents of a trace on a scaled clock."""
    return Work(
        {task.id: task.runtime * scale for task in trace.tasks.values()},
        {task.id: task.parents for task in trace.tasks.values()},
    )


async def replay_all(
    home: Path,
    host: Any,
    traces: dict[str, Any],
    measured: dict[tuple[str, str], float],
    bare: dict[tuple[str, str], float],
) -> None:
    """The shortest makespan of some rounds, by trace and mean, on processes that are warm.

    `measured` is filled with those of the program, `bare` with those of a loop of its own.
    """
    from harmony.symphony import Symphony

    async with await Symphony.open(home, host, slots=SLOTS) as symphony:
        await replay(symphony, wide())
        with sleepers(SLOTS) as processes, closing(journal(home)) as connection:
            for name, trace in traces.items():
                for mean, seconds in MEANS.items():
                    work = work_of(trace, scale_of(trace, seconds))
                    ranks = work.ranks(timed=True)
                    rounds = []
                    for _ in range(ROUNDS):
                        took = await replay(symphony, melody_of(trace, seconds))
                        rounds.append((took, bare_makespan(work, ranks, processes, connection)))
                    measured[name, mean] = min(took for took, _ in rounds)
                    bare[name, mean] = min(by_hand for _, by_hand in rounds)


async def replay(symphony: Any, melody: Any) -> float:
    """Run it; from the first task's start to the last one's end, in seconds."""
    from harmony.cli.makespan import Makespan

    span = Makespan()
    end = symphony.events.subscribe(span.take)
    state = await (await symphony.start(melody)).finished()
    end()
    assert state == "Completed", state
    assert span.seconds is not None
    return span.seconds


def melody_of(trace: Any, mean: float) -> Any:
    """The trace as a melody whose tasks take `mean` seconds on average."""
    from harmony.melody import replay as replaying

    return replaying.melody_of(trace, "bench", scale_of(trace, mean))


def wide() -> Any:
    """As many tasks at once as there are slots: it starts a process for each."""
    from harmony.melody.model import Melody, Node

    nodes = {
        f"n{n}": Node(f"n{n}", "harmony/replay", parameters={"runtime": 1.0}) for n in range(SLOTS)
    }
    return Melody(id="wide", name="Wide", nodes=nodes)

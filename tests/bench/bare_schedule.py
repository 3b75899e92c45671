"""A list schedule kept by hand: a loop, processes that sleep, and one synced commit a task.

What any durable engine needs at the least on this machine, just now, to keep so many slots at work:
a benchmark that is measured beside it can be read on a busy machine too.
"""

from __future__ import annotations

import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import apsw
from list_schedule import Work

SLEEPER = (
    "import sys, time\n"
    "for line in sys.stdin.buffer:\n"
    " time.sleep(float(line))\n"
    " sys.stdout.buffer.write(b'.')\n"
    " sys.stdout.flush()"
)


@contextmanager
def sleepers(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that sleep for as long as each line says, and write a byte when they are done."""
    found = [
        subprocess.Popen(
            [sys.executable, "-I", "-c", SLEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        for _ in range(count)
    ]
    try:
        yield found
    finally:
        for process in found:
            process.communicate()


def journal(folder: Path) -> apsw.Connection:
    """A database that syncs each commit, as the program's own does."""
    connection = apsw.Connection(str(folder / "bare.sqlite3"))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE done (task TEXT)")
    return connection


def bare_makespan(
    work: Work,
    ranks: Mapping[str, float],
    processes: list[subprocess.Popen[bytes]],
    connection: apsw.Connection,
) -> float:
    """Seconds from the first task's start to the last one's end, each end committed."""
    children = work.children()
    missing = {task: len(parents) for task, parents in work.parents.items()}
    ready: list[tuple[float, int, str]] = []
    for place, (task, count) in enumerate(missing.items()):
        if count == 0:
            heappush(ready, (-ranks[task], place, task))
    free: list[Any] = list(processes)
    running: dict[int, tuple[Any, str]] = {}
    with selectors.DefaultSelector() as selector:
        for process in processes:
            selector.register(process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
        asked, started = len(missing), time.perf_counter()
        while ready or running:
            while ready and free:
                process, task = free.pop(), heappop(ready)[2]
                process.stdin.write(b"%.6f\n" % work.runtimes[task])
                running[process.stdout.fileno()] = (process, task)
            arrived = [key.fd for key, _ in selector.select()]
            with connection:
                tasks = [(running[number][1],) for number in arrived]
                connection.executemany("INSERT INTO done VALUES (?)", tasks)
            for number in arrived:
                process, ended = running.pop(number)
                process.stdout.read(1)
                free.append(process)
                for child in children[ended]:
                    missing[child] -= 1
                    if missing[child] == 0:
                        heappush(ready, (-ranks[child], asked, child))
                        asked += 1
        return time.perf_counter() - started

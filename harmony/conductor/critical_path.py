"""The critical path of a run: which tasks made it take as long as it did, and which of them most.

Told from a finished run's times: from the task that ended last, back to whatever it waited for that
ended last, and so on. What lies between two of them is waiting: for a slot, a process, the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harmony.conductor.detail import RunDetail, TaskDetail


@dataclass(frozen=True, slots=True)
class PathStep:
    """A task on the path. `waited` is from the end of the one before to its own start, seconds."""

    task: str
    node: str
    waited: float
    ran: float


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The path from first to last. `seconds` is its length, waiting counted in.

    `bottleneck` is the node that ran longest on it, `share` its part of the length (0 to 1).
    """

    steps: tuple[PathStep, ...]
    seconds: float
    bottleneck: str
    share: float

    @property
    def waited(self) -> float:
        """How much of its length was waiting, seconds."""
        return sum(step.waited for step in self.steps)


def critical_path(detail: RunDetail) -> CriticalPath | None:
    """The critical path of what has run so far; None when no task has."""
    ran: dict[str, list[TaskDetail]] = {}
    for task in detail.tasks.values():
        if _span(task) is not None and task.node not in detail.insides:
            ran.setdefault(task.node, []).append(task)
    last = _last(task for tasks in ran.values() for task in tasks)
    if last is None:
        return None
    chain = [last]
    while (before := _before(chain[-1], detail, ran)) is not None:
        chain.append(before)
    chain.reverse()
    steps, end = [], _began(chain[0])
    for task in chain:
        start, stop = _times(task)
        steps.append(PathStep(task.id, task.node, max(0.0, start - end), stop - start))
        end = stop
    seconds = end - _began(chain[0])
    by_node: dict[str, float] = {}
    for step in steps:
        by_node[step.node] = by_node.get(step.node, 0.0) + step.ran
    bottleneck = max(by_node, key=lambda node: by_node[node])
    share = by_node[bottleneck] / seconds if seconds else 1.0
    return CriticalPath(tuple(steps), seconds, bottleneck, min(1.0, share))


def _before(
    task: TaskDetail, detail: RunDetail, ran: Mapping[str, Sequence[TaskDetail]]
) -> TaskDetail | None:
    """Of all that a task waited for, what ended last, before it began."""
    began = _began(task)
    return _last(
        other
        for node in _sources(task.node, detail, ran)
        for other in ran.get(node, ())
        if _times(other)[1] <= began
    )


def _sources(node: str, detail: RunDetail, ran: Mapping[str, Sequence[TaskDetail]]) -> set[str]:
    """The nodes that a node takes values from or waits for. For a loop stands what runs inside it,
    for a node that was skipped or reused whatever that one waited for."""
    found: set[str] = set()
    waiting = list(detail.before.get(node, ()))
    while waiting:
        source = waiting.pop()
        if source in found:
            continue
        found.add(source)
        if source not in ran:
            waiting += detail.insides.get(source, detail.before.get(source, ()))
    return found


def _last(tasks: Iterable[TaskDetail]) -> TaskDetail | None:
    return max(tasks, key=lambda task: _times(task)[1], default=None)


def _span(task: TaskDetail) -> tuple[float, float] | None:
    """Begin and end of a task's last attempt that ended; None when it never ran."""
    ended = [attempt for attempt in task.attempts if attempt.ended is not None]
    if not ended:
        return None
    first, last = task.attempts[0], ended[-1]
    assert last.ended is not None
    return first.started, max(first.started, last.ended)


def _times(task: TaskDetail) -> tuple[float, float]:
    span = _span(task)
    assert span is not None
    return span


def _began(task: TaskDetail) -> float:
    return _times(task)[0]

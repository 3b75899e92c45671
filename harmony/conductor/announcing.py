"""From records of a journal to the events that tell of them.

A live run announces what it has just committed; a run of another program is announced from its
journal in the same words (`elsewhere.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from harmony.conductor.core import RUN, TASK, Record, RunCore
from harmony.conductor.events import Event, NodeExpanded, RunChanged, TaskChanged
from harmony.states.task import TaskState


def events_of(run: str, core: RunCore, records: Iterable[Record]) -> list[Event]:
    """What to tell of records that `core` has taken in, in their order."""
    events: list[Event] = []
    tasks = core.tracker.tasks
    for record in records:
        if record.machine == RUN:
            events.append(
                RunChanged(run, record.from_state, record.to_state, record.at, record.trigger)
            )
            continue
        task_id, data = record.machine.removeprefix(TASK), record.data
        # None when the node's one task became many by a later record of these.
        task = tasks.get(task_id)
        if task is None:
            node, attempt = task_id, 0
        else:
            node, attempt = task.node, task.attempt
            if record.from_state == TaskState.PENDING and task.index == 0:
                count = len(core.tracker.nodes[node].tasks)
                events.append(NodeExpanded(run, node, count, record.at))
        if not data:
            events.append(
                TaskChanged(
                    run,
                    task_id,
                    node,
                    record.from_state,
                    record.to_state,
                    attempt,
                    record.at,
                    "",
                    record.trigger,
                )
            )
            continue
        events.append(
            TaskChanged(
                run,
                task_id,
                node,
                record.from_state,
                record.to_state,
                data.get("attempt", attempt),
                record.at,
                data.get("process", ""),
                record.trigger,
                data.get("seconds"),
                data.get("outputs", {}),
                data.get("error") or data.get("cause"),
            )
        )
    return events

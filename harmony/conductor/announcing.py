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
    for record in records:
        if record.machine == RUN:
            events.append(
                RunChanged(run, record.from_state, record.to_state, record.at, record.trigger)
            )
            continue
        task_id, data = record.machine.removeprefix(TASK), record.data
        node = core.tracker.node_of(task_id)
        # None when the node's one task became many by a later record of these.
        task = core.tracker.tasks.get(task_id)
        if task is not None and task.index == 0 and record.from_state == TaskState.PENDING:
            count = len(core.tracker.nodes[node].tasks)
            events.append(NodeExpanded(run, node, count, record.at))
        events.append(
            TaskChanged(
                run=run,
                task=task_id,
                node=node,
                from_state=record.from_state,
                state=record.to_state,
                attempt=data.get("attempt", 0 if task is None else task.attempt),
                at=record.at,
                process=data.get("process", ""),
                cause=record.trigger,
                seconds=data.get("seconds"),
                outputs=data.get("outputs", {}),
                error=data.get("error") or data.get("cause"),
            )
        )
    return events

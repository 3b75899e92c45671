"""A run of the past as the same fold that live events make: its journal is read as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from harmony.board.run_view.run_model import INSIDE, RunModel
from harmony.conductor.detail import RunDetail
from harmony.conductor.events import Event, NodeExpanded, RunChanged, TaskChanged
from harmony.melody.model import Melody
from harmony.melody.parts import PartError, flatten
from harmony.players.specs import PlayerSpec

_TASK = "task:"


def model_of(
    detail: RunDetail,
    snapshot: Melody,
    number: int,
    wall_at_zero: float,
    interrupted: bool,
    inner: Mapping[str, int] | None = None,
) -> RunModel:
    """The fold of a whole run. `interrupted`: it has not ended, but nobody drives it any more;
    `inner` counts the nodes in each part (`inner_counts`)."""
    nodes = nodes_in(snapshot, detail.before)
    model = RunModel(detail.summary.id, nodes, number, wall_at_zero, inner)
    for event in events_of(detail):
        model.apply(event)
    if interrupted:
        model.interrupt()
    return model


def nodes_in(snapshot: Melody, planned: Iterable[str]) -> list[str]:
    """The nodes of a melody that a run is about; `planned` are those of its plan, those in a part
    by the way to them. A run of a part of its melody leaves the others alone."""
    about = {name for node in planned for name in (node, INSIDE.split(node, maxsplit=1)[0])}
    return [node for node in snapshot.nodes if node in about]


def inner_counts(melody: Melody, spec_of: Callable[[str], PlayerSpec | None]) -> Mapping[str, int]:
    """How many nodes of a run stand for each node that places a part; nothing for the others."""
    if not melody.parts:
        return {}
    try:
        flat = flatten(melody, spec_of)
    except PartError:
        return {}  # such a melody does not run; what is wrong with it stands among its findings
    counts = Counter(node.partition("/")[0] for node in flat.nodes if "/" in node)
    return {node: count for node, count in counts.items() if node in melody.nodes}


def events_of(detail: RunDetail) -> Iterator[Event]:
    """What the run said while it went on, as far as its journal keeps it."""
    run = detail.summary.id
    items = Counter(task.node for task in detail.tasks.values() if task.index is not None)
    told: set[str] = set()
    for record in detail.journal:
        if not record.machine.startswith(_TASK):
            yield RunChanged(run, record.from_state, record.to_state, record.at, record.trigger)
            continue
        task = detail.tasks.get(record.machine.removeprefix(_TASK))
        if task is None:
            continue
        if task.index is not None and task.node not in told:
            told.add(task.node)
            yield NodeExpanded(run, task.node, items[task.node], record.at)
        data = record.data
        yield TaskChanged(
            run=run,
            task=task.id,
            node=task.node,
            from_state=record.from_state,
            state=record.to_state,
            attempt=data.get("attempt", len(task.attempts) or 1),
            at=record.at,
            process=data.get("process", ""),
            cause=record.trigger,
            seconds=data.get("seconds"),
            outputs=data.get("outputs", {}),
            error=data.get("error") or data.get("cause"),
        )

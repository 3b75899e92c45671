"""What the tasks of a node come to together, and what a node whose work others do comes to."""

from __future__ import annotations

from harmony.pit.dag import inside
from harmony.pit.dag.inside import OPEN, Verdict
from harmony.pit.dag.packed import NOTHING, Packed, collected, reference_at
from harmony.pit.dag.plan import Source
from harmony.pit.dag.progress import FINISHED, NodeProgress, Outcome
from harmony.pit.dag.skipping import Nodes, Tasks
from harmony.pit.dag.values import Reference
from harmony.states.task import TaskState


def ending_of(progress: NodeProgress, tasks: Tasks) -> tuple[Outcome, Packed]:
    """What became of a node whose tasks have all ended, and what it gave."""
    own = [tasks[task_id] for task_id in progress.tasks]
    states = {task.state for task in own}
    if TaskState.CANCELLED in states:
        return "cancelled", NOTHING
    if TaskState.FAILED in states:
        return "failed", NOTHING
    # Items whose failure was accepted are left out of the list.
    if states & FINISHED or (own[0].cause or {}).get("empty"):
        planned = progress.planned
        if not planned.mapped:
            return "completed", own[0].packed
        return "completed", collected(planned.outputs, (task.packed for task in own))
    return "skipped", NOTHING


def value_at(progress: NodeProgress, source: Source, nodes: Nodes) -> Reference | None:
    """What a node receives from a source; None when that gave nothing, or gave it too late."""
    if source.node in progress.absent:
        return None
    return reference_at(nodes[source.node].packed, source.output)


def judge(progress: NodeProgress, nodes: Nodes) -> Verdict:
    """How a node stands whose work others do."""
    current, planned = progress.inside, progress.planned
    if current is None:
        return Verdict("next")
    if planned.repeat is None:
        ended = [nodes[name] for name in current.nodes if nodes[name].open == 0]
        votes = [node.outputs if node.outcome == "completed" else None for node in ended]
        return inside.judge_votes(planned.policy.quorum, votes, current.open)
    if current.open:
        return OPEN
    prefix = inside.round_name(planned.id, current.number)
    return inside.judge_round(
        planned.repeat,
        current.number,
        ((name, nodes[name].outcome) for name in current.nodes),
        {
            name: value_at(progress, Source(prefix + at.node, at.output), nodes)
            for name, at in planned.repeat.outputs.items()
        },
    )

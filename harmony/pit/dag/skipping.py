"""Why a node does not run, though all it waits for has ended: something above failed, was cancelled
or given up, or the branch was not taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harmony.pit.dag.plan import PlannedNode, Source
from harmony.pit.dag.progress import NodeProgress, Task
from harmony.pit.dag.values import Reference

Nodes = Mapping[str, NodeProgress]
Tasks = Mapping[str, Task]

_INHERITED = ("pit.upstream_failed", "pit.upstream_given_up", "pit.halted")


def why_skipped(
    progress: NodeProgress,
    nodes: Nodes,
    tasks: Tasks,
    value_of: Callable[[NodeProgress, Source], Reference | None],
) -> dict[str, Any] | None:
    """The cause for which a node is skipped; None when it runs. The first reason found is told."""
    planned = progress.planned
    for before in planned.predecessors:
        outcome = nodes[before].outcome
        if outcome == "completed" or not _must_complete(planned, before):
            continue
        if outcome == "failed":
            return _cause("pit.upstream_failed", before, nodes)
        if outcome == "cancelled":
            return _cause("pit.upstream_cancelled", before, nodes)
        inherited = _failure_above(before, nodes, tasks)
        if inherited is not None:
            return inherited
    for port in planned.inputs:
        if not port.required:
            continue
        for source in port.sources:
            if value_of(progress, source) is not None:
                break
        else:
            return {"code": "pit.branch_not_taken", "port": port.port}
    return None


def may_be_skipped(planned: PlannedNode, nodes: Nodes) -> bool:
    """Whether `why_skipped` has to be asked even when all that a node waits for gives all it can.

    Not where each port that needs a value has a wire from a node that is waited for.
    """
    for port in planned.inputs:
        if port.required and not any(
            source.dependency != "optional"
            and source.node in nodes
            and source.output in nodes[source.node].planned.outputs
            for source in port.sources
        ):
            return True
    return False


def is_left_out(node: NodeProgress, tasks: Tasks) -> bool:
    """Whether a node was skipped for a failure elsewhere, and runs when that is mended."""
    cause = tasks[node.tasks[-1]].cause if node.outcome == "skipped" else None
    return (cause or {}).get("code") in ("pit.upstream_failed", "pit.halted")


def _cause(code: str, node: str, nodes: Nodes) -> dict[str, Any]:
    """Why a node is skipped, with the name that a person knows the other node by."""
    return {"code": code, "node": node, "title": nodes[node].planned.title or node}


def _failure_above(node: str, nodes: Nodes, tasks: Tasks) -> dict[str, Any] | None:
    if nodes[node].outcome != "skipped":
        return None
    cause = tasks[nodes[node].tasks[0]].cause or {}
    if cause.get("code") == "pit.failure_accepted":
        return _cause("pit.upstream_given_up", node, nodes)
    return cause if cause.get("code") in _INHERITED else None


def _must_complete(planned: PlannedNode, before: str) -> bool:
    """Whether a node has a wire from `before` that must deliver."""
    return any(
        source.node == before and source.dependency == "hard"
        for port in planned.inputs
        for source in port.sources
    )

"""What a retry by hand may take up in the same run, and what it leaves alone."""

from __future__ import annotations

from harmony.pit.dag.progress import Task
from harmony.pit.dag.skipping import Nodes, Tasks, is_left_out


def has_gone_on_without(nodes: Nodes, tasks: Tasks) -> bool:
    """Whether a node ran without a value that a retry may give it: what it gave would be stale.

    One whose items are known has gone on, too: a list of another length would not fit them.
    """
    return any(
        nodes[after].outcome not in ("open", "skipped") or nodes[after].tasks[0] != after
        for node in nodes.values()
        if node.outcome == "failed" or is_left_out(node, tasks)
        for after in node.planned.successors
    )


def is_settled_otherwise(task: Task, nodes: Nodes, tasks: Tasks) -> bool:
    """Whether a task need not be tried again: it was outvoted, another vote is held, or what it
    worked for was given up."""
    owner = nodes[task.node].owner
    while owner:
        node = nodes[owner]
        if node.planned.repeat is None or node.outcome == "completed":
            return True
        if node.outcome == "skipped" and not is_left_out(node, tasks):
            return True
        owner = node.owner
    return False

"""What the pool is told of a run as it begins, so that processes are warm when it needs them."""

from __future__ import annotations

from collections.abc import Iterable

from harmony.pit.dag.plan import Plan, PlannedNode
from harmony.pit.pool import LookAhead, Package, Step


def look_ahead_of(nodes: Iterable[PlannedNode], python: str, at_once: int) -> LookAhead:
    """The nodes of a plan as steps that the pool looks ahead over.

    `at_once` is how many of its tasks run side by side at most.
    """
    known: dict[str, tuple[Package, ...]] = {}
    return LookAhead({node.id: _step(node, python, known) for node in nodes}, at_once)


def _step(node: PlannedNode, python: str, known: dict[str, tuple[Package, ...]]) -> Step:
    # All nodes of a Player need the same; only a loop needs what stands inside it.
    packages = known.get(node.player) if node.repeat is None else None
    if packages is None:
        packages = tuple(dict.fromkeys(_packages(node, python)))
        if node.repeat is None:
            known[node.player] = packages
    return Step(node.player, packages, node.successors, node.mapped or node.composite)


def _packages(node: PlannedNode, python: str) -> list[Package]:
    if node.repeat is not None:
        return _of_plan(node.repeat.body, python)
    return [
        Package(node.package, node.package_hash, node.package_source, python, node.quota),
    ]


def _of_plan(plan: Plan, python: str) -> list[Package]:
    return [package for node in plan.nodes.values() for package in _packages(node, python)]

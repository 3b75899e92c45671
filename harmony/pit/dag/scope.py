"""A run of a part of a melody: to a node, of one node alone, or from a node on.

What such a run leaves out is left out of its plan. All that the rest needs stays in it, and is
taken from earlier results where there are any. What a person pointed at runs again in any case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from harmony.foundation.errors import HarmonyError
from harmony.melody.model import Melody
from harmony.melody.parts import WAY
from harmony.pit.dag.plan import Plan, PlannedNode, Scope, sources_of

__all__ = ["Scope", "ScopeError", "scope_left", "within"]


class ScopeError(HarmonyError):
    """A scope that names a node which the melody has not."""


def within(plan: Plan, scope: Scope) -> Plan:
    """The plan of a run that keeps to a scope. Raises ScopeError for an unknown node."""
    chosen: set[str] = set()
    for name in scope.nodes:
        # A part that was taken apart is all of its nodes.
        found = {node for node in plan.nodes if node == name or node.startswith(name + WAY)}
        if not found:
            known = ", ".join(plan.nodes)
            raise ScopeError("pit.scope_unknown", node=name, known=known)
        chosen |= found
    sources = {node.id: sources_of(node) for node in plan.nodes.values()}
    again: set[str] = set()
    if scope.kind == "only":
        again = chosen
    elif scope.kind == "from":
        again = chosen = _reached(chosen, _inverted(sources))
    return replace(_restricted(plan, _reached(chosen, sources), again), scope=scope)


def scope_left(scope: Scope | None, melody: Melody) -> Scope | None:
    """A scope for a melody that was edited since: what is gone from it is not asked for any more.

    None when nothing is left to point at: then all of the melody is meant.
    """
    if scope is None:
        return None
    left = tuple(name for name in scope.nodes if name.split(WAY)[0] in melody.nodes)
    return replace(scope, nodes=left) if left else None


def _reached(start: Iterable[str], ways: Mapping[str, Iterable[str]]) -> set[str]:
    """All nodes that ways lead to, those of the start included."""
    found = set(start)
    ahead = list(found)
    while ahead:
        for node in ways.get(ahead.pop(), ()):
            if node not in found:
                found.add(node)
                ahead.append(node)
    return found


def _inverted(ways: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    back: dict[str, list[str]] = {}
    for node, ends in ways.items():
        for end in ends:
            back.setdefault(end, []).append(node)
    return back


def _restricted(plan: Plan, kept: set[str], again: set[str]) -> Plan:
    nodes = {
        name: _restricted_node(node, kept, name in again)
        for name, node in plan.nodes.items()
        if name in kept
    }
    return replace(plan, nodes=nodes)


def _restricted_node(node: PlannedNode, kept: set[str], again: bool) -> PlannedNode:
    successors = tuple(name for name in node.successors if name in kept)
    found = replace(node, successors=successors, afresh=node.afresh or again)
    if node.fallback is not None:
        found = replace(found, fallback=_restricted_node(node.fallback, kept, again))
    if node.repeat is not None and again:
        body = node.repeat.body
        inside = set(body.nodes)
        found = replace(found, repeat=replace(node.repeat, body=_restricted(body, inside, inside)))
    return found

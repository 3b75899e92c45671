"""Parts as a run needs them: taken apart into their nodes, under the way that leads to each.

`flatten` is what a run is planned from. A part that repeats stays a node, since how often its nodes
run is known only as they do; its own insides are taken apart as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from harmony.melody.errors import MelodyError
from harmony.melody.limits import MAXIMUM_NODES
from harmony.melody.model import (
    DEFAULT_POLICY,
    Connection,
    Dependency,
    Exposed,
    Melody,
    Node,
    part_name,
)
from harmony.melody.part_specs import MAXIMUM_PART_DEPTH, Parts, with_parts
from harmony.players.specs import PlayerSpec

__all__ = [
    "MAXIMUM_PART_DEPTH",
    "PartError",
    "Parts",
    "flatten",
    "handed_on",
    "titles",
    "with_parts",
]

WAY: Final = "/"


class PartError(MelodyError):
    """Parts that cannot be taken apart: validation has findings for them."""


def flatten(melody: Melody, spec_of: Callable[[str], PlayerSpec | None]) -> Melody:
    """The melody with the nodes of its parts in place of the nodes that place them.

    An inner node is called `outer/inner`, and its title says the way as well (`spec_of` answers the
    titles of Players). Wires lead to the inner ports; at a port, wires from inside come before
    those from outside. Where an inner node leaves something open, it has what its place says:
    retries and the waits between them, what a failure means, the notification, items at once, and
    priority. A node that repeats its part stays, and that part (flattened) stays in `parts`.

    Raises PartError for parts that are missing, contain each other, or make too much.
    """
    if not any(node.part is not None for node in melody.nodes.values()):
        return replace(melody, parts={}) if melody.parts else melody
    return _Flattening(melody.parts, with_parts(melody, spec_of)).whole(melody)


def titles(melody: Melody, spec_of: Callable[[str], PlayerSpec | None]) -> dict[str, str]:
    """What a person calls each node of a melody; those of sub-melodies by both names."""
    known = with_parts(melody, spec_of)
    found = {}
    for node in flatten(melody, spec_of).nodes.values():
        spec = known(node.player)
        found[node.id] = node.title or (spec.title if spec else node.id)
    return found


def handed_on(inner: Node, outer: Node) -> Node:
    """A node of a part with what the node that places the part says, where it leaves it open."""
    policy, given, retries = inner.policy, outer.policy, inner.retries
    if given is not DEFAULT_POLICY or outer.retries:
        if not retries and outer.retries:
            retries = outer.retries
            policy = replace(policy, **{name: getattr(given, name) for name in _WAITS})
        policy = replace(
            policy,
            on_failure=given.on_failure if policy.on_failure == "fail" else policy.on_failure,
            notify=policy.notify or given.notify,
            parallel=policy.parallel or given.parallel,
        )
    priority = inner.priority or outer.priority
    return replace(inner, priority=priority, retries=retries, policy=policy)


class _Flattening:
    """One pass: each part is taken apart once, and put in place wherever it is placed."""

    def __init__(
        self, parts: dict[str, Melody], spec_of: Callable[[str], PlayerSpec | None]
    ) -> None:
        self._parts = parts
        self._spec_of = spec_of
        self._flat: dict[str, Melody] = {}
        self._inside: list[str] = []
        self._repeated: dict[str, Melody] = {}

    def whole(self, melody: Melody) -> Melody:
        flat = self._taken_apart(melody)
        return replace(flat, parts=self._repeated)

    def _part(self, name: str) -> Melody:
        if name not in self._flat:
            if name not in self._parts:
                raise PartError("melody.part_unknown", node="", part=name)
            if name in self._inside or len(self._inside) >= MAXIMUM_PART_DEPTH:
                facts: dict[str, Any] = {"node": self._inside[0], "part": name}
                raise PartError("melody.part_endless", **facts, limit=MAXIMUM_PART_DEPTH)
            self._inside.append(name)
            self._flat[name] = self._taken_apart(self._parts[name])
            self._inside.pop()
        return self._flat[name]

    def _taken_apart(self, melody: Melody) -> Melody:
        nodes: dict[str, Node] = {}
        inside: dict[Connection, Dependency] = {}
        entries: dict[tuple[str, str], tuple[str, str]] = {}
        exits: dict[tuple[str, str], tuple[str, str]] = {}
        for node in melody.nodes.values():
            name = node.part
            if name is None:
                nodes[node.id] = node
                continue
            part = self._part(name)
            if node.repeat is not None:
                self._repeated[name] = part
                nodes[node.id] = node
                continue
            way = node.id + WAY
            for inner in part.nodes.values():
                nodes[way + inner.id] = self._placed(inner, node)
            for wire, dependency in part.connections.items():
                source, target = way + wire.source, way + wire.target
                inside[Connection(source, wire.output, target, wire.input)] = dependency
            for port in part.inputs:
                entries[node.id, port.name] = (way + port.node, port.port)
            for port in part.outputs:
                exits[node.id, port.name] = (way + port.node, port.port)
            if len(nodes) > MAXIMUM_NODES:
                counts = {"count": f"{len(nodes):,}", "limit": f"{MAXIMUM_NODES:,}"}
                raise PartError("melody.parts_too_many", **counts)
        for wire, dependency in melody.connections.items():
            start, end = (wire.source, wire.output), (wire.target, wire.input)
            inside[Connection(*exits.get(start, start), *entries.get(end, end))] = dependency
        return replace(
            melody,
            nodes=nodes,
            connections=inside,
            notes={},
            parts={},
            inputs=tuple(_shown(port, entries) for port in melody.inputs),
            outputs=tuple(_shown(port, exits) for port in melody.outputs),
        )

    def _placed(self, inner: Node, outer: Node) -> Node:
        return replace(
            handed_on(inner, outer),
            id=outer.id + WAY + inner.id,
            title=f"{self._title(outer)} / {self._title(inner)}",
            x=outer.x + inner.x,
            y=outer.y + inner.y,
        )

    def _title(self, node: Node) -> str:
        if node.title:
            return node.title
        name = part_name(node.player)
        if name is not None:
            return self._parts[name].name or name
        spec = self._spec_of(node.player)
        return spec.title if spec is not None else node.id


_WAITS: Final = ("retry_base", "retry_cap", "retry_errors")


def _shown(port: Exposed, ends: dict[tuple[str, str], tuple[str, str]]) -> Exposed:
    return Exposed(port.name, *ends.get((port.node, port.port), (port.node, port.port)))

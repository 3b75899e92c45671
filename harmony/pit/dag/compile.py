"""From a melody that has passed validation to the plan of a run.

The melody comes flattened (`melody.parts.flatten`): of its parts only those that repeat are left,
and each of these becomes a node with the plan of its body inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harmony.melody.graph import Graph
from harmony.melody.model import DEFAULT_POLICY, Exposed, Melody, Node, part_name
from harmony.pit.dag.plan import (
    NO_QUOTA,
    Plan,
    PlannedInput,
    PlannedNode,
    PlannedRepeat,
    Source,
)
from harmony.players.ports import item_type
from harmony.players.specs import PackageManifest, PlayerSpec
from harmony.wire.launch import Quota

SpecOf = Callable[[str], PlayerSpec]
PackageOf = Callable[[str], PackageManifest]

_Sources = dict[tuple[str, str], list[Source]]


def compile_plan(
    melody: Melody, spec_of: SpecOf, package_of: PackageOf, graph: Graph | None = None
) -> Plan:
    """Plan a flattened melody. `spec_of` knows the parts that repeat as Players, too.

    `graph` is that of this very melody, when there is one already.
    """
    known = _Known(spec_of, package_of)
    return _compile(melody, melody.parts, (), known, graph or Graph.of(melody, spec_of))


@dataclass(frozen=True, slots=True)
class _Port:
    """An input port of a Player, with what follows from its type."""

    name: str
    type: str
    required: bool
    gathers: bool


@dataclass(frozen=True, slots=True)
class _Face:
    """What all nodes of a Player have in common, worked out once."""

    spec: PlayerSpec
    package: str
    package_hash: str
    package_source: str
    defaults: dict[str, Any]
    secrets: tuple[str, ...]
    files: tuple[str, ...]
    paths: tuple[str, ...]
    inputs: tuple[_Port, ...]
    outputs: dict[str, str]
    quota: Quota


class _Known:
    """The Players of one melody."""

    def __init__(self, spec_of: SpecOf, package_of: PackageOf) -> None:
        self.spec_of = spec_of
        self._package_of = package_of
        self._faces: dict[str, _Face] = {}

    def face(self, player: str) -> _Face:
        """What is known of a Player, or of a part that repeats."""
        found = self._faces.get(player)
        if found is None:
            found = self._faces[player] = self._made(self.spec_of(player))
        return found

    def _made(self, spec: PlayerSpec) -> _Face:
        package = self._package_of(spec.id) if part_name(spec.id) is None else None
        fields = spec.parameters
        return _Face(
            spec=spec,
            package=package.name if package is not None else "",
            package_hash=package.hash if package is not None else "",
            package_source=package.source if package is not None else "",
            defaults={field.name: field.default for field in fields},
            secrets=tuple(field.name for field in fields if field.kind == "secret"),
            files=_file_parameters(spec),
            paths=tuple(
                field.name for field in fields if field.kind in ("file", "folder", "save_file")
            ),
            inputs=tuple(
                _Port(port.name, port.type, port.required, item_type(port.type) is not None)
                for port in spec.inputs
            ),
            outputs={port.name: port.type for port in spec.outputs},
            quota=spec.quota if spec.quota != NO_QUOTA else NO_QUOTA,
        )


def _compile(
    melody: Melody,
    parts: Mapping[str, Melody],
    exposed: tuple[Exposed, ...],
    known: _Known,
    graph: Graph,
) -> Plan:
    order = tuple(graph.order)
    predecessors: dict[str, dict[str, None]] = {node: {} for node in melody.nodes}
    successors: dict[str, dict[str, None]] = {node: {} for node in melody.nodes}
    sources: _Sources = {}
    for connection, dependency in melody.connections.items():
        source = Source(connection.source, connection.output, dependency)
        sources.setdefault((connection.target, connection.input), []).append(source)
        if dependency != "optional":
            predecessors[connection.target][connection.source] = None
            successors[connection.source][connection.target] = None

    ranks: dict[str, int] = {}
    for name in reversed(order):
        ranks[name] = 1 + max((ranks[after] for after in successors[name]), default=0)

    outer = {(port.node, port.port): port.name for port in exposed}
    planned: dict[str, PlannedNode] = {}
    for name in order:
        placed = melody.nodes[name]
        face, mapped = known.face(placed.player), graph.flow.mapped(name)
        inputs: list[PlannedInput] = []
        for port in face.inputs:
            at = (name, port.name)
            if at in sources or at in outer:
                feeds, fed = tuple(sources.get(at, ())), outer.get(at, "")
                inputs.append(_fed_port(port, feeds, fed, maps=port.name in mapped))
        node = _node(
            placed,
            face,
            inputs=tuple(inputs),
            predecessors=tuple(predecessors[name]),
            successors=tuple(successors[name]),
            rank=ranks[name],
        )
        planned[name] = _with_others(node, placed, parts, known)
    return Plan(planned, melody.limits)


def _with_others(
    node: PlannedNode, placed: Node, parts: Mapping[str, Melody], known: _Known
) -> PlannedNode:
    """The node, with all that may run in its place, after it or inside it."""
    if placed.repeat is not None and placed.part is not None:
        part = parts[placed.part]
        body = _compile(part, parts, part.inputs, known, Graph.of(part, known.spec_of))
        outputs = {port.name: Source(port.node, port.port) for port in part.outputs}
        repeat = PlannedRepeat(placed.repeat.until, placed.repeat.at_most, body, outputs)
        node = replace(node, repeat=repeat)
    if placed.policy is DEFAULT_POLICY:
        return node
    if placed.policy.fallback:
        node = replace(node, fallback=_fallback(node, placed, known))
    if placed.policy.compensate:
        node = replace(node, compensation=_compensation(node, placed, known))
    return node


def _node(
    placed: Node,
    face: _Face,
    *,
    inputs: tuple[PlannedInput, ...] = (),
    predecessors: tuple[str, ...] = (),
    successors: tuple[str, ...] = (),
    rank: int = 1,
) -> PlannedNode:
    """A node of a Player, with its place among the others."""
    spec, given = face.spec, placed.parameters
    return PlannedNode(
        id=placed.id,
        player=spec.id,
        package=face.package,
        package_hash=face.package_hash,
        package_source=face.package_source,
        parameters={name: given.get(name, default) for name, default in face.defaults.items()},
        secrets=face.secrets,
        files=face.files,
        paths=face.paths,
        inputs=inputs,
        outputs=face.outputs,
        deterministic=spec.deterministic,
        effects=spec.effects,
        waits=spec.waits,
        priority=placed.priority,
        retries=placed.retries,
        predecessors=predecessors,
        successors=successors,
        rank=rank,
        title=placed.title or spec.title,
        policy=placed.policy,
        prefetch=spec.prefetch,
        quota=face.quota,
        tokens=spec.tokens,
        money=spec.money,
    )


def _fallback(node: PlannedNode, placed: Node, known: _Known) -> PlannedNode:
    """The node with the Player that is tried when its own has failed for good."""
    other = _node(
        placed,
        known.face(placed.policy.fallback),
        inputs=node.inputs,
        predecessors=node.predecessors,
        successors=node.successors,
        rank=node.rank,
    )
    return replace(other, outputs=node.outputs, title=node.title)


def _compensation(node: PlannedNode, placed: Node, known: _Known) -> PlannedNode:
    """The node that takes back what this one did: it is given its outputs and inputs, by name."""
    face = known.face(placed.policy.compensate)
    fed = {port.port: (port.sources, port.outer) for port in node.inputs}
    fed |= {name: ((Source(node.id, name),), "") for name in node.outputs}
    inputs = (_fed_port(port, *fed[port.name]) for port in face.inputs if port.name in fed)
    return replace(
        _node(placed, face, inputs=tuple(inputs)),
        id=f"{node.id}~undo",
        effects=True,
        policy=replace(
            DEFAULT_POLICY, retry_base=placed.policy.retry_base, retry_cap=placed.policy.retry_cap
        ),
    )


def _fed_port(
    port: _Port, sources: tuple[Source, ...], outer: str, maps: bool = False
) -> PlannedInput:
    return PlannedInput(port.name, port.type, port.required, sources, port.gathers, maps, outer)


def _file_parameters(spec: PlayerSpec) -> tuple[str, ...]:
    named = [field.name for field in spec.parameters if field.kind in ("file", "folder")]
    return (*named, *(name for name in spec.reads if name not in named))

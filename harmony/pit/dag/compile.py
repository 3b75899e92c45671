"""From a melody that has passed validation to the plan of a run.

The melody comes flattened (`melody.parts.flatten`): of its parts only those that repeat are left,
and each of these becomes a node with the plan of its body inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harmony.melody.graph import Graph
from harmony.melody.model import DEFAULT_POLICY, Exposed, Melody, Node, part_name
from harmony.pit.dag.plan import Plan, PlannedInput, PlannedNode, PlannedRepeat, Source
from harmony.players.ports import item_type
from harmony.players.specs import PackageManifest, PlayerSpec, PortSpec

SpecOf = Callable[[str], PlayerSpec]
PackageOf = Callable[[str], PackageManifest]

_Sources = dict[tuple[str, str], list[Source]]


def compile_plan(melody: Melody, spec_of: SpecOf, package_of: PackageOf) -> Plan:
    """Plan a flattened melody. `spec_of` knows the parts that repeat as Players, too."""
    return _compile(melody, melody.parts, (), spec_of, package_of)


def _compile(
    melody: Melody,
    parts: Mapping[str, Melody],
    exposed: tuple[Exposed, ...],
    spec_of: SpecOf,
    package_of: PackageOf,
) -> Plan:
    graph = Graph.of(melody, spec_of)
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
        placed, spec = melody.nodes[name], spec_of(melody.nodes[name].player)
        mapped = set(graph.flow.mapped(name))
        node = replace(
            _node(placed, spec, package_of),
            inputs=tuple(
                PlannedInput(
                    port=port.name,
                    type=port.type,
                    required=port.required,
                    sources=tuple(sources.get((name, port.name), ())),
                    gathers=item_type(port.type) is not None,
                    maps=port.name in mapped,
                    outer=outer.get((name, port.name), ""),
                )
                for port in spec.inputs
                if (name, port.name) in sources or (name, port.name) in outer
            ),
            predecessors=tuple(predecessors[name]),
            successors=tuple(successors[name]),
            rank=ranks[name],
        )
        planned[name] = _with_others(node, placed, parts, spec_of, package_of)
    return Plan(planned, melody.limits)


def _with_others(
    node: PlannedNode,
    placed: Node,
    parts: Mapping[str, Melody],
    spec_of: SpecOf,
    package_of: PackageOf,
) -> PlannedNode:
    """The node, with all that may run in its place, after it or inside it."""
    if placed.part is not None and placed.repeat is not None:
        part = parts[placed.part]
        body = _compile(part, parts, part.inputs, spec_of, package_of)
        outputs = {port.name: Source(port.node, port.port) for port in part.outputs}
        repeat = PlannedRepeat(placed.repeat.until, placed.repeat.at_most, body, outputs)
        node = replace(node, repeat=repeat)
    if placed.policy.fallback:
        node = replace(node, fallback=_fallback(node, placed, spec_of, package_of))
    if placed.policy.compensate:
        node = replace(node, compensation=_compensation(node, placed, spec_of, package_of))
    return node


def _node(placed: Node, spec: PlayerSpec, package_of: PackageOf) -> PlannedNode:
    """What the Player and the placed node say, without the node's place among the others."""
    package = package_of(spec.id) if part_name(spec.id) is None else None
    return PlannedNode(
        id=placed.id,
        player=spec.id,
        package=package.name if package is not None else "",
        package_hash=package.hash if package is not None else "",
        package_source=package.source if package is not None else "",
        parameters={
            field.name: placed.parameters.get(field.name, field.default)
            for field in spec.parameters
        },
        secrets=tuple(field.name for field in spec.parameters if field.kind == "secret"),
        files=_file_parameters(spec),
        paths=tuple(
            field.name for field in spec.parameters if field.kind in ("file", "folder", "save_file")
        ),
        inputs=(),
        outputs={port.name: port.type for port in spec.outputs},
        deterministic=spec.deterministic,
        effects=spec.effects,
        waits=spec.waits,
        priority=placed.priority,
        retries=placed.retries,
        predecessors=(),
        successors=(),
        rank=1,
        title=placed.title or spec.title,
        policy=placed.policy,
        prefetch=spec.prefetch,
        quota=spec.quota,
        tokens=spec.tokens,
        money=spec.money,
    )


def _fallback(
    node: PlannedNode, placed: Node, spec_of: SpecOf, package_of: PackageOf
) -> PlannedNode:
    """The node with the Player that is tried when its own has failed for good."""
    other = _node(placed, spec_of(placed.policy.fallback), package_of)
    return replace(
        other,
        inputs=node.inputs,
        outputs=node.outputs,
        predecessors=node.predecessors,
        successors=node.successors,
        rank=node.rank,
        title=node.title,
    )


def _compensation(
    node: PlannedNode, placed: Node, spec_of: SpecOf, package_of: PackageOf
) -> PlannedNode:
    """The node that takes back what this one did: it is given its outputs and inputs, by name."""
    spec = spec_of(placed.policy.compensate)
    fed = {port.port: (port.sources, port.outer) for port in node.inputs}
    fed |= {name: ((Source(node.id, name),), "") for name in node.outputs}
    return replace(
        _node(placed, spec, package_of),
        id=f"{node.id}~undo",
        inputs=tuple(_fed_port(port, *fed[port.name]) for port in spec.inputs if port.name in fed),
        effects=True,
        policy=replace(
            DEFAULT_POLICY, retry_base=placed.policy.retry_base, retry_cap=placed.policy.retry_cap
        ),
    )


def _fed_port(port: PortSpec, sources: tuple[Source, ...], outer: str) -> PlannedInput:
    gathers = item_type(port.type) is not None
    return PlannedInput(port.name, port.type, port.required, sources, gathers, False, outer)


def _file_parameters(spec: PlayerSpec) -> tuple[str, ...]:
    named = [field.name for field in spec.parameters if field.kind in ("file", "folder")]
    return (*named, *(name for name in spec.reads if name not in named))

"""A melody made ready for execution: no positions and no notes, only what a run needs.

The plan is kept with its run as JSON, so that recovery needs neither the melody's file nor the
catalogue, and a changed Player cannot change a run under way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from harmony.foundation.errors import HarmonyError
from harmony.melody.flow import Flow
from harmony.melody.model import Melody
from harmony.players.ports import item_type
from harmony.players.specs import PackageManifest, PlayerSpec

PLAN_FORMAT = 1


class PlanError(HarmonyError):
    """A stored plan cannot be read: another version of the program wrote it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input comes from."""

    node: str
    output: str


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An input port of a node. `gathers`: the port takes a list, made of all its sources.
    `maps`: its one source is a list, and the node runs once an item."""

    port: str
    type: str
    required: bool
    sources: tuple[Source, ...]
    gathers: bool
    maps: bool


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node as a run sees it. `rank` is the number of nodes on the longest way to an end.

    `title` is what a person calls it. Names of parameters: `secrets` hold a reference to a secret,
    `files` name what the node reads, `paths` are all that name a place on disk.
    """

    id: str
    player: str
    package: str
    package_hash: str
    package_source: str
    parameters: dict[str, Any]
    secrets: tuple[str, ...]
    files: tuple[str, ...]
    paths: tuple[str, ...]
    inputs: tuple[PlannedInput, ...]
    outputs: dict[str, str]
    deterministic: bool
    effects: bool
    waits: bool
    priority: int
    retries: int
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    rank: int
    title: str = ""

    @property
    def mapped(self) -> bool:
        """Whether the node runs once for each item of a list."""
        return any(port.maps for port in self.inputs)

    @property
    def reusable(self) -> bool:
        """Whether a result of any earlier run may stand in for a new one (DESIGN.md section 5)."""
        return self.deterministic and not self.effects


@dataclass(frozen=True, slots=True)
class Plan:
    """All nodes of a run, in topological order."""

    nodes: dict[str, PlannedNode]


def compile_plan(
    melody: Melody,
    flow: Flow,
    order: tuple[str, ...],
    spec_of: Callable[[str], PlayerSpec],
    package_of: Callable[[str], PackageManifest],
) -> Plan:
    """Plan a melody that has passed validation."""
    predecessors: dict[str, dict[str, None]] = {node: {} for node in melody.nodes}
    successors: dict[str, dict[str, None]] = {node: {} for node in melody.nodes}
    sources: dict[tuple[str, str], list[Source]] = {}
    for connection in melody.connections:
        predecessors[connection.target][connection.source] = None
        successors[connection.source][connection.target] = None
        source = Source(connection.source, connection.output)
        sources.setdefault((connection.target, connection.input), []).append(source)

    ranks: dict[str, int] = {}
    for node in reversed(order):
        ranks[node] = 1 + max((ranks[after] for after in successors[node]), default=0)

    planned: dict[str, PlannedNode] = {}
    for name in order:
        placed = melody.nodes[name]
        spec, package = spec_of(placed.player), package_of(placed.player)
        mapped = set(flow.mapped(name))
        planned[name] = PlannedNode(
            id=name,
            player=spec.id,
            package=package.name,
            package_hash=package.hash,
            package_source=package.source,
            parameters=_effective_parameters(spec, placed.parameters),
            secrets=tuple(field.name for field in spec.parameters if field.kind == "secret"),
            files=_file_parameters(spec),
            paths=tuple(
                field.name
                for field in spec.parameters
                if field.kind in ("file", "folder", "save_file")
            ),
            inputs=tuple(
                PlannedInput(
                    port=port.name,
                    type=port.type,
                    required=port.required,
                    sources=tuple(sources[name, port.name]),
                    gathers=item_type(port.type) is not None,
                    maps=port.name in mapped,
                )
                for port in spec.inputs
                if (name, port.name) in sources
            ),
            outputs={port.name: port.type for port in spec.outputs},
            deterministic=spec.deterministic,
            effects=spec.effects,
            waits=spec.waits,
            priority=placed.priority,
            retries=placed.retries,
            predecessors=tuple(predecessors[name]),
            successors=tuple(successors[name]),
            rank=ranks[name],
            title=placed.title or spec.title,
        )
    return Plan(planned)


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    return {"format": PLAN_FORMAT, "nodes": [_node_to_json(node) for node in plan.nodes.values()]}


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read a plan written by `plan_to_json`. Raises PlanError."""
    try:
        if data["format"] != PLAN_FORMAT:
            raise PlanError("pit.plan_newer", format=data["format"], known=PLAN_FORMAT)
        return Plan({item["id"]: _node_from_json(item) for item in data["nodes"]})
    except (KeyError, TypeError, AttributeError) as error:
        raise PlanError("pit.plan_unreadable", reason=f"{type(error).__name__}: {error}") from error


def _node_to_json(node: PlannedNode) -> dict[str, Any]:
    # By hand: `dataclasses.asdict` copies every value, and takes ten times as long.
    plain = {field.name: getattr(node, field.name) for field in _NODE_FIELDS}
    plain["inputs"] = [
        {
            **{field.name: getattr(port, field.name) for field in _INPUT_FIELDS},
            "sources": [{"node": source.node, "output": source.output} for source in port.sources],
        }
        for port in node.inputs
    ]
    return plain


_NODE_FIELDS = fields(PlannedNode)
_INPUT_FIELDS = fields(PlannedInput)


def _node_from_json(data: Mapping[str, Any]) -> PlannedNode:
    given = dict(data)
    given["inputs"] = tuple(
        PlannedInput(**{**port, "sources": tuple(Source(**source) for source in port["sources"])})
        for port in data["inputs"]
    )
    for name in ("secrets", "files", "paths", "predecessors", "successors"):
        given[name] = tuple(data[name])
    return PlannedNode(**given)


def _effective_parameters(spec: PlayerSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: given.get(field.name, field.default) for field in spec.parameters}


def _file_parameters(spec: PlayerSpec) -> tuple[str, ...]:
    named = [field.name for field in spec.parameters if field.kind in ("file", "folder")]
    return (*named, *(name for name in spec.reads if name not in named))

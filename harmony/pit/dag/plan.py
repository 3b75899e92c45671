"""A melody made ready for execution: no positions and no notes, only what a run needs.

The plan is kept with its run as JSON (`plan_json.py`), so that recovery needs neither the melody's
file nor the catalogue, and a changed Player cannot change a run under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from harmony.melody.model import DEFAULT_POLICY, NO_LIMITS, Dependency, Limits, Policy, Reference
from harmony.wire.launch import Quota

NO_QUOTA: Final = Quota()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input comes from, and whether it must deliver."""

    node: str
    output: str
    dependency: Dependency = "hard"


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An input port of a node. `gathers`: the port takes a list, made of all its sources.
    `maps`: its one source is a list, and the node runs once an item. `outer`: inside a loop, the
    name under which the port is fed from outside."""

    port: str
    type: str
    required: bool
    sources: tuple[Source, ...]
    gathers: bool
    maps: bool
    outer: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRepeat:
    """A node whose body runs again until its boolean output `until` says yes, `at_most` times.

    `outputs` names what the body shows outside; an output of one round feeds the input of the same
    name of the next.
    """

    until: str
    at_most: int
    body: Plan
    outputs: dict[str, Source]


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node as a run sees it. `rank` is the number of nodes on the longest way to an end.

    `title` is what a person calls it. Names of parameters: `secrets` hold a reference to a secret,
    `files` name what the node reads, `paths` are all that name a place on disk. `predecessors` are
    the nodes it waits for; optional sources are not among them. `fallback` is the same node with
    another Player, `compensation` the node that takes it back. `afresh`: it runs though a result is
    known. `pinned`: what its outputs are without its being run; it has no inputs then.
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
    policy: Policy = DEFAULT_POLICY
    prefetch: int = 0
    quota: Quota = NO_QUOTA
    tokens: int = 0
    money: float = 0.0
    fallback: PlannedNode | None = None
    compensation: PlannedNode | None = None
    repeat: PlannedRepeat | None = None
    afresh: bool = False
    pinned: dict[str, Reference] | None = None

    @property
    def mapped(self) -> bool:
        """Whether the node runs once for each item of a list."""
        return any(port.maps for port in self.inputs)

    @property
    def reusable(self) -> bool:
        """Whether a result of any earlier run may stand in for a new one (DESIGN.md section 5)."""
        return self.deterministic and not self.effects

    @property
    def composite(self) -> bool:
        """Whether other nodes do its work: the rounds of a loop, or replicas that vote."""
        return self.repeat is not None or self.policy.quorum > 0


ScopeKind = Literal["to", "only", "from"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which nodes a run is about, by their ids in the melody.

    `to`: they and all they need. `only`: the same, and they run though a result is known. `from`:
    they and all that follows from them run anew, with what these need.
    """

    kind: ScopeKind
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All nodes of a run, in topological order, and what the run may use at most.

    `priority` says how much of the slots the run gets beside others, 0 for the usual part. `scope`
    is the part of the melody that the run was asked for; None: all of it. In a `preview`
    nothing with effects is called.
    """

    nodes: dict[str, PlannedNode]
    limits: Limits = field(default=NO_LIMITS)
    priority: int = 0
    scope: Scope | None = None
    preview: bool = False


def every_node(plan: Plan) -> Iterator[PlannedNode]:
    """All nodes that may run: those of the plan, what may stand in for them or take them back, and
    those inside of loops."""
    for node in plan.nodes.values():
        yield node
        for other in (node.fallback, node.compensation):
            if other is not None:
                yield other
        if node.repeat is not None:
            yield from every_node(node.repeat.body)


def sources_of(node: PlannedNode) -> tuple[str, ...]:
    """The nodes that a node takes values from or waits for, each once."""
    sources = (source.node for port in node.inputs for source in port.sources)
    return tuple(dict.fromkeys((*node.predecessors, *sources)))

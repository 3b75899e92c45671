"""What the parts of a melody look like from outside: each is a Player made up from what it exposes.

A node that places a part is wired, mapped and judged like any other node, against this spec. It
follows from the part alone, so that it is worked out once however often the part is placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harmony.foundation import words
from harmony.melody.findings import Finding
from harmony.melody.flow import UNKNOWN_TYPE, Lookup
from harmony.melody.model import PART_PREFIX, Exposed, Melody, part_name
from harmony.players.specs import PlayerSpec, PortSpec

if TYPE_CHECKING:
    from harmony.melody.graph import Graph

MAXIMUM_PART_DEPTH = 16


class Parts:
    """The parts of a melody with all that follows from them, until `forget`.

    `spec` answers for `melody:NAME` and asks `lookup` for every other Player. A part on a circle of
    parts that place each other, or under too many others, has no spec.
    """

    def __init__(self, parts: Mapping[str, Melody], lookup: Lookup) -> None:
        self._parts = parts
        self._lookup = lookup
        self.found: dict[str, list[Finding]] = {}
        self._specs: dict[str, PlayerSpec | None] = {}
        self._graphs: dict[str, Graph] = {}
        self._depths: dict[str, int | None] = {}
        self._sizes: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __getitem__(self, name: str) -> Melody:
        return self._parts[name]

    @property
    def names(self) -> list[str]:
        """All names, in the order of the melody."""
        return list(self._parts)

    def forget(self) -> None:
        """A part came, went or changed: work everything out anew."""
        for memory in (self.found, self._specs, self._graphs, self._depths, self._sizes):
            memory.clear()

    def spec(self, player: str) -> PlayerSpec | None:
        """The spec of a Player or a part; None when it is unknown."""
        name = part_name(player)
        if name is None:
            return self._lookup(player)
        if name not in self._parts:
            return None
        if name not in self._specs:
            sound = self.depth(name) is not None
            self._specs[name] = self._made_up(name) if sound else None
        return self._specs[name]

    def graph(self, name: str) -> Graph:
        """The derived view of a part that is on no circle."""
        from harmony.melody.graph import Graph

        if name not in self._graphs:
            self._graphs[name] = Graph.inside(self._parts[name], self)
        return self._graphs[name]

    def depth(self, name: str) -> int | None:
        """How many parts stand within each other from this one down, itself counted.

        None when it is on a circle of parts or leads to one, or when there are more than
        `MAXIMUM_PART_DEPTH`.
        """
        return self._depth(name, 1)

    def size(self, name: str) -> int:
        """How many nodes a part on no circle has in the end, those of parts inside counted."""
        if name not in self._sizes:
            placed = [node.part for node in self._parts[name].nodes.values()]
            self._sizes[name] = sum(
                1 if inner is None or inner not in self._parts else self.size(inner)
                for inner in placed
            )
        return self._sizes[name]

    def _depth(self, name: str, above: int) -> int | None:
        if name in self._depths:
            return self._depths[name]
        if above > MAXIMUM_PART_DEPTH:
            return None
        deepest = 0
        for node in self._parts[name].nodes.values():
            inner = node.part
            if inner is not None and inner in self._parts:
                below = self._depth(inner, above + 1)
                if below is None:
                    # Remembered only at the top: on the way down it may be the others' fault.
                    if above == 1:
                        self._depths[name] = None
                    return None
                deepest = max(deepest, below)
        depth = deepest + 1
        if depth > MAXIMUM_PART_DEPTH:
            return None
        self._depths[name] = depth
        return depth

    def _made_up(self, name: str) -> PlayerSpec:
        part, graph = self._parts[name], self.graph(name)
        inner = [spec for spec in graph.specs.values() if spec is not None]
        return PlayerSpec(
            id=PART_PREFIX + name,
            kind="operator",
            title=part.name or name,
            category=words.render("melody.part.category"),
            function="",
            summary=part.description,
            icon="layers",
            inputs=tuple(_input(port, graph) for port in part.inputs),
            outputs=tuple(
                PortSpec(port.name, graph.flow.output_type(port.node, port.port))
                for port in part.outputs
            ),
            deterministic=bool(inner) and all(spec.deterministic for spec in inner),
            effects=any(spec.effects for spec in inner),
        )


def with_parts(melody: Melody, spec_of: Lookup) -> Lookup:
    """`spec_of`, knowing the parts of the melody as Players called `melody:NAME` as well.

    The melody must not be edited while the answer is in use.
    """
    return Parts(melody.parts, spec_of).spec


def _input(exposed: Exposed, graph: Graph) -> PortSpec:
    spec = graph.specs.get(exposed.node)
    declared = spec.input(exposed.port) if spec is not None else None
    if declared is None:
        return PortSpec(exposed.name, UNKNOWN_TYPE, required=False)
    # What is wired inside already can do without more from outside.
    wired = any(wire.input == exposed.port for wire in graph.wiring.into(exposed.node))
    return PortSpec(exposed.name, declared.type, declared.required and not wired, declared.help)

"""How values travel: which wires map or gather, which nodes therefore run once an item, and what
type a value really has where it leaves a node.

A list that enters a scalar port makes its node *mapped*: one task an item, and each output of type
`T` is then a `list[T]` (DESIGN.md section 6, "Ports are typed"). Several mapped inputs go in step,
item by item. A mapped node whose output is a list already would make a list of lists, which is
refused. A scalar port takes one wire. A list port takes many, in the order of the melody's
connections: a scalar adds one item (`gather`), a list adds all of its items (`direct`).

The conductor's plan and the canvas (broad wire, ×N) read the same answers from here.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, KeysView, Mapping

from harmony.melody.model import Connection, Melody
from harmony.players.ports import Fit, fit, item_type, list_of
from harmony.players.specs import PlayerSpec

Lookup = Callable[[str], PlayerSpec | None]

UNKNOWN_TYPE = "any"
"""The type of a port that nothing is known about: it fits everything."""


class Wiring:
    """The connections by node. Kept in step with a melody by `Graph`; the order is not that of the
    document."""

    __slots__ = ("_into", "_out_of")

    def __init__(self) -> None:
        self._into: dict[str, dict[Connection, None]] = {}
        self._out_of: dict[str, dict[Connection, None]] = {}

    def into(self, node: str) -> KeysView[Connection]:
        """The connections that end at a node."""
        return self._into[node].keys()

    def out_of(self, node: str) -> KeysView[Connection]:
        """The connections that start at a node."""
        return self._out_of[node].keys()

    def add_node(self, node: str) -> None:
        """Add a node without connections."""
        self._into[node] = {}
        self._out_of[node] = {}

    def remove_node(self, node: str) -> None:
        """Remove a node that has no connections."""
        del self._into[node]
        del self._out_of[node]

    def add(self, connection: Connection) -> None:
        """Add a connection between two nodes that are there."""
        self._out_of[connection.source][connection] = None
        self._into[connection.target][connection] = None

    def remove(self, connection: Connection) -> None:
        """Remove a connection that is there."""
        del self._out_of[connection.source][connection]
        del self._into[connection.target][connection]


class Flow:
    """How each value travels, for every node and connection of a melody.

    `update` computes anew what hangs on the nodes it is given, and stops where nothing changes.
    """

    def __init__(self, specs: Mapping[str, PlayerSpec | None], wiring: Wiring) -> None:
        self._specs = specs
        self._wiring = wiring
        self._mapped: dict[str, tuple[str, ...]] = {}
        self._fits: dict[str, dict[Connection, Fit | None]] = {}

    @classmethod
    def of(cls, melody: Melody, lookup: Lookup) -> Flow:
        """The flow of a whole melody, computed once. Follow edits with a Document instead."""
        from harmony.melody.graph import Graph

        return Graph.of(melody, lookup).flow

    def mapped(self, node: str) -> tuple[str, ...]:
        """The inputs whose lists this node maps over, in the order of its ports; usually none."""
        return self._mapped.get(node, ())

    def output_type(self, node: str, output: str) -> str:
        """The type a value really has where it leaves the node, mapping counted in.

        `any` for an unknown Player or port, and for the list of lists that is refused.
        """
        return self._type_out(node, output, bool(self._mapped.get(node)))

    def input_type(self, node: str, port: str) -> str:
        """The type that an input port declares; `any` for an unknown Player or port."""
        spec = self._specs.get(node)
        declared = spec.input(port) if spec is not None else None
        return UNKNOWN_TYPE if declared is None else declared.type

    def fit_of(self, connection: Connection) -> Fit | None:
        """How the value enters the input port; None when its type does not fit there."""
        return self._fits[connection.target][connection]

    def nested(self, node: str) -> tuple[str, ...]:
        """The outputs of a mapped node that would be lists of lists."""
        return self._lists_out(node) if self._mapped.get(node) else ()

    def would_nest(self, connection: Connection) -> tuple[str, tuple[str, ...]] | None:
        """The first node, and its outputs, in which this new wire would make a list of lists.

        Looks downstream as far as the wire makes further nodes mapped, and changes nothing.
        """
        fits = fit(
            self.output_type(connection.source, connection.output),
            self.input_type(connection.target, connection.input),
        )
        if fits != "map" or self._mapped.get(connection.target):
            return None
        waiting, seen = [connection.target], {connection.target}
        while waiting:
            node = waiting.pop(0)
            lists = self._lists_out(node)
            if lists:
                return node, lists
            for wire in self._wiring.out_of(node):
                if wire.target in seen or self._mapped.get(wire.target):
                    continue
                arriving = self._type_out(node, wire.output, mapped=True)
                if fit(arriving, self.input_type(wire.target, wire.input)) == "map":
                    seen.add(wire.target)
                    waiting.append(wire.target)
        return None

    def update(
        self, nodes: Iterable[str], ranks: Mapping[str, int], carries: Callable[[Connection], bool]
    ) -> set[str]:
        """Compute nodes anew, and what hangs on them; answers all that were looked at.

        `ranks` are those of a topological order; `carries` is False for a wire inside a circle,
        which makes nothing mapped.
        """
        looked_at: set[str] = set()
        waiting = [(ranks[node], node) for node in nodes]
        heapq.heapify(waiting)
        while waiting:
            _, node = heapq.heappop(waiting)
            if node in looked_at:
                continue
            looked_at.add(node)
            if self._compute(node, carries):
                for wire in self._wiring.out_of(node):
                    if wire.target not in looked_at:
                        heapq.heappush(waiting, (ranks[wire.target], wire.target))
        return looked_at

    def forget(self, node: str) -> None:
        """Drop what is known of a node that was removed."""
        self._mapped.pop(node, None)
        self._fits.pop(node, None)

    def _compute(self, node: str, carries: Callable[[Connection], bool]) -> bool:
        """Compute one node; answers whether what leaves it has changed its type."""
        fits: dict[Connection, Fit | None] = {}
        mapping: set[str] = set()
        for wire in self._wiring.into(node):
            arriving = self.output_type(wire.source, wire.output)
            enters = self._enters(arriving, node, wire.input)
            fits[wire] = enters
            if enters == "map" and carries(wire):
                mapping.add(wire.input)
        self._fits[node] = fits
        before = bool(self._mapped.get(node))
        if mapping:
            spec = self._specs.get(node)
            ports = spec.inputs if spec is not None else ()
            self._mapped[node] = tuple(port.name for port in ports if port.name in mapping)
        else:
            self._mapped.pop(node, None)
        return before != bool(mapping)

    def _enters(self, arriving: str, node: str, port: str) -> Fit | None:
        spec = self._specs.get(node)
        if spec is None:
            return "direct"
        declared = spec.input(port)
        if declared is None:
            return None
        return "direct" if arriving == declared.type else fit(arriving, declared.type)

    def _type_out(self, node: str, output: str, mapped: bool) -> str:
        spec = self._specs.get(node)
        declared = spec.output(output) if spec is not None else None
        if declared is None:
            return UNKNOWN_TYPE
        if not mapped:
            return declared.type
        return UNKNOWN_TYPE if item_type(declared.type) is not None else list_of(declared.type)

    def _lists_out(self, node: str) -> tuple[str, ...]:
        spec = self._specs.get(node)
        if spec is None:
            return ()
        return tuple(port.name for port in spec.outputs if item_type(port.type) is not None)

"""What follows from a melody's nodes and wires, kept in step with them: the connections by node,
the topological order, and the flow of types.

A Document feeds every edit in here, and then asks `settle` which nodes it concerned; `Graph.of`
computes the same for a whole melody at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from harmony.melody.circles import circles
from harmony.melody.errors import CycleError
from harmony.melody.flow import Flow, Lookup, Wiring
from harmony.melody.model import Connection, Dependency, Melody, part_name
from harmony.melody.order import TopologicalOrder
from harmony.melody.part_specs import Parts
from harmony.players.specs import PlayerSpec


class Graph:
    """The derived view of a melody. `specs` holds the Player of each node, None when unknown.

    `parts` are the melody's sub-melodies, `placing` the nodes that place one, and `lenient` the
    wires that need not deliver, with what they ask instead.

    A wire that would close a circle stands in `closing` and not in the order: it can only have
    come from a file, or back from there by an undo.
    """

    def __init__(self, parts: Parts) -> None:
        self.specs: dict[str, PlayerSpec | None] = {}
        self.wiring = Wiring()
        self.order = TopologicalOrder()
        self.flow = Flow(self.specs, self.wiring)
        self.closing: dict[Connection, None] = {}
        self.circles: list[frozenset[str]] = []
        self.parts = parts
        self.placing: dict[str, str] = {}
        self.lenient: dict[Connection, Dependency] = {}
        self._touched: set[str] = set()

    @classmethod
    def of(cls, melody: Melody, lookup: Lookup) -> Graph:
        """The graph of a whole melody, settled. `lookup` need not know the melody's parts."""
        return cls.inside(melody, Parts(melody.parts, lookup))

    @classmethod
    def inside(cls, melody: Melody, parts: Parts) -> Graph:
        """The graph of one of these parts, or of the melody that has them."""
        graph = cls(parts)
        for node in melody.nodes.values():
            graph.add_node(node.id, node.player)
        for connection, dependency in melody.connections.items():
            graph.connect(connection, dependency)
        graph.settle()
        return graph

    def add_node(self, node: str, player: str) -> None:
        """A node was added."""
        self._place(node, player)
        self.wiring.add_node(node)
        self.order.add_node(node)
        self._touched.add(node)

    def remove_node(self, node: str) -> None:
        """A node was removed, and every connection that touched it."""
        for connection in (*self.wiring.into(node), *self.wiring.out_of(node)):
            if connection in self.wiring.out_of(connection.source):
                self.disconnect(connection)
        self.wiring.remove_node(node)
        self.order.remove_node(node)
        self.flow.forget(node)
        self._touched.discard(node)
        self.placing.pop(node, None)
        del self.specs[node]

    def connect(self, connection: Connection, dependency: Dependency = "hard") -> None:
        """A connection was added."""
        self.wiring.add(connection)
        if dependency != "hard":
            self.lenient[connection] = dependency
        try:
            self.order.add_edge(connection.source, connection.target)
        except CycleError:
            self.closing[connection] = None
        self._touched.add(connection.target)

    def disconnect(self, connection: Connection) -> None:
        """A connection was removed."""
        self.wiring.remove(connection)
        self.lenient.pop(connection, None)
        if connection in self.closing:
            del self.closing[connection]
        else:
            self.order.remove_edge(connection.source, connection.target)
            self._open_closing()
        self._touched.add(connection.target)

    def replace_player(self, node: str, player: str) -> None:
        """Another Player stands at a node now."""
        self._place(node, player)
        self.touch(node)
        for connection in self.wiring.out_of(node):
            self._touched.add(connection.target)

    def depend(self, connection: Connection, dependency: Dependency) -> None:
        """A connection asks something else of its source now."""
        if dependency == "hard":
            self.lenient.pop(connection, None)
        else:
            self.lenient[connection] = dependency
        self._touched.add(connection.target)

    def reload_parts(self, renamed: Mapping[str, str] = MappingProxyType({})) -> None:
        """A part came, went or changed; `renamed` says how nodes name a part now, by the old."""
        self.parts.forget()
        for node, player in list(self.placing.items()):
            self.replace_player(node, renamed.get(player, player))

    def touch(self, node: str) -> None:
        """Something about a node changed that its findings depend on."""
        self._touched.add(node)

    def settle(self) -> set[str]:
        """Bring the flow up to date; answers every node whose findings may be others now."""
        touched, self._touched = self._touched, set()
        if self.closing or self.circles:
            touched = set(self.specs)
        self.circles = self._find_circles() if self.closing else []
        on_circle = {node: at for at, circle in enumerate(self.circles) for node in circle}

        def carries(wire: Connection) -> bool:
            at = on_circle.get(wire.source)
            return at is None or at != on_circle.get(wire.target)

        touched = self.flow.update(touched, self.order.ranks, carries)
        if self.closing:
            # The source of such a wire may come later in the order than its target.
            self.flow.update({wire.target for wire in self.closing}, self.order.ranks, carries)
        return touched

    @contextmanager
    def without(self, connection: Connection | None) -> Iterator[None]:
        """The graph as if a connection were not there, for a question; then as before."""
        if connection is None or connection not in self.wiring.out_of(connection.source):
            yield
            return
        dependency = self.lenient.get(connection, "hard")
        self.disconnect(connection)
        self.settle()
        try:
            yield
        finally:
            self.connect(connection, dependency)
            self.settle()

    def successors(self, node: str) -> Iterable[str]:
        """The nodes that a wire leads to from here, those that close circles included."""
        return {wire.target: None for wire in self.wiring.out_of(node)}

    def _place(self, node: str, player: str) -> None:
        self.specs[node] = self.parts.spec(player)
        if part_name(player) is None:
            self.placing.pop(node, None)
        else:
            self.placing[node] = player

    def _find_circles(self) -> list[frozenset[str]]:
        return circles(self.specs, self.successors)

    def _open_closing(self) -> None:
        for connection in list(self.closing):
            if self.order.would_cycle(connection.source, connection.target) is None:
                self.order.add_edge(connection.source, connection.target)
                del self.closing[connection]

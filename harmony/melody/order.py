"""A topological order that is kept while the graph changes, so that a new wire costs microseconds.

The algorithm is the one of D. J. Pearce and P. H. J. Kelly, "A Dynamic Topological Sort Algorithm
for Directed Acyclic Graphs", ACM Journal of Experimental Algorithmics 11, article 1.7, 2006. Every
node has a rank, and every edge goes from a lower rank to a higher one. A new edge that already does
costs nothing. Otherwise only the nodes whose ranks lie between its two ends, and which it reaches
or which reach it, are looked at; they share out their own ranks anew. A search through that region
that comes back to the edge's start has found a cycle, and nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping

from harmony.melody.errors import CycleError


class TopologicalOrder:
    """A directed acyclic graph of names, with its nodes in topological order at all times.

    Edges between the same two nodes are counted: two wires need two removals. Naming a node that
    is not there raises KeyError.
    """

    __slots__ = ("_next_rank", "_predecessors", "_rank", "_successors")

    def __init__(self, nodes: Iterable[str] = (), edges: Iterable[tuple[str, str]] = ()) -> None:
        self._rank: dict[str, int] = {}
        self._successors: dict[str, dict[str, int]] = {}
        self._predecessors: dict[str, dict[str, int]] = {}
        self._next_rank = 0
        for node in nodes:
            self.add_node(node)
        for source, target in edges:
            self.add_edge(source, target)

    def __contains__(self, node: object) -> bool:
        return node in self._rank

    def __len__(self) -> int:
        return len(self._rank)

    def __iter__(self) -> Iterator[str]:
        """The nodes, each behind all that it depends on."""
        return iter(sorted(self._rank, key=self._rank.__getitem__))

    def rank(self, node: str) -> int:
        """A number that is higher than that of every node this one depends on."""
        return self._rank[node]

    @property
    def ranks(self) -> Mapping[str, int]:
        """All ranks by node. A view: it changes with the graph."""
        return self._rank

    def successors(self, node: str) -> KeysView[str]:
        """The nodes that an edge leads to from here."""
        return self._successors[node].keys()

    def predecessors(self, node: str) -> KeysView[str]:
        """The nodes that an edge leads from to here."""
        return self._predecessors[node].keys()

    def add_node(self, node: str) -> None:
        """Add a node without edges, last in the order. Raises ValueError when it is there."""
        if node in self._rank:
            raise ValueError(f"{node!r} is in the order already")
        self._rank[node] = self._next_rank
        self._next_rank += 1
        self._successors[node] = {}
        self._predecessors[node] = {}

    def remove_node(self, node: str) -> None:
        """Remove a node and all its edges."""
        del self._rank[node]
        for successor in self._successors.pop(node):
            del self._predecessors[successor][node]
        for predecessor in self._predecessors.pop(node):
            del self._successors[predecessor][node]

    def add_edge(self, source: str, target: str) -> None:
        """Add an edge. Raises CycleError with the path, and changes nothing, if it closes one."""
        upper, lower = self._rank[source], self._rank[target]
        if lower <= upper:
            forward, path = self._forward(target, source, upper)
            if path is not None:
                raise CycleError(path)
            self._reorder(forward, self._backward(source, lower))
        self._count(source, target, 1)

    def remove_edge(self, source: str, target: str) -> None:
        """Remove one edge. Raises KeyError when there is none. The order stays as it is."""
        if target not in self._successors[source]:
            raise KeyError((source, target))
        self._count(source, target, -1)

    def would_cycle(self, source: str, target: str) -> tuple[str, ...] | None:
        """The circle that an edge would close, its first node again at the end; None if none."""
        upper = self._rank[source]
        if self._rank[target] > upper:
            return None
        return self._forward(target, source, upper)[1]

    def downstream(self, node: str) -> set[str]:
        """Every node that depends on this one, near or far, without itself."""
        return _reach(node, self._successors)

    def upstream(self, node: str) -> set[str]:
        """Every node that this one depends on, near or far, without itself."""
        return _reach(node, self._predecessors)

    def _forward(
        self, start: str, goal: str, upper: int
    ) -> tuple[list[str], tuple[str, ...] | None]:
        """What `start` reaches up to rank `upper`, or the circle when `goal` is among it."""
        came_from: dict[str, str | None] = {start: None}
        if start == goal:
            return [], (goal, goal)
        waiting = [start]
        while waiting:
            node = waiting.pop()
            for successor in self._successors[node]:
                if successor in came_from:
                    continue
                rank = self._rank[successor]
                if rank == upper:
                    return [], _circle(came_from, node, goal)
                if rank < upper:
                    came_from[successor] = node
                    waiting.append(successor)
        return list(came_from), None

    def _backward(self, start: str, lower: int) -> list[str]:
        """What reaches `start`, down to rank `lower`."""
        seen = {start: None}
        waiting = [start]
        while waiting:
            for predecessor in self._predecessors[waiting.pop()]:
                if predecessor not in seen and self._rank[predecessor] > lower:
                    seen[predecessor] = None
                    waiting.append(predecessor)
        return list(seen)

    def _reorder(self, forward: list[str], backward: list[str]) -> None:
        # The same ranks, dealt out again: first to what must come before, then to what must follow.
        backward.sort(key=self._rank.__getitem__)
        forward.sort(key=self._rank.__getitem__)
        affected = backward + forward
        ranks = sorted(self._rank[node] for node in affected)
        for node, rank in zip(affected, ranks, strict=True):
            self._rank[node] = rank

    def _count(self, source: str, target: str, change: int) -> None:
        count = self._successors[source].get(target, 0) + change
        if count:
            self._successors[source][target] = count
            self._predecessors[target][source] = count
        else:
            del self._successors[source][target]
            del self._predecessors[target][source]


def _circle(came_from: dict[str, str | None], last: str, goal: str) -> tuple[str, ...]:
    """The way start → … → last → goal, closed by the edge goal → start that was asked about."""
    path: list[str] = [goal]
    node: str | None = last
    while node is not None:
        path.append(node)
        node = came_from[node]
    path.append(goal)
    return tuple(reversed(path))


def _reach(start: str, edges: dict[str, dict[str, int]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for node in edges[waiting.pop()]:
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen

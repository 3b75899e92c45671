"""A topological order that is kept while the graph changes, so that a new wire costs microseconds.

The algorithm is the one of D. J. Pearce and P. H. J. Kelly, "A Dynamic Topological Sort Algorithm
for Directed Acyclic Graphs", ACM Journal of Experimental Algorithmics 11, article 1.7, 2006. Every
node has a rank, and every edge goes from a lower rank to a higher one. A new edge that already does
costs nothing. Otherwise only the nodes whose ranks lie between its two ends, and which it reaches
or which reach it, are looked at; they share out their own ranks anew. A search through that region
that comes back to the edge's start has found a cycle, and nothing was changed.

That region may be most of the graph, and most edges that a person draws need none of it: one end is
a node with little behind it or little before it. So both sides are walked first, a step each in
turn and not far. Where all that hangs on the target is found, it moves to the end of the order; all
that the source hangs on moves to its start. Neither looks at anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping
from typing import Final

from harmony.melody.errors import CycleError

_NOT_FAR: Final = 64
"""How many nodes on each side are looked at before the region between two ranks is."""


class TopologicalOrder:
    """A directed acyclic graph of names, with its nodes in topological order at all times.

    Edges between the same two nodes are counted: two wires need two removals. Naming a node that
    is not there raises KeyError.
    """

    __slots__ = ("_first_rank", "_next_rank", "_predecessors", "_rank", "_successors")

    def __init__(self, nodes: Iterable[str] = (), edges: Iterable[tuple[str, str]] = ()) -> None:
        self._rank: dict[str, int] = {}
        self._successors: dict[str, dict[str, int]] = {}
        self._predecessors: dict[str, dict[str, int]] = {}
        self._first_rank = 0
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
            near = _Near(self, source, target)
            if near.circle is not None:
                raise CycleError(near.circle)
            if near.whole_downstream is not None:
                self._move_to_end(near.whole_downstream)
            elif near.whole_upstream is not None:
                self._move_to_start(near.whole_upstream)
            else:
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
        near = _Near(self, source, target)
        if near.decided:
            return near.circle
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
                    came_from[goal] = node
                    return [], _circle(came_from, goal)
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

    def _move_to_end(self, nodes: Iterable[str]) -> None:
        for node in sorted(nodes, key=self._rank.__getitem__):
            self._rank[node] = self._next_rank
            self._next_rank += 1

    def _move_to_start(self, nodes: Iterable[str]) -> None:
        for node in sorted(nodes, key=self._rank.__getitem__, reverse=True):
            self._first_rank -= 1
            self._rank[node] = self._first_rank

    def _count(self, source: str, target: str, change: int) -> None:
        count = self._successors[source].get(target, 0) + change
        if count:
            self._successors[source][target] = count
            self._predecessors[target][source] = count
        else:
            del self._successors[source][target]
            del self._predecessors[target][source]


class _Near:
    """What is near the two ends of an edge that is asked about.

    `whole_downstream` is all that the target reaches, `whole_upstream` all that reaches the source;
    None for what was not walked to its end. `circle` is the one that the edge would close.
    """

    __slots__ = ("circle", "decided", "whole_downstream", "whole_upstream")

    def __init__(self, order: TopologicalOrder, source: str, target: str) -> None:
        self.circle: tuple[str, ...] | None = None
        self.whole_downstream: dict[str, str | None] | None = None
        self.whole_upstream: dict[str, str | None] | None = None
        self.decided = True
        if source == target:
            self.circle = (source, source)
            return
        after: dict[str, str | None] = {target: None}
        before: dict[str, str | None] = {source: None}
        to_follow, to_trace = [target], [source]
        for _ in range(_NOT_FAR):
            if not to_follow:
                self.whole_downstream = after
                return
            if not to_trace:
                self.whole_upstream = before
                return
            if _walk(to_follow, after, order.successors, source):
                self.circle = _circle(after, source)
                return
            if _walk(to_trace, before, order.predecessors, target):
                way = _way(before, target)
                self.circle = (source, *way)
                return
        self.decided = False


def _walk(
    waiting: list[str],
    came_from: dict[str, str | None],
    neighbours: Callable[[str], Iterable[str]],
    goal: str,
) -> bool:
    """Take one node further; whether `goal` was among its neighbours."""
    node = waiting.pop()
    for neighbour in neighbours(node):
        if neighbour not in came_from:
            came_from[neighbour] = node
            if neighbour == goal:
                return True
            waiting.append(neighbour)
    return False


def _circle(came_from: dict[str, str | None], goal: str) -> tuple[str, ...]:
    """The way start → … → goal, closed by the edge goal → start that was asked about."""
    return (goal, *reversed(_way(came_from, goal)))


def _way(came_from: dict[str, str | None], end: str) -> list[str]:
    """The nodes from `end` back to where a search began."""
    way = [end]
    while (node := came_from[way[-1]]) is not None:
        way.append(node)
    return way


def _reach(start: str, edges: dict[str, dict[str, int]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for node in edges[waiting.pop()]:
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen

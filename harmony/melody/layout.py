"""Where the nodes of a melody go when nobody has placed them: in layers, from left to right.

The steps are those of K. Sugiyama, S. Tagawa and M. Toda, "Methods for Visual Understanding of
Hierarchical System Structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 1981:
layers by the longest way, an order inside each that crosses few wires, then heights. A height is
the mean of what a node is wired to, as near as the neighbours in its column allow: an isotonic
regression, solved exactly by pooling adjacent violators. All of it is linear in nodes and wires but
for the sorting, and the same graph always gets the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

NODE_WIDTH: Final = 186.0
HEADER: Final = 40.0
ROW: Final = 20.0
FIELD_HEIGHT: Final = 20.0
FOOT_LINE: Final = 16.0
BELOW: Final = 8.0
"""The measures of a node's card, in scene units (pixels at 100 %)."""

GRID: Final = 8.0
COLUMN: Final = 288.0
"""From the left edge of one layer to that of the next."""
GAP: Final = 32.0
"""Between two cards of one column at least."""

_ORDER_SWEEPS: Final = 8
_HEIGHT_SWEEPS: Final = 4


def card_height(
    inputs: int, outputs: int, *, has_field: bool = False, foot_lines: int = 1
) -> float:
    """How high the card of a node is: its header, a row a port, a field, and the foot."""
    rows = max(inputs, outputs, 1)
    field_part = FIELD_HEIGHT + 4.0 if has_field else 0.0
    return HEADER + ROW * rows + 4.0 + field_part + FOOT_LINE * max(foot_lines, 1) + BELOW


def arrange(
    heights: Mapping[str, float], edges: Iterable[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """The left top corner of each node, on the grid; what is wired lies left of what it feeds.

    `heights` holds every node's height. Several edges between the same two nodes count once; a
    circle is laid out as if the edge that closes it were not there. Parts of the graph that are
    not wired to each other stand one under the other, single nodes in a block at the bottom.
    Raises KeyError for an edge whose node has no height.
    """
    graph = _Graph.of(heights, edges)
    singles: list[str] = []
    found: dict[str, tuple[float, float]] = {}
    top, columns = 0.0, 1
    for part in graph.parts():
        if len(part) == 1:
            singles += part
            continue
        layers = _ordered(graph, _layers(graph, part))
        columns = max(columns, len(layers))
        tops = _tops(graph, layers, heights)
        highest = min(tops.values())
        for column, layer in enumerate(layers):
            for node in layer:
                found[node] = (column * COLUMN, _on_grid(top + tops[node] - highest))
        top = 2 * GAP + max(found[node][1] + heights[node] for node in part)
    found |= _block(singles, heights, top, max(columns, math.isqrt(len(singles))))
    return {node: found[node] for node in heights}


@dataclass(slots=True)
class _Graph:
    """Who is wired to whom, without repeats and without the edges that close circles."""

    after: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> _Graph:
        given: dict[str, dict[str, None]] = {node: {} for node in nodes}
        missing: dict[str, int] = dict.fromkeys(given, 0)
        for source, target in edges:
            if source != target and target not in given[source]:
                given[source][target] = None
                missing[target] += 1
        graph = cls({node: [] for node in given}, {node: [] for node in given})
        waiting = [node for node, count in missing.items() if count == 0]
        rest = iter(given)
        done: set[str] = set()
        while len(done) < len(given):
            if not waiting:  # a circle: begin with its first node
                waiting.append(next(node for node in rest if node not in done))
            node = waiting.pop()
            if node in done:
                continue
            done.add(node)
            for target in given[node]:
                if target in done:
                    continue  # this edge closes a circle
                graph.after[node].append(target)
                graph.before[target].append(node)
                missing[target] -= 1
                if missing[target] == 0:
                    waiting.append(target)
        return graph

    def parts(self) -> list[list[str]]:
        """The nodes that hang together, each part in the order in which they were given."""
        number: dict[str, int] = {}
        count = 0
        for root in self.after:
            if root in number:
                continue
            waiting = [root]
            number[root] = count
            while waiting:
                node = waiting.pop()
                for near in (*self.after[node], *self.before[node]):
                    if near not in number:
                        number[near] = count
                        waiting.append(near)
            count += 1
        parts: list[list[str]] = [[] for _ in range(count)]
        for node in self.after:
            parts[number[node]].append(node)
        return parts


def _layers(graph: _Graph, part: Sequence[str]) -> list[list[str]]:
    """The nodes by their longest way from a start; a start stands just before what it feeds."""
    depth = dict.fromkeys(part, 0)
    missing = {node: len(graph.before[node]) for node in part}
    waiting = [node for node, count in missing.items() if count == 0]
    starts = list(waiting)
    while waiting:
        node = waiting.pop()
        for target in graph.after[node]:
            depth[target] = max(depth[target], depth[node] + 1)
            missing[target] -= 1
            if missing[target] == 0:
                waiting.append(target)
    for node in starts:
        depth[node] = min(depth[target] for target in graph.after[node]) - 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in part:
        layers[depth[node]].append(node)
    return layers


def _ordered(graph: _Graph, layers: list[list[str]]) -> list[list[str]]:
    """The layers in an order that crosses few wires: the best one that the sweeps came by."""
    place = {node: _share(at, layer) for layer in layers for at, node in enumerate(layer)}
    best, fewest = layers, math.inf
    for sweep in range(_ORDER_SWEEPS):
        forward = sweep % 2 == 0
        near = graph.before if forward else graph.after
        order = layers if forward else layers[::-1]
        swept = [_sorted_by_mean(layer, near, place) for layer in order]
        layers = swept if forward else swept[::-1]
        crossings = _crossings(graph, layers)
        if crossings < fewest:
            best, fewest = layers, crossings
        if fewest == 0:
            break
    return best


def _sorted_by_mean(
    layer: Sequence[str], near: Mapping[str, Sequence[str]], place: dict[str, float]
) -> list[str]:
    """A layer in the order of where its nodes' neighbours stand; `place` follows."""
    mean = {node: _mean([place[other] for other in near[node]], place[node]) for node in layer}
    found = sorted(layer, key=lambda node: (mean[node], place[node]))
    for at, node in enumerate(found):
        place[node] = _share(at, found)
    return found


def _crossings(graph: _Graph, layers: Sequence[Sequence[str]]) -> int:
    """How many pairs of wires out of the same layer cross, each taken as if it ended in the next.

    Counted as inversions with a binary indexed tree (W. Barth, P. Mutzel, M. Jünger, "Simple and
    Efficient Bilayer Cross Counting", Journal of Graph Algorithms and Applications 8 (2), 2004).
    """
    share = {node: _share(at, layer) for layer in layers for at, node in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [
            end for node in layer for end in sorted(share[after] for after in graph.after[node])
        ]
        rank = {end: number for number, end in enumerate(sorted(set(ends)), start=1)}
        tree = [0] * (len(rank) + 1)
        for seen, end in enumerate(ends):
            at, below = rank[end], 0
            while at > 0:
                below += tree[at]
                at &= at - 1
            total += seen - below
            at = rank[end]
            while at < len(tree):
                tree[at] += 1
                at += at & -at
    return total


def _tops(
    graph: _Graph, layers: Sequence[Sequence[str]], heights: Mapping[str, float]
) -> dict[str, float]:
    """The top edge of each node: level with what it is wired to, as far as its column allows."""
    middle: dict[str, float] = {}
    for layer in layers:
        at = -(sum(heights[node] + GAP for node in layer)) / 2
        for node in layer:
            middle[node] = at + heights[node] / 2
            at += heights[node] + GAP
    for sweep in range(_HEIGHT_SWEEPS):
        # The last sweep goes forward: what gathers many stands at their middle.
        forward = sweep % 2 == 1
        for layer in layers if forward else reversed(layers):
            wished = [
                _mean(
                    [middle[near] for near in (graph.before if forward else graph.after)[node]],
                    middle[node],
                )
                for node in layer
            ]
            spans = [heights[node] + GAP for node in layer]
            middle.update(zip(layer, _spread(wished, spans), strict=True))
    return {node: at - heights[node] / 2 for node, at in middle.items()}


def _spread(wished: Sequence[float], spans: Sequence[float]) -> list[float]:
    """Middles in the given order, as near as can be to what is wished, a span for each.

    With the spans before it taken off, each middle may only rise: neighbours that would fall are
    pooled, and a pool stands at the mean of what its members wish.
    """
    offsets: list[float] = []
    passed = 0.0
    for span in spans:
        offsets.append(passed + span / 2)
        passed += span
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        mean, count = wish - offset, 1
        while pools and pools[-1][0] > mean:
            other, members = pools.pop()
            mean = (mean * count + other * members) / (count + members)
            count += members
        pools.append((mean, count))
    levels = [mean for mean, count in pools for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _block(
    nodes: Sequence[str], heights: Mapping[str, float], top: float, columns: int
) -> dict[str, tuple[float, float]]:
    """Nodes that are wired to nothing, row by row."""
    found: dict[str, tuple[float, float]] = {}
    for start in range(0, len(nodes), columns):
        row = nodes[start : start + columns]
        found.update((node, (at * COLUMN, _on_grid(top))) for at, node in enumerate(row))
        top += max(heights[node] for node in row) + GAP
    return found


def _share(at: int, layer: Sequence[str]) -> float:
    """A place in a layer as a number from 0 to 1, so that layers of any size compare."""
    return (at + 0.5) / len(layer)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _on_grid(value: float) -> float:
    return math.ceil(value / GRID) * GRID

"""Circles in a graph that should have none: which nodes lie on one, and one way round it.

A melody from a file may hold a circle; it opens, and the canvas shows it. Strongly connected
components say which wires belong to circles whatever the history of edits was: R. Tarjan,
"Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1 (2), 1972; here with
a stack of its own instead of recursion. Linear in nodes and wires.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator


def circles(
    nodes: Iterable[str], successors: Callable[[str], Iterable[str]]
) -> list[frozenset[str]]:
    """The sets of nodes that reach each other, where there is more than one or a wire to itself."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    found: list[frozenset[str]] = []
    for root in nodes:
        if root in number:
            continue
        walk: list[tuple[str, Iterator[str]]] = []
        entering: str | None = root
        while entering is not None or walk:
            if entering is not None:
                number[entering] = lowest[entering] = len(number)
                open_nodes.append(entering)
                is_open.add(entering)
                walk.append((entering, iter(successors(entering))))
                entering = None
            node, rest = walk[-1]
            for successor in rest:
                if successor not in number:
                    entering = successor
                    break
                if successor in is_open:
                    lowest[node] = min(lowest[node], number[successor])
            if entering is not None:
                continue
            walk.pop()
            if walk:
                parent = walk[-1][0]
                lowest[parent] = min(lowest[parent], lowest[node])
            if lowest[node] == number[node]:
                component = _close(node, open_nodes, is_open)
                if len(component) > 1 or node in successors(node):
                    found.append(component)
    return found


def way_round(
    start: str, circle: frozenset[str], successors: Callable[[str], Iterable[str]]
) -> tuple[str, ...]:
    """A shortest way from `start` back to itself inside its circle; `start` stands at both ends."""
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for successor in successors(node):
            if successor == start:
                path = [start, node]
                while node != start:
                    node = came_from[node]
                    path.append(node)
                return tuple(reversed(path))
            if successor in circle and successor not in came_from:
                came_from[successor] = node
                waiting.append(successor)
    raise ValueError(f"{start!r} lies on no circle")


def _close(root: str, open_nodes: list[str], is_open: set[str]) -> frozenset[str]:
    component: set[str] = set()
    while root not in component:
        node = open_nodes.pop()
        is_open.discard(node)
        component.add(node)
    return frozenset(component)

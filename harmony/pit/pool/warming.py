"""Which processes to warm before they are asked for: pure, on what is foreseen and what is there.

Three sources foresee: the plan of a running run says for certain what comes next; the trusted
melody open on the canvas what will probably be run; the user's habits what may be. A wish says of a
package how many processes will be used soon, and how likely. What is likely enough is warmed, the
likeliest first, as far as the memory goes; room is made only by letting go of what is less likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harmony.pit.pool.package import Package

WORTH_WARMING: Final = 0.6
"""How likely a process must be used for it to be started beforehand."""

LAYERS_AHEAD: Final = 4
"""How many layers of a running melody are looked ahead: starting a process takes a while."""

NEXT_IN_RUN: Final = 1.0
OPEN_MELODY: Final = 0.9
FURTHER_AWAY: Final = 0.98
"""How much less likely each further layer is: a branch may not be taken, a run may end before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`count` processes of a package will be used soon, with this likelihood (0 to 1)."""

    package: Package
    count: int
    likelihood: float


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of a package. `processes` run or are starting, `idle` of them have no task;
    each takes about `megabytes`."""

    processes: int
    idle: int
    megabytes: float


@dataclass(frozen=True, slots=True)
class Warm:
    """Start a process of a package, after one of each of these (package keys) was let go."""

    package: Package
    let_go: tuple[str, ...]


def merged(wishes: Iterable[Wish]) -> dict[str, Wish]:
    """One wish a package, by its key: the largest count, and that any of them comes true."""
    found: dict[str, Wish] = {}
    for wish in wishes:
        other = found.get(wish.package.key)
        if other is not None:
            missed = (1.0 - wish.likelihood) * (1.0 - other.likelihood)
            wish = Wish(wish.package, max(wish.count, other.count), 1.0 - missed)  # noqa: PLW2901
        found[wish.package.key] = wish
    return found


def decide(
    wishes: Mapping[str, Wish], stock: Mapping[str, Stock], room_mb: float, new_mb: float
) -> list[Warm]:
    """What to warm and in which order, given all wishes and all that is there, by package key.

    `room_mb` is what is left of the memory budget, `new_mb` what a process of a package takes that
    has never run.
    """
    steps: list[Warm] = []
    idle = {key: there.idle for key, there in stock.items()}
    for wish in sorted(wishes.values(), key=lambda wish: -wish.likelihood):
        if wish.likelihood < WORTH_WARMING:
            break
        there = stock.get(wish.package.key, Stock(0, 0, new_mb))
        for _ in range(wish.count - there.processes):
            candidates = _less_likely(wishes, idle, wish.likelihood)
            freed: list[str] = []
            freed_mb = 0.0
            while room_mb + freed_mb < there.megabytes and candidates:
                key = candidates.pop()
                freed.append(key)
                freed_mb += stock[key].megabytes
            if room_mb + freed_mb < there.megabytes:
                break
            for key in freed:
                idle[key] -= 1
            room_mb += freed_mb - there.megabytes
            steps.append(Warm(wish.package, tuple(freed)))
    return steps


def _less_likely(wishes: Mapping[str, Wish], idle: Mapping[str, int], than: float) -> list[str]:
    """Idle processes, as the keys of their packages, that are less likely used; the least last."""

    def likelihood(key: str) -> float:
        wish = wishes.get(key)
        return 0.0 if wish is None else wish.likelihood

    keys = [key for key, count in idle.items() for _ in range(count) if likelihood(key) < than]
    return sorted(keys, key=lambda key: -likelihood(key))


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a melody as far as warming goes. `many`: it becomes many tasks, side by side.

    Its task needs a process of one of `packages`, or of several one after the other: a node that
    repeats a part of other nodes has theirs.
    """

    player: str
    packages: tuple[Package, ...]
    successors: tuple[str, ...]
    many: bool = False


def layers(steps: Mapping[str, Step]) -> list[list[str]]:
    """The nodes in layers: each as far from the beginning as its longest way there.

    Nodes on a circle are left out.
    """
    waits_for = dict.fromkeys(steps, 0)
    for step in steps.values():
        for successor in step.successors:
            if successor in waits_for:  # one made while the run goes on is not looked ahead to
                waits_for[successor] += 1
    layer = [node for node, count in waits_for.items() if count == 0]
    found: list[list[str]] = []
    while layer:
        found.append(layer)
        behind: list[str] = []
        for node in layer:
            for successor in steps[node].successors:
                waits_for[successor] = waits_for.get(successor, 0) - 1
                if waits_for[successor] == 0:
                    behind.append(successor)
        layer = behind
    return found


def wishes_of(
    found: Iterable[Iterable[str]], steps: Mapping[str, Step], *, likelihood: float, at_once: int
) -> list[Wish]:
    """One wish a package of these layers: as many as run side by side, as likely as its nearest.

    `at_once` is how many tasks run side by side at most.
    """
    wishes: dict[str, Wish] = {}
    for distance, layer in enumerate(found):
        for package, count in processes_for((steps[node] for node in layer), at_once).items():
            nearer = wishes.get(package.key)
            wishes[package.key] = Wish(
                package,
                max(count, nearer.count if nearer else 0),
                nearer.likelihood if nearer else likelihood * FURTHER_AWAY**distance,
            )
    return list(wishes.values())


def processes_for(layer: Iterable[Step], at_once: int) -> dict[Package, int]:
    """Of which packages a layer needs processes, and how many: no more than run side by side."""
    counts: dict[Package, int] = {}
    for step in layer:
        for package in step.packages:
            counts[package] = counts.get(package, 0) + (at_once if step.many else 1)
    return {package: min(count, at_once) for package, count in counts.items()}


class LookAhead:
    """What a running melody needs next, from how far it has come.

    Told of each task that asks for a process, it says what to wish for now, and None while that has
    not changed: whoever tells it of every task pays a look-up. Before the first nothing is wished
    for: a run whose results are all known already needs no process.
    """

    def __init__(self, steps: Mapping[str, Step], at_once: int) -> None:
        self._steps = steps
        self._at_once = at_once
        self._layers = layers(steps)
        self._layer_of = {node: n for n, layer in enumerate(self._layers) for node in layer}
        self._needs = [self._need(layer) for layer in self._layers]
        self._reached = -1
        self._wished: list[dict[Package, int]] | None = None
        self._begun: dict[str, None] = {}

    @property
    def players(self) -> list[str]:
        """The Players of the nodes that have begun, in that order."""
        return [self._steps[node].player for node in self._begun]

    def began(self, task: str) -> list[Wish] | None:
        """A task begins: what the layers from its own on need; None when that is as before."""
        if task in self._begun:
            return None
        node = task if task in self._layer_of else _node_of(task)
        layer = self._layer_of.get(node)
        if layer is None or node in self._begun:
            return None
        self._begun[node] = None
        if layer <= self._reached:
            return None
        self._reached = layer
        needed = self._needs[layer : layer + 1 + LAYERS_AHEAD]
        if needed == self._wished:
            return None
        self._wished = needed
        nearest = self._layers[layer : layer + 1 + LAYERS_AHEAD]
        return wishes_of(nearest, self._steps, likelihood=NEXT_IN_RUN, at_once=self._at_once)

    def _need(self, layer: Iterable[str]) -> dict[Package, int]:
        """How many processes of which packages a layer makes use of, side by side."""
        return processes_for((self._steps[node] for node in layer), self._at_once)


def _node_of(task: str) -> str:
    """The node of a task: of an item `node[0]`, a replica `node~1`, a round `node#1/x`."""
    end = min((at for at in map(task.find, "[~#") if at >= 0), default=len(task))
    return task[:end]

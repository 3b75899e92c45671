"""The document as data: nodes, connections, notes, parts. Nothing here edits; `changes.py` does.

What a node does when it fails is data too (`Policy`), and so is whether a wire must deliver
(`Dependency`): the run core reads both, the file keeps what differs from the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Dependency = Literal["hard", "soft", "optional"]
"""What a wire asks of its source. `hard`: it must have completed, or else the target is skipped.
`soft`: the target waits until it has ended, whatever way. `optional`: the target never waits; the
value is used if it is there when the hard and soft sources have ended."""

OnFailure = Literal["fail", "skip", "halt"]
"""What it means when all attempts of a node failed. `fail`: the run fails, independent branches
finish. `skip`: it is not essential, and the run can complete. `halt`: no further task starts."""

PART_PREFIX: Final = "melody:"
"""A node whose Player is `melody:NAME` places the part `NAME`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens when a node fails, hangs or is to be proven; durations in seconds.

    `retry_base`, `retry_cap`: the first wait before a further attempt and the longest one.
    `retry_errors`: names of exception types worth a further attempt; empty: all. `timeout`: from
    start to end of one attempt. `heartbeat`: without a sign of progress. `adaptive`: the deadline
    follows from how long past runs took. `fallback`: a Player with the same ports that is tried
    when all attempts failed. `compensate`: a Player that is called with the node's inputs and
    outputs when the run does not complete although this node did. `parallel`: how many items of a
    list are worked on at once, 0 for no limit. `quorum`: how many of its 2f+1 replicas may be
    wrong, 0 for a single one.
    """

    retry_base: float = 1.0
    retry_cap: float = 60.0
    retry_errors: tuple[str, ...] = ()
    timeout: float | None = None
    heartbeat: float | None = None
    adaptive: bool = False
    fallback: str = ""
    on_failure: OnFailure = "fail"
    notify: bool = False
    compensate: str = ""
    parallel: int = 0
    quorum: int = 0


DEFAULT_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part that runs again until its boolean output `until` says yes, at most `at_most` times.

    Outputs of one round feed the inputs of the same name of the next.
    """

    until: str
    at_most: int = 10


Reference = dict[str, Any]
"""A value as JSON: its type, and itself or the hash of its content (docs/architecture.md)."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Player placed in a melody. `x`, `y` are scene units (1 unit = 1 px at 100 %).

    `pins` are values that its outputs have without its being run: references by output port.
    """

    id: str
    player: str
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    retries: int = 0
    policy: Policy = DEFAULT_POLICY
    repeat: Repeat | None = None
    pins: dict[str, Reference] = field(default_factory=dict)

    @property
    def part(self) -> str | None:
        """The name of the part that this node places; None when it is an ordinary Player."""
        return part_name(self.player)


def part_name(player: str) -> str | None:
    """The part that a Player's id names; None for an ordinary Player."""
    return player[len(PART_PREFIX) :] if player.startswith(PART_PREFIX) else None


class Connection(NamedTuple):
    """A wire from an output port to an input port.

    A named tuple and no dataclass: wires are hashed far more often than they are made. How much
    the target depends on it is no part of a wire's identity; `Melody.connections` holds it.
    """

    source: str
    output: str
    target: str
    input: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the canvas, in Markdown."""

    id: str
    text: str
    x: float = 0.0
    y: float = 0.0
    width: float = 208.0
    height: float = 88.0


class Exposed(NamedTuple):
    """A port that a part shows outside as `name`: the port `port` of its node `node`."""

    name: str
    node: str
    port: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use at most: tokens, money, and memory in megabytes. None: no limit."""

    tokens: int | None = None
    money: float | None = None
    memory_mb: int | None = None


NO_LIMITS: Final = Limits()


@dataclass(slots=True)
class Melody:
    """A workflow. Only Changes edit it; the order of `connections` is the order of a list port.

    `parts` are sub-melodies by name, placed by nodes whose Player is `melody:NAME`, as often as one
    likes. All parts stand here, in one space of names, those that parts place as well: a part has
    no parts of its own. `inputs` and `outputs` say what a part shows outside. The `id` of a part is
    its name.
    """

    id: str
    name: str = ""
    description: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    connections: dict[Connection, Dependency] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    parts: dict[str, Melody] = field(default_factory=dict)
    inputs: tuple[Exposed, ...] = ()
    outputs: tuple[Exposed, ...] = ()
    limits: Limits = NO_LIMITS

"""The shapes of `file_format` once more, for the common case: a file in which nothing is wrong.

msgspec looks a file of a thousand nodes through in three milliseconds, and is loaded in a seventh
of the time that pydantic takes (DESIGN.md section 7: not in the start path). What these shapes let
pass, those of `file_format` would as well, never more. What they refuse is looked at again by
`file_format`, which says where and why.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from harmony.melody.limits import (
    ID_PATTERN,
    MAXIMUM_CONNECTIONS,
    MAXIMUM_COORDINATE,
    MAXIMUM_EXPOSED,
    MAXIMUM_NODES,
    MAXIMUM_NOTES,
    MAXIMUM_PARTS,
    MAXIMUM_PRIORITY,
    MAXIMUM_RETRIES,
    MAXIMUM_RETRY_ERRORS,
)

# `\Z`, not `$`, which would let a newline stand at the end.
Identifier = Annotated[str, Meta(pattern=rf"^{ID_PATTERN}\Z")]
Name = Annotated[str, Meta(min_length=1)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Coordinate = Annotated[float, Meta(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE)]
Extent = Annotated[float, Meta(gt=0, le=MAXIMUM_COORDINATE)]


class Shape(Struct, forbid_unknown_fields=True):
    """Strict: no value is converted, no unknown key is let through."""


class PolicyShape(Shape):
    """What happens when a node fails or hangs."""

    retry_base: float = 1.0
    retry_cap: float = 60.0
    retry_errors: Annotated[list[Name], Meta(max_length=MAXIMUM_RETRY_ERRORS)] = []
    timeout: float | None = None
    heartbeat: float | None = None
    adaptive: bool = False
    fallback: str = ""
    on_failure: Literal["fail", "skip", "halt"] = "fail"
    notify: bool = False
    compensate: str = ""
    parallel: int = 0
    quorum: int = 0


class RepeatShape(Shape):
    """A part that runs again until one of its outputs says yes."""

    until: Name
    at_most: int = 10


class LimitsShape(Shape):
    """What a run may use at most."""

    tokens: Annotated[int, Meta(ge=0)] | None = None
    money: Annotated[float, Meta(ge=0)] | None = None
    memory_mb: Annotated[int, Meta(ge=0)] | None = None


class ExposedShape(Shape):
    """A port of a node inside that a part shows outside."""

    name: Name
    node: Identifier
    port: Name


class PinShape(Shape):
    """A value that an output has without its node being run."""

    type: Name
    value: Any = None
    hash: Digest | None = None
    size: Annotated[int, Meta(ge=0)] | None = None
    items: list[PinShape] | None = None
    summary: dict[str, Any] | None = None
    nothing: bool = False


class NodeShape(Shape, kw_only=True):
    """A Player placed in the melody."""

    id: Identifier
    player: Name
    title: str = ""
    x: Coordinate
    y: Coordinate
    parameters: dict[Name, Any] = {}
    priority: Annotated[int, Meta(ge=-MAXIMUM_PRIORITY, le=MAXIMUM_PRIORITY)] = 0
    retries: Annotated[int, Meta(ge=0, le=MAXIMUM_RETRIES)] = 0
    policy: PolicyShape | UnsetType = UNSET
    repeat: RepeatShape | None = None
    pins: Annotated[dict[Name, PinShape], Meta(max_length=MAXIMUM_EXPOSED)] = {}


class ConnectionShape(Shape):
    """A wire from an output port to an input port."""

    source: Identifier
    output: Name
    target: Identifier
    input: Name
    dependency: Literal["hard", "soft", "optional"] = "hard"


class NoteShape(Shape):
    """A note on the canvas."""

    id: Identifier
    text: str
    x: Coordinate
    y: Coordinate
    width: Extent = 208.0
    height: Extent = 88.0


Nodes = Annotated[list[NodeShape], Meta(max_length=MAXIMUM_NODES)]
Connections = Annotated[list[ConnectionShape], Meta(max_length=MAXIMUM_CONNECTIONS)]
Notes = Annotated[list[NoteShape], Meta(max_length=MAXIMUM_NOTES)]
ExposedPorts = Annotated[list[ExposedShape], Meta(max_length=MAXIMUM_EXPOSED)]


class PartShape(Shape, kw_only=True):
    """A sub-melody."""

    name: str = ""
    description: str = ""
    inputs: ExposedPorts = []
    outputs: ExposedPorts = []
    nodes: Nodes
    connections: Connections
    notes: Notes = []


Parts = Annotated[dict[Identifier, PartShape], Meta(max_length=MAXIMUM_PARTS)]


class MelodyShape(Shape, kw_only=True):
    """A whole file."""

    format: Literal["harmony.melody"]
    version: Literal[1, 2, 3]
    id: Identifier
    name: str = ""
    description: str = ""
    limits: LimitsShape | UnsetType = UNSET
    inputs: ExposedPorts = []
    outputs: ExposedPorts = []
    nodes: Nodes
    connections: Connections
    notes: Notes = []
    parts: Parts = {}


class FragmentShape(Shape):
    """A piece of a melody on the clipboard."""

    format: Literal["harmony.fragment"]
    version: Literal[1, 2, 3]
    nodes: Nodes
    connections: Connections
    notes: Notes = []
    parts: Parts = {}

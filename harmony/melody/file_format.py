"""The shape of a `.melody` file as pydantic models: what is read is checked against these, and the
JSON Schema in `resources/schemas/` is generated from them.

Only `file.py`, `clipboard.py` and `change_json.py` import this, inside the functions that read:
pydantic has no place in the start path (FACTS.md).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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

FORMAT = "harmony.melody"
FRAGMENT = "harmony.fragment"

Identifier = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
Name = Annotated[str, Field(min_length=1)]
Coordinate = Annotated[
    float, Field(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE, allow_inf_nan=False)
]
Extent = Annotated[float, Field(gt=0, le=MAXIMUM_COORDINATE, allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


class Shape(BaseModel):
    """Strict: no value is converted, no unknown key is let through."""

    model_config = ConfigDict(strict=True, extra="forbid")


class PolicyShape(Shape):
    """What happens when a node fails or hangs. Bounds are findings, not errors of reading."""

    retry_base: Seconds = Field(
        default=1.0, description="Seconds before the first further attempt."
    )
    retry_cap: Seconds = Field(default=60.0, description="The longest such wait, in seconds.")
    retry_errors: list[Name] = Field(
        default_factory=list,
        max_length=MAXIMUM_RETRY_ERRORS,
        description="Exception types that are worth a further attempt; empty: all.",
    )
    timeout: Seconds | None = Field(
        default=None, description="Seconds from start to end of one attempt; null: no limit."
    )
    heartbeat: Seconds | None = Field(
        default=None, description="Seconds without a sign of progress; null: no limit."
    )
    adaptive: bool = Field(default=False, description="The deadline follows from past runs.")
    fallback: str = Field(
        default="", description="A Player with the same ports, tried when all attempts failed."
    )
    on_failure: Literal["fail", "skip", "halt"] = Field(
        default="fail",
        description="fail: the run fails; skip: it can complete; halt: no further task starts.",
    )
    notify: bool = Field(default=False, description="Tell the user when the node has failed.")
    compensate: str = Field(
        default="",
        description="A Player called with inputs and outputs when the run does not complete.",
    )
    parallel: int = Field(default=0, description="Items of a list worked on at once; 0: no limit.")
    quorum: int = Field(
        default=0, description="How many of 2f+1 replicas may be wrong; 0: one only."
    )


_USUAL_POLICY = PolicyShape()  # one for all: making one for each node would double the reading


class RepeatShape(Shape):
    """A part that runs again until one of its outputs says yes."""

    until: Name = Field(description="The boolean output of the part that ends it.")
    at_most: int = Field(default=10, description="The most rounds there can be.")


class LimitsShape(Shape):
    """What a run may use at most; left out or null: no limit."""

    tokens: int | None = Field(default=None, ge=0)
    money: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    memory_mb: int | None = Field(default=None, ge=0)


class ExposedShape(Shape):
    """A port of a node inside that a part shows outside."""

    name: Name = Field(description="The name of the port outside.")
    node: Identifier = Field(description="The node inside.")
    port: Name = Field(description="The port of that node.")


class PinShape(Shape):
    """A value that an output has without its node being run. Of `value`, `hash`, `items` and
    `nothing` one says what it is."""

    type: Name = Field(description="The port type of the value.")
    value: Any = Field(default=None, description="The value itself, where it is short.")
    hash: Digest | None = Field(default=None, description="BLAKE3 of the content, in the store.")
    size: int | None = Field(default=None, ge=0, description="Bytes of the content.")
    items: list[PinShape] | None = Field(default=None, description="The items of a list.")
    summary: dict[str, Any] | None = Field(default=None, description="What a person is shown.")
    nothing: bool = Field(default=False, description="The branch was not taken: no value.")


class NodeShape(Shape):
    """A Player placed in the melody."""

    id: Identifier = Field(description="The name of the node; unique among nodes and notes.")
    player: Name = Field(
        description="The Player's id, `<package>/<function>`; `melody:NAME` places a part."
    )
    title: str = Field(default="", description="Shown on the canvas; empty: the Player's own.")
    x: Coordinate = Field(description="Left edge on the canvas, in pixels at 100 %.")
    y: Coordinate = Field(description="Top edge on the canvas, in pixels at 100 %.")
    parameters: dict[Name, Any] = Field(
        default_factory=dict, description="Values that differ from the Player's defaults."
    )
    priority: int = Field(
        default=0,
        ge=-MAXIMUM_PRIORITY,
        le=MAXIMUM_PRIORITY,
        description="When slots are short, higher goes first.",
    )
    retries: int = Field(
        default=0, ge=0, le=MAXIMUM_RETRIES, description="Further attempts after a failed one."
    )
    policy: PolicyShape = Field(
        default_factory=lambda: _USUAL_POLICY,
        description="What differs from the usual when it fails.",
    )
    repeat: RepeatShape | None = Field(default=None, description="For a node that places a part.")
    pins: dict[Name, PinShape] = Field(
        default_factory=dict,
        max_length=MAXIMUM_EXPOSED,
        description="Values of its outputs that are used without running it.",
    )


class ConnectionShape(Shape):
    """A wire from an output port to an input port."""

    source: Identifier = Field(description="The node whose output is taken.")
    output: Name = Field(description="The output port of the source.")
    target: Identifier = Field(description="The node that receives the value.")
    input: Name = Field(description="The input port of the target.")
    dependency: Literal["hard", "soft", "optional"] = Field(
        default="hard",
        description=(
            "hard: the source must complete; soft: it must have ended; optional: never waited for."
        ),
    )


class NoteShape(Shape):
    """A note on the canvas, in Markdown."""

    id: Identifier
    text: str
    x: Coordinate
    y: Coordinate
    width: Extent = 208.0
    height: Extent = 88.0


Nodes = Annotated[list[NodeShape], Field(max_length=MAXIMUM_NODES)]
Connections = Annotated[
    list[ConnectionShape],
    Field(
        max_length=MAXIMUM_CONNECTIONS,
        description="In the order in which a list port receives its items.",
    ),
]
Notes = Annotated[list[NoteShape], Field(max_length=MAXIMUM_NOTES)]
ExposedPorts = Annotated[list[ExposedShape], Field(max_length=MAXIMUM_EXPOSED)]


class PartShape(Shape):
    """A sub-melody, under its name in `parts`."""

    name: str = Field(default="", description="The title of the part, for people.")
    description: str = ""
    inputs: ExposedPorts = Field(default_factory=list)
    outputs: ExposedPorts = Field(default_factory=list)
    nodes: Nodes
    connections: Connections
    notes: Notes = Field(default_factory=list)


Parts = Annotated[dict[Identifier, PartShape], Field(max_length=MAXIMUM_PARTS)]


class MelodyShape(Shape):
    """A Harmony Board melody, version 1, 2 or 3."""

    format: Literal["harmony.melody"]
    version: Literal[1, 2, 3]
    id: Identifier = Field(description="Names the melody in the library, across renames.")
    name: str = ""
    description: str = ""
    limits: LimitsShape = Field(default_factory=LimitsShape)
    inputs: ExposedPorts = Field(default_factory=list)
    outputs: ExposedPorts = Field(default_factory=list)
    nodes: Nodes
    connections: Connections
    notes: Notes = Field(default_factory=list)
    parts: Parts = Field(default_factory=dict)


class FragmentShape(Shape):
    """A piece of a melody on the clipboard."""

    format: Literal["harmony.fragment"]
    version: Literal[1, 2, 3]
    nodes: Nodes
    connections: Connections
    notes: Notes = Field(default_factory=list)
    parts: Parts = Field(default_factory=dict)


def schema() -> dict[str, Any]:
    """The JSON Schema of a `.melody` file, versions 1 to 3."""
    generated = MelodyShape.model_json_schema(mode="validation")
    generated.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Harmony Board melody, versions 1 and 2",
        **_without_titles(generated),
    }


def _without_titles(value: Any) -> Any:
    # pydantic repeats each field's name as its title, which says nothing.
    if isinstance(value, dict):
        return {
            key: _without_titles(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str))
        }
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    return value

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
    MAXIMUM_NODES,
    MAXIMUM_NOTES,
    MAXIMUM_PRIORITY,
    MAXIMUM_RETRIES,
)

FORMAT = "harmony.melody"
FRAGMENT = "harmony.fragment"
VERSION = 1

Identifier = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
Name = Annotated[str, Field(min_length=1)]
Coordinate = Annotated[
    float, Field(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE, allow_inf_nan=False)
]
Extent = Annotated[float, Field(gt=0, le=MAXIMUM_COORDINATE, allow_inf_nan=False)]


class Shape(BaseModel):
    """Strict: no value is converted, no unknown key is let through."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NodeShape(Shape):
    """A Player placed in the melody."""

    id: Identifier = Field(description="The name of the node; unique among nodes and notes.")
    player: Name = Field(description="The Player's id, `<package>/<function>`.")
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


class ConnectionShape(Shape):
    """A wire from an output port to an input port."""

    source: Identifier = Field(description="The node whose output is taken.")
    output: Name = Field(description="The output port of the source.")
    target: Identifier = Field(description="The node that receives the value.")
    input: Name = Field(description="The input port of the target.")


class NoteShape(Shape):
    """A note on the canvas, in Markdown."""

    id: Identifier
    text: str
    x: Coordinate
    y: Coordinate
    width: Extent = 208.0
    height: Extent = 88.0


class MelodyShape(Shape):
    """A Harmony Board melody, version 1."""

    format: Literal["harmony.melody"]
    version: Literal[1]
    id: Identifier = Field(description="Names the melody in the library, across renames.")
    name: str = ""
    description: str = ""
    nodes: list[NodeShape] = Field(max_length=MAXIMUM_NODES)
    connections: list[ConnectionShape] = Field(
        max_length=MAXIMUM_CONNECTIONS,
        description="In the order in which a list port receives its items.",
    )
    notes: list[NoteShape] = Field(default_factory=list, max_length=MAXIMUM_NOTES)


class FragmentShape(Shape):
    """A piece of a melody on the clipboard."""

    format: Literal["harmony.fragment"]
    version: Literal[1]
    nodes: list[NodeShape] = Field(max_length=MAXIMUM_NODES)
    connections: list[ConnectionShape] = Field(max_length=MAXIMUM_CONNECTIONS)
    notes: list[NoteShape] = Field(default_factory=list, max_length=MAXIMUM_NOTES)


def schema() -> dict[str, Any]:
    """The JSON Schema of a `.melody` file, version 1."""
    generated = MelodyShape.model_json_schema(mode="validation")
    generated.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Harmony Board melody, version 1",
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

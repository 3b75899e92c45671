"""Checking a JSON value against the shapes of `file_format`, with errors that people can use.

pydantic is imported here, when the first file is read and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from harmony.melody.errors import MelodyFileError
from harmony.melody.strict_json import flaw_at, shown

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

ShapeName = Literal["melody", "fragment"]


def shaped(shape: ShapeName, value: Any, text: str, name: str) -> dict[str, Any]:
    """The value, known to have the shape. Raises MelodyFileError for the first place without."""
    from pydantic import ValidationError

    try:
        _model(shape).model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _flaw(first, value, text, name) from None
    assert isinstance(value, dict)
    return value


def _model(shape: ShapeName) -> type[BaseModel]:
    from harmony.melody import file_format

    models: Mapping[ShapeName, type[BaseModel]] = {
        "melody": file_format.MelodyShape,
        "fragment": file_format.FragmentShape,
    }
    return models[shape]


def _flaw(problem: ErrorDetails, value: Any, text: str, name: str) -> MelodyFileError:
    # `[key]` is how pydantic says that the key itself, not its value, is wrong.
    way = tuple(step for step in problem["loc"] if step != "[key]")
    kind = problem["type"]
    if kind == "missing":
        return flaw_at(name, text, way[:-1], "melody.file_missing_key", key=way[-1])
    if kind == "extra_forbidden":
        return flaw_at(name, text, way, "melody.file_unknown_key", key=way[-1])
    found = shown(problem.get("input", value))
    if kind == "string_pattern_mismatch":
        return flaw_at(name, text, way, "melody.file_bad_id", id=found)
    reason = problem["msg"][:1].lower() + problem["msg"][1:]
    return flaw_at(name, text, way, "melody.file_wrong_type", found=found, reason=reason)

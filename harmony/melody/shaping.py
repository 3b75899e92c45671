"""Checking a JSON value against the shapes of a file, with errors that people can use.

Two readers share the work. `quick_shapes` says whether all is well, which it nearly always is; only
what it refuses goes to `file_format`, whose pydantic names the place and the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harmony.melody.errors import ChangeError, MelodyFileError
from harmony.melody.limits import flaw_of_value
from harmony.melody.strict_json import flaw_at, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ShapeName = Literal[
    "ConnectionShape",
    "ExposedShape",
    "FragmentShape",
    "LimitsShape",
    "MelodyShape",
    "NodeShape",
    "NoteShape",
    "PartShape",
    "PinShape",
    "PolicyShape",
    "RepeatShape",
]
"""A class of `file_format`, and its twin in `quick_shapes`."""


def shaped(shape: ShapeName, value: Any, text: str, name: str) -> dict[str, Any]:
    """The value, read from `text`, known to have the shape.

    Raises MelodyFileError for the first place that has not.
    """
    if not _fits(shape, value):
        problem = _first_problem(shape, value)
        if problem is not None:
            raise _flaw(problem, value, text, name)
    assert isinstance(value, dict)
    return value


def shaped_in_a_change(shape: ShapeName, value: Any) -> dict[str, Any]:
    """The same for a part of a Change, which can come from anywhere and not from a strict reading.

    Raises ChangeError.
    """
    if flaw_of_value(value) is not None or not _fits(shape, value):
        problem = _first_problem(shape, value)
        if problem is not None:
            where = ".".join(str(part) for part in problem["loc"])
            raise ChangeError("melody.change_unreadable", why=where or problem["msg"])
    assert isinstance(value, dict)
    return value


def _fits(shape: ShapeName, value: Any) -> bool:
    # Imported with the first file and not before: many a command reads none.
    from msgspec import ValidationError, convert

    from harmony.melody import quick_shapes

    try:
        convert(value, getattr(quick_shapes, shape))
    except ValidationError:
        return False
    return True


def _first_problem(shape: ShapeName, value: Any) -> ErrorDetails | None:
    from pydantic import ValidationError

    from harmony.melody import file_format

    try:
        getattr(file_format, shape).model_validate(value)
    except ValidationError as error:
        return error.errors(include_url=False)[0]
    return None


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

"""Which way a melody goes on, and whether it goes on at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Annotated, Any, Final, Literal, NamedTuple

from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._words import quote
from harmony.players.types import NOTHING, Help, Label, Nothing, Table, Text

Test = Literal[
    "is true",
    "is empty",
    "is not empty",
    "is equal to",
    "is not equal to",
    "contains",
    "is at least",
    "is at most",
    "is greater than",
    "is less than",
    "fits the pattern",
]


class TwoWays(NamedTuple):
    """One of both carries the value; what hangs on the other is skipped."""

    then: Annotated[Any | Nothing, Help("the value, when the test holds")]
    otherwise: Annotated[Any | Nothing, Help("the value, when it does not")]


class Answer(NamedTuple):
    """What a test comes to."""

    holds: Annotated[bool, Help("true when the test holds, else false")]


@operator("If / else", category="Control", icon="branch", deterministic=True, prefetch=8)
def if_else(
    value: Any,
    decide_by: Any = None,
    *,
    test: Annotated[Test, Label("If it")] = "is not empty",
    compare_with: Annotated[Text, Label("Compare with")] = "",
) -> TwoWays:
    """take one of two ways

    Tests a value and passes it on to one of two outputs. What hangs on the other output is
    skipped.

    Empty are: nothing, a text without characters, a list without items, a table without rows. The
    count of rows or items is what a table or a list is compared by. The pattern is a regular
    expression.

    value: what is passed on
    decide_by: what is tested, when it is not the value itself
    test: what has to hold
    compare_with: the number, text or pattern to compare with
    """
    tested = value if decide_by is None else decide_by
    if _holds(tested, test, compare_with):
        return TwoWays(value, NOTHING)
    return TwoWays(NOTHING, value)


@operator("Compare", category="Control", icon="boolean", deterministic=True, prefetch=8)
def compare(
    value: Any,
    other: Any = None,
    *,
    test: Annotated[Test, Label("True if it")] = "is at least",
    compare_with: Annotated[Text, Label("Compare with")] = "",
) -> Answer:
    """true or false

    Tests a value and says whether the test holds. A sub-melody that shows this output repeats until
    it is true.

    Empty are: nothing, a text without characters, a list without items, a table without rows. The
    count of rows or items is what a table or a list is compared by. The pattern is a regular
    expression.

    value: what is tested
    other: what it is compared with, when a wire brings it
    test: what has to hold
    compare_with: the number, text or pattern to compare with, when no wire brings one
    """
    if other is None:
        return Answer(_holds(value, test, compare_with))
    if test in ("is equal to", "is not equal to") and isinstance(value, list | dict):
        return Answer((value == other) is (test == "is equal to"))
    return Answer(_holds(value, test, _as_field(other)))


@operator("Either", category="Control", icon="join", deterministic=True, prefetch=8)
def either(first: Any = None, second: Any = None) -> Any:
    """bring two ways together again

    Passes on the value that came. Behind an If / else, wire what hangs on each of both ways to one
    input, with soft connections: a way that was not taken leaves its input empty. When both came,
    the first goes on.

    first: the value of one way
    second: the value of the other, used when the first did not come
    returns: the value that came
    """
    for value in (first, second):
        if value is not None and value is not NOTHING:
            return value
    return NOTHING


def _holds(value: Any, test: Test, other: str) -> bool:
    match test:
        case "is true":
            return value is True or (isinstance(value, str) and value.strip().lower() == "true")
        case "is empty" | "is not empty":
            return (_size(value) == 0) is (test == "is empty")
        case "is not equal to":
            return not _holds(value, "is equal to", other)
        case "is equal to":
            if isinstance(value, bool):
                return str(value).lower() == other.strip().lower()
            number = _number_or_none(other)
            if number is not None and not isinstance(value, str):
                return _measured(value) == number
            return str(value) == other
        case "contains":
            if isinstance(value, list | dict):
                return other in [item if isinstance(item, str) else str(item) for item in value]
            return other in _text(value)
        case "fits the pattern":
            try:
                return re.search(other, _text(value)) is not None
            except re.error as error:
                raise PlayerError(
                    f"The pattern {quote(other)} cannot be read: {error}.",
                    hint="A pattern is a regular expression, such as ^A.*z$.",
                ) from error
    number = _number_or_none(other)
    if number is None:
        raise PlayerError(
            f"{quote(other)} is no number to compare with.", hint="Write one in “Compare with”."
        )
    return _ORDER[test](_measured(value), number)


_ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    "is at least": ge,
    "is at most": le,
    "is greater than": gt,
    "is less than": lt,
}


def _as_field(value: Any) -> str:
    """A value from a wire as it would be written into the form; of many things, their count."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else str(_size(value))


def _size(value: Any) -> int:
    """How much there is of a value; a number or a truth value is one thing."""
    if value is None:
        return 0
    if isinstance(value, Table):
        return value.row_count
    return len(value) if isinstance(value, str | bytes | list | dict) else 1


def _measured(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Table | list | dict):
        return _size(value)
    number = _number_or_none(value) if isinstance(value, str) else None
    if number is None:
        raise PlayerError(
            f"{quote(str(value)[:60])} is no number.", hint="Choose another test, such as contains."
        )
    return number


def _number_or_none(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    if isinstance(value, Table | bytes):
        raise PlayerError(
            "Only a text can be searched.", hint="Wire a text to “decide by”, or compare the count."
        )
    return str(value)

"""What a person typed as a value, or why it is none; and a value as text to edit. Knows no Qt.

Only what the form itself can judge stands here (is it a number, is it in range, is it there at
all); everything about the melody comes from its findings.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from harmony.foundation.words import render
from harmony.players.specs import ParameterSpec

_SECRET: Final = re.compile(r"secret:[A-Za-z0-9_.\-]{1,100}")
_LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check. `problem` is a sentence, empty when the value may be set."""

    value: Any = None
    problem: str = ""


def label_of(spec: ParameterSpec) -> str:
    """The label of a field: its own, or the name as words."""
    if spec.label:
        return spec.label
    words = spec.name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def text_of(value: Any) -> str:
    """A value as the text that a field shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return render("board.yes" if value else "board.no")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def check(spec: ParameterSpec, text: str) -> Checked:
    """What `text` means for a parameter."""
    if len(text) > _LONGEST:
        return Checked(problem=render("board.form_too_long", count=_LONGEST))
    if not text.strip():
        return _check_empty(spec, text)
    if spec.kind in ("number", "integer"):
        return _check_number(spec, text)
    if spec.kind == "choice" and text not in spec.choices:
        return Checked(problem=render("board.form_choice", choices=", ".join(spec.choices)))
    if spec.kind == "secret" and not _SECRET.fullmatch(text.strip()):
        return Checked(problem=render("board.form_secret"))
    if spec.kind == "secret":
        return Checked(text.strip())
    return Checked(text)


def _check_empty(spec: ParameterSpec, text: str) -> Checked:
    if spec.required:
        return Checked(problem=render("board.form_required"))
    if spec.kind in ("number", "integer"):
        # An empty number is only a value where the Player itself says that it may be missing.
        if spec.default is None:
            return Checked(None)
        return Checked(problem=render("board.form_number_missing", default=spec.default))
    return Checked(text)


def _check_number(spec: ParameterSpec, text: str) -> Checked:
    plain = text.strip().replace("\u2212", "-").replace(" ", "").replace("_", "")
    value: int | float
    try:
        value = int(plain)
    except ValueError:
        if spec.kind == "integer":
            return Checked(problem=render("board.form_integer"))
        try:
            value = float(plain)
        except ValueError:
            return Checked(problem=render("board.form_number"))
        if not math.isfinite(value):
            return Checked(problem=render("board.form_number"))
    low, high = spec.minimum, spec.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return Checked(problem=_range_problem(low, high))
    return Checked(value)


def _range_problem(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return render("board.form_between", low=_plain(low), high=_plain(high))
    if low is not None:
        return render("board.form_at_least", low=_plain(low))
    return render("board.form_at_most", high=_plain(high or 0))


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)

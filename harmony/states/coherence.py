"""What must hold between machines: declared invariants, checked while the program runs (seeds/003).

An invariant is a name, a severity, a check and perhaps a repair. `check_all` runs the checks over
whatever the caller shows them (a snapshot of its machines), and mends what can be mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from harmony.foundation.words import render

Subject = TypeVar("Subject")


class Severity(IntEnum):
    """How bad it is when an invariant does not hold. Ordered."""

    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Invariant(Generic[Subject]):
    """Something that is always true of a subject.

    `check` returns None when it holds, else a sentence on what does not. `repair` sets it right by
    lawful events; the check is run again afterwards.
    """

    name: str
    severity: Severity
    check: Callable[[Subject], str | None]
    repair: Callable[[Subject], None] | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold. `detail` is what was found first, `remaining` what is left.

    `error` is what a check or a repair raised: one that cannot tell does not count as holding.
    """

    invariant: str
    severity: Severity
    detail: str
    remaining: str | None
    error: BaseException | None = None

    @property
    def repaired(self) -> bool:
        return self.remaining is None

    def __str__(self) -> str:
        return render("states.invariant_broken", invariant=self.invariant, detail=self.detail)


def check_all(
    invariants: Iterable[Invariant[Subject]], subject: Subject, *, repair: bool = True
) -> tuple[Violation, ...]:
    """Check every invariant, the most severe first; with `repair`, mend what has a repair.

    Returns each invariant that did not hold, repaired or not. Raises nothing itself.
    """
    ordered = sorted(invariants, key=lambda invariant: -invariant.severity)
    found = (_check(invariant, subject, repair) for invariant in ordered)
    return tuple(violation for violation in found if violation is not None)


def _check(invariant: Invariant[Subject], subject: Subject, repair: bool) -> Violation | None:
    detail, error = _ask(invariant, subject)
    if detail is None:
        return None
    remaining: str | None = detail
    if repair and invariant.repair is not None and error is None:
        try:
            invariant.repair(subject)
        except Exception as failure:  # noqa: BLE001 - reported in the violation
            return Violation(invariant.name, invariant.severity, detail, str(failure), failure)
        remaining, error = _ask(invariant, subject)
    return Violation(invariant.name, invariant.severity, detail, remaining, error)


def _ask(
    invariant: Invariant[Subject], subject: Subject
) -> tuple[str | None, BaseException | None]:
    try:
        return invariant.check(subject), None
    except Exception as failure:  # noqa: BLE001 - reported in the violation
        return str(failure) or type(failure).__name__, failure

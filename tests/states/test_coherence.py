"""Invariants between machines: checked in order of severity, mended where they can be."""

from __future__ import annotations

from harmony.foundation.clock import ManualClock
from harmony.states import conductor_mode, system
from harmony.states.coherence import Invariant, Severity, check_all
from harmony.states.kernel import Machine


class Program:
    def __init__(self, system_state: str, conductor_state: str) -> None:
        clock = ManualClock()
        self.system = Machine("system", system.CHART, clock, state=system_state)
        self.conductor = Machine("conductor", conductor_mode.CHART, clock, state=conductor_state)


def _computing_while_executing(program: Program) -> str | None:
    if program.conductor.state == "Executing" and program.system.state != "Computing":
        return f"the Conductor executes while the system is {program.system.state}"
    return None


def _start_computing(program: Program) -> None:
    program.system.fire("work_started", "repair")


ALIGNED = Invariant("vertical", Severity.WARNING, _computing_while_executing)
REPAIRABLE = Invariant(
    "vertical", Severity.WARNING, _computing_while_executing, repair=_start_computing
)


def test_nothing_is_found_where_everything_holds() -> None:
    assert check_all([ALIGNED], Program("Computing", "Executing")) == ()


def test_what_does_not_hold_is_found_with_what_was_seen() -> None:
    (violation,) = check_all([ALIGNED], Program("Ready", "Executing"))
    assert violation.severity is Severity.WARNING and not violation.repaired
    assert "the system is Ready" in str(violation)


def test_a_repair_mends_by_events_and_is_checked_again() -> None:
    program = Program("Ready", "Executing")
    (violation,) = check_all([REPAIRABLE], program)
    assert violation.repaired and violation.detail.endswith("Ready")
    assert program.system.history[-1].trigger == "repair"


def test_looking_alone_changes_nothing() -> None:
    program = Program("Ready", "Executing")
    (violation,) = check_all([REPAIRABLE], program, repair=False)
    assert not violation.repaired and program.system.state == "Ready"


def test_a_repair_that_fails_is_told_and_does_not_count() -> None:
    program = Program("Terminated", "Executing")
    (violation,) = check_all([REPAIRABLE], program)
    assert not violation.repaired
    assert violation.error is not None and "work_started" in str(violation.error)


def test_a_check_that_cannot_tell_does_not_count_as_holding() -> None:
    def broken(program: Program) -> str | None:
        raise KeyError("no such machine")

    (violation,) = check_all([Invariant("x", Severity.NOTICE, broken)], Program("Ready", "Idle"))
    assert isinstance(violation.error, KeyError) and not violation.repaired


def test_the_most_severe_comes_first() -> None:
    def never(program: Program) -> str | None:
        return "no"

    found = check_all(
        [
            Invariant("small", Severity.NOTICE, never),
            Invariant("large", Severity.CRITICAL, never),
            Invariant("middle", Severity.WARNING, never),
        ],
        Program("Ready", "Idle"),
    )
    assert [violation.invariant for violation in found] == ["large", "middle", "small"]

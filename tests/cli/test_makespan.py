"""From the first task's start to the last one's end, as the events of a run tell it."""

from __future__ import annotations

from harmony.cli.makespan import Makespan
from harmony.conductor.events import RunChanged, TaskChanged


def moved(task: str, before: str, after: str, at: float) -> TaskChanged:
    return TaskChanged("run", task, task, before, after, 1, at)


def span_of(*events: TaskChanged) -> float | None:
    makespan = Makespan()
    makespan.take(RunChanged("run", "Ready", "Executing", 5.0))
    for event in events:
        makespan.take(event)
    return makespan.seconds


def test_it_reaches_from_the_first_start_to_the_last_end() -> None:
    assert (
        span_of(
            moved("a", "Ready", "Allocated", 9.0),
            moved("a", "Allocated", "Executing", 10.0),
            moved("b", "Allocated", "Executing", 11.0),
            moved("b", "Executing", "Failed", 12.0),
            moved("a", "Executing", "Storing", 13.0),
            moved("a", "Storing", "Completed", 14.5),
            moved("c", "Pending", "Skipped", 15.0),
        )
        == 4.5
    )


def test_a_run_in_which_nothing_was_executed_has_none() -> None:
    assert span_of() is None
    assert (
        span_of(moved("a", "Ready", "Reused", 9.0), moved("b", "Pending", "Skipped", 9.1)) is None
    )
    assert span_of(moved("a", "Allocated", "Executing", 9.0)) is None, "it has not ended yet"


def test_a_clock_that_was_set_back_makes_it_no_less_than_nothing() -> None:
    assert (
        span_of(
            moved("a", "Allocated", "Executing", 9.0),
            moved("a", "Executing", "Cancelled", 8.0),
        )
        == 0.0
    )

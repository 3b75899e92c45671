"""The watch over a run's steps: it lets sound ones pass and names what is wrong with others."""

from __future__ import annotations

from typing import Any

import pytest
from plans import plan, text

from harmony.conductor import facts as happened
from harmony.conductor.core import Record, begin, step
from harmony.conductor.invariants import Watch


def record(machine: str, from_state: str, event: str, to_state: str, **data: Any) -> Record:
    return Record(machine, from_state, event, to_state, "", 0.0, data)


class Story:
    """A run of `b` after `a`, watched."""

    def __init__(self) -> None:
        self.core = begin(plan(a="", b="a"))
        self.watch = Watch(self.core.tracker, self.core.state)

    def feed(self, *facts: happened.Fact) -> None:
        for fact in facts:
            records, _ = step(self.core, fact)
            assert self.watch.judge(records) == ()

    def until_a_is_stored(self) -> None:
        self.feed(
            happened.Start(0.0),
            happened.LookedUp(0.0, "a", "key"),
            happened.Granted(0.0, "a"),
            happened.Started(0.0, "a", 1, "p", 1),
            happened.Succeeded(0.0, "a", 1, {}, 0.1),
        )

    def judge(self, *records: Record) -> str:
        return "; ".join(
            f"{found.invariant}: {found.detail}" for found in self.watch.judge(records)
        )


def test_a_whole_run_passes() -> None:
    story = Story()
    story.until_a_is_stored()
    story.feed(
        happened.Stored(0.0, "a", 1, {"result": text("x")}, 0.1),
        happened.LookedUp(0.0, "b", "key", {"result": text("y")}, "run x"),
    )
    assert story.core.state == "Completed"


def test_a_move_that_the_chart_does_not_have_is_found() -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    assert "no arrow" in story.judge(record("task:a", "Ready", "artifact_stored", "Completed"))
    assert "no arrow" in story.judge(record("run", "Executing", "submit", "Validating"))


def test_a_move_from_where_the_machine_does_not_stand_is_found() -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    found = story.judge(record("task:b", "Ready", "allocate_player", "Allocated", attempt=1))
    assert "stood at Pending" in found


def test_a_task_given_out_before_what_it_depends_on_has_ended_is_found() -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    found = story.judge(
        record("task:b", "Pending", "dependencies_complete", "Ready"),
        record("task:b", "Ready", "allocate_player", "Allocated", attempt=1),
    )
    assert "before a had ended" in found


@pytest.mark.parametrize("attempt", [0, 2])
def test_an_attempt_out_of_count_is_found(attempt: int) -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    found = story.judge(record("task:a", "Ready", "allocate_player", "Allocated", attempt=attempt))
    assert "attempts are bounded" in found


def test_more_tries_than_the_node_allows_are_found() -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    found = story.judge(
        record("task:a", "Ready", "inputs_invalid", "Failed", error={}),
        record("task:a", "Failed", "retry_policy_active", "Retrying"),
        record("task:a", "Retrying", "retry_due", "Ready"),
        record("task:a", "Ready", "allocate_player", "Allocated", attempt=1),
    )
    assert "after 1 failures; 0 are allowed" in found


def test_a_task_that_finishes_twice_is_found() -> None:
    story = Story()
    story.until_a_is_stored()
    story.feed(happened.Stored(0.0, "a", 1, {"result": text("x")}, 0.1))
    found = story.judge(record("task:a", "Ready", "result_reused", "Reused", outputs={}))
    assert "a task finishes once: task:a finished twice" in found


def test_a_step_that_is_refused_leaves_no_trace_in_the_books() -> None:
    story = Story()
    story.feed(happened.Start(0.0))
    assert story.judge(record("task:a", "Ready", "artifact_stored", "Completed"))
    story.feed(happened.LookedUp(0.0, "a", "key"), happened.Granted(0.0, "a"))

"""Shaped melodies where facts meet that seldom do: a halt and a running task, a cancel and a failed
item, a retry and a loop that was given up. Each was found by playing arbitrary runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from driver import Driver
from plans import loop, plan, text, texts

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import begin, fold, step
from harmony.conductor.invariants import Watch
from harmony.melody.model import Policy
from harmony.pit.dag.plan import Plan, PlannedInput, PlannedNode
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

HALT = {"policy": Policy(on_failure="halt")}
SKIP = {"policy": Policy(on_failure="skip")}


def undo_of(name: str) -> PlannedNode:
    """What takes a node back: it gets the node's result."""
    back = plan(**{name: "", f"{name}~undo": name}).nodes[f"{name}~undo"]
    return replace(back, predecessors=())


def test_a_loop_whose_task_is_refused_at_once_breaks_no_rule() -> None:
    """All of it is decided in one turn, and judged when the tracker knows how it ended."""
    core = begin(plan({"loop": loop(plan(work=""), "result", result="work")}, loop=""))
    watch = Watch(core.tracker, core.state)
    records, _ = step(core, happened.Start(0.0))
    more, _ = step(core, happened.LookedUp(0.0, "loop#1/work", "key"))
    last, _ = step(core, happened.Refused(0.0, "loop#1/work", {"message": "no money left"}))
    assert core.state == RunState.FAILED
    assert not watch.judge([*records, *more, *last])


def test_a_task_that_runs_when_the_run_is_halted_is_not_tried_again() -> None:
    run = Driver(plan({"bad": HALT, "busy": {"retries": 3}}, bad="", busy="")).start()
    run.fail("bad")
    run.fail("busy")
    assert run.scheduled == []
    assert run.finished == [RunState.FAILED]


def test_after_a_crash_a_halted_run_is_still_halted() -> None:
    run = Driver(plan({"bad": HALT, "busy": {"retries": 3}}, bad="", busy="")).start()
    run.fail("bad")
    run.crash()
    run.fail("busy")
    assert run.finished == [RunState.FAILED]


def test_a_retry_by_hand_ends_the_halt() -> None:
    run = Driver(plan({"bad": HALT, "busy": {"retries": 3}}, bad="", busy="")).start()
    run.fail("bad")
    run.fail("busy")
    run.feed(happened.RetryFailed(0.0))
    run.finish("bad")
    run.fail("busy")
    assert [again.task for again in run.scheduled] == ["busy"]


def test_a_halt_while_a_loop_is_taken_up_starts_no_round() -> None:
    changes: dict[str, dict[str, Any]] = {
        "loop": loop(plan(work=""), "result", result="work"),
        "pairs": HALT,
        **{name: {"outputs": {"result": "list[text]"}} for name in ("one", "two")},
    }
    run = Driver(plan(changes, one="", two="", loop="one two", pairs="one* two*")).start()
    run.finish("one", result=texts("a"))
    run.finish("two", result=texts("a", "b"))
    assert run.state("pairs") == TaskState.FAILED
    assert "loop#1/work" not in run.dispatched
    assert run.finished == [RunState.FAILED]


def test_a_cancelled_run_with_a_failed_item_is_cancelled_after_taking_back() -> None:
    changes: dict[str, dict[str, Any]] = {
        "a": {"compensation": undo_of("a"), "outputs": {"result": "list[text]"}},
        "items": {"outputs": {"result": "list[text]"}},
    }
    run = Driver(plan(changes, a="", items="a*")).start()
    run.finish("a", result=texts("x", "y"))
    run.fail("items[0]")
    run.feed(happened.Cancel(0.0))
    run.finish("a~undo")
    assert run.finished == [RunState.CANCELLED]


def test_a_retry_leaves_a_loop_alone_that_was_given_up() -> None:
    """It was not essential, and the run went on without it."""
    drawn = plan(
        {"loop": {**loop(plan(work=""), "result", result="work"), **SKIP}}, loop="", bad=""
    )
    run = Driver(drawn).start()
    run.fail("loop#1/work")
    assert run.state("loop") == TaskState.SKIPPED
    run.fail("bad")
    run.feed(happened.RetryFailed(0.0))
    assert run.dispatched.count("loop#1/work") == 1
    run.finish("bad")
    assert run.finished == [RunState.FAILED, RunState.COMPLETED]


def test_a_retry_leaves_alone_all_that_ran_inside_a_loop_that_was_given_up() -> None:
    inner = plan({"inner": loop(plan(work=""), "result", result="work")}, inner="")
    drawn = plan({"outer": {**loop(inner, "result", result="inner"), **SKIP}}, outer="", bad="")
    run = Driver(drawn).start()
    run.fail("outer#1/inner#1/work")
    run.fail("bad")
    run.feed(happened.RetryFailed(0.0))
    assert run.dispatched.count("outer#1/inner#1/work") == 1
    assert run.state("outer#1/inner") == TaskState.FAILED


def test_another_player_does_not_get_what_the_first_one_saved() -> None:
    other = plan(other="").nodes["other"]
    run = Driver(plan({"a": {"retries": 1, "fallback": other}}, a="")).start()
    run.feed(happened.Started(0.0, "a", 1, "p", 1))
    run.feed(happened.Saved(0.0, "a", 1, text("half way")))
    run.feed(happened.Failed(0.0, "a", 1, {"message": "boom"}, 0.0))
    assert run.core.tracker.tasks["a"].saved == text("half way")
    run.feed(happened.RetryDue(0.0, "a", 1))
    run.fail("a")
    assert run.core.tracker.tasks["a"].fallback
    assert run.core.tracker.tasks["a"].saved is None
    assert fold(run.plan, run.records).tracker.tasks["a"].saved is None


def test_what_takes_back_a_node_of_a_loop_gets_what_came_in_from_outside() -> None:
    fed = PlannedInput(
        "from_start", "text", True, (), gathers=False, maps=False, outer="from_start"
    )
    back = replace(undo_of("book"), inputs=(*undo_of("book").inputs, fed))
    body = plan({"book": {"compensation": back}}, book="")
    drawn = plan(
        {"loop": loop(body, "done", 1, {"book": "from_start"}, done="book")},
        start="",
        loop="start",
        bad="loop",
    )
    # `bad` fails, and what was booked in the loop is cancelled.
    shown = replace(drawn.nodes["bad"], inputs=())
    run = Driver(Plan({**drawn.nodes, "bad": shown})).start()
    run.finish("start", result=text("Rome"))
    run.finish("loop#1/book", result=text("ticket"))
    run.fail("bad")
    assert run.dispatched[-1] == "loop#1/book~undo"
    assert run.core.tracker.inputs_of("loop#1/book~undo") == {
        "from_book": text("ticket"),
        "from_start": text("Rome"),
    }


def test_a_reused_task_leaves_nothing_behind_that_only_a_waiting_one_needs() -> None:
    core = begin(plan(a="", b=""))
    step(core, happened.Start(0.0))
    _, commands = step(core, happened.LookedUp(0.0, "a", "key", {"result": text("x")}, "run x"))
    assert core.keys == {}
    assert not any(isinstance(command, do.RequestSlot) for command in commands)

"""Policies and dependencies: what the end of one node means for the others, fact by fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from driver import Driver
from plans import plan, text, texts

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import fold
from harmony.melody.model import Policy
from harmony.pit.dag.plan import Plan
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState


def with_policy(node: str, /, policy: Policy, **changes: Any) -> dict[str, dict[str, Any]]:
    return {node: {"policy": policy, **changes}}


# ---------------------------------------------------------------------- dependencies


def test_a_soft_wire_waits_for_the_end_of_its_source_whatever_way_it_ends() -> None:
    run = Driver(plan(bad="", after="bad~")).start()
    assert run.state("after") == TaskState.PENDING
    run.fail("bad")
    assert run.dispatched == ["bad", "after"]
    assert run.core.tracker.inputs_of("after") == {}
    run.finish("after")
    assert run.finished == [RunState.FAILED]


def test_a_soft_wire_delivers_what_its_source_gave() -> None:
    run = Driver(plan(a="", after="a~")).start()
    run.finish("a", result=text("x"))
    assert run.core.tracker.inputs_of("after") == {"from_a": text("x")}


def test_a_node_behind_a_soft_and_a_hard_wire_is_skipped_when_the_hard_one_fails() -> None:
    run = Driver(plan(a="", bad="", after="a~ bad")).start()
    run.finish("a")
    run.fail("bad")
    assert run.cause("after") == "pit.upstream_failed"


def test_an_optional_wire_is_never_waited_for() -> None:
    run = Driver(plan(slow="", quick="", after="quick slow?")).start()
    run.finish("quick", result=text("q"))
    assert "after" in run.dispatched
    run.finish("slow")
    assert run.core.tracker.inputs_of("after") == {"from_quick": text("q")}, "came too late"
    run.finish("after")
    assert run.finished == [RunState.COMPLETED]


def test_an_optional_wire_delivers_what_is_there_in_time() -> None:
    run = Driver(plan(slow="", quick="", after="quick slow?")).start()
    run.finish("slow", result=text("s"))
    run.finish("quick", result=text("q"))
    inputs = {"from_quick": text("q"), "from_slow": text("s")}
    assert run.core.tracker.inputs_of("after") == inputs


def test_after_a_crash_an_optional_value_that_came_too_late_is_still_left_out() -> None:
    run = Driver(plan(slow="", quick="", after="quick slow?")).start()
    run.finish("quick", result=text("q"))
    run.finish("slow", result=text("s"))
    run.crash()
    assert run.core.tracker.inputs_of("after") == {"from_quick": text("q")}


# ---------------------------------------------------------------------- failures


def test_only_the_errors_that_are_named_are_worth_a_retry() -> None:
    policy = Policy(retry_errors=("TimeoutError",))
    run = Driver(plan(with_policy("a", policy, retries=3), a="")).start()
    attempt = run.core.tracker.tasks["a"].attempt
    run.feed(happened.Started(0.0, "a", attempt, "p", 1))
    run.feed(happened.Failed(0.0, "a", attempt, {"type": "TimeoutError", "message": ""}, 2.0))
    assert run.state("a") == TaskState.RETRYING
    run.feed(happened.RetryDue(2.0, "a", attempt))
    run.feed(happened.Started(0.0, "a", attempt + 1, "p", 1))
    run.feed(happened.Failed(0.0, "a", attempt + 1, {"type": "ValueError", "message": ""}, 2.0))
    assert run.state("a") == TaskState.FAILED


def test_a_node_that_is_not_essential_is_skipped_and_the_run_completes() -> None:
    run = Driver(plan(with_policy("extra", Policy(on_failure="skip")), a="", extra="a", b="a"))
    run.start().finish("a")
    run.fail("extra", "no network")
    run.finish("b")
    assert run.state("extra") == TaskState.SKIPPED
    assert run.core.tracker.tasks["extra"].cause == {
        "code": "pit.failure_accepted",
        "title": "extra",
        "reason": "no network",
    }
    assert run.finished == [RunState.COMPLETED]


def test_what_hangs_hard_on_a_node_that_was_given_up_is_skipped_and_says_so() -> None:
    changes = with_policy("extra", Policy(on_failure="skip"))
    run = Driver(plan(changes, extra="", after="extra", soft="extra~")).start()
    run.fail("extra")
    assert run.cause("after") == "pit.upstream_given_up"
    assert "soft" in run.dispatched


def test_items_that_are_given_up_are_left_out_of_the_list() -> None:
    changes = with_policy("each", Policy(on_failure="skip"))
    run = Driver(plan(changes, many="", each="many*", all="each+")).start()
    run.finish("many", result=texts("x", "y", "z"))
    run.finish("each[0]", result=text("X"))
    run.fail("each[1]")
    run.finish("each[2]", result=text("Z"))
    gathered = run.core.tracker.inputs_of("all")["from_each"]
    assert [item["value"] for item in gathered["items"]] == ["X", "Z"]


def test_halt_starts_nothing_more_and_lets_finish_what_runs() -> None:
    changes = with_policy("bad", Policy(on_failure="halt", notify=True))
    run = Driver(plan(changes, bad="", other="", later="other", far="later")).start()
    run.fail("bad")
    assert run.cause("later") == run.cause("far") == "pit.halted"
    assert run.core.state == RunState.EXECUTING
    run.finish("other")
    assert run.finished == [RunState.FAILED]
    assert run.dispatched == ["bad", "other"]
    assert run.notified == ["bad"]


def test_a_retry_takes_up_what_a_halt_left_out() -> None:
    run = Driver(
        plan(with_policy("bad", Policy(on_failure="halt")), bad="", other="", later="other")
    )
    run.start().fail("bad")
    run.finish("other")
    run.feed(happened.RetryFailed(1.0))
    run.finish("bad")
    run.finish("later")
    assert run.finished == [RunState.FAILED, RunState.COMPLETED]


def test_a_retry_takes_up_the_items_that_a_halt_left_out_and_no_others() -> None:
    changes = {"each": {"policy": Policy(on_failure="halt", parallel=1)}}
    run = Driver(plan(changes, many="", each="many*", all="each+")).start()
    run.finish("many", result=texts("x", "y", "z"))
    run.finish("each[0]")
    run.fail("each[1]")
    assert run.cause("each[2]") == "pit.halted"
    run.dispatched.clear()
    run.feed(happened.RetryFailed(1.0))
    run.finish("each[1]")
    run.finish("each[2]")
    run.finish("all")
    assert run.dispatched == ["each[1]", "each[2]", "all"]
    assert run.finished[-1] == RunState.COMPLETED


def test_a_fallback_player_has_its_turn_when_the_retries_are_used_up() -> None:
    drawn = plan({"a": {"retries": 1}}, a="")
    spare = plan({"a": {"player": "test/spare"}}, a="").nodes["a"]
    nodes = plan({"a": {"retries": 1, "fallback": spare}}, a="")
    assert drawn.nodes["a"].player == "test/a"
    run = Driver(nodes).start()
    run.fail("a")
    run.feed(happened.RetryDue(0.0, "a", 1))
    assert run.core.tracker.planned("a").player == "test/a"
    run.fail("a")
    run.feed(happened.RetryDue(0.0, "a", 2))
    assert run.core.tracker.planned("a").player == "test/spare"
    run.crash()
    assert run.core.tracker.planned("a").player == "test/spare"
    run.finish("a")
    assert run.finished == [RunState.COMPLETED]


def test_a_fallback_that_fails_too_is_the_end() -> None:
    spare = plan(a="").nodes["a"]
    run = Driver(plan({"a": {"fallback": spare}}, a="")).start()
    run.fail("a")
    run.feed(happened.RetryDue(0.0, "a", 1))
    run.fail("a")
    assert run.finished == [RunState.FAILED]


def test_a_request_that_can_never_be_met_fails_its_task() -> None:
    run = Driver(plan(a="", b="a"), slots=0).start()
    run.requested.clear()
    run.feed(happened.Refused(0.0, "a", {"code": "pit.budget_used_up"}))
    assert run.state("a") == TaskState.FAILED
    assert run.finished == [RunState.FAILED]


# ---------------------------------------------------------------------- a state that is kept


def test_the_next_attempt_receives_what_the_last_one_saved() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.feed(happened.Started(0.0, "a", 1, "p", 1))
    run.feed(happened.Saved(0.0, "a", 1, text("half")))
    run.crash()
    assert run.core.tracker.tasks["a"].saved == text("half")
    run.fail("a")
    run.feed(happened.RetryDue(0.0, "a", 2))
    assert run.core.tracker.tasks["a"].saved == text("half")
    run.finish("a")
    assert run.core.tracker.tasks["a"].saved is None, "a finished task needs it no more"


def test_a_state_that_comes_from_an_older_attempt_is_not_taken() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.fail("a")
    run.feed(happened.RetryDue(0.0, "a", 1))
    run.feed(happened.Started(0.0, "a", 2, "p", 1))
    run.feed(happened.Saved(0.0, "a", 1, text("late")))
    assert run.core.tracker.tasks["a"].saved is None


def test_what_a_task_used_is_counted_over_all_its_attempts() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.feed(happened.Started(0.0, "a", 1, "p", 1))
    spent = {"tokens": 10, "money": 0.5}
    run.feed(happened.Failed(0.0, "a", 1, {"message": ""}, 0.0, spent))
    run.feed(happened.RetryDue(0.0, "a", 1))
    run.feed(happened.Started(0.0, "a", 2, "p", 1))
    run.feed(happened.Succeeded(0.0, "a", 2, {}, 0.5))
    assert fold(run.plan, run.records).tracker.used() == (10, 0.5)


# ---------------------------------------------------------------------- a few at a time


def test_items_are_worked_on_a_few_at_a_time() -> None:
    run = Driver(plan({"each": {"policy": Policy(parallel=2)}}, many="", each="many*")).start()
    run.finish("many", result=texts(*"abcde"))
    assert run.dispatched[1:] == ["each[0]", "each[1]"]
    run.finish("each[1]")
    assert run.dispatched[1:] == ["each[0]", "each[1]", "each[2]"]
    run.fail("each[0]")
    for index in (2, 3, 4):
        run.finish(f"each[{index}]")
    assert run.finished == [RunState.FAILED]


def test_a_pause_and_a_crash_keep_the_few_at_a_time() -> None:
    run = Driver(plan({"each": {"policy": Policy(parallel=2)}}, many="", each="many*")).start()
    run.finish("many", result=texts(*"abcd"))
    run.feed(happened.Pause(0.0))
    run.finish("each[0]")
    assert len(run.dispatched) == 3, "paused"
    run.feed(happened.Resume(0.0))
    assert run.dispatched[3:] == ["each[2]"]
    run.crash()
    assert run.dispatched == ["each[1]", "each[2]"]
    for index in (1, 2, 3):
        run.finish(f"each[{index}]")
    assert run.finished == [RunState.COMPLETED]


# ---------------------------------------------------------------------- taking back


def undoable(*names: str) -> dict[str, dict[str, Any]]:
    """Nodes that can be taken back by a node of their own that is given their result."""
    back = plan(**dict.fromkeys(names, ""), **{f"{name}~undo": name for name in names})
    return {
        name: {"compensation": plan_alone(back, f"{name}~undo"), "effects": True} for name in names
    }


def plan_alone(whole: Plan, name: str) -> Any:
    return replace(whole.nodes[name], predecessors=(), successors=())


def test_when_a_run_fails_what_was_done_is_taken_back_the_last_first() -> None:
    run = Driver(plan(undoable("a", "b"), a="", b="a", bad="b")).start()
    run.finish("a", result=text("A"))
    run.finish("b", result=text("B"))
    run.fail("bad")
    assert run.dispatched[3:] == ["b~undo"]
    assert run.core.tracker.inputs_of("b~undo") == {"from_b": text("B")}
    assert run.core.state == RunState.EXECUTING
    run.finish("b~undo")
    run.finish("a~undo")
    assert run.finished == [RunState.FAILED]


def test_a_run_that_completes_takes_nothing_back() -> None:
    run = Driver(plan(undoable("a"), a="", b="a")).start()
    run.finish("a")
    run.finish("b")
    assert run.finished == [RunState.COMPLETED]
    assert "a~undo" not in run.core.tracker.tasks


def test_a_failure_while_taking_back_does_not_keep_the_rest_from_it() -> None:
    run = Driver(plan(undoable("a", "b"), a="", b="a", bad="b")).start()
    run.finish("a")
    run.finish("b")
    run.fail("bad")
    run.fail("b~undo")
    run.finish("a~undo")
    assert run.finished == [RunState.FAILED]


def test_a_cancelled_run_takes_back_what_was_done_and_is_cancelled_then() -> None:
    run = Driver(plan(undoable("a"), a="", b="a")).start()
    run.finish("a")
    run.feed(happened.Pause(0.0))
    run.feed(happened.Cancel(0.0))
    assert run.aborted == ["b"]
    assert run.dispatched[-1] == "a~undo"
    run.crash()
    run.finish("a~undo")
    assert run.finished == [RunState.CANCELLED]


def test_cancelling_twice_ends_the_taking_back() -> None:
    run = Driver(plan(undoable("a"), a="", b="a")).start()
    run.finish("a")
    run.feed(happened.Cancel(0.0))
    run.feed(happened.Cancel(0.0))
    assert run.finished == [RunState.CANCELLED]


def test_a_run_whose_work_was_taken_back_is_not_tried_again() -> None:
    run = Driver(plan(undoable("a"), a="", bad="a")).start()
    run.finish("a")
    run.fail("bad")
    run.finish("a~undo")
    run.feed(happened.RetryFailed(0.0))
    assert run.core.state == RunState.FAILED


def test_a_crash_before_the_taking_back_began_does_not_forget_it() -> None:
    run = Driver(plan(undoable("a"), a="", b="a", bad="b")).start()
    run.finish("a")
    run.finish("b")
    run.fail("bad")
    run.records = [r for r in run.records if "~undo" not in r.machine]
    run.crash()
    assert run.dispatched == ["a~undo"]


def test_a_retry_is_scheduled_with_the_delay_that_was_drawn() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.fail("a")
    assert run.scheduled == [do.ScheduleRetry("a", 1, 3.0)]


def test_a_run_in_which_a_node_went_on_without_a_value_is_not_tried_again_in_place() -> None:
    run = Driver(plan(bad="", after="bad~")).start()
    run.fail("bad")
    run.finish("after")
    run.feed(happened.RetryFailed(0.0))
    assert run.core.state == RunState.FAILED
    assert not run.core.tracker.can_retry

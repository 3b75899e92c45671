"""The run core, fact by fact."""

from __future__ import annotations

import pytest
from driver import Driver
from plans import NOTHING, plan, text, texts

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.announcing import events_of
from harmony.conductor.core import fold, step
from harmony.conductor.events import TaskChanged
from harmony.conductor.invariants import Watch
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState


def test_a_chain_runs_in_its_order_and_completes() -> None:
    run = Driver(plan(a="", b="a", c="b")).start()
    for task in "abc":
        assert run.dispatched[-1] == task
        run.finish(task)
    assert run.finished == [RunState.COMPLETED]
    assert run.core.state == RunState.COMPLETED


def test_a_task_waits_for_all_that_it_depends_on() -> None:
    run = Driver(plan(a="", b="", c="a b")).start()
    run.finish("a")
    assert run.state("c") == TaskState.PENDING
    run.finish("b")
    assert run.dispatched == ["a", "b", "c"]


def test_after_a_failure_independent_branches_finish_before_the_run_is_failed() -> None:
    run = Driver(plan(a="", bad="a", after="bad", last="after", good="a", better="good")).start()
    run.finish("a")
    run.fail("bad")
    assert run.state("after") == run.state("last") == TaskState.SKIPPED
    assert run.core.state == RunState.EXECUTING
    run.finish("good")
    run.finish("better")
    assert run.finished == [RunState.FAILED]
    cause = run.core.tracker.tasks["last"].cause
    assert cause == {"code": "pit.upstream_failed", "node": "bad", "title": "bad"}


def test_a_retry_by_hand_runs_only_what_failed_and_what_hangs_on_it() -> None:
    run = Driver(plan(a="", bad="a", after="bad", good="a")).start()
    run.finish("a")
    run.fail("bad")
    run.finish("good")
    run.dispatched.clear()
    run.feed(happened.RetryFailed(1.0))
    run.finish("bad")
    run.finish("after")
    assert run.dispatched == ["bad", "after"]
    assert run.core.tracker.tasks["bad"].attempt == 2
    assert run.finished == [RunState.FAILED, RunState.COMPLETED]


def test_a_node_with_retries_tries_again_after_its_delay_and_then_gives_up() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.fail("a")
    assert run.state("a") == TaskState.RETRYING
    assert run.scheduled == [do.ScheduleRetry("a", 1, 3.0)]
    run.feed(happened.RetryDue(4.0, "a", 1))
    run.fail("a")
    assert run.state("a") == TaskState.FAILED
    assert run.finished == [RunState.FAILED]


def test_an_earlier_result_is_reused_and_nothing_is_dispatched() -> None:
    run = Driver(plan(a="", b="a"))
    run.known["a"] = {"result": text("earlier")}
    run.start()
    assert run.state("a") == TaskState.REUSED
    assert run.dispatched == ["b"]
    assert run.core.tracker.inputs_of("b") == {"from_a": text("earlier")}


def test_a_list_into_a_scalar_port_makes_a_task_an_item_in_order() -> None:
    run = Driver(plan(a="", b="a*", c="b+")).start()
    run.finish("a", result=texts("x", "y", "z"))
    assert run.dispatched[1:] == ["b[0]", "b[1]", "b[2]"]
    assert run.core.tracker.inputs_of("b[1]") == {"from_a": text("y")}
    for item in (2, 0, 1):
        run.finish(f"b[{item}]", result=text(f"out {item}"))
    gathered = run.core.tracker.inputs_of("c")["from_b"]
    assert [item["value"] for item in gathered["items"]] == ["out 0", "out 1", "out 2"]


def test_one_failed_item_does_not_stop_the_others_and_alone_is_retried() -> None:
    run = Driver(plan(a="", b="a*", c="b+")).start()
    run.finish("a", result=texts("x", "y"))
    run.fail("b[0]")
    run.finish("b[1]")
    assert run.finished == [RunState.FAILED]
    assert run.state("c") == TaskState.SKIPPED
    run.dispatched.clear()
    run.feed(happened.RetryFailed(1.0))
    run.finish("b[0]")
    run.finish("c")
    assert run.dispatched == ["b[0]", "c"]
    assert run.core.state == RunState.COMPLETED


def test_an_empty_list_leaves_nothing_to_do_and_an_empty_list_goes_on() -> None:
    run = Driver(plan(a="", b="a*", c="b+")).start()
    run.finish("a", result=texts())
    assert run.state("b") == TaskState.SKIPPED
    assert run.core.tracker.inputs_of("c")["from_b"]["items"] == []
    run.finish("c")
    assert run.core.state == RunState.COMPLETED


def test_lists_of_different_length_fail_the_node_and_say_so() -> None:
    run = Driver(plan(a="", b="", c="a* b*")).start()
    run.finish("a", result=texts("1", "2"))
    run.finish("b", result=texts("1"))
    error = run.core.tracker.tasks["c"].error
    assert error is not None
    assert error["code"] == "pit.lists_of_different_length"
    run.feed(happened.RetryFailed(1.0))
    assert run.state("c") == TaskState.FAILED
    assert run.core.state == RunState.FAILED


def test_the_branch_not_taken_is_skipped_with_its_reason_and_the_run_completes() -> None:
    run = Driver(plan(a="", taken="a", other="a", after="other")).start()
    run.core.tracker.nodes["taken"].planned.inputs[0].sources[0]
    run.finish("a", result=NOTHING)
    assert run.state("taken") == TaskState.SKIPPED
    assert run.core.tracker.tasks["after"].cause == {
        "code": "pit.branch_not_taken",
        "port": "from_other",
    }
    assert run.finished == [RunState.COMPLETED]


def test_a_pause_lets_running_tasks_finish_and_starts_no_other() -> None:
    run = Driver(plan(a="", b="a")).start()
    run.feed(happened.Pause(1.0))
    run.finish("a")
    assert run.state("a") == TaskState.COMPLETED
    assert run.dispatched == ["a"]
    run.feed(happened.Resume(2.0))
    assert run.dispatched == ["a", "b"]
    run.finish("b")
    assert run.core.state == RunState.COMPLETED


def test_cancel_aborts_what_runs_and_ends_the_rest() -> None:
    run = Driver(plan(a="", b="", c="a b"), slots=1).start()
    run.feed(happened.Started(0.0, "a", 1, "player-1", 1))
    run.feed(happened.Cancel(1.0))
    assert run.aborted == ["a"]
    assert {task.state for task in run.core.tracker.tasks.values()} == {TaskState.CANCELLED}
    assert run.finished == [RunState.CANCELLED]
    assert run.slots == 1


def test_words_about_an_attempt_that_is_over_change_nothing() -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.fail("a")
    run.feed(happened.RetryDue(1.0, "a", 1))
    before = len(run.records)
    run.feed(happened.Succeeded(2.0, "a", 1, {}, 0.1))
    run.feed(happened.Failed(2.0, "a", 1, {"message": "late"}, 0.0))
    assert len(run.records) == before


def test_a_recovered_run_does_again_only_what_was_under_way() -> None:
    run = Driver(plan(a="", b="a", c="a", d="b c")).start()
    run.finish("a")
    run.finish("b")
    run.feed(happened.Started(0.0, "c", 1, "player-1", 1))

    again = Driver(run.plan)
    again.core = fold(run.plan, run.records)
    again.feed(happened.Recover(9.0, "the program was killed"))
    assert again.dispatched == ["c"]
    assert again.core.tracker.tasks["c"].attempt == 2
    again.finish("c")
    again.finish("d")
    assert again.core.state == RunState.COMPLETED


@pytest.mark.parametrize("cut", range(40))
def test_the_journal_of_a_run_can_be_cut_anywhere_and_recovered(cut: int) -> None:
    whole = Driver(plan(a="", b="a*", c="b+", d="a")).start()
    whole.finish("a", result=texts("x", "y"))
    for task in ("b[0]", "d", "b[1]"):
        whole.finish(task)
    whole.finish("c")
    records = whole.records[: min(cut, len(whole.records))]

    again = Driver(whole.plan)
    again.core = fold(whole.plan, records)
    finished = {task.id for task in again.core.tracker.in_state(TaskState.COMPLETED)}
    again.feed(happened.Recover(9.0, "killed"))
    while again.dispatched:
        task = again.dispatched.pop(0)
        assert task not in finished, "a finished task ran again"
        again.finish(task, result=texts("x", "y") if task == "a" else text(task))
    assert again.core.state == RunState.COMPLETED


@pytest.mark.parametrize(("now", "left"), [(0.0, 3.0), (2.0, 1.0), (9.0, 0.0), (-9.0, 3.0)])
def test_after_an_interruption_a_retry_waits_for_the_rest_of_its_time(
    now: float, left: float
) -> None:
    run = Driver(plan({"a": {"retries": 1}}, a="")).start()
    run.fail("a")
    core = fold(run.plan, run.records)
    _, commands = step(core, happened.Recover(now, "crash"))
    assert do.ScheduleRetry("a", 1, left) in commands


def test_a_node_that_becomes_many_tasks_in_the_step_that_freed_it_is_told_whole() -> None:
    run = Driver(plan(a="", b="a*")).start()
    run.fail("a")
    watch = Watch(run.core.tracker, run.core.state)
    run.known["a"] = {"result": texts("x", "y")}
    run.records.clear()
    run.feed(happened.RetryFailed(1.0))
    assert watch.judge(run.records) == ()
    told = [
        (event.task, event.state)
        for event in events_of("r", run.core, run.records)
        if isinstance(event, TaskChanged)
    ]
    assert ("b", TaskState.PENDING) in told
    assert ("b[1]", TaskState.ALLOCATED) in told


def test_of_tasks_that_become_ready_together_the_longest_way_goes_first() -> None:
    ranks = {"short": {"rank": 1}, "long": {"rank": 5}, "urgent": {"rank": 1, "priority": 1}}
    run = Driver(plan(ranks, a="", short="a", long="a", urgent="a"), slots=1).start()
    run.finish("a")
    assert run.dispatched == ["a", "urgent"]
    run.finish("urgent")
    assert run.dispatched == ["a", "urgent", "long"]

"""Nodes whose work other nodes do: rounds of a loop, replicas that vote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from driver import Driver
from plans import loop, plan, text

from harmony.conductor import facts as happened
from harmony.melody.model import Policy
from harmony.pit.dag.plan import Plan, Source
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState


def yes(value: bool) -> dict[str, Any]:
    return {"type": "boolean", "hash": str(value), "size": 4, "value": value}


def refining(at_most: int = 10) -> Plan:
    """`start` feeds `text` into a loop of `refine` and `check`; `show` gets what came out."""
    body = plan({"check": {"outputs": {"result": "boolean"}}}, refine="", check="refine")
    changes = loop(
        body, "done", at_most, {"refine": "from_start"}, from_start="refine", done="check"
    )
    drawn = plan({"loop": changes}, start="", loop="start", show="")
    shown = plan(loop="", show="loop").nodes["show"]
    nodes = dict(drawn.nodes)
    port = replace(shown.inputs[0], sources=(Source("loop", "from_start"),))
    nodes["show"] = replace(shown, inputs=(port,))
    nodes["loop"] = replace(nodes["loop"], successors=("show",))
    return Plan(nodes)


def round_of(run: Driver, number: int, value: str, done: bool) -> None:
    run.finish(f"loop#{number}/refine", result=text(value))
    run.finish(f"loop#{number}/check", result=yes(done))


def test_a_loop_feeds_each_round_with_the_last_until_it_says_yes() -> None:
    run = Driver(refining()).start()
    run.finish("start", result=text("rough"))
    assert run.core.tracker.inputs_of("loop#1/refine") == {"from_start": text("rough")}
    round_of(run, 1, "better", done=False)
    assert run.core.tracker.inputs_of("loop#2/refine") == {"from_start": text("better")}
    round_of(run, 2, "good", done=True)
    assert run.state("loop") == TaskState.COMPLETED
    assert run.core.tracker.inputs_of("show") == {"from_loop": text("good")}
    run.finish("show")
    assert run.finished == [RunState.COMPLETED]


def test_a_loop_stops_at_its_bound_and_says_so() -> None:
    run = Driver(refining(at_most=2)).start()
    run.finish("start")
    round_of(run, 1, "a", done=False)
    round_of(run, 2, "b", done=False)
    assert run.core.tracker.inputs_of("show") == {"from_loop": text("b")}
    stored = [r for r in run.records if r.machine == "task:loop"][-1]
    assert stored.trigger == "stopped after 2 rounds"


def test_a_loop_goes_on_in_the_round_in_which_the_program_was_killed() -> None:
    run = Driver(refining()).start()
    run.finish("start", result=text("rough"))
    round_of(run, 1, "better", done=False)
    run.finish("loop#2/refine", result=text("good"))
    run.crash()
    assert run.dispatched == ["loop#2/check"]
    run.finish("loop#2/check", result=yes(True))
    run.finish("show")
    assert run.finished == [RunState.COMPLETED]


def test_a_failure_in_a_round_fails_the_loop_and_a_retry_goes_on_in_that_round() -> None:
    run = Driver(refining()).start()
    run.finish("start")
    run.finish("loop#1/refine")
    run.fail("loop#1/check")
    assert run.state("loop") == TaskState.FAILED
    assert run.core.tracker.tasks["loop"].error == {
        "code": "pit.round_failed",
        "type": "RoundFailed",
        "round": 1,
        "node": "loop#1/check",
        "message": "Round 1 of the loop failed at loop#1/check.",
    }
    assert run.finished == [RunState.FAILED]
    run.dispatched.clear()
    run.feed(happened.RetryFailed(1.0))
    assert run.dispatched == ["loop#1/check"]
    run.finish("loop#1/check", result=yes(True))
    run.finish("show")
    assert run.finished[-1] == RunState.COMPLETED


def test_a_pause_between_two_rounds_holds_the_next_one_back() -> None:
    run = Driver(refining()).start()
    run.finish("start")
    run.finish("loop#1/refine")
    run.feed(happened.Pause(0.0))
    run.finish("loop#1/check", result=yes(False))
    assert "loop#2/refine" not in run.dispatched
    run.feed(happened.Resume(0.0))
    assert run.dispatched[-1] == "loop#2/refine"


def test_cancelling_ends_a_loop_and_its_rounds() -> None:
    run = Driver(refining()).start()
    run.finish("start")
    run.feed(happened.Cancel(0.0))
    assert run.state("loop") == run.state("loop#1/refine") == TaskState.CANCELLED
    assert run.finished == [RunState.CANCELLED]


# ---------------------------------------------------------------------- votes


def voting(faults: int = 1) -> Driver:
    run = Driver(plan({"a": {"policy": Policy(quorum=faults)}}, a="", after="a"))
    return run.start()


def vote(run: Driver, number: int, value: str, held: int = 1) -> None:
    run.finish(f"a#{held}/replica-{number}", result=text(value))


def test_replicas_run_side_by_side_and_the_majority_by_content_is_the_result() -> None:
    run = voting()
    assert run.dispatched == [f"a#1/replica-{number}" for number in (1, 2, 3)]
    vote(run, 1, "right")
    vote(run, 2, "wrong")
    assert run.state("a") == TaskState.EXECUTING
    vote(run, 3, "right")
    assert run.core.tracker.inputs_of("after") == {"from_a": text("right")}


def test_a_crashed_replica_changes_nothing() -> None:
    run = voting()
    run.fail("a#1/replica-2")
    vote(run, 1, "right")
    vote(run, 3, "right")
    run.finish("after")
    assert run.finished == [RunState.COMPLETED]


def test_once_a_majority_agrees_the_others_are_stopped() -> None:
    run = voting(faults=2)
    for number in (1, 2, 3):
        vote(run, number, "right")
    assert run.state("a") == TaskState.COMPLETED
    assert run.aborted == ["a#1/replica-4", "a#1/replica-5"]
    run.finish("after")
    assert run.finished == [RunState.COMPLETED]


def test_without_a_majority_the_node_fails_and_a_retry_votes_anew() -> None:
    run = voting()
    vote(run, 1, "x")
    vote(run, 2, "y")
    run.fail("a#1/replica-3")
    assert run.core.tracker.tasks["a"].error == {
        "code": "pit.no_majority",
        "type": "NoMajority",
        "needed": 2,
        "agreed": 1,
        "failed": 1,
        "message": "No majority: 2 replicas must give the same result; 1 did, 1 failed.",
    }
    assert run.finished == [RunState.FAILED]
    run.dispatched.clear()
    run.feed(happened.RetryFailed(1.0))
    assert run.dispatched == [f"a#2/replica-{number}" for number in (1, 2, 3)]
    run.crash()
    vote(run, 1, "x", held=2)
    vote(run, 2, "x", held=2)
    run.finish("after")
    assert run.finished[-1] == RunState.COMPLETED


def test_a_replica_does_not_take_its_answer_from_an_earlier_result() -> None:
    run = voting()
    replica = run.core.tracker.planned("a#1/replica-1")
    assert not replica.reusable

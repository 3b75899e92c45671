"""What runs inside a node: rounds of a loop, replicas that vote, nodes of a part, taking back."""

from __future__ import annotations

from typing import Any

import pytest

from harmony.board.run_view.run_model import RunModel
from harmony.conductor.events import NodeExpanded, RunChanged, TaskChanged


@pytest.fixture
def model() -> RunModel:
    made = RunModel("r", ["loop", "vote", "outer", "plain"], inner={"outer": 3})
    made.apply(RunChanged("r", "Queued", "Executing", 100.0))
    return made


def task(model: RunModel, name: str, state: str, at: float, **more: Any) -> tuple[str, ...]:
    fields = {"from_state": "Ready", "attempt": 1, "process": "p1", **more}
    node = name.partition("[")[0]
    return model.apply(TaskChanged("r", name, node, state=state, at=at, **fields))


def test_a_loop_says_in_which_round_it_is_and_takes_no_lane_itself(model: RunModel) -> None:
    task(model, "loop", "Executing", 101, process="")
    task(model, "loop#1/inner", "Executing", 101)
    task(model, "loop#1/inner", "Completed", 102, seconds=1.0)
    assert task(model, "loop#2/inner", "Executing", 102) == ("loop",)
    assert (model.status("loop").state, model.status("loop").foot) == ("running", "round 2")
    assert model.totals().running == 1, "the loop is one task, whoever does its work"
    assert list(model.lanes) == ["p1"]
    task(model, "loop#2/inner", "Completed", 104, seconds=2.0)
    task(model, "loop", "Completed", 104, process="", seconds=0.0)
    assert (model.status("loop").state, model.status("loop").foot) == ("done", "2 rounds")
    assert model.status("loop").total == 0, "there is nothing to count"
    assert model.status("loop").seconds == 3.0, "from its first round to its last"


def test_a_round_that_failed_leads_to_the_task_inside(model: RunModel) -> None:
    task(model, "loop", "Executing", 101, process="")
    task(model, "loop#1/inner", "Executing", 101)
    task(model, "loop#1/inner", "Failed", 102, error={"message": "no such column"})
    assert model.status("loop").state == "running", "the loop itself has not failed yet"
    assert model.failed_nodes() == ()
    error = {"code": "pit.round_failed", "round": 1, "node": "inner"}
    task(model, "loop", "Failed", 102, process="", error=error)
    assert model.status("loop").error == "Round 1 of the loop failed at inner."
    failing = model.failing_task("loop")
    assert failing is not None and failing.id == "loop#1/inner"
    assert model.totals().failed == 1


def test_a_replica_that_crashed_leaves_a_node_that_succeeded_green(model: RunModel) -> None:
    task(model, "vote", "Executing", 101, process="")
    for number in (1, 2, 3):
        task(model, f"vote#1/replica-{number}", "Executing", 101, process=f"p{number}")
    task(model, "vote#1/replica-2", "Failed", 102, error={"message": "killed"})
    task(model, "vote#1/replica-1", "Completed", 103, seconds=2.0)
    assert model.status("vote").foot == "1 of 3 replicas"
    task(model, "vote#1/replica-3", "Completed", 103, seconds=2.0)
    task(model, "vote", "Completed", 103, process="", seconds=0.0)
    status = model.status("vote")
    assert (status.state, status.foot, status.error) == ("done", "2 of 3 replicas", "")
    assert model.totals().failed == 0
    assert len(model.tasks_of("vote")) == 4, "the one that crashed can still be looked at"


def test_a_part_counts_the_nodes_inside_and_the_items_of_a_mapped_one(model: RunModel) -> None:
    task(model, "outer/a", "Completed", 101, seconds=1.0)
    assert (model.status("outer").done, model.status("outer").total) == (1, 3)
    model.apply(NodeExpanded("r", "outer/b", 5, 101))
    task(model, "outer/b[0]", "Completed", 102, seconds=1.0)
    assert (model.status("outer").done, model.status("outer").total) == (2, 7)
    assert model.status("outer").state == "running"


def test_taking_back_does_not_change_what_became_of_a_node(model: RunModel) -> None:
    task(model, "plain", "Executing", 101)
    task(model, "plain", "Completed", 102, seconds=1.0)
    task(model, "plain~undo", "Executing", 103)
    assert model.status("plain").state == "done"
    task(model, "plain~undo", "Failed", 104, error={"message": "gone"})
    assert model.status("plain").state == "done"
    assert model.failed_nodes() == ()


def test_items_that_were_given_up_leave_the_node_done_and_say_why(model: RunModel) -> None:
    model.apply(NodeExpanded("r", "plain", 2, 101))
    task(model, "plain[0]", "Completed", 102, seconds=1.0)
    cause = {"code": "pit.failure_accepted", "title": "Score", "reason": "no text"}
    task(model, "plain[1]", "Failed", 102, error={"message": "no text"})
    task(model, "plain[1]", "Skipped", 102, error=cause)
    status = model.status("plain")
    assert (status.state, status.done, status.total) == ("done", 1, 2)
    assert status.reason == "Given up, since Score is not essential: no text"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ({"code": "pit.branch_not_taken", "port": "yes"}, "nothing came in at yes"),
        ({"code": "pit.upstream_given_up", "title": "Read"}, "Read, which it depends on, failed"),
        ({"code": "pit.halted", "title": "Read"}, "Read failed, and it is set to halt the run"),
    ],
)
def test_a_skipped_node_says_why(model: RunModel, cause: dict[str, Any], words: str) -> None:
    task(model, "plain", "Skipped", 101, error=cause)
    assert words in model.status("plain").reason
    assert model.status("plain").error == ""


def test_a_pause_does_not_count_as_time_of_the_run(model: RunModel) -> None:
    model.apply(RunChanged("r", "Executing", "Paused", 110.0))
    model.tick(150.0)
    assert model.elapsed == 10.0
    model.apply(RunChanged("r", "Paused", "Executing", 160.0))
    model.apply(RunChanged("r", "Executing", "Completed", 165.0))
    assert model.elapsed == 15.0

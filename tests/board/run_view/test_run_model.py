"""The fold of a run's events into what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from harmony.board.run_view.log_model import LogFilter
from harmony.board.run_view.run_model import RunModel
from harmony.board.run_view.run_words import summary_line
from harmony.conductor.events import (
    NodeExpanded,
    RunChanged,
    TaskChanged,
    TaskLog,
    TaskProgress,
)

TABLE = {"type": "table", "summary": {"rows": 2110, "columns": [], "head": []}}


@pytest.fixture
def model() -> RunModel:
    made = RunModel("r", ["a", "b"], number=14, wall_at_zero=1000.0)
    made.apply(RunChanged("r", "Queued", "Executing", 1100.0))
    return made


def task(model: RunModel, name: str, state: str, at: float, **more: Any) -> tuple[str, ...]:
    node = name.partition("[")[0]
    fields = {"from_state": "Ready", "attempt": 1, "process": "p1", **more}
    return model.apply(TaskChanged("r", name, node, state=state, at=at, **fields))


def test_events_of_other_runs_change_nothing(model: RunModel) -> None:
    assert model.apply(TaskChanged("other", "a", "a", "Ready", "Failed", 1, 1.0)) == ()
    assert model.status("a").state == "waiting"


def test_a_task_goes_from_waiting_over_running_to_done(model: RunModel) -> None:
    assert task(model, "a", "Ready", 1101) == ("a",)
    assert model.status("a").state == "waiting"
    task(model, "a", "Executing", 1102)
    model.apply(TaskProgress("r", "a", "a", 0.25, "a quarter", 1103))
    running = model.status("a")
    assert (running.state, running.fraction, running.foot) == ("running", 0.25, "a quarter")
    assert running.started == 102.0, "on the monotonic clock"
    task(model, "a", "Completed", 1105, seconds=3.0, outputs={"table": TABLE})
    done = model.status("a")
    assert (done.state, done.seconds, done.foot) == ("done", 3.0, "2,110 rows")


def test_a_failure_shows_its_reason_in_one_line(model: RunModel) -> None:
    task(model, "a", "Executing", 1101)
    task(model, "a", "Failed", 1102, error={"message": "No column rating.\nColumns: stars"})
    task(model, "b", "Skipped", 1102)
    model.apply(RunChanged("r", "Executing", "Failed", 1103.0))
    assert model.status("a").error == "No column rating."
    assert model.status("b").state == "skipped"
    assert model.failed_nodes() == ("a",)
    assert not model.live
    totals = model.totals()
    assert (totals.failed, totals.skipped, totals.tasks_done, totals.nodes_done) == (1, 1, 0, 0)


def test_a_retry_takes_the_failure_back(model: RunModel) -> None:
    task(model, "a", "Executing", 1101)
    task(model, "a", "Failed", 1102, error={"message": "no"})
    model.apply(RunChanged("r", "Executing", "Failed", 1103.0))
    model.continues()
    assert model.live
    task(model, "a", "Retrying", 1104)
    assert model.status("a").state == "waiting"
    task(model, "a", "Executing", 1105, attempt=2)
    task(model, "a", "Completed", 1106, attempt=2, seconds=1.0)
    assert model.status("a").state == "done"
    assert model.tasks["a"].attempt == 2
    assert [block.shown for block in model.lanes["p1"]] == ["failed", "done"]


def test_a_mapped_node_counts_its_tasks(model: RunModel) -> None:
    model.apply(NodeExpanded("r", "b", 4, 1101.0))
    for number in range(4):
        task(model, f"b[{number}]", "Ready", 1101)
    task(model, "b[0]", "Executing", 1102)
    task(model, "b[0]", "Completed", 1103, seconds=1.0)
    task(model, "b[1]", "Executing", 1103)
    model.apply(TaskProgress("r", "b[1]", "b", 0.5, "", 1104.0))
    status = model.status("b")
    assert (status.state, status.done, status.total) == ("running", 1, 4)
    assert status.fraction == pytest.approx(1.5 / 4)
    assert model.totals().tasks == 5


def test_a_mapped_node_with_one_failed_item_is_failed(model: RunModel) -> None:
    model.apply(NodeExpanded("r", "b", 2, 1101.0))
    task(model, "b[0]", "Executing", 1102)
    task(model, "b[0]", "Completed", 1103)
    task(model, "b[1]", "Executing", 1103)
    task(model, "b[1]", "Failed", 1104, error={"message": "bad"})
    assert model.status("b").state == "failed"
    failed = model.first_failed("b")
    assert failed is not None
    assert failed.id == "b[1]"


def test_a_node_is_reused_only_when_all_of_it_is(model: RunModel) -> None:
    model.apply(NodeExpanded("r", "b", 2, 1101.0))
    task(model, "b[0]", "Reused", 1102, process="")
    assert model.status("b").state == "running"
    task(model, "b[1]", "Reused", 1102, process="")
    assert model.status("b").state == "reused"
    assert model.totals().reused == 2
    assert model.lanes == {}, "what is reused took no process"


def test_the_end_of_a_run_closes_what_was_under_way(model: RunModel) -> None:
    task(model, "a", "Executing", 1101)
    model.apply(RunChanged("r", "Executing", "Cancelled", 1104.0))
    assert [(b.ended, b.shown) for b in model.lanes["p1"]] == [(1104.0, "cancelled")]


def test_an_interrupted_run_stands_still(model: RunModel) -> None:
    task(model, "a", "Executing", 1101)
    model.interrupt()
    assert not model.live
    assert model.status("a").state == "waiting"


def test_the_rest_is_estimated_from_tasks_of_the_same_node(model: RunModel) -> None:
    model.apply(NodeExpanded("r", "b", 10, 1101.0))
    task(model, "a", "Completed", 1101, seconds=1.0)
    for number in range(5):
        task(model, f"b[{number}]", "Executing", 1101 + 2 * number)
        task(model, f"b[{number}]", "Completed", 1103 + 2 * number, seconds=2.0)
    left = model.totals().seconds_left
    assert left == pytest.approx(10.0)


def test_no_estimate_is_given_without_ground(model: RunModel) -> None:
    task(model, "a", "Executing", 1105)
    assert model.totals().seconds_left is None


def test_a_log_is_kept_by_line_and_filtered(model: RunModel) -> None:
    for level, text, node in (
        ("info", "read 10 rows\nread 20 rows", "a"),
        ("stderr", "careful", "a"),
        ("error", "broken", "b"),
    ):
        model.apply(TaskLog("r", node, node, 1, level, text + "\n", 1101.0))
    assert [line.text for line in model.log] == [
        "read 10 rows",
        "read 20 rows",
        "careful",
        "broken",
    ]
    assert len(LogFilter(level="warning").select(model.log)) == 2
    assert len(LogFilter(node="a").select(model.log)) == 3
    assert [line.text for line in LogFilter(text="20").select(model.log)] == ["read 20 rows"]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (TABLE, "2,110 rows"),
        ({"type": "list[file]", "items": [{}, {}]}, "2 items"),
        ({"type": "text", "value": "hello"}, "5 characters"),
        ({"type": "text", "summary": {"characters": 12000}}, "12,000 characters"),
        ({"type": "number", "value": 0}, "0"),
        ({"type": "view", "hash": "x"}, ""),
        (None, ""),
        ({"type": "table", "summary": "damaged"}, ""),
    ],
)
def test_an_output_is_told_in_a_few_words(reference: Any, words: str) -> None:
    assert summary_line(reference) == words


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("a/inner", "a"),
        ("a/deep/inner", "a"),
        ("a#2/inner", "a"),
        ("a#1/replica-3", "a"),
        ("a~undo", "a"),
        ("b", "b"),
        ("gone/inner", "gone/inner"),
    ],
)
def test_what_works_inside_a_node_counts_for_that_node(inside: str, shown: str) -> None:
    assert RunModel("r", ["a", "b"]).place(inside) == shown

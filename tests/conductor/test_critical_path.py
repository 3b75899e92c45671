"""Which tasks made a run take as long as it did."""

from __future__ import annotations

from typing import Any

from harmony.conductor.critical_path import critical_path
from harmony.conductor.detail import AttemptDetail, RunDetail, TaskDetail


def task(name: str, start: float | None, end: float | None, index: int | None = None) -> TaskDetail:
    attempts = [] if start is None else [AttemptDetail(1, start, ended=end)]
    node = name.partition("[")[0]
    empty: dict[str, Any] = {}
    return TaskDetail(
        name,
        node,
        index,
        "",
        "Completed",
        False,
        None,
        empty,
        empty,
        empty,
        None,
        None,
        "",
        attempts,
    )


def told(before: dict[str, tuple[str, ...]], *tasks: TaskDetail, **insides: Any) -> RunDetail:
    summary: Any = None
    return RunDetail(summary, "Completed", {t.id: t for t in tasks}, (), before, insides)


def test_the_path_leads_back_from_what_ended_last_to_what_it_waited_for() -> None:
    path = critical_path(
        told(
            {"b": ("a",), "c": ("a",), "d": ("b", "c")},
            task("a", 0.0, 1.0),
            task("b", 1.0, 2.0),
            task("c", 1.5, 5.0),
            task("d", 5.0, 6.0),
        )
    )
    assert path is not None
    assert [(step.task, step.waited, step.ran) for step in path.steps] == [
        ("a", 0.0, 1.0),
        ("c", 0.5, 3.5),
        ("d", 0.0, 1.0),
    ]
    assert (path.seconds, path.bottleneck, path.waited) == (6.0, "c", 0.5)
    assert round(path.share, 2) == 0.58


def test_of_a_list_the_item_that_ended_last_is_on_the_path() -> None:
    tasks = [task("each[0]", 1.0, 4.0, 0), task("each[1]", 1.0, 2.0, 1)]
    path = critical_path(
        told(
            {"each": ("a",), "all": ("each",)},
            task("a", 0.0, 1.0),
            *tasks,
            task("all", 4.0, 5.0),
        )
    )
    assert path is not None
    assert [step.task for step in path.steps] == ["a", "each[0]", "all"]


def test_a_reused_task_is_looked_behind_and_a_loop_is_what_runs_inside_it() -> None:
    path = critical_path(
        told(
            {"known": ("a",), "loop": ("known",), "loop#1/x": ("known",), "end": ("loop",)},
            task("a", 0.0, 1.0),
            task("known", None, None),
            task("loop", 1.0, 3.0),
            task("loop#1/x", 1.0, 3.0),
            task("end", 3.0, 4.0),
            loop=("loop#1/x",),
        )
    )
    assert path is not None
    assert [step.task for step in path.steps] == ["a", "loop#1/x", "end"]


def test_a_run_in_which_nothing_ran_has_no_path() -> None:
    assert critical_path(told({}, task("a", None, None))) is None

"""A run as it was at any moment is the fold of so much of its journal, wherever one looks."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from arbitrary_runs import ArbitraryRun, arbitrary_plan
from driver import Driver
from plans import plan, text, texts

from harmony.conductor import course as courses
from harmony.conductor.core import Record, begin, evolve
from harmony.conductor.course import TASK_STATES, Course
from harmony.conductor.moment import moment_at, moment_at_time
from harmony.polyphony.records import JournalRecord
from harmony.states.task import TaskState


def journal(records: list[Record], every: float = 1.0) -> list[JournalRecord]:
    """Records as the store keeps them, one `every` so many seconds."""
    return [
        JournalRecord("r", n, r.machine, r.from_state, r.event, r.to_state, r.trigger, 1000.0
                      + n * every, 0.0, r.data)
        for n, r in enumerate(records, 1)
    ]  # fmt: skip


def course_of(records: list[JournalRecord], *nodes: str) -> Course:
    made = Course(nodes)
    made.take(records)
    return made


def record(
    sequence: int, machine: str, before: str, event: str, after: str, at: float, **data: Any
) -> JournalRecord:
    return JournalRecord("r", sequence, machine, before, event, after, "", at, 0.0, data)


def test_each_moment_is_the_fold_of_the_journal_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "KEY_FRAME_EVERY", 8)
    told = 0
    for seed in range(24):
        drawn = arbitrary_plan(Random(seed))
        run = ArbitraryRun(drawn, seed, Random(2), (0, 200, 400)[seed % 3]).to_the_end(0.1)
        course = course_of(journal(run.records), *drawn.nodes)
        state = begin(drawn)
        for position in range(len(run.records) + 1):
            moment = moment_at(course, position)
            tracker = state.tracker
            assert moment.run_state == state.state
            expected = Counter(
                (node.split("#")[0].split("~")[0], task.state)
                for task in tracker.tasks.values()
                for node in [task.node]
                if "#" not in task.id and "~" not in task.id and moment.task(task.id) is not None
            )
            for node in drawn.nodes:
                counts = dict(zip(TASK_STATES, moment.counts(node), strict=True))
                assert counts == {s: expected[node, s] for s in TASK_STATES}, (seed, position)
            for task in tracker.tasks.values():
                shown = moment.task(task.id)
                if shown is None:
                    assert task.state == TaskState.PENDING, (seed, position, task.id)
                    continue
                told += 1
                assert shown.state == task.state
                assert shown.outputs == task.outputs
                if task.attempt:
                    assert shown.attempt == task.attempt
                if task.state == TaskState.FAILED:
                    assert shown.error == task.error
            if position < len(run.records):
                evolve(state, run.records[position])
    assert told > 1000


def test_a_course_that_grows_is_the_course_read_at_once() -> None:
    drawn = arbitrary_plan(Random(5))
    records = journal(ArbitraryRun(drawn, 5, Random(3), 200).to_the_end().records)
    whole, grown = course_of(records, *drawn.nodes), Course(drawn.nodes)
    for begin_at in range(0, len(records), 7):
        grown.take(records[max(0, begin_at - 3) : begin_at + 7])  # some come twice
    assert len(grown) == len(whole) == len(records)
    for position in range(0, len(records), 5):
        mine, theirs = moment_at(grown, position), moment_at(whole, position)
        assert [mine.counts(n) for n in drawn.nodes] == [theirs.counts(n) for n in drawn.nodes]
        assert mine.run_state == theirs.run_state


def test_key_frames_stand_wider_rather_than_grow_without_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courses, "KEY_FRAME_EVERY", 4)
    monkeypatch.setattr(courses, "MOST_KEY_FRAME_CELLS", 400)
    drawn = plan(**{f"n{number}": "" for number in range(20)})
    driver = Driver(drawn).start()
    for number in range(20):
        driver.finish(f"n{number}")
    course = course_of(journal(driver.records), *drawn.nodes)
    assert course.key_frame_every > 4
    assert course.key_frames <= 8
    state = begin(drawn)
    for position, moved in enumerate(driver.records):
        found = moment_at(course, position)
        done = sum(task.state == TaskState.COMPLETED for task in state.tracker.tasks.values())
        assert found.all_counts()[TASK_STATES.index(TaskState.COMPLETED)] == done
        evolve(state, moved)


@pytest.fixture
def mapped() -> Course:
    """A node that runs once an item; the first item fails once."""
    drawn = plan({"a": {"outputs": {"result": "list[text]"}}, "b": {"retries": 1}}, a="", b="a*")
    driver = Driver(drawn).start()
    driver.finish("a", result=texts("x", "y", "z"))
    return course_of(journal(driver.records), "a", "b")


def test_a_node_counts_all_its_items_from_the_first_that_is_told(mapped: Course) -> None:
    first = next(p for p in range(len(mapped)) if mapped.move(p).task == "b[0]")
    assert moment_at(mapped, first).expected("b") == 0
    assert moment_at(mapped, first + 1).expected("b") == 3


def course_with_times() -> Course:
    """Runs from 100 to 110, fails, is retried, done at 125; a pause from 126 to 9,126."""
    return course_of(
        [
            record(1, "run", "Queued", "resources_allocated", "Executing", 100.0),
            record(2, "task:a", "Pending", "dependencies_complete", "Ready", 100.0),
            record(3, "task:a", "Ready", "allocate_player", "Allocated", 101.0, attempt=1),
            record(4, "task:a", "Allocated", "player_ready", "Executing", 102.0, process="p1"),
            record(5, "task:a", "Executing", "execution_error", "Failed", 110.0,
                   error={"message": "no"}),
            record(6, "task:a", "Failed", "retry_policy_active", "Retrying", 110.0),
            record(7, "task:a", "Retrying", "retry_due", "Ready", 112.0),
            record(8, "task:a", "Ready", "allocate_player", "Allocated", 112.0, attempt=2),
            record(9, "task:a", "Allocated", "player_ready", "Executing", 113.0, process="p2"),
            record(10, "task:a", "Executing", "execution_success", "Storing", 123.0),
            record(11, "task:a", "Storing", "artifact_stored", "Completed", 125.0, key="k",
                   outputs={"result": text("A")}, seconds=10.0),
            record(12, "run", "Executing", "pause", "Paused", 126.0),
            record(13, "run", "Paused", "resume", "Executing", 9126.0),
            record(14, "run", "Executing", "all_tasks_complete", "Completed", 9127.0),
        ],
        "a",
    )  # fmt: skip


def test_what_a_task_was_follows_the_time() -> None:
    course = course_with_times()
    assert moment_at_time(course, -1.0).task("a") is not None, "two records share the first instant"
    assert moment_at(course, 0).task("a") is None
    running = moment_at_time(course, 6.0).task("a")
    assert running is not None
    assert (running.state, running.process, running.attempt) == ("Executing", "p1", 1)
    assert running.share == pytest.approx(0.5)
    assert running.outputs == {}
    failed = moment_at(course, 5).task("a")
    assert failed is not None
    assert failed.error == {"message": "no"}
    again = moment_at_time(course, 18.0).task("a")
    assert again is not None
    assert (again.state, again.attempt, again.error) == ("Executing", 2, None)
    assert [(a.number, a.outcome) for a in again.attempts] == [(1, "Failed"), (2, "")]
    done = moment_at_time(course, 25.5).task("a")
    assert done is not None
    assert (done.state, done.seconds) == ("Completed", 10.0)
    assert done.outputs == {"result": text("A")}
    assert moment_at(course, len(course)).spent("a") == 10.0
    assert moment_at(course, 10).spent("a") == 0.0


def test_a_pause_takes_no_time_of_the_course() -> None:
    course = course_with_times()
    assert course.elapsed == pytest.approx(27.0)
    assert course.wall_at(26.5) == pytest.approx(9126.5)
    assert moment_at(course, 12).run_state == "Paused"
    assert [mark.kind for mark in course.marks] == ["failed", "retry", "pause", "resume"]


def test_the_time_between_a_crash_and_the_recovery_is_none_either() -> None:
    crashed = JournalRecord("r", 2, "run", "Executing", "pause", "Paused", "crash", 500.0, 0.0, {})
    course = course_of(
        [
            record(1, "run", "Queued", "resources_allocated", "Executing", 100.0),
            crashed,
            record(3, "run", "Paused", "resume", "Executing", 500.0),
            record(4, "run", "Executing", "all_tasks_complete", "Completed", 503.0),
        ],
        "a",
    )
    assert course.elapsed == pytest.approx(3.0)


def test_a_clock_that_was_set_back_does_not_turn_time_round() -> None:
    course = course_of(
        [
            record(1, "run", "Queued", "resources_allocated", "Executing", 5000.0),
            record(2, "task:a", "Pending", "dependencies_complete", "Ready", 5002.0),
            record(3, "task:a", "Ready", "allocate_player", "Allocated", 1402.0, attempt=1),
            record(4, "task:a", "Allocated", "player_ready", "Executing", 1403.0, process="p"),
        ],
        "a",
    )
    assert [course.elapsed_at(p) for p in range(1, 5)] == [0.0, 2.0, 2.0, 3.0]
    assert moment_at_time(course, 3.0).wall == 1403.0


def test_steps_go_from_instant_to_instant() -> None:
    course = course_with_times()
    assert course.after(0) == 2, "two records of one instant belong together"
    assert course.after(2) == 3
    assert course.before(course.after(3)) == 3
    assert course.after(3, 100) == len(course)
    assert course.before(5, 100) == 0


def test_checkpoints_are_marked_at_the_record_they_stand_at() -> None:
    course = course_with_times()
    course.take_checkpoints([(11, "before the pause"), (0, "at the start")])
    [mark] = [mark for mark in course.marks if mark.kind == "checkpoint"]
    assert (mark.position, mark.label) == (10, "before the pause")
    course.take_checkpoints([])
    assert all(mark.kind != "checkpoint" for mark in course.marks)


def test_only_nodes_that_stand_differently_are_told_as_changed() -> None:
    driver = Driver(plan(a="", b="a", c="")).start()
    driver.finish("a")
    course = course_of(journal(driver.records), "a", "b", "c")
    before, after = moment_at(course, len(course) - 1), moment_at(course, len(course))
    assert after.changed_since(before) <= {"a", "b", "c"}
    assert len(after.changed_since(before)) <= 1
    assert moment_at(course, 0).changed_since(after) >= {"a", "c"}

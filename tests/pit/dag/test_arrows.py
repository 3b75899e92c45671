"""How many tasks stand where, told by the arrows that were taken."""

from __future__ import annotations

from harmony.pit.dag.arrows import Arrows
from harmony.states.task import CHART, TaskEvent, TaskState


def take(arrows: Arrows, state: str, event: str) -> str:
    arrow = arrows.by_state[state][event]
    arrow.taken += 1
    return arrow.after


def test_the_table_is_the_chart() -> None:
    arrows = Arrows({}, {})
    table = {
        (state, event): arrow.after
        for state, by_event in arrows.by_state.items()
        for event, arrow in by_event.items()
    }
    assert table == CHART.transitions


def test_a_move_is_one_more_here_and_one_less_there() -> None:
    arrows = Arrows({}, {})
    for _ in range(3):
        arrows.task_made()
    take(arrows, TaskState.PENDING, TaskEvent.DEPENDENCIES_COMPLETE)
    state = take(arrows, TaskState.PENDING, TaskEvent.SKIPPED)
    counts = {state: arrows.count(state) for state in CHART.states if arrows.count(state)}
    assert counts == {TaskState.PENDING: 1, TaskState.READY: 1, TaskState.SKIPPED: 1}
    take(arrows, state, TaskEvent.UPSTREAM_RETRIED)
    arrows.task_removed(TaskState.PENDING)
    arrows.task_removed(TaskState.READY)
    counts = {state: arrows.count(state) for state in CHART.states if arrows.count(state)}
    assert counts == {TaskState.PENDING: 1}


def test_staying_where_one_is_changes_no_count() -> None:
    arrows = Arrows({}, {})
    arrows.task_made()
    for state, event in (
        (TaskState.PENDING, TaskEvent.DEPENDENCIES_COMPLETE),
        (TaskState.READY, TaskEvent.ALLOCATE_PLAYER),
        (TaskState.ALLOCATED, TaskEvent.PLAYER_READY),
        (TaskState.EXECUTING, TaskEvent.STATE_SAVED),
        (TaskState.EXECUTING, TaskEvent.STATE_SAVED),
    ):
        take(arrows, state, event)
    assert arrows.count(TaskState.EXECUTING) == 1


def test_what_a_move_brings_is_taken_in_by_its_end_or_by_both_its_ends() -> None:
    def at_the_end(*_: object) -> None: ...

    def by_both(*_: object) -> None: ...

    arrows = Arrows(
        {TaskState.SKIPPED: at_the_end},
        {(TaskState.FAILED, TaskState.SKIPPED): by_both},
    )
    assert arrows.by_state[TaskState.READY][TaskEvent.SKIPPED].take_in is at_the_end
    assert arrows.by_state[TaskState.FAILED][TaskEvent.FAILURE_ACCEPTED].take_in is by_both
    assert arrows.by_state[TaskState.READY][TaskEvent.ALLOCATE_PLAYER].take_in is None

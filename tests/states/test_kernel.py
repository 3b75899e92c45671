"""A machine moves by events alone, keeps its last moves, and tells its listeners."""

from __future__ import annotations

import pickle
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.foundation.clock import ManualClock, SystemClock
from harmony.states import canvas, connection, task
from harmony.states.chart import END, Chart
from harmony.states.errors import IllegalEvent, TransitionRefusedError, UnknownStateError
from harmony.states.kernel import Machine, Record
from harmony.states.registry import CHARTS
from harmony.states.task import TaskEvent, TaskState


def _machine(history: int = 1000) -> tuple[Machine, ManualClock]:
    clock = ManualClock(wall=1_700_000_000.0, monotonic=5.0)
    return Machine("task:read", task.CHART, clock, history), clock


def test_a_move_returns_a_record_of_what_was_done_why_when_and_how_long() -> None:
    machine, clock = _machine()
    clock.advance(2.5)
    record = machine.fire(TaskEvent.DEPENDENCIES_COMPLETE, "everything upstream is done")
    assert record == Record(
        machine="task:read",
        from_state="Pending",
        event="dependencies_complete",
        to_state="Ready",
        trigger="everything upstream is done",
        at=1_700_000_002.5,
        duration=2.5,
    )
    assert machine.state == TaskState.READY
    assert machine.history == (record,)


def test_the_duration_is_not_disturbed_when_the_wall_clock_is_set_back() -> None:
    machine, clock = _machine()
    clock.advance(3.0)
    clock.set_wall(10.0)
    record = machine.fire(TaskEvent.DEPENDENCIES_COMPLETE)
    assert (record.at, record.duration) == (10.0, 3.0)
    clock.advance(4.0)
    assert machine.seconds_in_state == 4.0


def test_an_illegal_event_leaves_the_machine_where_it_was() -> None:
    machine, _ = _machine()
    told: list[Record] = []
    machine.listen(told.append)
    with pytest.raises(IllegalEvent) as caught:
        machine.fire(TaskEvent.PLAYER_READY)
    assert caught.value.machine == "task:read"
    assert caught.value.legal == machine.legal()
    assert "task:read" in str(caught.value) and "dependencies_complete" in str(caught.value)
    assert (machine.state, machine.history, told) == (TaskState.PENDING, (), [])


@pytest.mark.parametrize("attribute", ["state", "name", "chart", "history", "anything_else"])
def test_nobody_can_assign_a_state_or_anything_else(attribute: str) -> None:
    machine, _ = _machine()
    with pytest.raises(AttributeError):
        setattr(machine, attribute, "Completed")


def test_only_the_last_moves_are_remembered() -> None:
    machine = Machine("tab", canvas.CHART, ManualClock(), history=3)
    for _ in range(5):
        machine.fire("edit_mode" if machine.state == "Viewing" else "execute_melody")
        if machine.state == "Executing":
            machine.fire("execution_complete")
    assert len(machine.history) == 3
    assert machine.history[-1].to_state == machine.state


def test_a_machine_without_history_still_returns_its_records() -> None:
    machine, _ = _machine(history=0)
    assert machine.fire(TaskEvent.DEPENDENCIES_COMPLETE).to_state == "Ready"
    assert machine.history == ()


def test_listeners_are_told_in_order_after_the_move_until_they_leave() -> None:
    machine, _ = _machine()
    heard: list[str] = []
    leave = machine.listen(lambda record: heard.append(f"first {machine.state}"))
    machine.listen(lambda record: heard.append(f"second {record.to_state}"))
    machine.fire(TaskEvent.DEPENDENCIES_COMPLETE)
    leave()
    leave()
    machine.fire(TaskEvent.ALLOCATE_PLAYER)
    assert heard == ["first Ready", "second Ready", "second Allocated"]


def test_an_error_of_a_listener_reaches_the_caller_and_the_move_stands() -> None:
    machine, _ = _machine()

    def fail(record: Record) -> None:
        raise RuntimeError("the listener broke")

    machine.listen(fail)
    with pytest.raises(RuntimeError, match="the listener broke"):
        machine.fire(TaskEvent.DEPENDENCIES_COMPLETE)
    assert machine.state == TaskState.READY
    assert len(machine.history) == 1


def test_a_guard_may_refuse_a_legal_event_with_a_reason() -> None:
    machine, _ = _machine()
    asked: list[tuple[str, str, str]] = []

    def guard(asking: Machine, event: str, target: str) -> str | None:
        asked.append((asking.state, event, target))
        return "the melody is restricted" if event == TaskEvent.DEPENDENCIES_COMPLETE else None

    release = machine.guard(guard)
    with pytest.raises(TransitionRefusedError, match="the melody is restricted"):
        machine.fire(TaskEvent.DEPENDENCIES_COMPLETE)
    assert machine.state == TaskState.PENDING and machine.history == ()
    assert asked == [("Pending", "dependencies_complete", "Ready")]
    release()
    machine.fire(TaskEvent.DEPENDENCIES_COMPLETE)
    assert machine.state == TaskState.READY


def test_a_machine_can_be_brought_back_in_the_state_where_it_stood() -> None:
    machine = Machine("c", connection.CHART, ManualClock(), state="Degraded")
    assert machine.fire("performance_restored").from_state == "Degraded"
    with pytest.raises(UnknownStateError, match="Flying"):
        Machine("c", connection.CHART, ManualClock(), state="Flying")


def test_a_machine_says_whether_it_may_rest_where_it_is() -> None:
    machine, _ = _machine()
    assert not machine.is_final
    machine.fire(TaskEvent.SKIPPED)
    assert machine.is_final


def test_an_illegal_event_survives_pickling() -> None:
    error = IllegalEvent("m", "A", "go", ("stop",))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.legal) == (IllegalEvent, str(error), ("stop",))


def test_ten_thousand_machines_without_history_take_at_most_200_bytes_each() -> None:
    clock = SystemClock()
    names = [str(number) for number in range(10_000)]
    tracemalloc.start()
    try:
        machines = [Machine(name, task.CHART, clock, history=0) for name in names]
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / len(machines) <= 200


@given(chart=st.sampled_from(CHARTS), choices=st.lists(st.integers(0, 1000), max_size=60))
def test_a_random_walk_by_legal_events_stays_inside_the_chart(
    chart: Chart, choices: list[int]
) -> None:
    machine = Machine(chart.name, chart, ManualClock(), history=100)
    for choice in choices:
        legal = machine.legal()
        if not legal:
            assert machine.is_final or machine.state == END
            break
        before, event = machine.state, legal[choice % len(legal)]
        record = machine.fire(event)
        assert (record.from_state, record.to_state) == (before, machine.state)
        assert machine.state in (*chart.states, END)
    moves = machine.history
    assert all(a.to_state == b.from_state for a, b in pairwise(moves))


@given(data=st.data(), chart=st.sampled_from(CHARTS))
def test_every_event_that_is_not_legal_is_refused_in_every_state(
    data: st.DataObject, chart: Chart
) -> None:
    state = data.draw(st.sampled_from(chart.states))
    event = data.draw(st.one_of(st.sampled_from(chart.events), st.text(max_size=8)))
    machine = Machine("m", chart, ManualClock(), state=state)
    if event in chart.legal(state):
        assert machine.fire(event).to_state == chart.transitions[state, event]
    else:
        with pytest.raises(IllegalEvent):
            machine.fire(event)
        assert machine.state == state


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_an_end_can_be_reached_from_every_state_of_a_chart_that_has_one(chart: Chart) -> None:
    ends = {END, *chart.final}
    if not chart.final and END not in chart.transitions.values():
        ends = {chart.initial}  # a chart without an end always finds back to its start
    good = set(ends)
    while True:
        more = {s for (s, _), target in chart.transitions.items() if target in good} - good
        if not more:
            break
        good |= more
    assert set(chart.states) <= good

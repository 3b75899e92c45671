"""The machine of a pooled process: chart 2, with records made when somebody looks."""

from __future__ import annotations

import pytest

from harmony.foundation.clock import ManualClock
from harmony.states.errors import IllegalEvent
from harmony.states.kernel import Machine, Record
from harmony.states.player import CHART, PlayerEvent, PlayerMachine, PlayerState

UP = (PlayerEvent.PREDICTIVE_PREWARM, PlayerEvent.LOAD_COMPLETE, PlayerEvent.WARM_COMPLETE)


def test_its_records_are_those_that_a_machine_of_the_kernel_makes() -> None:
    clock = ManualClock(wall=5000.0, monotonic=100.0)
    kernel, machine = Machine("p", CHART, clock), PlayerMachine("p", clock)
    events = (
        *UP, PlayerEvent.ALLOCATE, PlayerEvent.CONCURRENT_TASK, PlayerEvent.DEALLOCATE,
        PlayerEvent.ALLOCATE, PlayerEvent.DEALLOCATE, PlayerEvent.IDLE_TIMEOUT,
        PlayerEvent.ACCESS_DETECTED, PlayerEvent.ALLOCATE, PlayerEvent.PROCESS_LOST,
    )  # fmt: skip
    for number, event in enumerate(events):
        clock.advance(number + 1.0)
        kernel.fire(event)
        if (machine.state, event) == (PlayerState.READY, PlayerEvent.ALLOCATE):
            machine.allocate()
        elif event == PlayerEvent.DEALLOCATE:
            machine.deallocate()
        else:
            machine.fire(event)
    assert machine.history == kernel.history
    assert machine.since == clock.monotonic()


def test_an_illegal_event_names_machine_state_and_the_legal_ones() -> None:
    machine = PlayerMachine("player-7", ManualClock())
    moves = (machine.allocate, machine.deallocate, lambda: machine.fire(PlayerEvent.IDLE_TIMEOUT))
    for move in moves:
        with pytest.raises(IllegalEvent) as caught:
            move()
        assert caught.value.parameters["state"] == PlayerState.UNLOADED
        assert "allocate" in str(caught.value)
    assert machine.state == PlayerState.UNLOADED
    assert machine.history == ()


def test_the_ring_keeps_the_last_moves_and_how_long_the_oldest_of_them_took() -> None:
    clock = ManualClock(wall=100.0)
    machine = PlayerMachine("p", clock, history=3)
    for event in UP:
        machine.fire(event)
    for seconds in (1.0, 2.0, 3.0, 4.0):
        clock.advance(seconds)
        machine.allocate() if machine.state == PlayerState.READY else machine.deallocate()
    ready, active = PlayerState.READY, PlayerState.ACTIVE
    assert machine.history == (
        Record("p", active, PlayerEvent.DEALLOCATE, ready, "", 103.0, 2.0),
        Record("p", ready, PlayerEvent.ALLOCATE, active, "", 106.0, 3.0),
        Record("p", active, PlayerEvent.DEALLOCATE, ready, "", 110.0, 4.0),
    )

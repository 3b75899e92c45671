"""Chart 10 at work in a tab."""

from __future__ import annotations

import pytest

from harmony.board.canvas_state import ALLOWED, CanvasMachine, Permission
from harmony.foundation.clock import ManualClock
from harmony.states.canvas import CHART
from harmony.states.errors import IllegalEvent


@pytest.fixture
def canvas() -> CanvasMachine:
    return CanvasMachine("tab", ManualClock())


def states_of(canvas: CanvasMachine) -> list[str]:
    return [record.to_state for record in canvas.history]


def test_every_state_of_the_chart_says_what_it_permits() -> None:
    assert set(ALLOWED) == set(CHART.states)


def test_the_first_edit_enters_editing(canvas: CanvasMachine) -> None:
    canvas.edited(structure=False, valid=True)
    assert canvas.state == "Editing"


def test_an_edit_of_the_structure_is_validated_at_once(canvas: CanvasMachine) -> None:
    canvas.edited(structure=True, valid=False, node_added=True)
    assert [r.event for r in canvas.history] == ["edit_mode", "node_added", "validation_failed"]
    assert canvas.state == "Editing"


def test_a_save_while_editing_goes_back_to_editing(canvas: CanvasMachine) -> None:
    canvas.edited(structure=False, valid=True)
    with canvas.saving():
        assert canvas.state == "Saving"
        assert not canvas.allowed
    assert canvas.state == "Editing"


def test_a_save_that_fails_leaves_the_tab_editing_and_passes_the_error_on(
    canvas: CanvasMachine,
) -> None:
    with pytest.raises(OSError, match="full"), canvas.saving():
        raise OSError("the disk is full")
    assert canvas.state == "Editing"


@pytest.mark.parametrize("state", ["Viewing", "Executing", "Debugging"])
def test_a_save_elsewhere_comes_back_to_where_it_began(canvas: CanvasMachine, state: str) -> None:
    if state != "Viewing":
        canvas.run_started()
    if state == "Debugging":
        canvas.task_failed()
    with canvas.saving():
        pass
    assert canvas.state == state


def test_a_failed_task_opens_the_debugger_and_a_retry_leaves_it(canvas: CanvasMachine) -> None:
    canvas.run_started()
    canvas.task_failed()
    assert canvas.state == "Debugging"
    canvas.run_started()
    canvas.run_ended()
    assert states_of(canvas) == ["Executing", "Debugging", "Executing", "Viewing"]


def test_a_pause_is_debugging(canvas: CanvasMachine) -> None:
    canvas.run_started()
    canvas.run_paused()
    assert canvas.state == "Debugging"


def test_a_paused_run_that_ends_well_leaves_the_debugger(canvas: CanvasMachine) -> None:
    canvas.run_started()
    canvas.run_paused()
    canvas.run_ended()
    assert states_of(canvas)[-3:] == ["Debugging", "Executing", "Viewing"]


def test_what_a_run_says_does_not_disturb_an_edit_beside_it(canvas: CanvasMachine) -> None:
    canvas.run_started()
    canvas.edited(structure=False, valid=True)
    canvas.task_failed()
    canvas.run_ended()
    assert canvas.state == "Editing"


def test_a_past_run_is_looked_at_from_viewing_only(canvas: CanvasMachine) -> None:
    canvas.inspect_run()
    assert canvas.state == "Debugging"
    canvas.close_run()
    assert canvas.state == "Viewing"
    canvas.edited(structure=False, valid=True)
    with pytest.raises(IllegalEvent):
        canvas.inspect_run()


def test_no_run_starts_while_one_is_executing(canvas: CanvasMachine) -> None:
    canvas.run_started()
    assert not canvas.may(Permission.RUN)
    assert canvas.may(Permission.EDIT)

"""Chart 10 at work: one machine a document tab decides what a gesture or a command may do.

The tab tells what happened (an edit, a save, a run and its end); this class fires the events that
the chart has for it (seeds/000 section 10, DESIGN.md section 3) and answers what is permitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from harmony.board.permission import Permission
from harmony.foundation.clock import Clock
from harmony.states.canvas import CHART, CanvasEvent, CanvasState
from harmony.states.kernel import Machine, Record

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["ALLOWED", "CanvasMachine", "Permission"]

ALLOWED: Final[Mapping[str, frozenset[Permission]]] = {
    CanvasState.VIEWING: frozenset(Permission),
    CanvasState.EDITING: frozenset({Permission.EDIT, Permission.SAVE, Permission.RUN}),
    CanvasState.VALIDATING: frozenset(),
    CanvasState.SAVING: frozenset(),
    CanvasState.EXECUTING: frozenset({Permission.EDIT, Permission.SAVE}),
    CanvasState.DEBUGGING: frozenset(Permission),
}


class CanvasMachine:
    """The machine of one tab. `changed` is called after each move."""

    def __init__(
        self, name: str, clock: Clock, changed: Callable[[Record], None] = lambda _record: None
    ) -> None:
        self._machine = Machine(name, CHART, clock)
        self._machine.listen(changed)

    @property
    def state(self) -> str:
        """The state of chart 10."""
        return self._machine.state

    @property
    def history(self) -> tuple[Record, ...]:
        """The last moves, oldest first."""
        return self._machine.history

    @property
    def allowed(self) -> frozenset[Permission]:
        """What the state permits."""
        return ALLOWED[self.state]

    def may(self, permission: Permission) -> bool:
        """Whether the state permits it."""
        return permission in self.allowed

    def edited(self, structure: bool, valid: bool, node_added: bool = False) -> None:
        """The melody was edited; `structure`: nodes or wires, which are validated at once."""
        self._enter_editing("the melody was edited")
        if not structure:
            return
        event = CanvasEvent.NODE_ADDED if node_added else CanvasEvent.CONNECTION_CHANGED
        self._machine.fire(event, "the melody was edited")
        verdict = CanvasEvent.VALIDATION_SUCCESS if valid else CanvasEvent.VALIDATION_FAILED
        self._machine.fire(verdict, "validated")

    @contextmanager
    def saving(self) -> Iterator[None]:
        """*Saving* while the body runs; then the state it came from, *Editing* on an error."""
        came_from = self.state
        self._enter_editing("a save was asked for")
        self._machine.fire(CanvasEvent.SAVE, "a save was asked for")
        try:
            yield
        except BaseException:
            self._machine.fire(CanvasEvent.SAVE_FAILED, "the file could not be written")
            raise
        if came_from == CanvasState.EDITING:
            self._machine.fire(CanvasEvent.SAVE_SUCCESS_EDITING, "saved")
            return
        self._machine.fire(CanvasEvent.SAVE_SUCCESS, "saved")
        if came_from == CanvasState.EXECUTING:
            self._machine.fire(CanvasEvent.EXECUTE_MELODY, "the run goes on")
        elif came_from == CanvasState.DEBUGGING:
            self._machine.fire(CanvasEvent.INSPECT_RUN, "the run is still looked at")

    def run_started(self) -> None:
        """A run, or a retry or resumption of one, begins."""
        if self.state == CanvasState.EXECUTING:
            return
        resumed = self.state == CanvasState.DEBUGGING
        event = CanvasEvent.RESUME if resumed else CanvasEvent.EXECUTE_MELODY
        self._machine.fire(event, "a run began")

    def run_paused(self) -> None:
        """The run waits; a melody edited meanwhile stays in *Editing*."""
        self._fire_if_legal(CanvasEvent.PAUSE, "the run was paused")

    def task_failed(self) -> None:
        """A task failed; a melody edited meanwhile stays in *Editing*."""
        self._fire_if_legal(CanvasEvent.ERROR_DETECTED, "a task failed")

    def run_ended(self) -> None:
        """The run is over, and nothing of it failed. One that was paused had led to *Debugging*."""
        if self.state == CanvasState.DEBUGGING:
            self._machine.fire(CanvasEvent.RESUME, "the run went on to its end")
        self._fire_if_legal(CanvasEvent.EXECUTION_COMPLETE, "the run ended")

    def inspect_run(self) -> None:
        """A run of the past is looked at. Raises IllegalEvent when the state has no way there."""
        if self.state != CanvasState.DEBUGGING:
            self._machine.fire(CanvasEvent.INSPECT_RUN, "a past run was opened")

    def close_run(self) -> None:
        """The run that was looked at is put away."""
        self._fire_if_legal(CanvasEvent.CLOSE_RUN, "the run was put away")

    def _enter_editing(self, trigger: str) -> None:
        if self.state != CanvasState.EDITING:
            self._machine.fire(CanvasEvent.EDIT_MODE, trigger)

    def _fire_if_legal(self, event: str, trigger: str) -> None:
        # An edit beside a run has left *Executing*: what the run then says no longer moves the tab.
        if self._machine.can(event):
            self._machine.fire(event, trigger)

"""Runs one gesture at a time: feeds it the pointer, shows its preview, carries out its outcome.

The one place where a gesture meets the document: what it comes to goes through `Document.apply`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint

from harmony.board.canvas.gestures.gesture import NOTHING, Gesture, LooseWire, Outcome, Pointer
from harmony.board.canvas.scene import CanvasScene
from harmony.board.canvas.selection import Selection
from harmony.melody.changes import Change
from harmony.melody.errors import ChangeError
from harmony.melody.findings import Finding


@dataclass(frozen=True, slots=True)
class Echo:
    """Whom to tell: that the selection changed, why something is refused, of a loose wire, and how
    far to scroll (screen pixels)."""

    selected: Callable[[], None]
    refused: Callable[[str, Finding | None], None]
    reason: Callable[[str, QPoint], None]
    loose: Callable[[LooseWire], None]
    scroll: Callable[[QPoint], None]


class GestureRunner:
    """Holds the gesture that is under way, if any."""

    def __init__(self, scene: CanvasScene, echo: Echo) -> None:
        self._scene = scene
        self._echo = echo
        self.gesture: Gesture | None = None

    def begin(self, gesture: Gesture, select: Selection | None = None) -> None:
        """Start a gesture; one that was under way is dropped."""
        self.cancel()
        self.gesture = gesture
        if select is not None:
            self.select(select)

    def move(self, pointer: Pointer) -> None:
        """The pointer moved."""
        if self.gesture is None:
            return
        preview = self.gesture.move(pointer)
        self._scene.show_preview(preview)
        self._echo.reason(preview.reason, pointer.view)
        if not preview.scroll.isNull():
            self._echo.scroll(preview.scroll)

    def release(self, pointer: Pointer) -> None:
        """The pointer was let go: the gesture ends, and what it comes to happens."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return
        outcome = gesture.release(pointer)
        self.show_nothing()
        self.carry_out(outcome)

    def cancel(self) -> bool:
        """Drop the gesture; answers whether there was one. Nothing was changed by it."""
        if self.gesture is None:
            return False
        self.gesture = None
        self.show_nothing()
        return True

    def show_nothing(self) -> None:
        """Show the document as it is."""
        self._scene.show_preview(NOTHING)
        self._echo.reason("", QPoint())

    def carry_out(self, outcome: Outcome) -> None:
        """Do what a gesture came to."""
        done = outcome.change is None or self.apply(outcome.change)
        if done and outcome.select is not None:
            self.select(outcome.select)
        if outcome.refused is not None:
            self._echo.refused(outcome.refused.message, outcome.refused)
        if outcome.loose is not None:
            self._echo.loose(outcome.loose)

    def apply(self, change: Change, merge_key: object = None) -> bool:
        """Edit the document. A Change that does not fit is answered with its reason."""
        try:
            self._scene.document.apply(change, merge_key)
        except ChangeError as error:
            self._echo.refused(str(error), error.finding)
            return False
        return True

    def select(self, selection: Selection) -> None:
        """Select exactly this."""
        if self._scene.select(selection):
            self._echo.selected()

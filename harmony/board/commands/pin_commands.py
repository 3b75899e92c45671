"""Edit: the outputs of a node are pinned, and let go again."""

from __future__ import annotations

from typing import Protocol

from harmony.board.commands.command import Command, Work
from harmony.board.commands.situation import Situation
from harmony.board.permission import Permission


class PinActions(Protocol):
    """What the window does with pinned outputs."""

    def pin(self) -> Work: ...
    def unpin(self) -> None: ...


def pin_commands(actions: PinActions) -> list[Command]:
    """The commands for pinned outputs."""
    edit = frozenset({Permission.EDIT})
    return [
        Command(
            "edit.pin",
            "edit",
            actions.pin,
            6,
            ("Ctrl+P",),
            edit,
            _pinnable,
            icon="pin",
            on_canvas=True,
        ),
        Command("edit.unpin", "edit", actions.unpin, 6, ("Ctrl+U",), edit, _pinned, on_canvas=True),
    ]


def _pinnable(situation: Situation) -> bool:
    return situation.has_document and situation.pinnable_nodes > 0


def _pinned(situation: Situation) -> bool:
    return situation.has_document and situation.pinned_nodes > 0

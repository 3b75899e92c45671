"""What a key means on the canvas. Pure: a key and the keys held become an intent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Qt

from harmony.board.theme.tokens import GRID, SNAP

Direction = Literal["left", "right", "up", "down"]

_ARROWS: Final[dict[int, tuple[Direction, int, int]]] = {
    Qt.Key.Key_Left.value: ("left", -1, 0),
    Qt.Key.Key_Right.value: ("right", 1, 0),
    Qt.Key.Key_Up.value: ("up", 0, -1),
    Qt.Key.Key_Down.value: ("down", 0, 1),
}


@dataclass(frozen=True, slots=True)
class Go:
    """Select the neighbour in a direction; `extend` keeps what is selected."""

    direction: Direction
    extend: bool


@dataclass(frozen=True, slots=True)
class Nudge:
    """Move what is selected, in scene units."""

    across: float
    down: float


@dataclass(frozen=True, slots=True)
class Add:
    """Ask for a node to add; `text` is what was typed already."""

    text: str


Plain = Literal["activate", "remove", "escape", "hand", "next", "menu"]
Intent = Go | Nudge | Add | Plain


def intent(key: int, held: Qt.KeyboardModifier, text: str) -> Intent | None:
    """What is meant; None when the canvas has no use for the key.

    Arrows go to a neighbour, with Shift they extend; Ctrl+arrows move by 8, with Shift by 24. Tab
    or a letter asks to add; Enter opens, Delete removes, Space is the hand.
    """
    control = bool(held & Qt.KeyboardModifier.ControlModifier)
    shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
    if bool(held & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier)):
        return None
    if key in _ARROWS:
        direction, across, down = _ARROWS[key]
        if control:
            step = GRID if shift else SNAP
            return Nudge(across * step, down * step)
        return Go(direction, shift)
    if control:
        return None
    plain: dict[int, Plain] = {
        Qt.Key.Key_Return.value: "activate",
        Qt.Key.Key_Enter.value: "activate",
        Qt.Key.Key_Delete.value: "remove",
        Qt.Key.Key_Backspace.value: "remove",
        Qt.Key.Key_Escape.value: "escape",
        Qt.Key.Key_Space.value: "hand",
    }
    if key in plain:
        return plain[key]
    if key == Qt.Key.Key_Tab.value:
        return Add("")
    if text and text.isprintable() and not text.isspace():
        return Add(text)
    return None

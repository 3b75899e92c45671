"""Rows in columns for commands that answer at once: the library that draws the other tables takes
longer to load than the whole command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from unicodedata import category, combining, east_asian_width

GAP: Final = 2
DIM, PLAIN = "\x1b[2m", "\x1b[0m"


def in_columns(rows: Sequence[Sequence[str]], on_a_screen: bool) -> str:
    """The rows, each as long as the first, which holds the headings (dim on a screen).

    What could move the cursor is left out of the texts, since some of them come from files.
    """
    shown = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    lines = ["".join(map(_padded, row, widths)).rstrip() for row in shown]
    if on_a_screen:
        lines[0] = f"{DIM}{lines[0]}{PLAIN}"
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c for c in text if category(c)[0] != "C")


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width + GAP - _width(cell))


def _width(text: str) -> int:
    """How many columns of a screen a text takes."""
    if text.isascii():
        return len(text)
    return sum((2 if east_asian_width(c) in "WF" else 1) for c in text if not combining(c))

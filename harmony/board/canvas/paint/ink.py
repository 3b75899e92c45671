"""Colours, fonts and text measures for painting, each made once."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen, QTextLayout, QTextOption

from harmony.board.theme import fonts

Role = Literal["title", "label", "foot", "foot_strong", "field", "chip", "hint", "initial"]

_SIZES: Final[dict[Role, tuple[str, float, QFont.Weight]]] = {
    "title": ("sans", 13, QFont.Weight.DemiBold),
    "label": ("sans", 12, QFont.Weight.Normal),
    "foot": ("sans", 11, QFont.Weight.Normal),
    "foot_strong": ("sans", 11, QFont.Weight.DemiBold),
    "field": ("mono", 11, QFont.Weight.Normal),
    "chip": ("sans", 11, QFont.Weight.DemiBold),
    "hint": ("sans", 13, QFont.Weight.Normal),
    "initial": ("sans", 13, QFont.Weight.Bold),
}


@lru_cache(maxsize=1024)
def color(name: str, alpha: float = 1.0) -> QColor:
    """The colour `#rrggbb` with an opacity of `alpha`. Not to be changed by the caller."""
    made = QColor(name)
    made.setAlphaF(alpha)
    return made


@lru_cache(maxsize=512)
def pen(name: str, width: float, alpha: float = 1.0) -> QPen:
    """A round pen. Not to be changed by the caller."""
    return QPen(
        color(name, alpha),
        width,
        Qt.PenStyle.SolidLine,
        Qt.PenCapStyle.RoundCap,
        Qt.PenJoinStyle.RoundJoin,
    )


@lru_cache(maxsize=64)
def font(role: Role, size: float | None = None) -> QFont:
    """The font of a part of a node, in its own size or in another (pixels)."""
    family, usual, weight = _SIZES[role]
    pixels = usual if size is None else size
    return fonts.mono(pixels, weight) if family == "mono" else fonts.sans(pixels, weight)


@lru_cache(maxsize=64)
def metrics(role: Role, size: float | None = None) -> QFontMetricsF:
    """The measures of that font."""
    return QFontMetricsF(font(role, size))


@lru_cache(maxsize=8192)
def elided(
    text: str, role: Role, width: float, middle: bool = False, size: float | None = None
) -> str:
    """The text cut to `width` with an ellipsis, at its end or in its middle (for paths)."""
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    return metrics(role, size).elidedText(text, mode, width)


@lru_cache(maxsize=1024)
def wrapped(
    text: str, role: Role, width: float, lines: int, size: float | None = None
) -> tuple[str, ...]:
    """The text broken at words into at most `lines` lines of `width`; the last one is elided."""
    flat = " ".join(text.split())
    if not flat:
        return ()
    layout = QTextLayout(flat, font(role, size))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    found: list[str] = []
    while len(found) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        start, length = line.textStart(), line.textLength()
        last = len(found) == lines - 1
        piece = flat[start:] if last else flat[start : start + length]
        found.append(elided(piece.strip(), role, width, size=size) if last else piece.strip())
    layout.endLayout()
    return tuple(found)

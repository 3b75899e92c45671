"""The two typefaces that ship with the program: Inter for words, JetBrains Mono for values.

Loaded from `resources/fonts` into the application, so that every machine draws the same letters.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from harmony.foundation.errors import HarmonyError
from harmony.foundation.resources import resource_path

SANS: Final = "Inter"
MONO: Final = "JetBrains Mono"

_SUFFIXES: Final = frozenset({".ttf", ".otf"})


class FontError(HarmonyError):
    """A font that ships with the program could not be loaded."""


def load_fonts() -> None:
    """Load every bundled font into the application. Loading twice does no harm.

    Raises `FontError` for a damaged file, FileNotFoundError when the fonts are not shipped.
    """
    present = set(QFontDatabase.families())
    if {SANS, MONO} <= present:
        return
    for path in sorted(resource_path("fonts").rglob("*")):
        if path.suffix in _SUFFIXES and QFontDatabase.addApplicationFont(str(path)) < 0:
            raise FontError("board.font_damaged", file=path.name)


def sans(pixels: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font for words, `pixels` high (13 body, 11 small)."""
    return _font([SANS, "sans-serif"], pixels, weight)


def mono(pixels: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font for values and code, `pixels` high."""
    return _font([MONO, "monospace"], pixels, weight)


def _font(families: list[str], pixels: float, weight: QFont.Weight) -> QFont:
    font = QFont(families)
    # Qt keeps whole pixel sizes; a size in points is fractional, at 96 dots an inch.
    if pixels == int(pixels):
        font.setPixelSize(int(pixels))
    else:
        font.setPointSizeF(pixels * 0.75)
    font.setWeight(weight)
    # Zoomed text keeps its shape only when letters are not moved to the pixel grid.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font

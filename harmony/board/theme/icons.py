"""Icons: an SVG whose `currentColor` becomes a colour of the theme, drawn crisp at any scale.

Icons lie in `resources/icons/<name>.svg`. What was drawn is kept; a colour is part of the key, so a
change of theme draws anew and nothing has to be thrown away.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from harmony.foundation.resources import resource_path

# What buttons, menus and the palette ask for, on plain and on dense screens.
_SIZES: Final = (16, 20, 24)
_SCREENS: Final = (1.0, 2.0)


@lru_cache(maxsize=512)
def has_icon(name: str) -> bool:
    """Whether an icon of that name ships with the program."""
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        return False
    try:
        return resource_path(f"icons/{name}.svg").is_file()
    except FileNotFoundError:
        return False


@lru_cache(maxsize=512)
def renderer(name: str, color: str) -> QSvgRenderer:
    """The icon as something that paints itself at any size, in `color` (`#rrggbb`).

    Raises FileNotFoundError when no icon of that name is shipped.
    """
    text = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))


@lru_cache(maxsize=2048)
def pixmap(name: str, color: str, size: int = 16, dpr: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels, for a screen with `dpr` pixels to each."""
    drawing = renderer(name, color)
    pixels = max(1, round(size * dpr))
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(dpr)
    return picture


@lru_cache(maxsize=512)
def icon(name: str, color: str, disabled: str = "") -> QIcon:
    """The icon for buttons and menus. `disabled` is its colour when it cannot be used."""
    drawn = QIcon()
    for size in _SIZES:
        for dpr in _SCREENS:
            drawn.addPixmap(pixmap(name, color, size, dpr), QIcon.Mode.Normal)
            if disabled:
                drawn.addPixmap(pixmap(name, disabled, size, dpr), QIcon.Mode.Disabled)
    return drawn

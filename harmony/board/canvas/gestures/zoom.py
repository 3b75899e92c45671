"""How far wheel, pinch and keys zoom. Pure: the view keeps the place under the pointer still."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint

SMALLEST: Final = 0.08
LARGEST: Final = 3.0
STOPS: Final = (0.1, 0.17, 0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
_A_WHEEL_CLICK: Final = 120
_WHEEL_PIXELS: Final = 64


def clamped(scale: float) -> float:
    """The nearest zoom that the canvas allows."""
    return min(LARGEST, max(SMALLEST, scale))


def by_wheel(scale: float, angle: int) -> float:
    """The zoom after the wheel turned by `angle` eighths of a degree (a click is 120)."""
    after = scale * 1.15 ** (angle / _A_WHEEL_CLICK)
    # Passing 100 % by a hair leaves every letter blurred: settle on it.
    return clamped(1.0 if abs(after - 1.0) < 0.04 else after)


def by_pinch(scale: float, change: float) -> float:
    """The zoom after two fingers moved apart by a share `change` (negative: together)."""
    return clamped(scale * max(0.2, 1.0 + change))


def next_stop(scale: float, larger: bool) -> float:
    """The next round zoom above or below."""
    if larger:
        return next((stop for stop in STOPS if stop > scale * 1.01), LARGEST)
    return next((stop for stop in reversed(STOPS) if stop < scale * 0.99), SMALLEST)


def wheel_way(pixels: QPoint, angle: QPoint, sideways: bool) -> QPoint:
    """How far a wheel or touchpad scrolls, in screen pixels; `sideways` turns a plain wheel."""
    if not pixels.isNull():
        return -pixels
    across = -angle.x() * _WHEEL_PIXELS // _A_WHEEL_CLICK
    down = -angle.y() * _WHEEL_PIXELS // _A_WHEEL_CLICK
    return QPoint(down, 0) if sideways and across == 0 else QPoint(across, down)

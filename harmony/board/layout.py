"""What the window looked like when it was closed: place, splitters, open files. One JSON file.

A file that cannot be read is no reason not to start: the window opens as it does the first time,
and the error is shown.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from harmony.board.errors import LayoutError
from harmony.foundation.durable import write_atomically

_LARGEST: Final = 1 << 20
_FORMAT: Final = 1


@dataclass(slots=True)
class WindowLayout:
    """Sizes in pixels. `geometry` is Qt's own form of place and size, in hexadecimal."""

    geometry: str = ""
    side_widths: list[int] = field(default_factory=lambda: [236, 872, 332])
    panel_heights: list[int] = field(default_factory=lambda: [700, 150])
    palette_visible: bool = True
    inspector_visible: bool = True
    panel_page: str = "timeline"
    panel_folded: bool = True
    open_files: list[str] = field(default_factory=list)
    current_file: str = ""


def load_layout(path: Path) -> WindowLayout:
    """The layout that was kept; the first one when there is none. Raises LayoutError."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return WindowLayout()
    except OSError as error:
        raise LayoutError("board.layout_unreadable", path=str(path), reason=str(error)) from error
    try:
        if len(raw) > _LARGEST:
            raise ValueError("too large")
        data = json.loads(raw)
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError("unknown format")
        return _checked(data)
    except (ValueError, TypeError, RecursionError) as error:
        raise LayoutError("board.layout_unreadable", path=str(path), reason=str(error)) from error


def save_layout(path: Path, layout: WindowLayout) -> None:
    """Keep a layout. Raises OSError."""
    data = {"format": _FORMAT, **asdict(layout)}
    write_atomically(path, json.dumps(data, indent=1, sort_keys=True).encode() + b"\n", mode=0o600)


def _checked(data: dict[str, Any]) -> WindowLayout:
    known = WindowLayout()
    for name, default in asdict(known).items():
        value = data.get(name, default)
        if type(value) is not type(default):
            raise ValueError(f"{name} is {value!r}")
        if isinstance(default, list):
            kind = str if name == "open_files" else int
            if len(value) > 200 or not all(type(item) is kind for item in value):
                raise ValueError(f"{name} is {value!r}")
            if kind is int and len(value) != len(default):
                raise ValueError(f"{name} is {value!r}")
        setattr(known, name, value)
    return known

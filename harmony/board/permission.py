"""What a state of the canvas may permit. `canvas_state` says which permits what; commands ask."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a state of the canvas may permit."""

    EDIT = "edit"
    SAVE = "save"
    RUN = "run"
    INSPECT = "inspect"

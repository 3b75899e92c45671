"""What a user may choose, in one JSON file that a person can read and edit.

A value that is not allowed is named and never quietly replaced; a key that this version does not
know is kept, so that an older program does not destroy the settings of a newer one. Only what
differs from the defaults is written, so that a default which depends on the machine stays one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

from harmony.foundation.durable import write_atomically
from harmony.foundation.errors import HarmonyError

THEMES: Final = ("system", "light", "dark")
LARGEST_FILE: Final = 1 << 20
LONGEST_LIST: Final = 1000
LONGEST_OPTIONS: Final = 10_000


class SettingsError(HarmonyError):
    """The settings file cannot be read, or holds a value that is not allowed."""


def processor_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _half_of_memory_mb() -> int:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 4096  # where the system does not tell, assume a machine of 8 GB
    return max(256, total // 2 // (1 << 20))


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice with its default. Raises SettingsError when made with a value not allowed.

    Sizes are in MiB (2**20 bytes), ages in days. `disk_budget_mb` is for content on this machine.
    `cold_target` is an fsspec address such as `s3://bucket/folder`; None means no cold tier.
    `cold_options` goes to its library; a text `secret:NAME` in it stands for a secret.
    """

    theme: str = "system"
    motion: bool = True
    cpu_slots: int = field(default_factory=processor_count)
    wait_slots: int = 16
    memory_budget_mb: int = field(default_factory=_half_of_memory_mb)
    disk_budget_mb: int = 20_000
    hot_folder: str | None = None
    warm_folder: str | None = None
    hot_days: int = 7
    warm_days: int = 30
    retention_days: int = 365
    cold_target: str | None = None
    cold_options: Mapping[str, object] = field(default_factory=dict, hash=False)
    players_folders: tuple[str, ...] = ()
    trusted_folders: tuple[str, ...] = ()
    recent_files: tuple[str, ...] = ()
    unknown: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for key, value in _values(self).items():
            check_value(key, value)
        if self.warm_days < self.hot_days:
            _refuse("warm_days", self.warm_days, f"at least hot_days ({self.hot_days})")
        if self.retention_days < self.warm_days:
            _refuse("retention_days", self.retention_days, f"at least warm_days ({self.warm_days})")
        object.__setattr__(self, "unknown", MappingProxyType(dict(self.unknown)))
        object.__setattr__(self, "cold_options", MappingProxyType(dict(self.cold_options)))


_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "cpu_slots": (1, 1024),
    "wait_slots": (1, 4096),
    "memory_budget_mb": (64, 1 << 24),
    "disk_budget_mb": (16, 1 << 30),
    "hot_days": (0, 36_500),
    "warm_days": (0, 36_500),
    "retention_days": (0, 36_500),
}
_LISTS: Final = ("players_folders", "trusted_folders", "recent_files")
_OPTIONAL_PATHS: Final = ("hot_folder", "warm_folder")


def check_value(key: str, value: object) -> None:
    """Whether a known setting may have this value; otherwise SettingsError says what it may be."""
    if key == "theme":
        if value not in THEMES:
            _refuse(key, value, ", ".join(THEMES))
    elif key == "motion":
        if not isinstance(value, bool):
            _refuse(key, value, "true or false")
    elif key in _RANGES:
        low, high = _RANGES[key]
        # bool is a kind of int in Python, and true is no number of slots.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            _refuse(key, value, f"a whole number from {low} to {high}")
    elif key in _OPTIONAL_PATHS:
        if value is not None and not _is_path(value):
            _refuse(key, value, "the absolute path of a folder, or null")
    elif key == "cold_target":
        if value is not None and not _is_address(value):
            _refuse(key, value, "an address such as s3://bucket/folder, or null")
    elif key == "cold_options":
        if not isinstance(value, Mapping) or not _is_small_json(value):
            _refuse(key, value, f"a JSON object of at most {LONGEST_OPTIONS} characters")
    elif key in _LISTS:
        fits = isinstance(value, tuple) and len(value) <= LONGEST_LIST
        if not fits or not all(map(_is_path, value if isinstance(value, tuple) else ())):
            _refuse(key, value, f"a list of at most {LONGEST_LIST} absolute paths")
    else:
        _refuse(key, value, f"one of the settings {', '.join(_names())}")


def load(path: str | os.PathLike[str]) -> Settings:
    """The settings in a file; the defaults when there is none. Raises SettingsError."""
    where = str(path)
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise _unreadable(where, error.strerror or str(error)) from error
    if len(data) > LARGEST_FILE:
        raise _unreadable(where, f"it is larger than {LARGEST_FILE} bytes")
    try:
        found = json.loads(data, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _unreadable(where, str(error) or "it is nested too deeply") from error
    if not isinstance(found, dict):
        raise _unreadable(where, "it does not hold a JSON object")
    known: dict[str, object] = {}
    unknown: dict[str, object] = {}
    for key, value in found.items():
        if key in _names():
            known[key] = tuple(value) if isinstance(value, list) else value
        else:
            unknown[key] = value
    try:
        return Settings(**known, unknown=unknown)  # type: ignore[arg-type]
    except SettingsError as error:
        raise SettingsError(
            error.code, **{**error.parameters, "path": where, "place": f" file {where}"}
        ) from None


def save(path: str | os.PathLike[str], settings: Settings) -> None:
    """Write the settings durably; keys that were unknown when loaded are written again. OSError."""
    content: dict[str, object] = dict(settings.unknown)
    defaults = _values(Settings())
    for key, value in _values(settings).items():
        if value != defaults[key]:
            content[key] = _plain(value)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomically(path, text.encode("utf-8") + b"\n", mode=0o600)


def chosen(settings: Settings) -> dict[str, object]:
    """What differs from the defaults, as JSON values, but for what is no choice: recent files."""
    usual = _values(Settings())
    return {
        name: _plain(value)
        for name, value in _values(settings).items()
        if value != usual[name] and name != "recent_files"
    }


def _names() -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(Settings) if entry.name != "unknown")


def _values(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in _names()}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and Path(value).is_absolute() and "\0" not in value


def _is_address(value: object) -> bool:
    if not isinstance(value, str) or len(value) > 2000:
        return False
    kind, separator, _ = value.partition("://")
    return bool(separator) and kind.replace("+", "").isalnum() and value.isprintable()


def _is_small_json(value: Mapping[str, object]) -> bool:
    try:
        return len(json.dumps(dict(value), allow_nan=False)) <= LONGEST_OPTIONS
    except (TypeError, ValueError, RecursionError):
        return False


def _plain(value: object) -> object:
    """A value as the file holds it."""
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _refuse(key: str, value: object, allowed: str) -> NoReturn:
    shown = _plain(value)
    raise SettingsError(
        "foundation.settings_value_invalid", key=key, value=shown, allowed=allowed, place=""
    )


def _unreadable(path: str, reason: str) -> SettingsError:
    return SettingsError("foundation.settings_unreadable", path=path, reason=reason)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")

"""Words of the foundation."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "foundation.failpoint_unknown": (
        "HARMONY_FAILPOINT names {name!r}, which is no failpoint of this program. Known: {known}."
    ),
    "foundation.failpoint_hit_invalid": (
        "HARMONY_FAILPOINT is {value!r}. Write a name, or a name and a count from 1: {name}:2."
    ),
    "foundation.folder_not_writable": (
        "The folder {folder} cannot be used: {reason}. "
        "Choose another one with --home or HARMONY_HOME."
    ),
    "foundation.folder_read_only": (
        "The data folder {folder} cannot be written to: {reason}. Make it writable and try again, "
        "or choose another one with --home or HARMONY_HOME."
    ),
    "foundation.runtime_folder_not_private": (
        "The folder {folder} for sockets is not private to you ({reason}). "
        "Remove it, or point XDG_RUNTIME_DIR at a folder of your own."
    ),
    "foundation.runtime_folder_too_long": (
        "No folder for sockets has a path short enough; the shortest tried is {folder} "
        "({length} characters, at most {limit})."
    ),
    "foundation.settings_unreadable": (
        "The settings file {path} cannot be read: {reason}. Correct it, or move it away to start "
        "with the defaults."
    ),
    "foundation.settings_value_invalid": (
        "The setting {key!r} is {value!r}. Allowed: {allowed}. Correct it in the settings{place}."
    ),
}

"""Words of the start-up."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "bootstrap.part_failed": (
        "Harmony Board could not start: {part} ({phase}) said: {reason} "
        "Everything that had started was stopped again."
    ),
    "bootstrap.probe_failed": (
        "Harmony Board started but is not healthy: {probe} said: {reason} "
        "`harmony doctor` shows every check."
    ),
    "bootstrap.history_damaged": (
        "{count} thing(s) are not as they were written. First: {first} Make a copy of the data "
        "folder before you go on."
    ),
    "bootstrap.player_probe_failed": "A Player process did not come up: {reason}",
}

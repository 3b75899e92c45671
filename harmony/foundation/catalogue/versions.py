"""Words of the versions of a melody on the Board."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "versions.title": "Versions of {name}",
    "versions.help": (
        "Every save is a version, and so is what was run. Enter shows on the canvas what has "
        "changed since one of them."
    ),
    "versions.reading": "Reading the versions…",
    "versions.none": "No version yet. The next save makes the first one.",
    "versions.list": "Versions",
    "versions.column_number": "Version",
    "versions.column_when": "Since",
    "versions.column_what": "What changed",
    "versions.column_used": "Used",
    "versions.first": "first version",
    "versions.saved": "saved",
    "versions.run": "run {run}",
    "versions.runs": "{count} runs, last {run}",
    "versions.since": "From version {number} to the melody as it is now",
    "versions.same": "The melody is as it was in version {number}.",
    "versions.only_moved": "Since version {number} nodes were only moved.",
    "versions.show": "Show changes",
    "versions.restore": "Restore this version",
    "versions.close": "Close",
    "versions.leave": "Back (Esc)",
    "versions.compared": "Changes since version {number} ({time}): {words}",
    "versions.restored": "Version {number} is restored. Undo takes it back.",
    "versions.restored_already": "The melody is as it was in version {number}.",
    "versions.undo_label": "Restore version {number}",
    "versions.cannot_edit": "The melody cannot be edited now.",
    "versions.mark_added": "added",
    "versions.mark_changed": "changed",
    "versions.mark_removed": "removed",
}

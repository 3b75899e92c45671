"""Words of the Pit."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "pit.upstream_failed": "Skipped: {title}, which it depends on, failed.",
    "pit.upstream_cancelled": "Skipped: {title}, which it depends on, was cancelled.",
    "pit.branch_not_taken": "Skipped: nothing came in at {port}; the other way was taken.",
    "pit.empty_list": "Skipped: the list that came in is empty, so there was nothing to do.",
    "pit.lists_of_different_length": (
        "The lists that come in are of different length, so they cannot go item by item: {lengths}."
    ),
    "pit.package_retired": "The Players of {package} have changed meanwhile.",
    "pit.plan_newer": (
        "This run was planned by a newer version of Harmony Board (form {format}; this one knows "
        "{known}). Open it with that version."
    ),
    "pit.plan_unreadable": "The plan of this run cannot be read: {reason}.",
    "pit.output_not_json": "An output holds a value that cannot be stored: {reason}.",
    "pit.output_value": "An output of type {type} came as {found}.",
    "pit.output_not_base64": "An output of type {type} did not come as base64.",
    "pit.output_too_large": (
        "An output of type {type} came as one value of {size} bytes; at most {limit} may. "
        "Larger ones are staged as a file."
    ),
    "pit.output_summary": (
        "The summary beside an output is no object, or larger than {limit} bytes."
    ),
    "pit.output_type": "An output has the unknown type {type}.",
    "pit.output_form": "An output of type {type} is not of the agreed form (found: {found}).",
    "pit.output_item_type": "An output of type {type} has an item of type {item}.",
    "pit.staged_name": "A staged file has the name {name}; only a plain name is allowed.",
    "pit.staged_missing": "The staged file {name!r} cannot be read: {reason}.",
    "pit.staged_not_plain": (
        "The staged file {name!r} is a link or no plain file. Write the content itself."
    ),
    "pit.artifact_unknown": "There is no artifact {hash}.",
    "pit.artifact_has_no_file": "Artifact {hash} is small and has no file of its own.",
    "pit.artifact_expired": (
        "The content of artifact {hash} was deleted to save disk space. "
        "Run the task that made it again."
    ),
    "pit.artifact_file_gone": (
        "The file of artifact {hash} is gone. Run the task that made it again."
    ),
    "pit.artifact_damaged": (
        "The content of artifact {hash} was damaged on disk. It was put aside as {path}. "
        "Run the task that made it again."
    ),
    "pit.file_not_readable": "{path} cannot be read: {reason}.",
    "pit.file_not_plain": "{path} cannot be read: {reason}.",
    "pit.file_changing": "{path} keeps changing while it is read. Try again when it is complete.",
    "pit.folder_too_large": (
        "The folder {path} holds more than {limit} files. Choose a smaller one."
    ),
}

"""Words of the orchestra: what keeps a package of Players out of the catalogue."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "orchestra.folder_missing": (
        "The folder of Players {folder} does not exist. Add it again, or remove it from the list."
    ),
    "orchestra.folder_known": "The folder {folder} is in the list already.",
    "orchestra.folder_unknown": "The folder {folder} is not in the list. Known: {known}.",
    "orchestra.folder_empty": (
        "The folder {folder} holds no Python files. Put a Player into it first."
    ),
    "orchestra.name_taken": (
        "The folder {folder} would have the same name as another package, “{package}”. Rename it."
    ),
    "orchestra.describe_failed": (
        "The Players in {folder} could not be read: {reason}. Other packages are not affected."
    ),
    "orchestra.describe_timeout": (
        "Reading the Players in {folder} took longer than {seconds} seconds and was stopped. "
        "Look for code that runs while a file is imported."
    ),
    "orchestra.file_problem": "{file}, line {line}: {reason}",
    "orchestra.file_problem_no_line": "{file}: {reason}",
}

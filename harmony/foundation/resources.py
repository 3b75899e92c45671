"""Where the files that ship with the program lie: icons, fonts, schemas, example melodies.

DESIGN.md section 4 keeps them in one `resources/` folder beside the code. A wheel carries that
folder inside the package (`harmony/resources`), a checkout has it next to the package. This is the
one place that knows both; it imports only the standard library, since child processes use it too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def resources_folder() -> Path:
    """The absolute path of the folder that holds every shipped resource.

    Raises FileNotFoundError when the program was copied without it.
    """
    candidates = (_PACKAGE / "resources", _PACKAGE.parent / "resources")
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(
        "The resources folder is missing. Looked in: " + ", ".join(str(path) for path in candidates)
    )


def resource_path(relative: str) -> Path:
    """The absolute path of one shipped file or folder, for example ``icons/play.svg``.

    `relative` uses forward slashes and stays inside the resources folder. Raises ValueError when it
    would leave it, and FileNotFoundError when nothing of that name is shipped.
    """
    parts = PurePosixPath(relative)
    if parts.is_absolute() or ".." in parts.parts or "\\" in relative:
        raise ValueError(f"A resource is named relative to the resources folder, not {relative!r}.")
    path = resources_folder().joinpath(*parts.parts)
    if not path.exists():
        raise FileNotFoundError(f"No resource named {relative!r} is shipped (looked at {path}).")
    return path

"""A recorded workflow made into a melody, by a process of its own.

Reading and laying out thousands of tasks holds Python's lock for long; in a thread of the window it
would keep it from painting (DESIGN.md section 6, "The main thread never blocks").
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from harmony.board.errors import DocumentError
from harmony.melody.file import load
from harmony.melody.model import Melody

SUFFIX: Final = ".json"
DEADLINE: Final = 120.0
"""Seconds that the import may take; the largest recorded workflows take one or two."""
_LONGEST_REASON: Final = 1_000


def imported(path: Path, python: str = sys.executable, deadline: float = DEADLINE) -> Melody:
    """The melody that `harmony import` makes of a trace. Blocks: to be called in a thread.

    Raises DocumentError with the importer's own words, MelodyFileError.
    """
    with tempfile.TemporaryDirectory(prefix="harmony-import-") as folder:
        target = Path(folder, "imported.melody")
        # -P: the folder the window was started in must not hide modules of the program.
        command = [python, "-P", "-m", "harmony", "import", str(path.absolute()), "--json"]
        try:
            done = subprocess.run(
                [*command, "-o", str(target)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DocumentError(
                "board.import_timeout", file=str(path), seconds=f"{deadline:g}"
            ) from error
        if done.returncode != 0:
            reason = _reason(done.stdout) or done.stderr.strip()[-_LONGEST_REASON:]
            raise DocumentError("board.import_refused", reason=reason)
        return load(target)


def _reason(said: str) -> str:
    """The sentence in what the command printed; empty when it ended without one."""
    try:
        return str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        return ""

"""What a process takes, as the system tells it. Asked now and then, never while a task changes
hands: reading it takes a hundred times as long as handing a warm process over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

USUAL_MB: Final = 30.0
"""What a process is taken to need until it was measured: Python with the child's host loaded."""

_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_mb(pid: int | None) -> float:
    """Resident memory of a process; 0 when it is gone or the system does not tell."""
    if pid is None:
        return 0.0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * _PAGE / 1e6

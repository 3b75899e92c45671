"""`harmony import`: a recorded workflow becomes a melody file. Needs no engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from harmony.foundation.clock import SystemClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.ids import new_id
from harmony.foundation.randomness import Randomness
from harmony.melody import file, wfformat
from harmony.melody.replay import melody_of


class ImportRefusedError(HarmonyError):
    """The melody would take the place of a file that nobody named."""


def import_trace(path: Path, output: Path | None, scale: float, *, as_json: bool) -> int:
    """Read the trace, write the melody, say where. Raises MelodyFileError, ImportRefusedError."""
    target = output or Path(f"{path.stem}{file.SUFFIX}")
    if output is None and target.exists():
        raise ImportRefusedError("symphony.import_exists", file=str(target))
    trace = wfformat.load(path)
    melody = melody_of(trace, new_id(SystemClock(), Randomness()), scale)
    file.save(target, melody)
    tasks, wires = len(melody.nodes), len(melody.connections)
    if as_json:
        told: dict[str, Any] = {
            "file": str(target.absolute()),
            "name": melody.name,
            "tasks": tasks,
            "connections": wires,
            "untimed": trace.untimed,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write(f"{target}: {tasks:,} tasks, {wires:,} connections\n")
    if trace.untimed:
        sys.stderr.write(f"{trace.untimed:,} tasks have no run time in it; they take none.\n")
    return 0

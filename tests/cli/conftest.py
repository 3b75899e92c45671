"""The `harmony` command as a real process, on a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Made-up recorded workflows are described once, for the document and for the command.
sys.path.insert(0, str(Path(__file__).parents[1] / "melody"))
sys.path.insert(0, str(Path(__file__).parent))

TRIAL_PLAYERS = Path(__file__).parents[1] / "conductor" / "players"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed as one JSON value."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it printed as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Harmony = Callable[..., Done]


@pytest.fixture
def harmony(harmony_home: Path) -> Harmony:
    """Run `harmony …` to its end."""

    def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "harmony", *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "HARMONY_HOME": str(harmony_home), **(environment or {})},
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def trial(harmony_home: Path, harmony: Harmony) -> Harmony:
    """The command, with the trial Players in its catalogue."""
    harmony_home.mkdir(parents=True, exist_ok=True)
    settings = {"players_folders": [str(TRIAL_PLAYERS)]}
    (harmony_home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return harmony

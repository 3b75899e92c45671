"""The two examples of docs/examples run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def said(name: str, *arguments: str | Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_state_comes_back_in_the_next_program(tmp_path: Path) -> None:
    first = said("state_management.py", tmp_path / "state")
    assert first[0] == "Reader says: old harbour, old lighthouse"
    second = said("state_management.py", tmp_path / "state")
    assert second[0] == "Resumed: 'say what a text is about', 1 step(s) so far."
    assert "Steps after going back: 2" in second
    assert "It still knows its agent: True" in second


def test_a_workflow_that_failed_goes_on_when_its_cause_is_mended(tmp_path: Path) -> None:
    lines = said("workflow_state_management.py", tmp_path)
    assert lines[0] == "Failed: read"
    assert lines[1] == "Completed: Words: Ask not what your country can do for you."
    assert {line.split()[0] for line in lines[2:-1]} == {"start", "progress", "error", "end"}
    assert lines[-1] == "Without checkpoints: Completed"


@pytest.mark.parametrize(
    "name", ["Symphony", "EntityRestorer", "RestorationContext", "restore_manager"]
)
def test_what_a_script_imports_brings_no_qt_along(name: str) -> None:
    program = (
        f"import sys, harmony; assert 'harmony.symphony' not in sys.modules; harmony.{name}; "
        "print([m for m in sys.modules if m.partition('.')[0] in "
        "('PySide6', 'shiboken6', 'qasync')], 'harmony.symphony' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout == "[] True\n"

"""Take away one guard at a time from a copy of the program, and see which tests notice.

    python tests/faults/mutations.py [NAME ...]

Not a test: run by hand after a change to a guard. The table in docs/durability.md is its output.
Each mutation must be noticed, by a test that passes in the copy before the guard is taken away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("harmony", "tests", "resources", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """A guard: where it stands, what stands there without it, and the tests that must notice."""

    guard: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTATIONS = {
    "attempt": Mutation(
        "a fact counts only for the current attempt",
        "harmony/conductor/outcome.py",
        "task is None or task.attempt != attempt or task.state not in states",
        "task is None or task.state not in states",
        ("tests/conductor",),
    ),
    "artifact": Mutation(
        "an artifact is in place before its record is committed",
        "harmony/pit/artifacts/files.py",
        "    rename_durably(source, target, leaving=False)\n",
        "    from threading import Timer\n\n"
        "    Timer(0.05, rename_durably, (source, target), {'leaving': False}).start()\n",
        ("tests/faults/test_power_cuts.py",),
    ),
    "predecessors": Mutation(
        "a task begins only after all before it have finished",
        "harmony/conductor/invariants.py",
        "                if books.ended[before] != len(nodes[before].tasks):\n",
        "                if False:\n",
        ("tests/conductor",),
    ),
    "lease": Mutation(
        "a run of a living program is not taken over",
        "harmony/polyphony/leases.py",
        "    if held is not None and held.is_alive():\n",
        "    if False:\n",
        ("tests/faults/test_two_programs.py", "tests/polyphony/test_leases.py"),
    ),
    "high-water": Mutation(
        "the mark outside tells how far the store was acknowledged",
        "harmony/polyphony/writer.py",
        "            self._high_water.write(mark)\n",
        "            pass\n",
        ("tests/polyphony/test_opening.py", "tests/polyphony/test_killed_programs.py"),
    ),
}


def main(names: list[str]) -> int:
    """Try the mutations of these names, or all; the number of those that nothing noticed."""
    print("| guard taken away | noticed by |\n|---|---|")
    unnoticed = 0
    for name in names or list(MUTATIONS):
        mutation = MUTATIONS[name]
        with tempfile.TemporaryDirectory(prefix="harmony-mutation-") as folder:
            noticed = failures_in(copy_of(Path(folder)), mutation)
        unnoticed += not noticed
        words = f"`{noticed[0]}`" if noticed else "**nothing**"
        print(f"| {mutation.guard} (`{mutation.file}`) | {words} |", flush=True)
    return unnoticed


def copy_of(folder: Path) -> Path:
    """The program and its tests once more."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def failures_in(copy: Path, mutation: Mutation) -> list[str]:
    """Take the guard away; the tests that fail then, by name."""
    path = copy / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.before) != 1:
        raise SystemExit(f"{mutation.file} has changed: the guard is not found once in it")
    path.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")
    pytest = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=no")
    done = subprocess.run(
        [*pytest, *mutation.tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    failed = (line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR")))
    return [line.split()[1].split("[")[0] for line in failed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

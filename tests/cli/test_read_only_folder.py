"""A data folder that can only be read: what is in it is shown, and what cannot be done is said.

For the superuser no permission bit holds, so the folder is mounted on itself for reading only, in
a namespace of the command's own; for everybody else its right to be written is taken away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminal_melodies import write_melody

ReadOnly = Callable[..., subprocess.CompletedProcess[str]]

MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture
def read_only(harmony_home: Path) -> Iterator[ReadOnly]:
    """Run `harmony ...` with a data folder that the system refuses to write."""
    mounts = os.geteuid() == 0
    before = ["unshare", "-m", "sh", "-c", MOUNTED, str(harmony_home)] if mounts else []

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        if not mounts:
            harmony_home.chmod(0o500)
        return subprocess.run(
            [*before, sys.executable, "-m", "harmony", *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "HARMONY_HOME": str(harmony_home)},
            timeout=120,
            check=False,
        )

    yield run
    harmony_home.chmod(0o700)


def test_past_runs_are_shown_and_a_run_is_refused_until_it_can_be_written(
    harmony, harmony_home: Path, read_only: ReadOnly, tmp_path: Path
) -> None:
    melody = write_melody(
        tmp_path / "words.melody",
        text=("harmony/text_value", {"value": "one two"}, {}),
        count=("harmony/word_count", {}, {"text": "text.text"}),
    )
    # Killed: what was committed last lies in the log of the database alone.
    killed = harmony("run", melody, environment={"HARMONY_FAILPOINT": "run.result_received:2"})
    assert killed.status == -signal.SIGKILL
    before = {path: path.read_bytes() for path in harmony_home.rglob("*") if path.is_file()}

    refused = read_only("run", melody)
    assert refused.returncode == 1
    assert f"The data folder {harmony_home} cannot be written to" in refused.stderr
    assert "Make it writable and try again" in refused.stderr
    assert "Traceback" not in refused.stderr

    listed = read_only("runs")
    assert (listed.returncode, " interrupted " in listed.stdout) == (0, True)
    assert f"The data folder {harmony_home} cannot be written to" in listed.stderr
    assert "Nothing can be run or changed until then" in listed.stderr
    run = listed.stdout.splitlines()[1].split()[0]
    shown = read_only("show", run)
    assert (shown.returncode, "text" in shown.stdout) == (0, True)
    assert read_only("show", run, "--why", "count").returncode == 0
    assert read_only("checkpoints").returncode == 0
    assert "cannot be written to" in read_only("checkpoints", "create", "now").stderr
    assert {path: path.read_bytes() for path in before} == before

    harmony_home.chmod(0o700)
    assert harmony("resume", run).status == 0


def test_a_folder_without_a_store_that_cannot_be_written_has_no_runs(
    harmony_home: Path, read_only: ReadOnly
) -> None:
    harmony_home.mkdir(parents=True)
    listed = read_only("runs")
    assert (listed.returncode, "No runs yet" in listed.stdout) == (0, True)

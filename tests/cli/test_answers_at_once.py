"""Commands that only read answer without loading the engine, and say all that they said with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from terminal_melodies import write_melody

from harmony.cli.columns import in_columns
from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import data_folder
from harmony.polyphony.breakers import BreakerRow, write_breaker_soon
from harmony.polyphony.store import open_store

ENGINE = ("asyncio", "rich", "pydantic", "harmony.conductor", "harmony.pit", "harmony.symphony")
LOADED = """
import sys
from harmony.cli import main
try:
    main(sys.argv[2:])
finally:
    sys.stderr.write(" ".join(name for name in sys.argv[1].split() if name in sys.modules))
"""


@pytest.mark.parametrize(
    "command", ["--version", "runs", "runs --json", "players list", "checkpoints list"]
)
def test_a_list_loads_no_engine(command: str, harmony_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(ENGINE), *command.split()],
        capture_output=True,
        text=True,
        env={"HARMONY_HOME": str(harmony_home)},
        timeout=60,
        check=True,
    )
    assert done.stdout
    assert done.stderr == ""


def test_the_list_of_runs_has_a_line_a_run_under_its_headings(harmony, tmp_path) -> None:
    melody = write_melody(tmp_path / "words.melody", text=("harmony/text_value", {}, {}))
    assert "No runs yet" in harmony("runs").out
    assert harmony("run", melody).status == 0
    headings, line = harmony("runs").out.splitlines()
    assert headings.split() == [
        "run", "melody", "state", "started", "seconds", "done", "reused", "failed",
    ]  # fmt: skip
    assert line[headings.index("state") :].startswith("Completed")
    assert line[headings.index("failed") :] == "0"
    assert line.split()[0] == harmony("runs", "--json").json[0]["id"][-8:]


def test_a_player_that_crashed_too_often_is_listed_with_the_reason(harmony, harmony_home) -> None:
    clock = SystemClock()
    failed: list[BaseException | None] = []
    with open_store(data_folder(harmony_home).ensure(), clock) as store:
        row = BreakerRow("harmony/chart", "Open", clock.wall(), 1, (clock.wall(),) * 3)
        write_breaker_soon(store, row, failed.append)
    assert failed == [None]
    lines = harmony("players", "list").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("harmony/chart "))
    assert lines[at + 1].strip().startswith("⚠")
    assert sum("⚠" in line for line in lines) == 1
    listed = {
        player["id"]: player["refused"] for player in harmony("players", "list", "--json").json
    }
    assert listed["harmony/chart"]
    assert not listed["harmony/chat"]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    shown = in_columns(
        [("run", "melody"), ("1", "日本"), ("22", "e\u0301t\u00e9"), ("3", "")], False
    )
    assert shown == "run  melody\n1    日本\n22   e\u0301t\u00e9\n3\n"
    wide = in_columns([("a", "b"), ("日本", "x"), ("long", "y")], False)
    assert wide == "a     b\n日本  x\nlong  y\n"


def test_a_name_cannot_move_the_cursor() -> None:
    shown = in_columns([("a", "b"), ("x\x1b[2Jy\n", "z")], False)
    assert shown == "a      b\nx[2Jy  z\n"


def test_only_a_screen_is_sent_colours() -> None:
    assert in_columns([("a",), ("b",)], True) == "\x1b[2ma\x1b[0m\nb\n"

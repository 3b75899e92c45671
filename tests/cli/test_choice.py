"""Which words open the Board, and which belong to the terminal."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harmony.cli import COMMANDS
from harmony.cli.arguments import parser

STUB = """
import sys, types
board = types.ModuleType("harmony.board.main")
board.main = lambda arguments: print("board", *arguments) or 0
sys.modules["harmony.board.main"] = board
from harmony.cli import main
main(sys.argv[1:])
"""


def start(*words: str, display: str = ":9") -> subprocess.CompletedProcess[str]:
    """The command with a Board that only says that it was opened."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in variables}
    return subprocess.run(
        [sys.executable, "-c", STUB, *words],
        capture_output=True,
        text=True,
        env={**environment, **({"DISPLAY": display} if display else {})},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("new.melody",),
        ("one.melody", "two.melody"),
        ("--home", "/data", "new.melody"),
        ("--home=/data",),
    ],
)
def test_alone_or_with_melodies_it_opens_the_board(words: tuple[str, ...]) -> None:
    done = start(*words)
    assert done.stdout.split() == ["board", *words], done.stderr
    assert done.returncode == 0


def test_a_file_of_any_name_opens_the_board_when_it_exists(tmp_path: Path) -> None:
    path = tmp_path / "workflow.json"
    path.write_text("{}", encoding="utf-8")
    assert start(str(path)).stdout.split() == ["board", str(path)]


@pytest.mark.parametrize("words", [("--json",), ("--colour",), ("run",), ("runs", "--limit", "x")])
def test_what_is_no_file_and_no_command_is_wrong_usage(words: tuple[str, ...]) -> None:
    done = start(*words)
    assert done.returncode == 2
    assert "usage: harmony" in done.stderr
    assert "board" not in done.stdout


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("frobnicate",), "harmony --help"),
        (("shwo", "x"), "`harmony show`"),
        (("chekc", "new.melody"), "`harmony check`"),
        (("new.melody", "--json"), "harmony run new.melody"),
        (("--home", "/data", "docter"), "`harmony doctor`"),
    ],
)
def test_a_mistyped_command_is_named_with_what_was_meant_and_opens_no_window(
    words: tuple[str, ...], cure: str
) -> None:
    done = start(*words)
    assert done.returncode == 2
    assert cure in done.stderr
    assert "Traceback" not in done.stderr
    assert "board" not in done.stdout


def test_the_name_of_a_folder_or_of_a_melody_without_its_ending_opens_no_window(
    tmp_path: Path,
) -> None:
    (tmp_path / "docs").mkdir()
    assert start(str(tmp_path / "docs")).returncode == 2
    (tmp_path / "weather.melody").write_text("{}", encoding="utf-8")
    done = start(str(tmp_path / "weather"))
    assert done.returncode == 2
    assert f"harmony run {tmp_path / 'weather'}.melody" in done.stderr


def test_every_command_is_known_and_its_help_ends_with_an_example() -> None:
    [commands] = [
        action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    ]
    assert set(commands.choices) == set(COMMANDS)
    for name, command in commands.choices.items():
        assert f"  harmony {name}" in command.format_help().rpartition("example")[2]


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("states", "task")])
def test_a_command_stays_in_the_terminal(words: tuple[str, ...]) -> None:
    done = start(*words, display="")
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stdout.startswith("board")


def test_without_a_display_the_way_through_the_terminal_is_named() -> None:
    done = start("new.melody", display="")
    assert done.returncode == 1
    assert "harmony run" in done.stderr

"""What `packaging/dev.py` can do: setup, run, test, check, bench, screenshots.

Each verb first brings what it needs and is missing. Exit status: 0 done, 1 something failed, 2 this
machine lacks something, and the one command to type has been printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import environment
import pytest_phases
import system_libraries
from environment import ROOT

FIRST_EXAMPLE = Path("resources", "melodies", "weather.melody")
XVFB = ("xvfb-run", "--auto-servernum", "--server-args=-screen 0 1600x1000x24 -nolisten tcp")


def main(arguments: Sequence[str]) -> int:
    """Read the verb and do it."""
    verb, rest = read_arguments(arguments)
    try:
        return VERBS[verb](rest)
    except system_libraries.CannotInstall as reason:
        print(reason, file=sys.stderr)
        return 2
    except environment.SetUpFailed as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def read_arguments(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Split the command line into the verb and what is handed on to it."""
    parser = argparse.ArgumentParser(
        prog="python3 packaging/dev.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Set up Harmony Board in this folder and work on it. Every verb sets up first.",
        epilog="\n".join(f"  {name:12} {verb.__doc__}" for name, verb in VERBS.items()),
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help="one of the verbs below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on to the verb")
    read = parser.parse_args(arguments)
    return read.verb, read.arguments


def setup(_arguments: Sequence[str]) -> int:
    """make .venv from the lock and bring the libraries that a window needs"""
    environment.set_up(system_libraries.WINDOW)
    return 0


def run(arguments: Sequence[str]) -> int:
    """open the Board; without a display, run the first example in the terminal"""
    if system_libraries.has_display(os.environ):
        environment.set_up(system_libraries.WINDOW)
        return hand_over([str(environment.venv_program("harmony-board")), *arguments])
    environment.set_up(system_libraries.NOTHING)
    melody = list(arguments) or [str(FIRST_EXAMPLE)]
    print(f"There is no display here, so {melody[0]} runs in the terminal.", flush=True)
    # Where the person typed a path it is theirs; the example stands in the project's folder.
    folder = Path.cwd() if arguments else ROOT
    return hand_over([str(environment.venv_program("harmony")), "run", *melody], folder)


def test(arguments: Sequence[str]) -> int:
    """run the tests, those of the real window under Xvfb; arguments go to pytest"""
    environment.set_up(system_libraries.WINDOW_TESTS)
    return pytest_phases.run(arguments, str(environment.venv_python()), XVFB, ROOT)


def check(_arguments: Sequence[str]) -> int:
    """ruff, mypy --strict and the walls between the rooms"""
    environment.set_up(system_libraries.NOTHING)
    program = environment.venv_program
    commands = [
        [program("ruff"), "check", "."],
        [program("ruff"), "format", "--check", "."],
        [program("mypy")],
        [program("lint-imports")],
    ]
    failed = [
        " ".join([Path(command[0]).name, *map(str, command[1:])])
        for command in commands
        if run_here(command) != 0
    ]
    print("Failed: " + ", ".join(failed) if failed else "All checks passed.", flush=True)
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """run the benchmarks of tests/bench: bench [NAME] [--json]"""
    environment.set_up(system_libraries.OFFSCREEN)
    command = [environment.venv_python(), ROOT / "packaging" / "bench.py", *arguments]
    return run_here(command, QT_QPA_PLATFORM="offscreen")


def screenshots(arguments: Sequence[str]) -> int:
    """draw the pictures of the README into docs/images"""
    environment.set_up(system_libraries.WINDOW_TESTS)
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    drawing = [environment.venv_python(), "-m", "harmony.board.screenshots", images, *arguments]
    return run_here([*XVFB, *drawing], QT_QPA_PLATFORM="xcb")


VERBS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "setup": setup,
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "screenshots": screenshots,
}


def run_here(command: Sequence[str | Path], **variables: str) -> int:
    """Run a command in the project's folder and wait; its exit status."""
    line = list(map(str, command))
    return subprocess.run(line, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def hand_over(command: Sequence[str], folder: Path | None = None) -> int:
    """Become the program, so that signals, the terminal and the exit status are its own."""
    if folder is not None:
        os.chdir(folder)
    if os.name != "nt":
        os.execv(command[0], list(command))
    return subprocess.run(list(command), check=False).returncode

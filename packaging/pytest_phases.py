"""One test run in parts: the tests of the real window under Xvfb, all others offscreen.

Qt takes its platform once a process, so each part is a pytest of its own. The offscreen part, by
far the larger, comes last. When everything is tested, it goes in two halves side by side: most of
its time the one waits for processes, and the other has the second core.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

NOTHING_COLLECTED = 5

FIRST_HALF = ("tests/board", "tests/cli", "tests/faults")
"""The folders of tests that take about as long as all the others together."""


def split_markers(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """Take pytest's own `-m EXPRESSION` out of the arguments; the last one counts, as in pytest."""
    rest: list[str] = []
    expression: str | None = None
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "-m" and waiting:
            expression = waiting.pop(0)
        elif argument.startswith("-m") and len(argument) > 2 and not argument.startswith("--"):
            expression = argument[2:].removeprefix("=")
        else:
            rest.append(argument)
    return rest, expression or None


def phase_arguments(arguments: Sequence[str], phase: str) -> list[str]:
    """The arguments of one part: `phase` is "window" or "not window"."""
    rest, expression = split_markers(arguments)
    return [*rest, "-m", f"({expression}) and {phase}" if expression else phase]


def offscreen_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables of the offscreen part: nothing of a real display can leak into it."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"}
    kept = {name: value for name, value in inherited.items() if name not in hidden}
    return {**same_everywhere(kept), "QT_QPA_PLATFORM": "offscreen"}


def window_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables of the Xvfb part; DISPLAY comes from xvfb-run."""
    return {**same_everywhere(inherited), "QT_QPA_PLATFORM": "xcb"}


def same_everywhere(inherited: Mapping[str, str]) -> dict[str, str]:
    """Leave out what a person's desktop sets and what would change the pixels of a test."""
    desktop = ("QT_SCALE", "QT_AUTO", "QT_FONT", "QT_STYLE", "QT_QPA_PLATFORMTHEME", "QT_SCREEN")
    return {name: value for name, value in inherited.items() if not name.startswith(desktop)}


def exit_status(window: int, *offscreen: int) -> int:
    """One status for all parts: a part that selected no test says nothing about the others."""
    said = [status for status in (*offscreen, window) if status != NOTHING_COLLECTED]
    return next((status for status in said if status), 0) if said else NOTHING_COLLECTED


def halves(arguments: Sequence[str]) -> list[list[str]]:
    """The arguments of the processes of the offscreen part: two when everything is tested."""
    if not set(arguments) <= {"--all"}:
        return [list(arguments)]
    ignored = [f"--ignore={folder}" for folder in FIRST_HALF]
    return [[*arguments, *FIRST_HALF], [*arguments, "tests", *ignored]]


def run(arguments: Sequence[str], python: str, xvfb: Sequence[str], root: Path) -> int:
    """Run both parts; the exit status says whether either failed."""
    pytest = [python, "-m", "pytest"]
    window, last_line = run_and_keep_last_line(
        [*xvfb, *pytest, *phase_arguments(arguments, "window")],
        window_environment(os.environ),
        root,
    )
    commands = [[*pytest, *phase_arguments(half, "not window")] for half in halves(arguments)]
    offscreen = run_side_by_side(commands, offscreen_environment(os.environ), root)
    if window not in (0, NOTHING_COLLECTED):
        # The failure stands far above; its own last line is said once more where eyes rest.
        print(f"The tests of the real window failed:\n{last_line}", flush=True)
    return exit_status(window, *offscreen)


def run_side_by_side(
    commands: Sequence[Sequence[str]], variables: Mapping[str, str], root: Path
) -> list[int]:
    """Run commands at the same time; their statuses. The first one is seen as it goes, what the
    others print when they have ended."""
    first, *others = commands
    with ExitStack() as held:
        beside = []
        for command in others:
            printed = held.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                command, env=dict(variables), cwd=root, stdout=printed, stderr=subprocess.STDOUT
            )
            held.callback(process.wait)
            held.callback(process.terminate)
            beside.append((process, printed))
        statuses = [subprocess.run(first, env=dict(variables), cwd=root, check=False).returncode]
        for process, printed in beside:
            statuses.append(process.wait())
            printed.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(printed, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    return statuses


def run_and_keep_last_line(
    command: Sequence[str], variables: Mapping[str, str], root: Path
) -> tuple[int, str]:
    """Run a command, show what it prints as it comes, and keep the last line."""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    process = subprocess.Popen(
        [*command, *colour], env=dict(variables), cwd=root, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    last = b""
    try:
        while chunk := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            last = (last + chunk)[-4096:]
    finally:
        process.stdout.close()
        status = process.wait()
    return status, last.decode(errors="replace").strip().rpartition("\n")[2]

"""One test run in two parts: the tests of the real window under Xvfb, all others offscreen.

Qt takes its platform once a process, so each part is a pytest of its own. The offscreen part, by
far the larger, comes last, so that its summary ends the output.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NOTHING_COLLECTED = 5


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


def exit_status(window: int, offscreen: int) -> int:
    """One status for both parts: a part that selected no test says nothing about the other."""
    if window == NOTHING_COLLECTED:
        return offscreen
    if offscreen == NOTHING_COLLECTED:
        return window
    return offscreen or window


def run(arguments: Sequence[str], python: str, xvfb: Sequence[str], root: Path) -> int:
    """Run both parts; the exit status says whether either failed."""
    pytest = [python, "-m", "pytest"]
    window, last_line = run_and_keep_last_line(
        [*xvfb, *pytest, *phase_arguments(arguments, "window")],
        window_environment(os.environ),
        root,
    )
    offscreen = subprocess.run(
        [*pytest, *phase_arguments(arguments, "not window")],
        env=offscreen_environment(os.environ),
        cwd=root,
        check=False,
    ).returncode
    if window not in (0, NOTHING_COLLECTED):
        # The failure stands far above; its own last line is said once more where eyes rest.
        print(f"The tests of the real window failed:\n{last_line}", flush=True)
    return exit_status(window, offscreen)


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

"""The `harmony` command: the same engine as the Board, in a terminal.

Whatever a command does not need it does not load: most of the time that `harmony runs` takes is
spent on imports. So nothing is imported here but what every call uses.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from harmony import __version__

if TYPE_CHECKING:
    from harmony.foundation.errors import HarmonyError

MELODY = ".melody"

COMMANDS = (
    "run",
    "check",
    "import",
    "resume",
    "retry",
    "fork",
    "runs",
    "show",
    "task",
    "states",
    "gc",
    "find",
    "artifact",
    "hold",
    "pin",
    "players",
    "versions",
    "diff",
    "checkpoints",
    "doctor",
    "verify",
    "repair",
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; never returns.

    Exit status 0: done, 1: failed, 2: wrong usage, 130: stopped by Ctrl+C. Those of `harmony diff`
    are those of diff: 1 when there are differences, 2 for whatever else.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        sys.stdout.write(f"{__version__}\n")
        sys.exit(0)
    from harmony.cli.usage import UsageError
    from harmony.foundation.errors import HarmonyError
    from harmony.foundation.resources import resources_folder
    from harmony.foundation.words import use_language

    use_language(str(resources_folder() / "translations"))
    if _means_the_board(given):
        sys.exit(_open_board(given))
    mistyped = _mistyped(given)
    if mistyped:
        sys.stderr.write(mistyped)
        sys.exit(2)
    from harmony.cli.dispatch import dispatch

    try:
        sys.exit(dispatch(given))
    except HarmonyError as error:
        _complain(error, as_json="--json" in given)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:
        # Who read the output has seen enough; nothing more can be printed, nor need be.
        sys.stderr.close()
        sys.exit(0)


def _means_the_board(arguments: list[str]) -> bool:
    """`harmony` alone, or with files, opens the Board. A mistyped command is no file."""
    rest = _without_home(arguments)
    return all(map(_is_a_file, rest))


def _is_a_file(word: str) -> bool:
    if word.startswith("-") or word in COMMANDS:
        return False
    return _looks_like_a_file(word)


def _looks_like_a_file(word: str) -> bool:
    from pathlib import Path

    return Path(word).suffix == MELODY or Path(word).is_file()


def _mistyped(arguments: list[str]) -> str:
    """What to say when the first word is no command; empty when it is one."""
    word = next(iter(_without_home(arguments)), "")
    if word in COMMANDS or word.startswith("-"):
        return ""
    if _looks_like_a_file(word):
        return f"harmony: {word} is a file. To run it: harmony run {word}\n"
    cure = "`harmony --help` lists the commands."
    from difflib import get_close_matches
    from pathlib import Path

    if Path(word + MELODY).is_file():
        cure = f"To run the melody: harmony run {word}{MELODY}"
    elif matches := get_close_matches(word, COMMANDS, n=2):
        cure = f"Did you mean {' or '.join(f'`harmony {match}`' for match in matches)}?"
    return f"harmony: there is no command {word!r}. {cure}\n"


def _without_home(arguments: list[str]) -> list[str]:
    rest, skip = [], False
    for word in arguments:
        if skip:
            skip = False
        elif word == "--home":
            skip = True
        elif not word.startswith("--home="):
            rest.append(word)
    return rest


def _open_board(arguments: list[str]) -> int:
    if not _has_display():
        sys.stderr.write(
            "The Harmony Board needs a display, and there is none (DISPLAY is not set).\n"
            "In a terminal: harmony run FILE.melody\n"
        )
        return 1
    import importlib

    try:
        # By name: board and terminal are on one line of the house and do not import each other.
        board = importlib.import_module("harmony.board.main")
    except ImportError as error:
        sys.stderr.write(
            f"The Harmony Board needs Qt, which could not be loaded: {error}\n"
            "In a terminal: harmony run FILE.melody\n"
        )
        return 1
    return int(board.main(arguments))


def _has_display() -> bool:
    """Whether a window can be shown. Elsewhere than on Linux there always is a display."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, variables))


def _complain(error: HarmonyError, *, as_json: bool) -> None:
    if as_json:
        import json

        sys.stdout.write(json.dumps({"event": "error", **error.to_json()}) + "\n")
    sys.stderr.write(f"harmony: {error}\n")
    for finding in getattr(error, "findings", ()):
        sys.stderr.write(f"  {finding.message} {finding.cure}\n")

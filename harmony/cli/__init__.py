"""The `harmony` command: the same engine as the Board, in a terminal."""

from __future__ import annotations

import importlib
import json
import sys

from harmony.foundation.errors import HarmonyError

COMMANDS = ("run", "check", "resume", "retry", "runs", "show", "states", "players", "doctor")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; never returns. Exit status 0: done, 1: failed, 2: wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if _means_the_board(given):
        sys.exit(_open_board(given))
    from harmony.cli.app import app

    try:
        app(args=given, prog_name="harmony")
    except HarmonyError as error:
        _complain(error, as_json="--json" in given)
        sys.exit(1)


def _means_the_board(arguments: list[str]) -> bool:
    """`harmony` alone, or with files, opens the Board."""
    words = [word for word in _without_home(arguments) if not word.startswith("-")]
    options = [word for word in _without_home(arguments) if word.startswith("-")]
    return not options and (not words or words[0] not in COMMANDS)


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
    try:
        # By name: board and terminal are on one line of the house and do not import each other.
        board = importlib.import_module("harmony.board.main")
    except ImportError as error:
        print(  # noqa: T201 - the terminal is where this belongs
            f"The Harmony Board needs Qt, which could not be loaded: {error}\n"
            "In a terminal: harmony run FILE.melody",
            file=sys.stderr,
        )
        return 1
    return int(board.main(arguments))


def _complain(error: HarmonyError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"event": "error", **error.to_json()}))  # noqa: T201
    print(f"harmony: {error}", file=sys.stderr)  # noqa: T201
    for finding in getattr(error, "findings", ()):
        print(f"  {finding.message} {finding.cure}", file=sys.stderr)  # noqa: T201

"""The first moments of a Player process: errand, handshake, `ready`; and only then all the rest.

Whoever waits for a process waits for these lines, so they load little: a socket, JSON, the proof.
Which Players there are is known from data, and runs none of their code. What it takes to run them
is loaded right behind `ready`, while the program decides what to send.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any, Final, NoReturn

import harmony
from harmony.players.host.link import Link

EXIT_NO_ERRAND: Final = 64
EXIT_NO_SOURCE: Final = 65
EXIT_NO_PARENT: Final = 69

CAPABILITIES: Final = ("heartbeat", "prefetch", "quota", "reconnect", "save")
"""What the program may ask of this process, and hear from it."""

_LIBRARY: Final = "harmony.players.library"
_LONGEST_LINE: Final = 64 * 1024


def main() -> NoReturn:
    """Start, then serve. Ends the process."""
    given = read_line()
    if given is None:
        say("No errand came through standard input. This program is started by Harmony Board.")
        os._exit(EXIT_NO_ERRAND)
    _set_up_streams()
    try:
        players = players_of(given["source"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told and this ends
        say(f"The Players in {given['source']} cannot be loaded: {error}")
        os._exit(EXIT_NO_SOURCE)
    try:
        link = Link(given["socket"], given["process"], bytes.fromhex(given["secret"]), CAPABILITIES)
    except Exception as error:  # noqa: BLE001
        say(f"The program that started this process cannot be reached: {error}")
        os._exit(EXIT_NO_PARENT)
    # Before anything is read: an answer to an early ping must not overtake it.
    link.send("ready", {"players": players})
    if sys.flags.no_site:
        import site

        site.main()
    from harmony.players.host.serve import serve

    serve(given, link)


def read_line() -> dict[str, Any] | None:
    """The errand from standard input, which is /dev/null afterwards; None when there is none."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        piece = os.read(0, _LONGEST_LINE)
        if not piece:
            break
        line += piece
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if not line.endswith(b"\n"):
        return None
    given: dict[str, Any] = json.loads(line)
    return given


def players_of(source: str) -> list[str]:
    """The Players of a source. Runs none of their code. Raises SourceError."""
    if source == _LIBRARY:
        return [player["id"] for player in json.loads(_library_manifest())["players"]]
    from harmony.players.source import index_players

    return list(index_players(source))


def _library_manifest() -> str:
    """The shipped manifest, from one of the places that `foundation.resources` knows.

    Looked for without pathlib, which would take a tenth of the start to load.
    """
    package = os.path.dirname(os.path.abspath(harmony.__file__))  # noqa: PTH100, PTH120
    for folder in (package, os.path.dirname(package)):  # noqa: PTH120
        with contextlib.suppress(FileNotFoundError):
            with open(f"{folder}/resources/manifests/harmony.json", encoding="utf-8") as file:  # noqa: PTH123
                return file.read()
    raise FileNotFoundError("The manifest of the library is missing from the resources.")


def _set_up_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def say(text: str) -> None:
    """Tell the parent by standard error, which is always there."""
    os.write(2, text.encode("utf-8", "backslashreplace") + b"\n")

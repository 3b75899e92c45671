"""How a Player process is started: its command, its environment, its errand.

The environment is built up from nothing. What the program itself runs with may hold keys and
tokens, and a Player is to see only what it is given (DESIGN.md section 6, Trust nothing that comes
in).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import harmony
from harmony.players.host.errand import Errand, write_errand
from harmony.wire.launch import Launch

MARK_VARIABLE: Final = "HARMONY_PROCESS"
"""Set for a Player process and inherited by what it starts, so that both are known again later."""

_KEPT: Final = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
        "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME",
        "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT",
    }
)  # fmt: skip


def command(launch: Launch) -> list[str]:
    """The program and its arguments. Nothing secret is in it: others can read it."""
    # No user site and no current folder on the path; UTF-8; a C traceback to stderr on a crash.
    options = ["-P", "-s", "-X", "utf8", "-X", "faulthandler"]
    if launch.python != sys.executable:
        return [launch.python, *options, "-m", "harmony.players.host"]
    # The same Python: it is told where this program lies, and looks for what else is installed
    # (`site`) when it has said that it is ready. Neither `-m` nor `site` is waited for, nor a
    # collector that looks for garbage among modules.
    return [launch.python, *options, "-S", "-c", _START, _HERE]


_HERE: Final = str(Path(harmony.__file__).resolve().parent.parent)
_START: Final = (
    "import gc, sys; gc.disable(); sys.path.append(sys.argv.pop()); "
    "from harmony.players.host.start import main; main()"
)


def environment(
    launch: Launch, mark: str, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The child's environment: a few variables that programs need, the launch's own, the mark."""
    kept = {
        name: value for name, value in inherited.items() if name in _KEPT or name.startswith("LC_")
    }
    return {**kept, **launch.environment, MARK_VARIABLE: mark}


def errand_line(launch: Launch, secret: bytes, socket: str) -> bytes:
    """What is written to the child's standard input."""
    return write_errand(
        Errand(
            socket=socket,
            process=launch.process,
            secret=secret,
            source=launch.source,
            quota=launch.quota,
        )
    )

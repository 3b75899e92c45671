"""A Player process for one task that a person looks at: started, waited for, and ended for sure.

It stands outside the pool and is no leftover of the program's: it carries no mark. It leads a group
of its own, so that what the Player starts ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import harmony
from harmony.ipc.launching import MARK_VARIABLE, environment
from harmony.players.host.alone import CLOSING
from harmony.wire.launch import Exit, Launch

_HERE: Final = str(Path(harmony.__file__).resolve().parent.parent)
_START: Final = (
    # As in `launching`: this very program goes before one that is installed.
    "import site, sys; sys.path.append(sys.argv.pop()); site.main(); "
    "from harmony.players.host.alone import main; main()"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task by itself ended: the `result` or `failure` it told, or only its process's end."""

    closing: dict[str, Any] | None
    exit: Exit


def do_alone(
    message: Mapping[str, Any],
    source: str,
    folder: Path,
    *,
    port: int | None = None,
    output: IO[str] | None = None,
) -> Ending:
    """Do the task of a `run` message in a fresh process, which prints where this program prints,
    or to `output`.

    `folder` is where it works and leaves what it makes. With a `port` (0: any free one) a debugger
    is waited for first, and the limits of the task do not hold: a person stops and thinks. Whatever
    ends this call ends the process too. Raises OSError when it cannot be started.
    """
    scratch, staging = folder / "scratch", folder / "staging"
    for place in (scratch, staging):
        place.mkdir()
    wanted = {**message, "scratch": str(scratch), "staging": str(staging)}
    if port is not None:
        wanted.pop("quota", None)
    errand = {"message": wanted, "source": source, "folder": str(folder), "port": port}
    launch = Launch(str(message["task"]), "", source, sys.executable, scratch)
    variables = environment(launch, "")
    del variables[MARK_VARIABLE]
    options = ["-P", "-s", "-S", "-X", "utf8", "-X", "faulthandler"]
    if port is not None:
        options += ["-X", "frozen_modules=off"]  # a debugger sees into modules that are not frozen
    process = subprocess.Popen(
        [launch.python, *options, "-c", _START, _HERE],
        stdin=subprocess.PIPE,
        stdout=output,
        cwd=scratch,
        env=variables,
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(errand).encode() + b"\n")
        process.stdin.flush()
        code = process.wait()
    finally:
        _end(process)
    closing = folder / CLOSING
    told = json.loads(closing.read_bytes()) if closing.exists() else None
    return Ending(told, Exit(None, -code) if code < 0 else Exit(code))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left: neither the process nor what its Player has started."""
    if os.name == "posix":
        # Mostly nobody is left in the group by now.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()

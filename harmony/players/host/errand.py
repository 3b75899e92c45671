"""What the program tells a new child through its standard input, and the limits the child takes on.

The line holds the secret, which is why it comes this way: arguments and environment of a process
can be read by others, and are inherited by whatever a Player starts.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import Any, Final

_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """Which package this process serves, and where its parent listens."""

    socket: str
    process: str
    secret: bytes
    source: str
    memory_limit_mb: int | None = None


def read_errand() -> Errand | None:
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
    return Errand(
        socket=given["socket"],
        process=given["process"],
        secret=bytes.fromhex(given["secret"]),
        source=given["source"],
        memory_limit_mb=given.get("memory_limit_mb"),
    )


def write_errand(errand: Errand) -> bytes:
    """The line for a new child."""
    given = {
        "socket": errand.socket,
        "process": errand.process,
        "secret": errand.secret.hex(),
        "source": errand.source,
        "memory_limit_mb": errand.memory_limit_mb,
    }
    return json.dumps(given).encode() + b"\n"


def apply_limits(memory_limit_mb: int | None) -> None:
    """Take on the limits of a Player process. Called before any code of a Player is loaded."""
    if os.name != "posix":
        return
    import resource

    # A core file could hold secrets, and a crash must not take seconds to write one.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_limit_mb is not None:
        size = memory_limit_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # A group of its own, so that it can be ended with all that it started. Already so where the
    # parent could start it in a new session.
    if os.getpgrp() != os.getpid():
        with contextlib.suppress(PermissionError):
            os.setsid()

"""What the program tells a new child through its standard input.

The line holds the secret, which is why it comes this way: arguments and environment of a process
can be read by others, and are inherited by whatever a Player starts.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Final

from harmony.wire.launch import Quota

NO_QUOTA: Final = Quota()
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """Which package this process serves, with what limits, and where its parent listens."""

    socket: str
    process: str
    secret: bytes
    source: str
    quota: Quota = NO_QUOTA


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
        quota=Quota(**given["quota"]),
    )


def write_errand(errand: Errand) -> bytes:
    """The line for a new child."""
    given = {
        "socket": errand.socket,
        "process": errand.process,
        "secret": errand.secret.hex(),
        "source": errand.source,
        "quota": errand.quota.fields(),
    }
    return json.dumps(given).encode() + b"\n"

"""What the program tells a new child through its standard input.

The line holds the secret, which is why it comes this way: arguments and environment of a process
can be read by others, and are inherited by whatever a Player starts. It is read in start.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from harmony.wire.launch import Quota

NO_QUOTA: Final = Quota()


@dataclass(frozen=True, slots=True)
class Errand:
    """Which package this process serves, with what limits, and where its parent listens."""

    socket: str
    process: str
    secret: bytes
    source: str
    quota: Quota = NO_QUOTA


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

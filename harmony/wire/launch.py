"""What is said when a Player process starts and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Quota:
    """What a Player process may use; 0 means no limit.

    The child takes the limits on itself, before any code of a Player is loaded. `cpu_seconds` is
    processor time, `wall_seconds` time that passes.
    """

    memory_mb: int = 0
    cpu_seconds: float = 0
    open_files: int = 0
    wall_seconds: float = 0

    def fields(self) -> dict[str, float]:
        """The limits there are, as a `run` message and an errand carry them."""
        named = {
            "memory_mb": self.memory_mb,
            "cpu_seconds": self.cpu_seconds,
            "open_files": self.open_files,
            "wall_seconds": self.wall_seconds,
        }
        return {name: limit for name, limit in named.items() if limit}


@dataclass(frozen=True, slots=True)
class Launch:
    """A process to start: which package it serves and with what limits.

    `source` is a dotted module (built-in library) or the path of a folder of Players.
    """

    process: str
    package: str
    source: str
    python: str
    working_folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    quota: Quota = Quota()


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: an exit code or the number of a signal, and the end of its stderr."""

    code: int | None
    signal: int | None = None
    stderr_tail: str = ""

    @property
    def clean(self) -> bool:
        """Whether it ended by itself and without an error."""
        return self.code == 0 and self.signal is None

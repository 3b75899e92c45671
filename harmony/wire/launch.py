"""What is said when a Player process starts and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


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
    memory_limit_mb: int | None = None


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

"""A Player that says or prints too much: most of it is left out, and that is said once.

Progress, log and partial outputs are for people; thousands a second serve nobody and would keep the
program from everything else. What a person needs still arrives: the newest progress and the newest
partial of each output are held and handed on before the task ends. Results and failures are never
held up, nor is anything else that the run rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

Stream = Literal["stdout", "stderr"]

CHATTY: Final = frozenset({"progress", "log", "partial"})
MESSAGES_A_SECOND: Final = 1_000
MESSAGES_AT_ONCE: Final = 5_000
"""So many may come at once before the rate counts."""

PRINTED_BYTES: Final = 16 * 1024 * 1024
"""So much of what one task prints is handed on; the rest is counted."""


class Chatter:
    """What one process may still say now, and what was held back. Times are monotonic."""

    __slots__ = ("_at", "_credit", "_held", "_told", "left_out")

    def __init__(self, now: float) -> None:
        self._credit = float(MESSAGES_AT_ONCE)
        self._at = now
        self._held: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        self._told: set[tuple[str, int]] = set()
        self.left_out = 0

    def pass_on(self, message: Mapping[str, Any], now: float) -> list[Mapping[str, Any]]:
        """What to hand on now that this chatty message came."""
        self._credit = min(
            float(MESSAGES_AT_ONCE), self._credit + (now - self._at) * MESSAGES_A_SECOND
        )
        self._at = now
        task = (message["task"], message["attempt"])
        if self._credit >= 1:
            self._credit -= 1
            if message["kind"] != "log":
                # It is newer than what is held of it.
                self._held.pop(_subject(message), None)
            return [message]
        if message["kind"] == "log":
            self.left_out += 1
        else:
            subject = _subject(message)
            self.left_out += subject in self._held
            self._held[subject] = message
        if task in self._told:
            return []
        self._told.add(task)
        return [_told(*task)]

    def before_the_end(self, task: str, attempt: int) -> list[Mapping[str, Any]]:
        """What was held back of a task that ends now."""
        self._told.discard((task, attempt))
        if not self._held:
            return []
        mine = [subject for subject in self._held if subject[1:3] == (task, attempt)]
        return [self._held.pop(subject) for subject in mine]


class Printed:
    """How much a task has printed, and what of it is handed on."""

    __slots__ = ("_cut", "_passed", "cut")

    def __init__(self) -> None:
        self._passed = 0
        self._cut = 0
        self.cut = 0
        """Bytes left out, of all tasks."""

    def pass_on(self, data: bytes) -> bytes:
        """The part of what was printed that is handed on."""
        room = PRINTED_BYTES - self._passed
        if len(data) <= room:
            self._passed += len(data)
            return data
        self._passed = PRINTED_BYTES
        self._cut += len(data) - room
        self.cut += len(data) - room
        return data[:room]

    def next_task(self) -> bytes:
        """A task ended or begins: what is to be said of the printed output that was left out."""
        cut, self._cut, self._passed = self._cut, 0, 0
        return f"\n[{cut:,} more bytes were printed and left out]\n".encode() if cut else b""


def _subject(message: Mapping[str, Any]) -> tuple[Any, ...]:
    return message["kind"], message["task"], message["attempt"], message.get("output")


def _told(task: str, attempt: int) -> dict[str, Any]:
    text = (
        f"This Player says more than {MESSAGES_A_SECOND:,} things a second. "
        "From here on, some of it is left out."
    )
    return {"kind": "log", "task": task, "attempt": attempt, "level": "warning", "text": text}

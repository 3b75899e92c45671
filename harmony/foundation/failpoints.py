"""Named places at which a test can let the process die, to prove that nothing is lost there.

`failpoint("durable.written")` does nothing in daily use: one look at a variable. A program started
with `HARMONY_FAILPOINT=durable.written` kills itself with SIGKILL at that place, and with
`durable.written:3` when it gets there for the third time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Final, NoReturn

from harmony.foundation.errors import HarmonyError

VARIABLE: Final = "HARMONY_FAILPOINT"

# Every name in the program, in the order in which a run meets them. A test goes through them all,
# so a failpoint that is not listed here cannot be armed.
KNOWN: Final[tuple[str, ...]] = (
    "durable.started",
    "durable.created",
    "durable.written",
    "durable.synced",
    "durable.renamed",
    "durable.done",
    "rename.started",
    "rename.renamed",
    "rename.done",
    "artifacts.staged",
    "artifacts.synced",
    "artifacts.carried",
    "artifacts.settled",
    "melody.save",
    "store.older_kept",
    "store.migrating",
    "store.opened",
    "store.before_commit",
    "store.after_commit",
    "store.after_high_water",
    "repair.salvaged",
    "repair.ready",
    "repair.log_removed",
    "repair.put_aside",
    "repair.committed",
    "repair.content",
    "run.created",
    "run.decided",
    "run.committed",
    "run.taken_over",
    "run.recovering",
    "run.looked_up",
    "run.slot_granted",
    "run.dispatching",
    "run.dispatched",
    "run.started",
    "run.result_received",
    "run.output_kept",
    "run.state_kept",
    "run.retry_scheduled",
    "run.pausing",
    "run.going_on",
    "run.cancelling",
    "run.finished",
    "checkpoint.collected",
    "checkpoint.written",
    "checkpoint.durable",
    "checkpoint.restored",
)


class FailpointError(HarmonyError):
    """A failpoint was armed by a name or count that means nothing."""


_armed_name: str | None = None
_hits_left: int = 0


def failpoint(name: str) -> None:
    """Die here when this failpoint is armed and its hit has come; otherwise do nothing."""
    if _armed_name is not None and name == _armed_name:
        _hit()


def arm(name: str, hit: int = 1) -> None:
    """Arm a failpoint for its `hit`-th passing, counted from 1. Raises FailpointError."""
    global _armed_name, _hits_left
    if name not in KNOWN:
        raise FailpointError("foundation.failpoint_unknown", name=name, known=", ".join(KNOWN))
    if hit < 1:
        raise FailpointError("foundation.failpoint_hit_invalid", value=f"{name}:{hit}", name=name)
    _armed_name, _hits_left = name, hit


def disarm() -> None:
    """Make all failpoints harmless again."""
    global _armed_name
    _armed_name = None


def arm_from_environment(environment: Mapping[str, str] | None = None) -> None:
    """Arm what HARMONY_FAILPOINT asks for; nothing when it is unset or empty."""
    value = (os.environ if environment is None else environment).get(VARIABLE, "")
    if not value:
        return
    name, colon, hit = value.partition(":")
    if colon and not hit.isdecimal():
        raise FailpointError("foundation.failpoint_hit_invalid", value=value, name=name)
    arm(name, int(hit) if colon else 1)


def _hit() -> None:
    global _hits_left
    _hits_left -= 1
    if _hits_left == 0:
        _die()


def _die() -> NoReturn:
    # SIGKILL runs no clean-up at all, like a power cut as far as this process is concerned.
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)

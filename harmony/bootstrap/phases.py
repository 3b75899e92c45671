"""Start-up in five phases with rollback (chart 4; seeds/000 section 4).

Parts of a phase start together, phases one after the other. When a part fails, or a health probe
afterwards, everything that had started is stopped in reverse order and the cause is raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from harmony.bootstrap.errors import BootstrapError
from harmony.foundation.clock import Clock
from harmony.states.bootstrap import CHART, BootstrapEvent
from harmony.states.kernel import Machine

Stop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Something to start. `start` returns how to stop it, or None when there is nothing to stop."""

    name: str
    start: Callable[[], Awaitable[Stop | None]]


@dataclass(frozen=True, slots=True)
class Phase:
    """Parts that start together. `number` is 1 to 5, as chart 4 counts."""

    number: int
    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """A health check. `check` returns what it saw in a few words, or raises."""

    name: str
    check: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe said."""

    name: str
    healthy: bool
    detail: str


@dataclass(slots=True)
class Started:
    """A program that is up: its machine of chart 4, and how to stop it."""

    machine: Machine
    stops: list[tuple[str, Stop]] = field(default_factory=list)

    async def stop(self) -> None:
        """Stop every part, the last started first. All are tried; errors are raised together."""
        errors = []
        while self.stops:
            _, stop = self.stops.pop()
            try:
                await stop()
            except Exception as error:  # noqa: BLE001 - collected and raised below
                errors.append(error)
        if errors:
            raise ExceptionGroup("parts that did not stop cleanly", errors)


async def bring_up(
    phases: Sequence[Phase], probes: Sequence[Probe], clock: Clock, machine: Machine | None = None
) -> Started:
    """Start all phases and probe their health.

    Raises BootstrapError with the cause after rolling back.
    """
    started = Started(machine or Machine("bootstrap", CHART, clock))
    started.machine.fire(BootstrapEvent.START)
    try:
        for phase in phases:
            failure = await _start_phase(phase, started)
            if failure is not None:
                part, error = failure
                started.machine.fire(f"phase{phase.number}_failed", f"{part}: {error}")
                await _roll_back(started)
                raise BootstrapError(
                    "bootstrap.part_failed", part=part, phase=phase.name, reason=str(error)
                ) from error
            started.machine.fire(f"phase{phase.number}_complete")
        for result in await run_probes(probes):
            if not result.healthy:
                cause = f"{result.name}: {result.detail}"
                started.machine.fire(BootstrapEvent.HEALTH_CHECK_FAILED, cause)
                await _roll_back(started)
                raise BootstrapError(
                    "bootstrap.probe_failed", probe=result.name, reason=result.detail
                )
    except asyncio.CancelledError:
        # Ctrl+C while it comes up: nothing of it stays behind.
        await started.stop()
        raise
    started.machine.fire(BootstrapEvent.ALL_PROBES_PASS)
    return started


async def run_probes(probes: Sequence[Probe]) -> list[ProbeResult]:
    """The answer of every probe, in order."""

    async def ask(probe: Probe) -> ProbeResult:
        try:
            return ProbeResult(probe.name, True, await probe.check())
        except Exception as error:  # noqa: BLE001 - a probe's error is its answer
            return ProbeResult(probe.name, False, str(error) or type(error).__name__)

    return list(await asyncio.gather(*(ask(probe) for probe in probes)))


async def _start_phase(phase: Phase, started: Started) -> tuple[str, BaseException] | None:
    """Start the parts of a phase together; the first failure and its part, if any."""

    async def start(part: Part) -> None:
        stop = await part.start()
        if stop is not None:
            # Noted at once: what another part or a Ctrl+C does next must not make us forget it.
            started.stops.append((part.name, stop))

    results = await asyncio.gather(*map(start, phase.parts), return_exceptions=True)
    for part, result in zip(phase.parts, results, strict=True):
        if isinstance(result, BaseException):
            return part.name, result
    return None


async def _roll_back(started: Started) -> None:
    try:
        await started.stop()
    finally:
        started.machine.fire(BootstrapEvent.ROLLBACK_COMPLETE)

"""A run of this program, as the facade hands it out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from harmony.conductor.runner import Runner


@dataclass(frozen=True, slots=True)
class Run:
    """A run of this program: its id and what can be done with it."""

    _runner: Runner

    @property
    def id(self) -> str:
        """The run's id."""
        return self._runner.run

    @property
    def status(self) -> str:
        """Its state of chart 3."""
        return self._runner.status

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that it runs; those in parts and loops by the way to them."""
        return tuple(self._runner.core.tracker.nodes)

    async def finished(self) -> str:
        """Wait for its end; the state it ended in. Raises RunBrokenError."""
        # Shielded: who stops waiting (Ctrl+C) does not end the run.
        return await asyncio.shield(self._runner.finished)

    def pause(self) -> None:
        """Start no further task; what runs finishes."""
        self._runner.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._runner.resume()

    def cancel(self) -> None:
        """End it now."""
        self._runner.cancel()


async def begun(runner: Runner) -> Run:
    """The run, once its first records are on disk."""
    await runner.begun
    return Run(runner)

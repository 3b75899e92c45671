"""Chambering: where each package stands between installed and running (seeds/000 section 1).

Here a package is *loaded* when its description is in memory, never its code, and *activated* when
its Players are in the catalogue; its code runs in processes that have charts of their own.
"""

from __future__ import annotations

from harmony.foundation.clock import Clock, SystemClock
from harmony.states.extension_lifecycle import CHART, ExtensionEvent, ExtensionState
from harmony.states.kernel import Machine, Record


class Chambering:
    """One machine a package. Survives reloads of the catalogue, and remembers what was."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._machines: dict[str, Machine] = {}

    def begin(self, package: str) -> None:
        """A package is to be loaded: newly installed, again after an error, or anew."""
        machine = self._machines.get(package)
        if machine is None or machine.is_final:
            machine = Machine(f"package:{package}", CHART, self._clock)
            self._machines[package] = machine
        if machine.state == ExtensionState.INSTALLED:
            machine.fire(ExtensionEvent.LOAD, "read its description")
        elif machine.state == ExtensionState.ACTIVATED:
            machine.fire(ExtensionEvent.DEACTIVATE, "read its description anew")

    def succeed(self, package: str) -> None:
        """Its description is there and its Players can be placed."""
        machine = self._machines[package]
        if machine.state == ExtensionState.LOADING:
            machine.fire(ExtensionEvent.SUCCESS)
        elif machine.state == ExtensionState.ERROR:
            machine.fire(ExtensionEvent.RECOVER)
        machine.fire(ExtensionEvent.ACTIVATE, "its Players are in the catalogue")

    def fail(self, package: str, reason: str) -> None:
        """It cannot be described; its Players are not in the catalogue."""
        machine = self._machines[package]
        if machine.state == ExtensionState.LOADING:
            machine.fire(ExtensionEvent.LOAD_FAILED, reason)
        elif machine.state != ExtensionState.ERROR:
            machine.fire(ExtensionEvent.FATAL_ERROR, reason)

    def keep_only(self, packages: set[str]) -> None:
        """Packages that are listed no more are gone."""
        for package in sorted(self._machines.keys() - packages):
            machine = self._machines.pop(package)
            machine.fire(ExtensionEvent.UNINSTALL, "removed from the list")
            machine.fire(ExtensionEvent.CLEANUP_COMPLETE)

    def state(self, package: str) -> str | None:
        """The state of a package; None when there is no such package."""
        machine = self._machines.get(package)
        return None if machine is None else machine.state

    def states(self) -> dict[str, str]:
        """Every package and its state."""
        return {package: machine.state for package, machine in self._machines.items()}

    def history(self, package: str) -> tuple[Record, ...]:
        """The moves of a package, oldest first."""
        machine = self._machines.get(package)
        return () if machine is None else machine.history

"""Keeps the garbage collector's pauses short while a run grows.

A full collection looks at everything that lives, and a run of 100,000 tasks is a million objects:
57 ms and more of a window that does not answer (FACTS.md, Python and processes). What a run has
written down lives as long as the run and goes, with it, by its reference counts. So each time that
the collector has looked through what came lately, it is told to leave alone what it found alive:
the time between two such looks is measured in objects, whichever thread made them, and a full
collection never becomes due.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping

_YOUNG = 1
"""The generation whose collection is the last before a full one: some 7,700 objects."""


class Collector:
    """The collector, as one run deals with it: from `begin` to `over`."""

    __slots__ = ("_begun", "_frozen_before")

    def __init__(self) -> None:
        self._begun = False
        self._frozen_before = False

    def begin(self) -> None:
        """The run begins, or goes on after its end. What is there by now is left alone."""
        if self._begun:
            return
        self._begun = True
        beside = _under_way()
        # The Board has set aside what it started with, for good. To count that takes a while.
        self._frozen_before = (
            beside[0]._frozen_before if beside else gc.get_freeze_count() > 0  # noqa: SLF001
        )
        gc.freeze()
        gc.callbacks.append(self._looked)

    def over(self) -> None:
        """The run has ended: what cannot be reached any more may be looked for everywhere."""
        if not self._begun:
            return
        self._begun = False
        gc.callbacks.remove(self._looked)
        if not self._frozen_before and not _under_way():
            gc.unfreeze()

    def _looked(self, phase: str, about: Mapping[str, int]) -> None:
        if phase == "stop" and about["generation"] >= _YOUNG:
            gc.freeze()


def _under_way() -> list[Collector]:
    """Those of all runs that go on in this process."""
    owners = (getattr(callback, "__self__", None) for callback in gc.callbacks)
    return [owner for owner in owners if isinstance(owner, Collector)]

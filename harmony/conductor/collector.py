"""Keeps the garbage collector's pauses short while a run grows.

A full collection looks at everything that lives, and a run of 100,000 tasks is a million objects:
57 ms and more of a window that does not answer (FACTS.md, Python and processes). What a run has
written down lives as long as the run and goes, with it, by its reference counts; so the collector
is told now and then to leave alone what is there by now.
"""

from __future__ import annotations

import gc
from typing import Final

EVERY: Final = 1_000
"""So many records come with up to 20,000 objects: some milliseconds for the collector."""


class Collector:
    """The collector, as one run deals with it."""

    __slots__ = ("_frozen_before", "_records")

    def __init__(self) -> None:
        # The Board has set aside what it started with, for good.
        self._frozen_before = gc.get_freeze_count() > 0
        self._records = EVERY  # with the first records all that the program started with

    def grown(self, records: int) -> None:
        """The run has so many more records, or tasks looked up."""
        self._records += records
        if self._records >= EVERY:
            self._records = 0
            gc.freeze()

    def over(self) -> None:
        """The run has ended: what cannot be reached any more may be looked for everywhere."""
        if not self._frozen_before:
            gc.unfreeze()

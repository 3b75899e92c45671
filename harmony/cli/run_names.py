"""What a person may call a run, without the engine: `harmony show` starts nothing."""

from __future__ import annotations

from typing import Final

from harmony.polyphony.store import Store

LAST: Final = "last"
"""Stands for the newest run."""


def run_named(store: Store, name: str) -> str:
    """The id of the newest run for `last`; any other name as it is."""
    newest = store.runs(limit=1) if name == LAST else []
    return newest[0].id if newest else name

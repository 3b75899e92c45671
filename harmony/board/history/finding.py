"""Where the history gets its runs: the store, a page at a time. Knows no Qt."""

from __future__ import annotations

from harmony.board.history.runs_model import Find, FindFamily, Page
from harmony.polyphony.run_history import paused_seconds
from harmony.symphony import Symphony


def runs_of(symphony: Symphony) -> Find:
    """Finds runs of all programs on the data folder, the newest first."""
    store = symphony.house.store

    def find(words: str, before: str | None, limit: int) -> Page:
        if words:
            runs = store.search_runs(words, limit, before)
        else:
            runs = store.runs(limit, before=before)
        ended = [run.id for run in runs if run.finished]
        return Page(runs, store.reading(lambda c: paused_seconds(c, ended)) if ended else {})

    return find


def family_in(symphony: Symphony) -> FindFamily:
    """Finds what a run came from and what came from it, each behind its parent."""

    def find(run: str) -> Page:
        family = symphony.family_of(run)
        runs = [relative.run for relative in family]
        ended = [run.id for run in runs if run.finished]
        store = symphony.house.store
        paused = store.reading(lambda c: paused_seconds(c, ended)) if ended else {}
        return Page(runs, paused, tuple(relative.depth for relative in family))

    return find

"""A large output begins to go to the disk while its summary is made."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from harmony.players.early_sync import LARGE, begin_sync
from harmony.players.values import write_output


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when something was synced, which is then really done."""
    event, sync = threading.Event(), os.fsync

    def noting(descriptor: int) -> None:
        sync(descriptor)
        event.set()

    monkeypatch.setattr(os, "fsync", noting)
    return event


def test_a_large_output_is_synced_though_nobody_waits_for_it(
    tmp_path: Path, synced: threading.Event
) -> None:
    reference = write_output(b"x" * LARGE, "bytes", tmp_path)
    assert synced.wait(30)
    assert (tmp_path / reference["staged"]).stat().st_size == LARGE


def test_a_small_one_costs_no_thread(tmp_path: Path, synced: threading.Event) -> None:
    before = threading.active_count()
    write_output(b"x" * 100_000, "bytes", tmp_path)
    assert threading.active_count() == before
    assert not synced.is_set()


def test_a_file_that_is_gone_already_is_the_business_of_the_engine(tmp_path: Path) -> None:
    begin_sync(tmp_path / "gone")

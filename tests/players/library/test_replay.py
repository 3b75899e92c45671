"""A recorded task that takes its time again, and nothing else."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from harmony.players import PlayerError
from harmony.players.context import Context, TaskCancelled
from harmony.players.declare import declaration_of
from harmony.players.library.replay import replay


def test_it_tells_the_files_of_the_recorded_task() -> None:
    given = replay(
        [{"name": "first"}, {"name": "second"}],
        runtime=0,
        name="merge",
        input_files="12 reads.fastq\n",
        output_files="3000000000 all reads.bam\n\n- log.txt",
    )
    assert given == {
        "name": "merge",
        "after": 2,
        "files": [
            {"name": "all reads.bam", "bytes": 3_000_000_000},
            {"name": "log.txt", "bytes": None},
        ],
    }


def test_a_task_that_waits_for_nothing_can_be_replayed() -> None:
    assert replay(runtime=0)["after"] == 0


def test_it_takes_its_run_time_on_the_scaled_clock_and_no_core() -> None:
    began, worked = time.monotonic(), time.process_time()
    replay(runtime=30, scale=0.01)
    took, work = time.monotonic() - began, time.process_time() - worked
    assert took >= 0.3, "never shorter than was asked for"
    assert work < took / 2, "it sleeps, and does not count"


def test_a_long_one_says_how_far_it_is() -> None:
    said: list[dict[str, Any]] = []
    replay(runtime=0.8, context=Context(say=lambda kind, fields: said.append(fields)))
    fractions = [fields["fraction"] for fields in said]
    assert fractions
    assert fractions == sorted(fractions)
    assert all(0 < fraction < 1 for fraction in fractions)


def test_it_ends_when_it_is_cancelled() -> None:
    context = Context()
    timer = threading.Timer(0.05, context.cancel)
    timer.start()
    with pytest.raises(TaskCancelled):
        replay(runtime=3600, context=context)
    timer.join()


@pytest.mark.parametrize("line", ["reads.fastq", "12", "-5 reads.fastq", "twelve reads.fastq"])
def test_a_file_without_size_or_name_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(PlayerError, match="Output files, line 2") as error:
        replay(runtime=0, output_files=f"1 a\n{line}")
    assert "size in bytes" in str(error.value.hint)
    with pytest.raises(PlayerError, match="Input files, line 1"):
        replay(runtime=0, input_files=line)


def test_it_takes_a_waiting_slot_and_is_never_reused() -> None:
    declared = declaration_of(replay)
    assert declared is not None
    assert declared.waits
    assert not declared.deterministic

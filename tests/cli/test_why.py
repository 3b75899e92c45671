from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harmony.cli.why import UnknownTaskError, told_of
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node
from harmony.polyphony.records import JournalRecord

Harmony = Any


def _record(task: str, event: str, to_state: str, trigger: str = "", **data: Any) -> JournalRecord:
    return JournalRecord("r", 1, f"task:{task}", "Ready", event, to_state, trigger, 5.0, 0.5, data)


def test_a_grant_tells_what_the_engine_knew_when_it_was_made() -> None:
    why = {"waited": 1.25, "own": 3, "others": 2, "priority": 1}
    record = _record("a", "allocate_player", "Allocated", attempt=2, why=why)
    (move,) = told_of([record, _record("b", "skipped", "Skipped")], "a")
    assert move.reasons == [
        "Attempt 2.",
        (
            "It waited 1.2 s for a running slot; meanwhile 3 of its own run and 2 of other runs "
            "went first."
        ),
        "Its node has priority 1.",
    ]


def test_a_task_that_was_skipped_failed_or_waits_to_retry_says_why() -> None:
    cause = {"code": "pit.branch_not_taken", "port": "table"}
    error = {"message": "No such column.", "type": "KeyError"}
    journal = [
        _record("a", "skipped", "Skipped", cause=cause),
        _record("a", "execution_error", "Failed", error=error),
        _record("a", "retry_policy_active", "Retrying", delay=1.5, due=7.0),
        _record("a", "result_reused", "Reused", "run x, task y", outputs={}),
        _record("a", "interrupted", "Ready", "the program ended"),
    ]
    assert [move.reasons for move in told_of(journal, "a")] == [
        ["Skipped: nothing came in at table; the other way was taken."],
        ["No such column."],
        ["It tries again in 1.50 s."],
        ["The same work was done before, in run x, task y."],
        ["the program ended"],
    ]


def test_a_task_that_is_not_there_is_refused_with_names_that_are_near() -> None:
    with pytest.raises(UnknownTaskError, match=r"near this name: count"):
        told_of([_record("count", "skipped", "Skipped")], "cuont")


def test_a_run_of_another_program_is_told_from_its_journal(
    harmony: Harmony, tmp_path: Path
) -> None:
    melody = Melody(id="trial", name="Trial")
    melody.nodes["text"] = Node("text", "harmony/text_value", parameters={"value": "to be"})
    melody.nodes["count"] = Node("count", "harmony/word_count")
    melody.connections[Connection("text", "text", "count", "text")] = "hard"
    save(tmp_path / "words.melody", melody)
    assert harmony("run", tmp_path / "words.melody").status == 0
    run = harmony("runs", "--json").json[0]["id"]
    told = harmony("show", run, "--why", "count")
    assert told.status == 0, told.err
    assert told.out.startswith("count: Completed\n")
    assert "Ready → Allocated" in told.out
    assert "Attempt 1." in told.out
    states = [move["to_state"] for move in harmony("show", run, "--why", "count", "--json").json]
    assert states == ["Ready", "Allocated", "Executing", "Storing", "Completed"]
    assert "count" in harmony("show", run, "--why", "cuont").err

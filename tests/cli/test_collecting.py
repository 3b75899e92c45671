"""What is due to go, and what is known of an artifact, told by the real command."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from harmony.foundation.clock import ManualClock, SystemClock
from harmony.foundation.paths import DataFolder
from harmony.foundation.resources import resource_path
from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import open_store

Harmony = Callable[..., Any]
DAY = 86_400.0


@pytest.fixture
def references(harmony_home: Path) -> dict[str, dict[str, Any]]:
    """A data folder with three texts that were read 10, 40 and 400 days ago."""
    folder = DataFolder(harmony_home).ensure()
    now, kept = SystemClock().wall(), {}
    with open_store(folder, SystemClock()) as store:
        for days in (10, 40, 400):
            clock = ManualClock(wall=now - days * DAY)
            output = ArtifactStore(store, folder, clock=clock).keep(
                {"type": "text", "value": f"The harbour {days} days ago"}, harmony_home
            )
            kept[str(days)] = output.reference
            run = RunRow(f"run{days}", "Harbours", "m", "h", b"{}", path="/harbours.melody")
            record = JournalRecord(
                run.id, 1, "task:load", "a", "b", "c", data={"out": output.reference}
            )
            store.commit_and_wait(
                Commit(
                    runs=[run],
                    records=[record],
                    artifacts=output.rows,
                    updates=[RunUpdate(run.id, "Completed")],
                )
            )
    return kept


def test_a_dry_run_says_what_would_go_and_why_and_touches_nothing(
    harmony: Harmony, references: dict[str, dict[str, Any]]
) -> None:
    for _ in range(2):
        told = harmony("gc", "--dry-run", "--json").json
        moves = {move["hash"]: move for move in told["moves"]}
        assert {move["to_tier"] for move in moves.values()} == {"HDD_Warm"}
        oldest = moves[references["400"]["hash"]]
        assert (oldest["run"], oldest["task"], oldest["type"]) == ("run400", "load", "text")
        assert "400 days" in oldest["why"]
        assert told["done"]["moved"] == 0
    page = harmony("gc", "--dry-run")
    assert references["10"]["hash"][:10] in page.out
    assert "Nothing was changed" in page.out


def test_gc_does_what_it_said_and_leaves_what_is_held_or_pinned(
    harmony: Harmony, references: dict[str, dict[str, Any]]
) -> None:
    assert harmony("gc", "--json").json["done"]["moved"] == 3
    assert harmony("hold", "run400", "--reason", "audit").status == 0
    assert harmony("gc", "--dry-run", "--json").json["stays"] == [
        {"why": "on hold", "count": 1, "bytes": references["400"]["size"]}
    ]
    assert harmony("gc", "--json").json["done"]["deleted"] == 0
    assert harmony("hold", "run400", "--lift").status == 0
    assert harmony("hold", "run400", "--lift").status == 1
    assert harmony("pin", references["400"]["hash"][:12]).status == 0
    assert harmony("gc", "--json").json["done"]["deleted"] == 0
    assert harmony("pin", references["400"]["hash"][:12], "--remove").status == 0
    assert harmony("gc", "--json").json["done"]["deleted"] == 1
    gone = harmony("artifact", references["400"]["hash"], "--json")
    assert gone.status == 1
    assert gone.json["tier"] == "Deleted"
    assert [move["event"] for move in gone.json["moves"]][-1] == "age > retention_period"


@pytest.mark.parametrize(
    "place", ["rename.renamed", "artifacts.carried", "store.before_commit", "artifacts.settled"]
)
def test_a_gc_that_is_killed_loses_nothing_and_the_next_one_finishes(
    harmony: Harmony, harmony_home: Path, place: str
) -> None:
    folder, clock = DataFolder(harmony_home).ensure(), ManualClock(SystemClock().wall() - 10 * DAY)
    content = b"".join(number.to_bytes(4, "big") for number in range(500_000))
    with open_store(folder, clock) as store:
        artifacts = ArtifactStore(store, folder, clock=clock)
        staging = artifacts.staging_folder("r", "t", 1)
        staging.joinpath("out.bin").write_bytes(content)
        kept = artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging)
        store.commit_and_wait(Commit(artifacts=kept.rows))
        digest = kept.reference["hash"]
        file = artifacts.path(digest)
    os.utime(file, (clock.wall(), clock.wall()))
    killed = harmony("gc", environment={"HARMONY_FAILPOINT": place})
    assert killed.status == -9
    with open_store(folder, SystemClock()) as store:
        there = ArtifactStore(store, folder)
        row = store.artifact(digest)
        assert row is not None
        assert there.exists(kept.reference)
        if row.tier == "SSD_Hot":
            assert there.read(digest) == content
            os.utime(file, (clock.wall(), clock.wall()))
    assert harmony("gc", "--json").status == 0
    with open_store(folder, SystemClock()) as store:
        row = store.artifact(digest)
        assert row is not None
        assert row.tier == "HDD_Warm"
        assert ArtifactStore(store, folder).read(digest) == content


def test_a_damaged_artifact_is_shown_at_its_run_and_a_retry_makes_it_alone_again(
    harmony: Harmony, harmony_home: Path, tmp_path: Path
) -> None:
    for name in ("melodies", "data"):
        shutil.copytree(resource_path(name), tmp_path / name)
    melody = tmp_path / "melodies" / "word-statistics.melody"
    assert harmony("run", melody).status == 0
    (run,) = harmony("runs", "--json").json
    tasks = {task["id"]: task for task in harmony("show", run["id"], "--json").json["tasks"]}
    digest = tasks["read-text[9]"]["artifacts"]["text"]
    told = harmony("artifact", digest, "--json").json
    (maker,), users = told["lineage"]["made_by"], told["lineage"]["used_by"]
    assert (maker["task"], maker["player"]) == ("read-text[9]", "harmony/read_text")
    assert {user["task"] for user in users} == {"count-words[9]", "find-keywords[9]"}
    report = tasks["report"]["artifacts"]["text"]
    way = [step["task"] for step in harmony("artifact", report, "--json").json["way"]]
    assert way[0] == "report"
    assert {"texts", "read-text[9]", "count-words[0]"} <= set(way)
    connection = apsw.Connection(str(harmony_home / "harmony.sqlite3"))
    connection.execute("UPDATE artifacts SET inline = x'62' WHERE hash = ?", (digest,))
    connection.close()
    found = harmony("artifact", digest[:12])
    assert found.status == 1
    assert f"harmony retry {run['id'][-8:]}" in found.out
    shown = harmony("show", run["id"], "--json").json["damaged"]
    assert [(each["task"], each["hash"]) for each in shown] == [("read-text[9]", digest)]
    assert harmony("retry", run["id"]).status == 0
    child = harmony("runs", "--json").json[0]
    assert child["parent"] == run["id"]
    assert child["reused"] == run["completed"] - 1
    assert harmony("show", run["id"], "--json").json["damaged"] == []
    assert harmony("artifact", digest[:12]).status == 0


def test_the_disk_budget_of_the_settings_holds(
    harmony: Harmony, references: dict[str, dict[str, Any]], harmony_home: Path
) -> None:
    settings = {"hot_days": 1000, "warm_days": 2000, "retention_days": 3000}
    (harmony_home / "settings.json").write_text(json.dumps(settings))
    assert harmony("gc", "--json").json["moves"] == []


def test_artifacts_are_found_by_their_words(
    harmony: Harmony, references: dict[str, dict[str, Any]]
) -> None:
    found = harmony("find", "harbour", "--json").json
    assert {each["hash"] for each in found} == {each["hash"] for each in references.values()}
    assert "harbour" in found[0]["excerpt"]
    assert harmony("find", "harbour", "40", "days").out.count("Harbours") == 1
    missing = harmony("find", "lighthouse")
    assert missing.status == 1
    assert "No artifact" in missing.out


def test_an_artifact_is_told_with_its_quality_and_judged_by_a_person(
    harmony: Harmony, references: dict[str, dict[str, Any]]
) -> None:
    digest = references["10"]["hash"]
    told = harmony("artifact", digest[:8], "--rate", "bad", "--note", "wrong place", "--json").json
    assert told["hash"] == digest
    assert told["quality"]["score"] == 70
    assert told["feedback"][0]["note"] == "wrong place"
    assert "quality 70 of 100" in harmony("artifact", digest[:8]).out


@pytest.mark.parametrize("name", ["abc", "ffffffff", "'; --"])
def test_an_artifact_that_is_not_there_is_named(
    harmony: Harmony, references: dict[str, dict[str, Any]], name: str
) -> None:
    done = harmony("artifact", name)
    assert done.status != 0
    assert "There is no artifact" in done.err
    assert "Traceback" not in done.err

"""`harmony verify` names whatever is not as it was; `harmony repair` makes good what it can.

Each kind of damage is done to a sound data folder: it is found by its name, a dry run changes
nothing, a repair leaves a folder in which nothing is wrong, and a second one finds nothing to do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from small_work import filled

from harmony.cli.verifying import Repaired, inspect, mend
from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony import checkpoints
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.store import open_store

Harm = Callable[[DataFolder], None]


def harmony(
    folder: DataFolder, *arguments: str, failpoint: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harmony", *arguments, "--home", str(folder.home)],
        capture_output=True,
        text=True,
        env={**os.environ, "HARMONY_FAILPOINT": failpoint},
        timeout=120,
        check=False,
    )


def verified(folder: DataFolder) -> list[str]:
    """The codes of all damage that is found."""
    findings = inspect(folder, quietly)
    assert all(found.message and found.cure for found in findings)
    return [found.code for found in findings if found.kind == "damage"]


def quietly(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def repaired(folder: DataFolder) -> Repaired:
    return mend(folder, inspect(folder, quietly), quietly)


def sql(*statements: str) -> Harm:
    """Harm done to the rows of the database, behind the program's back."""

    def harm(folder: DataFolder) -> None:
        connection = apsw.Connection(str(folder.database))
        for statement in statements:
            connection.execute(statement)
        connection.close()

    return harm


def files_of(folder: DataFolder) -> list[Path]:
    return sorted(folder.artifacts.glob("[0-9a-f][0-9a-f]/*"))


def flip_in_a_file(folder: DataFolder) -> None:
    path = files_of(folder)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.chmod(0o600)
    path.write_bytes(content)


def remove_a_file(folder: DataFolder) -> None:
    files_of(folder)[0].unlink()


def spoil_the_mark(folder: DataFolder) -> None:
    content = bytearray(folder.high_water.read_bytes())
    content[30] ^= 1
    folder.high_water.write_bytes(content)


def lose_the_mark(folder: DataFolder) -> None:
    folder.high_water.unlink()


def cut_the_database(folder: DataFolder) -> None:
    whole = folder.database.read_bytes()
    folder.database.write_bytes(whole[: len(whole) // 3 * 2])


def zero_a_page(folder: DataFolder) -> None:
    content = bytearray(folder.database.read_bytes())
    page = len(content) // 4096 // 2
    content[page * 4096 : (page + 1) * 4096] = bytes(4096)
    folder.database.write_bytes(content)


def write_over_the_header(folder: DataFolder) -> None:
    content = bytearray(folder.database.read_bytes())
    content[:100] = b"x" * 100
    folder.database.write_bytes(content)


def lose_the_database(folder: DataFolder) -> None:
    folder.database.unlink()


CHANGED = "replace(record, 'Allocated', 'Completed') WHERE run = 'run-1' AND sequence = 14"
DAMAGE: dict[str, tuple[Harm, str]] = {
    "a changed record": (
        sql(f"UPDATE journal SET record = {CHANGED}"),
        "polyphony.records_changed",
    ),
    "an unreadable record": (
        sql("UPDATE journal SET record = 'x' WHERE run = 'run-1' AND sequence = 14"),
        "polyphony.records_changed",
    ),
    "a removed record": (
        sql("DELETE FROM journal WHERE run = 'run-1' AND sequence = 14"),
        "polyphony.record_missing",
    ),
    "a removed end": (
        sql("DELETE FROM journal WHERE run = 'run-1' AND sequence > 14"),
        "polyphony.record_missing",
    ),
    "a lost head": (sql("DELETE FROM chain_heads WHERE run = 'run-1'"), "polyphony.head_missing"),
    "a changed head": (
        sql("UPDATE chain_heads SET hash = zeroblob(32) WHERE run = 'run-1'"),
        "polyphony.head_changed",
    ),
    "a lost run": (sql("DELETE FROM runs WHERE id = 'run-1'"), "polyphony.journal_without_run"),
    "a lost journal": (
        sql(
            "DELETE FROM journal WHERE run = 'run-1'",
            "DELETE FROM chain_heads WHERE run = 'run-1'",
        ),
        "polyphony.run_without_journal",
    ),
    "a run that vanished": (
        sql(
            "DELETE FROM journal WHERE run = 'run-1'",
            "DELETE FROM chain_heads WHERE run = 'run-1'",
            "DELETE FROM runs WHERE id = 'run-1'",
        ),
        "polyphony.run_missing",
    ),
    "a changed commit": (
        sql("UPDATE system_chain SET content = '{}' WHERE number = 7"),
        "polyphony.system_chain_changed",
    ),
    "a lost commit": (
        sql("DELETE FROM system_chain WHERE number = 7"),
        "polyphony.system_chain_changed",
    ),
    "a run in another state": (
        sql("UPDATE runs SET state = 'Executing' WHERE id = 'run-1'"),
        "polyphony.run_state_differs",
    ),
    "a changed melody": (sql("UPDATE melodies SET content = x'7b7d'"), "polyphony.melody_changed"),
    "a lost melody": (sql("DELETE FROM melodies"), "polyphony.melody_missing"),
    "a lost use": (
        sql("DELETE FROM run_artifacts WHERE run = 'run-1'"),
        "polyphony.use_missing",
    ),
    "a lost row of an artifact": (
        sql(
            "DELETE FROM artifacts WHERE inline IS NULL AND hash IN"
            " (SELECT hash FROM run_artifacts WHERE run = 'run-1' LIMIT 3)"
        ),
        "polyphony.artifact_row_missing",
    ),
    "a lost row of a small value": (
        sql(
            "DELETE FROM artifacts WHERE inline IS NOT NULL AND hash IN"
            " (SELECT hash FROM run_artifacts WHERE run = 'run-1')"
        ),
        "polyphony.artifact_row_missing",
    ),
    "a changed small value": (
        sql(
            "UPDATE artifacts SET inline = x'00' WHERE inline IS NOT NULL"
            " AND hash IN (SELECT hash FROM run_artifacts WHERE run = 'run-1')"
        ),
        "pit.content_damaged",
    ),
    "a changed checkpoint": (
        sql("UPDATE checkpoints SET name = 'other' WHERE id = 'checkpoint-first'"),
        "polyphony.checkpoint_changed",
    ),
    "a run lost from a checkpoint": (
        sql("DELETE FROM checkpoint_runs WHERE checkpoint = 'checkpoint-first'"),
        "polyphony.checkpoint_changed",
    ),
    "a changed entity": (
        sql("UPDATE entity_states SET state = replace(state, 'once', 'never')"),
        "polyphony.checkpoint_changed",
    ),
    "a lost entity": (sql("DELETE FROM entity_states"), "polyphony.checkpoint_changed"),
    "a flipped bit in a file": (flip_in_a_file, "pit.content_damaged"),
    "a lost file": (remove_a_file, "pit.content_gone"),
    "a damaged mark": (spoil_the_mark, "polyphony.mark_damaged"),
    "a lost mark": (lose_the_mark, "polyphony.mark_missing"),
    "a database cut short": (cut_the_database, ""),
    "a zeroed page": (zero_a_page, ""),
    "a header written over": (write_over_the_header, "polyphony.database_unreadable"),
    "a lost database": (lose_the_database, "polyphony.database_gone"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return filled(DataFolder(tmp_path_factory.mktemp("sound") / "data"))


@pytest.fixture
def folder(sound: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy of a sound data folder that a test may harm."""
    shutil.copytree(sound.home, tmp_path / "data")
    return DataFolder(tmp_path / "data")


def test_the_commands_say_what_is_wrong_and_what_was_done(folder: DataFolder) -> None:
    assert harmony(folder, "verify").returncode == 0
    flip_in_a_file(folder)
    told = harmony(folder, "verify", "--json")
    assert told.returncode == 1
    assert [each["code"] for each in json.loads(told.stdout)] == ["pit.content_damaged"]
    dry = harmony(folder, "repair", "--dry-run")
    assert dry.returncode == 1
    assert "Nothing was changed" in dry.stdout
    assert verified(folder) == ["pit.content_damaged"]
    done = harmony(folder, "repair")
    assert done.returncode == 0
    assert "is lost" in done.stdout
    assert harmony(folder, "verify").stdout == "Everything is as it was written.\n"


def test_nothing_is_wrong_with_what_was_written_and_left_alone(folder: DataFolder) -> None:
    assert verified(folder) == []
    before = {path: path.read_bytes() for path in folder.home.rglob("*") if path.is_file()}
    assert repaired(folder) == Repaired()
    after = {path: path.read_bytes() for path in before}
    assert after == before


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_and_repaired(folder: DataFolder, kind: str) -> None:
    harm, code = DAMAGE[kind]
    harm(folder)
    found = verified(folder)
    assert found
    if code:
        assert code in found
    after = repaired(folder)
    assert [each for each in after.left if each.kind == "damage"] == []
    assert after.done, "what was done was not said"
    assert verified(folder) == []
    assert repaired(folder).done == []
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        assert store.problems == []
        for run in store.runs():
            assert store.verify_run(run.id) == []
        assert store.verify_system() == [] or "commit" in kind


def test_what_is_lost_is_named_with_the_task_that_can_make_it_again(folder: DataFolder) -> None:
    remove_a_file(folder)
    [lost] = [each for each in repaired(folder).done if each.code == "pit.content_lost"]
    assert lost.parameters["run"].startswith("run-")
    assert "harmony retry" in lost.message


def test_content_is_restored_from_the_copy_in_the_other_folder(
    folder: DataFolder, tmp_path: Path
) -> None:
    warm = tmp_path / "warm"
    folder.settings_file.write_text(json.dumps({"warm_folder": str(warm)}), encoding="utf-8")
    path = files_of(folder)[0]
    copy = warm / path.relative_to(folder.artifacts)
    copy.parent.mkdir(parents=True)
    shutil.copy(path, copy)
    sound = path.read_bytes()
    flip_in_a_file(folder)
    assert verified(folder) == ["pit.content_damaged"]
    assert [each.code for each in repaired(folder).done] == ["pit.repaired_content"]
    assert path.read_bytes() == sound
    assert verified(folder) == []


def test_a_later_change_of_what_was_noted_as_lost_is_new_damage(folder: DataFolder) -> None:
    sql("UPDATE system_chain SET content = '{}' WHERE number = 7")(folder)
    assert repaired(folder).left
    assert verified(folder) == []
    sql("UPDATE system_chain SET content = '[]' WHERE number = 7")(folder)
    assert verified(folder) == ["polyphony.system_chain_changed"]


def test_a_run_of_which_the_end_is_lost_keeps_what_still_fits(folder: DataFolder) -> None:
    DAMAGE["a changed record"][0](folder)
    repaired(folder)
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        assert store.last_sequence("run-1") == 9
        assert store.run("run-1").state == "Executing"
        assert [run.id for run in store.leases.interrupted()] == ["run-1"]
        assert store.run("run-0").state == store.run("run-2").state == "Completed"
    assert list((folder.home / "quarantine").glob("run-1-*.jsonl"))


def test_a_damaged_checkpoint_is_put_aside_and_the_others_stay(folder: DataFolder) -> None:
    DAMAGE["a changed checkpoint"][0](folder)
    told = harmony(folder, "verify")
    assert "Checkpoint checkpoint-first (other) is not as it was written" in told.stdout
    [done] = repaired(folder).done
    assert done.code == "polyphony.repaired_checkpoint"
    kept = Path(str(done.parameters["place"])).read_text(encoding="utf-8")
    assert "checkpoint-first" in kept
    assert "said once" in kept
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        assert [cut.id for cut in store.checkpoints()] == ["checkpoint-second"]
        [agent] = store.reading(lambda c: checkpoints.read(c, "checkpoint-second")).entities
        assert agent.state == {"history": ["said once"]}
        assert store.run("run-1").state == "Completed"


KILLS = [
    ("a zeroed page", "repair.salvaged"),
    ("a zeroed page", "repair.ready"),
    ("a zeroed page", "repair.log_removed"),
    ("a changed record", "repair.put_aside"),
    ("a changed record", "repair.committed"),
    ("a changed entity", "repair.put_aside"),
    ("a flipped bit in a file", "repair.content"),
    ("a flipped bit in a file", "rename.renamed"),
]


@pytest.mark.parametrize(("kind", "failpoint"), KILLS)
def test_a_repair_that_was_killed_twice_is_done_by_the_next(
    folder: DataFolder, kind: str, failpoint: str
) -> None:
    DAMAGE[kind][0](folder)
    for _ in range(2):
        killed = harmony(folder, "repair", failpoint=failpoint)
        assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
    repaired(folder)
    assert verified(folder) == []


def test_no_program_writes_into_a_database_whose_repair_was_cut_short(folder: DataFolder) -> None:
    zero_a_page(folder)
    assert harmony(folder, "repair", failpoint="repair.ready").returncode == -signal.SIGKILL
    with pytest.raises(StoreUnusableError) as refused:
        open_store(folder, ManualClock())
    assert "harmony repair" in str(refused.value)
    repaired(folder)
    with open_store(folder, ManualClock()) as store:
        assert len(store.runs()) == 3


def test_it_verifies_and_repairs_beside_an_open_store_but_not_under_it(folder: DataFolder) -> None:
    flip_in_a_file(folder)
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        assert verified(folder) == ["pit.content_damaged"]
        repaired(folder)
        assert len(store.runs()) == 3
        # The file itself cannot be replaced under a program that writes into it.
        sql("PRAGMA wal_checkpoint(TRUNCATE)")(folder)
        # By another program: closing the file here would drop this one's locks on it.
        page = folder.database.stat().st_size // 4096 // 2
        dd = ["dd", "if=/dev/zero", f"of={folder.database}", "bs=4096", "count=1"]
        subprocess.run([*dd, f"seek={page}", "conv=notrunc"], check=True, capture_output=True)
        refused = harmony(folder, "repair")
        assert refused.returncode == 1
        assert "Close the Board" in refused.stderr

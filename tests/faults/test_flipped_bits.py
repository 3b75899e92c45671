"""A flipped bit, a zeroed page, a cut end: in whatever file, it is never silently wrong.

After each, either every answer is the same as before, or something says so: the store does not open
and names its reason, opening tells of a loss, or `harmony verify` names the damage. What is read
of a run is compared with what was written.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_work import Work, artifacts_of, commits_of, filled

from harmony.cli.verifying import inspect
from harmony.foundation.clock import ManualClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import DataFolder
from harmony.foundation.settings import Settings, load, save
from harmony.melody.file import load as open_file
from harmony.melody.file import save as save_melody
from harmony.melody.model import Melody, Node
from harmony.polyphony.store import open_store

TRIALS_SHORT, TRIALS_LONG = 40, 400
EVERYTHING = "everything is the same"


def flip(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def zero(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content)) // 4096 * 4096
    content[start : start + 4096] = bytes(min(4096, len(content) - start))


def shorten(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


HARMS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, flip, zero, shorten)


@pytest.fixture(scope="module")
def sound() -> Iterator[DataFolder]:
    shared = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    folder = filled(DataFolder(place / "data"), runs=2, tasks=3)
    yield folder
    shutil.rmtree(place)


def answers(folder: DataFolder) -> object:
    """What the store says about all that was ever kept in it."""
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        problems = [str(problem) for problem in store.problems]
        runs = store.runs()
        journals = [store.journal(run.id) for run in runs]
        artifacts = [store.artifacts_of(run.id) for run in runs]
        melodies = [store.melody_of(run.id) for run in runs]
    return problems, runs, journals, artifacts, melodies


def harmed(path: Path, seed: str) -> None:
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    chance.choice(HARMS)(content, chance)
    path.chmod(0o600)
    path.write_bytes(content)


def outcome(folder: DataFolder, right: object) -> str:
    """What a person is told; a text of its own when nothing is said and nothing is different."""
    findings = [each for each in inspect(folder, lambda *_: None) if each.kind == "damage"]
    if findings:
        return findings[0].code
    try:
        found = answers(folder)
    except HarmonyError as error:
        return error.code
    assert found == right, "other answers, and nobody says so"
    return EVERYTHING


@pytest.fixture(scope="module")
def killed(sound: DataFolder) -> DataFolder:
    """As after a kill: the newest commits stand in the log alone."""
    clock = ManualClock(wall=1_800_000_000.0)
    folder = DataFolder(sound.home.parent / "working")
    shutil.copytree(sound.home, folder.home)
    with open_store(folder, clock) as store:
        work = Work("late", artifacts_of(store, folder, clock), random.Random(9))
        for commit in commits_of(work, 4):
            store.commit_and_wait(commit)
        shutil.copytree(folder.home, sound.home.parent / "killed")
    return DataFolder(sound.home.parent / "killed")


@pytest.mark.parametrize("what", ["the database", "the log", "an artifact", "the mark"])
def test_what_is_damaged_is_never_silently_wrong(
    what: str, sound: DataFolder, killed: DataFolder, long_form: bool
) -> None:
    source = killed if what == "the log" else sound
    shutil.copytree(source.home, sound.home.parent / "right")
    right = answers(DataFolder(sound.home.parent / "right"))
    shutil.rmtree(sound.home.parent / "right")
    said: set[str] = set()
    for trial in range(TRIALS_LONG if long_form else TRIALS_SHORT):
        target = sound.home.parent / "harmed"
        shutil.copytree(source.home, target)
        folder = DataFolder(target)
        artifacts = sorted(folder.artifacts.glob("[0-9a-f][0-9a-f]/*"))
        path = {
            "the database": folder.database,
            "the log": target / "harmony.sqlite3-wal",
            "an artifact": artifacts[trial % len(artifacts)],
            "the mark": folder.high_water,
        }[what]
        harmed(path, f"{what} {trial}")
        told = outcome(folder, right)
        if what == "an artifact":
            assert told in ("pit.content_damaged", EVERYTHING)
        said.add(told)
        shutil.rmtree(target)
    assert said - {EVERYTHING}, "nothing was ever noticed"


def test_a_melody_file_is_never_silently_another(tmp_path: Path, long_form: bool) -> None:
    """A changed file is another melody, or is refused by name: it never ends the program."""
    melody = Melody(id="m", name="A melody")
    for number in range(20):
        melody.nodes[f"n{number}"] = Node(f"n{number}", "players/say", parameters={"n": number})
    path = tmp_path / "a.melody"
    save_melody(path, melody)
    sound, refused = path.read_bytes(), 0
    for trial in range(TRIALS_LONG if long_form else TRIALS_SHORT):
        path.write_bytes(sound)
        harmed(path, f"melody {trial}")
        try:
            open_file(path)
        except HarmonyError as error:
            assert str(error)
            refused += 1
    assert refused


def test_a_settings_file_is_read_whole_or_refused_by_name(tmp_path: Path, long_form: bool) -> None:
    path = tmp_path / "settings.json"
    save(path, Settings(theme="dark", hot_days=9, disk_budget_mb=123))
    sound, refused = path.read_bytes(), 0
    for trial in range(TRIALS_LONG if long_form else TRIALS_SHORT):
        path.write_bytes(sound)
        harmed(path, f"settings {trial}")
        try:
            load(path)
        except HarmonyError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused

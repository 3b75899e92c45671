"""The catalogue: what is in it, what is said of what is not; no Player's code runs here."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.settings import Settings
from harmony.orchestra.catalogue import Catalogue, load_catalogue, load_catalogue_async
from harmony.orchestra.errors import FolderError
from harmony.orchestra.folders import add_folder, remove_folder
from harmony.orchestra.lifecycle import Chambering

GOOD = '''
from __future__ import annotations
from harmony.players import Text, operator

@operator("Shout", category="Mine", deterministic=True)
def shout(text: Text) -> Text:
    """loud"""
    return text.upper()
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_the_library_is_there_without_any_of_its_code(cache: Path) -> None:
    catalogue = load_catalogue([], cache)
    spec = catalogue.spec("harmony/filter_rows")
    assert spec is not None
    assert spec.title == "Filter rows"
    package = catalogue.package_of("harmony/filter_rows")
    assert package is not None
    assert package.name == "harmony"
    assert catalogue.problems == ()


def test_loading_the_catalogue_imports_no_player(cache: Path, folder: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from harmony.orchestra.catalogue import load_catalogue\n"
        f"load_catalogue([Path({str(folder)!r})], Path({str(cache)!r}))\n"
        "found = [n for n in sys.modules if 'players.library' in n or 'good' in n]\n"
        "sys.exit(', '.join(found) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_player_is_none(cache: Path) -> None:
    catalogue = load_catalogue([], cache)
    assert catalogue.spec("harmony/none") is None
    assert catalogue.package_of("harmony/none") is None


def test_a_folder_of_ones_own_joins_the_library(folder: Path, cache: Path) -> None:
    catalogue = load_catalogue([folder], cache)
    spec = catalogue.spec("mine/shout")
    assert spec is not None
    assert (spec.title, spec.summary) == ("Shout", "loud")
    assert [package.name for package in catalogue.packages] == ["harmony", "mine"]
    assert spec in catalogue.players()
    assert catalogue.states == {"harmony": "Activated", "mine": "Activated"}
    assert "good" not in sys.modules


def test_a_folder_is_described_once_for_each_state_of_its_source(
    folder: Path, cache: Path, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    counting = f"\nwith open({str(count)!r}, 'a') as file:\n    file.write('x')\n"
    (folder / "good.py").write_text(GOOD + counting)
    for _ in range(3):
        assert load_catalogue([folder], cache).spec("mine/shout") is not None
    assert count.read_text() == "x"
    (folder / "good.py").write_text(GOOD.replace("shout", "yell") + counting)
    catalogue = load_catalogue([folder], cache)
    assert catalogue.spec("mine/shout") is None
    assert catalogue.spec("mine/yell") is not None
    assert count.read_text() == "xx"
    assert len(list(cache.iterdir())) == 1


def test_a_damaged_copy_in_the_cache_is_made_anew(folder: Path, cache: Path) -> None:
    load_catalogue([folder], cache)
    (kept,) = cache.iterdir()
    for content in (b"", b"{}", b'{"format": 1}', b"\xff", b"[" * 100_000):
        kept.write_bytes(content)
        assert load_catalogue([folder], cache).spec("mine/shout") is not None
        assert kept.read_bytes() != content


def test_what_is_wrong_in_one_file_is_said_with_its_line(folder: Path, cache: Path) -> None:
    (folder / "broken.py").write_text("x = 1\ndef broken(:\n")
    catalogue = load_catalogue([folder], cache)
    assert catalogue.spec("mine/shout") is not None
    (problem,) = catalogue.problems
    assert (Path(problem.file).name, problem.line) == ("broken.py", 2)
    assert "broken.py, line 2: SyntaxError" in str(problem)


def test_a_problem_is_looked_at_anew_each_time(folder: Path, cache: Path, tmp_path: Path) -> None:
    missing = tmp_path / "appears"
    (folder / "asks.py").write_text(f"open({str(missing)!r}).close()\n")
    assert len(load_catalogue([folder], cache).problems) == 1
    missing.write_text("")
    assert load_catalogue([folder], cache).problems == ()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os\nos._exit(7)\n", "its exit status was 7"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "by the signal 9"),
    ],
)
def test_a_file_that_ends_the_child_is_a_problem_and_no_more(
    folder: Path, cache: Path, code: str, words: str
) -> None:
    (folder / "bad.py").write_text(code)
    catalogue = load_catalogue([folder], cache)
    assert [package.name for package in catalogue.packages] == ["harmony"]
    assert words in str(catalogue.problems[0])
    assert catalogue.states["mine"] == "Error"


def test_a_file_that_does_not_end_is_stopped_with_what_it_started(
    folder: Path, cache: Path
) -> None:
    (folder / "hangs.py").write_text(
        "import subprocess, threading\n"
        "subprocess.Popen(['sleep', '600'])\n"
        "threading.Event().wait()\n"
    )
    catalogue = load_catalogue([folder], cache, deadline=3)
    assert "longer than 3 seconds" in str(catalogue.problems[0])


def test_a_python_that_is_not_there_is_a_problem(folder: Path, cache: Path) -> None:
    catalogue = load_catalogue([folder], cache, python="/nowhere/python")
    assert "could not be read" in str(catalogue.problems[0])
    assert catalogue.spec("harmony/filter_rows") is not None


def test_a_folder_that_is_gone_is_a_problem(tmp_path: Path, cache: Path) -> None:
    catalogue = load_catalogue([tmp_path / "gone"], cache)
    assert "does not exist" in str(catalogue.problems[0])
    assert catalogue.states["gone"] == "Error"


@pytest.mark.parametrize("name", ["harmony", "mine"])
def test_two_packages_cannot_have_one_name(
    folder: Path, cache: Path, tmp_path: Path, name: str
) -> None:
    other = tmp_path / "elsewhere" / name
    other.mkdir(parents=True)
    (other / "good.py").write_text(GOOD)
    catalogue = load_catalogue([folder, other], cache)
    assert "would have the same name" in str(catalogue.problems[0])
    assert [package.name for package in catalogue.packages] == ["harmony", "mine"]


def test_the_event_loop_goes_on_while_a_folder_is_described(folder: Path, cache: Path) -> None:
    async def load() -> tuple[Catalogue, int]:
        turns = 0
        task = asyncio.create_task(load_catalogue_async([folder], cache))
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        return await task, turns

    catalogue, turns = asyncio.run(load())
    assert catalogue.spec("mine/shout") is not None
    assert turns > 10


def test_a_package_goes_through_its_chart(folder: Path, cache: Path) -> None:
    lives = Chambering(ManualClock())

    def moves() -> list[tuple[str, str]]:
        return [(record.event, record.to_state) for record in lives.history("mine")]

    load_catalogue([folder], cache, chambering=lives)
    assert moves() == [("load", "Loading"), ("success", "Loaded"), ("activate", "Activated")]
    (folder / "good.py").rename(folder / "good.txt")
    folder.rename(folder.with_name("away"))
    load_catalogue([folder], cache, chambering=lives)
    assert lives.state("mine") == "Error"
    folder.with_name("away").rename(folder)
    (folder / "good.txt").rename(folder / "good.py")
    load_catalogue([folder], cache, chambering=lives)
    assert lives.state("mine") == "Activated"
    assert moves()[3:] == [
        ("deactivate", "Loaded"),
        ("fatal_error", "Error"),
        ("recover", "Loaded"),
        ("activate", "Activated"),
    ]
    load_catalogue([], cache, chambering=lives)
    assert lives.states() == {"harmony": "Activated"}


def test_folders_are_added_to_the_settings_and_removed(folder: Path) -> None:
    settings = add_folder(Settings(), folder / ".." / "mine")
    assert settings.players_folders == (str(folder),)
    with pytest.raises(FolderError, match="in the list already"):
        add_folder(settings, folder)
    (folder / "good.py").unlink()
    folder.rmdir()
    assert remove_folder(settings, folder).players_folders == ()


def test_a_folder_that_cannot_hold_players_is_not_added(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="does not exist"):
        add_folder(Settings(), tmp_path / "nowhere")
    with pytest.raises(FolderError, match="holds no Python files"):
        add_folder(Settings(), tmp_path)
    with pytest.raises(FolderError, match="is not in the list"):
        remove_folder(Settings(), folder)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("filter", "harmony/filter_rows"),
        ("Filter ro", "harmony/filter_rows"),
        ("fitler", "harmony/filter_rows"),
        ("csv", "harmony/read_table"),
        ("join", "harmony/join_tables"),
        ("rows group", "harmony/group_rows"),
        ("scatter", "harmony/chart"),
        ("snippet", "harmony/python_snippet"),
        ("key words", "harmony/keywords"),
    ],
)
def test_what_is_typed_finds_the_player(cache: Path, typed: str, first: str) -> None:
    found = load_catalogue([], cache).search(typed)
    assert [player.id for player in found][:1] == [first]


def test_an_empty_search_finds_all_and_nonsense_nothing(cache: Path) -> None:
    catalogue = load_catalogue([], cache)
    assert catalogue.search("  ") == list(catalogue.players())
    assert catalogue.search("xylophone") == []

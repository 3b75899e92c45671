"""A changed file is noticed without opening the others, and is described anew without a restart."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from harmony.orchestra.catalogue import load_catalogue
from harmony.orchestra.watching import PackageWatch, watch_packages
from harmony.players.source import package_hash

GOOD = '''
from harmony.players import Text, operator

@operator("Shout", category="Mine")
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


def test_nothing_has_changed_where_nothing_was_written(folder: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")
    watch = PackageWatch()
    assert watch.changed(catalogue, [folder]) == {}
    (folder / "notes.txt").write_text("no source")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "good.py").write_text("")
    assert watch.changed(catalogue, [folder]) == {}


def test_a_changed_a_new_and_a_removed_file_are_noticed(folder: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")
    watch = PackageWatch()
    assert watch.changed(catalogue) == {}
    (folder / "good.py").write_text(GOOD.replace("upper", "title"))
    assert watch.changed(catalogue) == {"mine": package_hash(str(folder))}
    (folder / "good.py").write_text(GOOD)
    assert watch.changed(catalogue) == {}
    (folder / "_part.py").write_text("x = 1\n")
    assert set(watch.changed(catalogue)) == {"mine"}
    (folder / "_part.py").unlink()
    assert watch.changed(catalogue) == {}


def test_a_folder_that_is_gone_has_changed(folder: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")
    folder.rename(tmp_path / "elsewhere")
    assert PackageWatch().changed(catalogue) == {"mine": ""}


def test_a_file_that_was_only_touched_is_hashed_and_found_the_same(
    folder: Path, tmp_path: Path
) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")
    watch = PackageWatch()
    watch.changed(catalogue)
    os.utime(folder / "good.py", ns=(1, 1))
    assert watch.changed(catalogue) == {}


def test_only_what_was_hashed_and_not_touched_since_counts_as_untouched(
    folder: Path, tmp_path: Path
) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")
    watch = PackageWatch()
    assert not watch.untouched(catalogue), "nobody has looked yet"
    watch.changed(catalogue)
    assert watch.untouched(catalogue)
    os.utime(folder / "good.py", ns=(1, 1))
    assert not watch.untouched(catalogue)
    watch.changed(catalogue)
    assert watch.untouched(catalogue)
    (folder / "good.py").write_text(GOOD.replace("upper", "title"))
    watch.changed(catalogue)
    assert not watch.untouched(catalogue), "what is there is not what the catalogue says"
    folder.rename(tmp_path / "elsewhere")
    assert not watch.untouched(catalogue)


def test_a_folder_that_could_not_be_described_counts_once_it_is_mended(
    folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    catalogue = load_catalogue([folder, broken], tmp_path / "cache")
    watch = PackageWatch()
    assert watch.changed(catalogue, [folder, broken]) == {}
    broken.mkdir()
    (broken / "good.py").write_text(GOOD)
    assert watch.changed(catalogue, [folder, broken]) == {"broken": package_hash(str(broken))}
    again = load_catalogue([folder, broken], tmp_path / "cache")
    assert again.spec("broken/shout") is not None
    assert watch.changed(again, [folder, broken]) == {}


def save(path: Path, content: str) -> None:
    """As an editor does it: the file is the old one or the new one, never half of one."""
    beside = path.with_suffix(".new")
    beside.write_text(content)
    beside.replace(path)


def test_a_watch_tells_each_change_once_and_follows_the_catalogue(
    folder: Path, tmp_path: Path
) -> None:
    catalogue = load_catalogue([folder], tmp_path / "cache")

    async def story() -> None:
        nonlocal catalogue
        told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        async with asyncio.timeout(60):
            watching = asyncio.create_task(watch_packages(lambda: catalogue, told.put, every=0.01))
            save(folder / "good.py", "def half(")
            first = await told.get()
            save(folder / "good.py", GOOD.replace("upper", "title"))
            second = await told.get()
            assert set(first) == set(second) == {"mine"}
            assert first != second
            catalogue = load_catalogue([folder], tmp_path / "cache")
            package = catalogue.package_of("mine/shout")
            assert package is not None
            assert package.hash == second["mine"]
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            assert told.empty()

    asyncio.run(story())

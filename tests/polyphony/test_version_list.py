"""Versions as a person counts them: saves and runs of one content are one."""

from __future__ import annotations

from harmony.polyphony.store import Store
from harmony.polyphony.versions import version_numbered, versions_of


def _save(store: Store, content: str, name: str = "Words") -> None:
    store.remember_version("m", f"hash of {content}", content.encode(), name, "/words.melody")


def _contents(store: Store) -> list[bytes | None]:
    found = store.reading(lambda connection: versions_of(connection, "m"))
    return [store.melody_content(version.snapshot) for version in found]


def test_the_same_content_saved_twice_is_one_version(store: Store) -> None:
    _save(store, "one")
    _save(store, "one")
    assert _contents(store) == [b"one"]


def test_what_is_saved_again_after_something_else_is_a_version_again(store: Store) -> None:
    for content in ("one", "two", "one"):
        _save(store, content)
    assert _contents(store) == [b"one", b"two", b"one"]


def test_another_name_of_the_same_content_is_no_version_of_its_own(store: Store) -> None:
    _save(store, "one")
    _save(store, "one", "Other words")
    (version,) = store.reading(lambda connection: versions_of(connection, "m"))
    assert version.saved
    assert version.runs == ()


def test_a_version_is_found_by_its_number(store: Store) -> None:
    for content in ("one", "two", "three"):
        _save(store, content)
    for version in store.reading(lambda connection: versions_of(connection, "m")):
        number = version.number
        assert store.reading(lambda c, n=number: version_numbered(c, n)) == version
    assert store.reading(lambda connection: version_numbered(connection, 99)) is None

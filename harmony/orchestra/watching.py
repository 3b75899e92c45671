"""Hot loading: which packages of Players have changed on disk since they were described.

A process loads what its folder holds when it starts (seeds/004, hot loading), so a changed file
needs no restart of the program: the package is described anew, and processes of the old source are
let go when they are idle. A folder is looked at without opening a file; only one that was touched
is hashed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from harmony.orchestra.catalogue import Catalogue
from harmony.players.errors import SourceError
from harmony.players.source import Look, is_folder, package_hash, source_look

LOOK_EVERY: Final = 1.0
"""Seconds between two looks of `watch_packages`."""


class PackageWatch:
    """Remembers how each folder looked when its hash was made."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Look, str]] = {}

    def changed(self, catalogue: Catalogue, folders: Sequence[Path] = ()) -> dict[str, str]:
        """Packages that are others on disk than in the catalogue, and the hash of what is there
        (empty when it is gone). The library is never among them.

        `folders` are those of the settings: one that could not be described is in no catalogue, and
        counts as changed when it was touched since the last call. Blocks for a few microseconds a
        file, longer where something changed.
        """
        described = {
            package.source: package.hash
            for package in catalogue.packages
            if is_folder(package.source)
        }
        sources = [*described, *(str(folder.resolve()) for folder in folders)]
        return {
            Path(source).name: self._seen[source][1]
            for source in dict.fromkeys(sources)
            if self._is_changed(source, described.get(source))
        }

    def untouched(self, catalogue: Catalogue) -> bool:
        """Whether no folder was touched since `changed` found it to be what the catalogue says.

        Opens no file, and so may be asked on the event loop before each run.
        """
        return all(
            self._seen.get(package.source) == (source_look(package.source), package.hash)
            for package in catalogue.packages
            if is_folder(package.source)
        )

    def _is_changed(self, source: str, described: str | None) -> bool:
        look = source_look(source)
        before = self._seen.get(source)
        if before is None or before[0] != look:
            self._seen[source] = (look, _hash(source))
        found = self._seen[source][1]
        if described is not None:
            return found != described
        return before is not None and before[1] != found


async def watch_packages(
    catalogue: Callable[[], Catalogue],
    changed: Callable[[dict[str, str]], Awaitable[None]],
    folders: Callable[[], Sequence[Path]] = tuple,
    every: float = LOOK_EVERY,
) -> None:
    """Tell `changed` which packages have changed, as `PackageWatch` does; until it is cancelled.

    What `changed` does is awaited. A package that is no better described afterwards (its file is
    half written, say) is told again only when it changes once more.
    """
    watch = PackageWatch()
    told: dict[str, str] = {}
    while True:
        found = await asyncio.to_thread(watch.changed, catalogue(), folders())
        if found and found != told:
            await changed(found)
        told = found
        await asyncio.sleep(every)


def _hash(source: str) -> str:
    try:
        return package_hash(source)
    except (SourceError, OSError):
        return ""  # gone, or going: describing it says what is wrong

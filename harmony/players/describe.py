"""From a package of Players to its data manifest. Runs the package's code: in a child only.

`python -m harmony.players describe SOURCE` is how the program asks (DESIGN.md section 4: the editor
never imports a Player's code). What is wrong in one file is a finding; the other files still load.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from harmony.players.declare import declaration_of
from harmony.players.errors import PlayersError, SignatureError, SourceError
from harmony.players.signature import player_spec
from harmony.players.source import (
    LIBRARY,
    SourceFile,
    import_file,
    index_players,
    is_folder,
    package_hash,
    package_name,
    source_files,
)
from harmony.players.specs import Description, PackageManifest, PlayerSpec, SourceProblem


def describe_package(source: str) -> Description:
    """Import every file of a package and describe its Players. Raises SourceError."""
    package = package_name(source)
    players: dict[str, PlayerSpec] = {}
    problems: list[SourceProblem] = []
    # What a file prints while it is imported must not end up inside the manifest.
    with contextlib.redirect_stdout(sys.stderr):
        for file in source_files(source):
            module = _import(source, file, problems)
            for function in _declared(module):
                try:
                    spec = player_spec(function, package, file.module)
                    if spec.id in players:
                        raise SignatureError(
                            "players.duplicate_player", player=spec.id, file=file.path.name
                        )
                except PlayersError as error:
                    line = function.__code__.co_firstlineno
                    problems.append(SourceProblem(str(file.path), line, str(error)))
                else:
                    players[spec.id] = spec
    digest = package_hash(source)
    manifest = PackageManifest(
        name=package,
        version=_version(source, digest),
        hash=digest,
        source=source if not is_folder(source) else str(Path(source).resolve()),
        players=tuple(players[player] for player in sorted(players)),
    )
    return Description(manifest, tuple(problems))


def load_players(source: str) -> dict[str, Callable[..., Any]]:
    """Every Player of a package by its id. Files with an error are left out, as in `describe`."""
    package = package_name(source)
    found: dict[str, Callable[..., Any]] = {}
    for file in source_files(source):
        for function in _declared(_import(source, file, [])):
            found.setdefault(f"{package}/{function.__name__}", function)
    return found


def load_player(source: str, player: str) -> Callable[..., Any]:
    """One Player, importing its file alone. SourceError if there is none of that id.

    What the file's own code raises comes through, so that its author sees the traceback.
    """
    file = index_players(source).get(player)
    if file is not None:
        module = import_file(source, file)
        function: Callable[..., Any]
        for function in _declared(module):
            if f"{package_name(source)}/{function.__name__}" == player:
                return function
    # Declared in some way that the text alone does not show, such as an alias of the decorator.
    found = load_players(source).get(player)
    if found is None:
        raise SourceError("players.unknown_player", player=player, source=source)
    return found


def spec_of(function: Callable[..., Any], source: str) -> PlayerSpec:
    """The spec of a loaded Player of this package."""
    module = function.__module__ if not is_folder(source) else function.__module__.split(".", 1)[-1]
    return player_spec(function, package_name(source), module)


def _declared(module: ModuleType | None) -> Iterator[Any]:
    """The Players that a module defines itself, in the order of its text."""
    if module is None:
        return
    for value in list(vars(module).values()):
        if declaration_of(value) is not None and value.__module__ == module.__name__:
            yield value


def _import(source: str, file: SourceFile, problems: list[SourceProblem]) -> ModuleType | None:
    try:
        return import_file(source, file)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an author's file does is a finding
        problems.append(SourceProblem(str(file.path), _line(error, file.path), _words(error)))
        return None


def _line(error: BaseException, path: Path) -> int:
    """The line of the author's own file at which an import failed; 0 when it is not known."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == str(path)), 0)


def _words(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"It imports “{error.name}”, which is not installed."
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _version(source: str, digest: str) -> str:
    if source == LIBRARY:
        from harmony import __version__

        return __version__
    return digest[:12]

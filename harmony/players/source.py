"""Where Players come from: a dotted module (the shipped library) or a folder of `*.py` files.

Everything about a package that can be told without running its code: its name, its modules, the
hash of its sources, and which file holds which Player.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.machinery
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from harmony.players.errors import SourceError

LIBRARY: Final = "harmony.players.library"
LIBRARY_PACKAGE: Final = "harmony"
LARGEST_SOURCE: Final = 64 * 1024 * 1024
MOST_ENTRIES: Final = 20_000
_DECORATORS: Final = frozenset({"operator", "instrument", "motif"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a package. `module` is its name inside the package."""

    module: str
    path: Path


def is_folder(source: str) -> bool:
    """Whether a source is the path of a folder rather than a dotted module."""
    return os.sep in source or Path(source).is_dir()


def package_name(source: str) -> str:
    """What ids begin with: `harmony` for the library, else the folder's or module's own name."""
    if is_folder(source):
        return Path(source).resolve().name
    return LIBRARY_PACKAGE if source == LIBRARY else source.rpartition(".")[2]


def source_folder(source: str) -> Path:
    """The folder that holds the package's files. Raises SourceError when there is none."""
    if is_folder(source):
        folder = Path(source).resolve()
        if folder.is_dir():
            return folder
        raise SourceError("players.not_a_package", source=source)
    try:
        found = importlib.util.find_spec(source)
    except (ImportError, ValueError) as error:
        raise SourceError("players.not_a_package", source=source) from error
    places = list(found.submodule_search_locations or ()) if found is not None else []
    if not places:
        raise SourceError("players.not_a_package", source=source)
    return Path(places[0])


def source_files(source: str) -> tuple[SourceFile, ...]:
    """The files that may hold Players, by name; `__init__` and names that begin with `_` do not."""
    prefix = "" if is_folder(source) else f"{source}."
    return tuple(
        SourceFile(f"{prefix}{path.stem}", path)
        for path in sorted(source_folder(source).glob("*.py"))
        if not path.name.startswith(("_", "."))
    )


def package_hash(source: str) -> str:
    """SHA-256 over the names and contents of all Python files of a package, in stable order.

    Raises SourceError when there is no such package, or one too large to be one.
    """
    folder = source_folder(source)
    digest = hashlib.sha256()
    total = 0
    for relative in sorted(_python_files(folder)):
        content = folder.joinpath(relative).read_bytes()
        total += len(content)
        if total > LARGEST_SOURCE:
            raise SourceError("players.source_too_large", source=source)
        for part in (relative.encode("utf-8", "surrogateescape"), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


Look = tuple[tuple[str, int, int], ...]
"""Path, time and size of every Python file of a folder: equal ones have equal hashes."""


def source_look(folder: str) -> Look:
    """A cheap look at a folder's sources: no file is opened. Empty for one that is gone."""
    found: list[tuple[str, int, int]] = []
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith((".", "__pycache__")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name.endswith(".py"):
                        status = entry.stat()
                        found.append((entry.path, status.st_mtime_ns, status.st_size))
        except OSError:
            return ()
        if len(found) > MOST_ENTRIES:
            return ()  # no package of Players; its hash says so
    return tuple(sorted(found))


def _python_files(folder: Path) -> list[str]:
    """The Python files in a folder and in folders inside, hidden ones left out; links not followed.

    Raises SourceError for a folder that holds so much that it can hardly be a package of Players.
    """
    found: list[str] = []
    seen = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            raise SourceError("players.source_too_large", source=str(folder))
        here = Path(place).relative_to(folder)
        found += [
            (here / name).as_posix()
            for name in files
            if name.endswith(".py") and not name.startswith(".")
        ]
    return found


def index_players(source: str) -> dict[str, SourceFile]:
    """Which file holds which Player, read from the text of the files; none is imported.

    A file that is no Python is left out here; `describe` says what is wrong with it.
    """
    package = package_name(source)
    found: dict[str, SourceFile] = {}
    for file in source_files(source):
        try:
            tree = ast.parse(file.path.read_bytes(), filename=str(file.path))
        except (SyntaxError, ValueError):
            continue
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef) and any(
                map(_is_declaration, statement.decorator_list)
            ):
                found.setdefault(f"{package}/{statement.name}", file)
    return found


def import_file(source: str, file: SourceFile) -> ModuleType:
    """Import one file of a package. Whatever its code raises comes through."""
    if not is_folder(source):
        return importlib.import_module(file.module)
    folder = source_folder(source)
    name = f"players_of_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}.{file.module}"
    if name in sys.modules:
        return sys.modules[name]
    # Files may import their neighbours; last on the path, so that none can hide a known module.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    spec = importlib.util.spec_from_file_location(
        name, file.path, loader=_AsItIsNow(name, str(file.path))
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    writes_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.dont_write_bytecode = writes_none
    return module


class _AsItIsNow(importlib.machinery.SourceFileLoader):
    """Compiles the source as it is now. Python's own cache goes by the second and the size of a
    file: a quick edit of as many letters would run as what it was before, under the new hash."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _is_declaration(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _DECORATORS

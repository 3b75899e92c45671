"""Values into files that stay."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from harmony.foundation.durable import rename_durably, sync_file, write_atomically
from harmony.players.database import connect, quoted
from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._words import quote
from harmony.players.types import File, Label, SaveFile, Table, View

_NO_FILE: Final = SaveFile("")
_TABLE_FORMATS: Final = {
    ".csv": "FORMAT csv, HEADER true",
    ".tsv": "FORMAT csv, HEADER true, DELIMITER '\t'",
    ".json": "FORMAT json, ARRAY true",
    ".jsonl": "FORMAT json",
    ".ndjson": "FORMAT json",
    ".parquet": "FORMAT parquet",
}


@operator("Write file", category="Files", icon="save", effects=True)
def write_file(
    value: Any,
    *,
    path: Annotated[SaveFile, Label("File")] = _NO_FILE,
    if_there: Annotated[Literal["replace", "stop"], Label("If it is there")] = "replace",
) -> File:
    """a text, a table, anything

    Writes what arrives to a file. A table is written as the name says: `.csv`, `.tsv`, `.json`,
    `.jsonl` or `.parquet`. Texts are written as UTF-8, a list of texts one to a line, images and
    files as they are, other values as JSON. Folders that are missing are made.

    The file is whole at every moment: the new content takes its place when all of it is written.

    value: what to write
    path: where to; without a folder it is that of the melody
    if_there: what to do when the file exists
    returns: the file
    """
    if not path:
        raise PlayerError("No file is chosen.", hint="Choose one in the field “File”.")
    target = Path(path)
    if target.is_dir():
        raise PlayerError(f"{target} is a folder.", hint="Add a file's name to it.")
    if if_there == "stop" and target.exists():
        raise PlayerError(
            f"{target} is there already.", hint="Choose another name, or let it be replaced."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, Table):
            _write_table(value, target)
        elif isinstance(value, File):
            _replace(target, lambda place: shutil.copyfile(value, place))
        else:
            write_atomically(target, _content(value), mode=0o644)
    except OSError as error:
        raise PlayerError(
            f"{target} cannot be written: {error.strerror or error}.",
            hint="Choose another folder, or make room on the disk.",
        ) from error
    return File(target)


def _content(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bytes):
        return value
    if isinstance(value, View):
        raise PlayerError("What a Motif shows is no file.", hint="Wire the table or text itself.")
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ("\n".join(value) + "\n").encode("utf-8")
    if isinstance(value, list) and any(isinstance(item, Table | bytes | View) for item in value):
        raise PlayerError(
            "Many values arrived for one file.", hint="Combine them first, or write each."
        )
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _write_table(table: Table, target: Path) -> None:
    form = _TABLE_FORMATS.get(target.suffix.lower())
    if form is None:
        raise PlayerError(
            f"A table cannot be written as {quote(target.suffix or target.name)}.",
            hint=f"End the name with one of {', '.join(_TABLE_FORMATS)}.",
        )

    def write(place: Path) -> None:
        with connect({"this": table.path}, writes=(place,)) as connection:
            connection.execute(f"COPY this TO {quoted(place)} ({form}, USE_TMP_FILE false)")

    _replace(target, write)


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    """Write to a temporary name beside the target, sync, rename."""
    target = target.resolve()
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent
    )
    place = Path(name)
    try:
        os.close(descriptor)
        write(place)
        place.chmod(0o644)
        with place.open("rb") as file:
            sync_file(file.fileno())
        rename_durably(place, target)
    finally:
        place.unlink(missing_ok=True)

"""Files into texts, images and tables, and the files of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from harmony.players.context import Context
from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._records import ReadingOptions, read_records
from harmony.players.library._words import counted, quote
from harmony.players.types import File, Folder, Help, Image, Label, Multiline, Table, Text

NO_FILE: Final = File("")
NO_FOLDER: Final = Folder("")

Encoding = Literal["utf-8", "latin-1", "utf-16"]
ChosenFile = Annotated[File, Label("File"), Help("the file to read when no wire brings one")]


class NamedText(NamedTuple):
    """A text and what to call it."""

    text: Annotated[Text, Help("the whole text")]
    name: Annotated[Text, Help("the file's name without folder and ending")]


@operator("Read text", category="Files", icon="file-text", deterministic=True)
def read_text(
    file: File | None = None, *, path: ChosenFile = NO_FILE, encoding: Encoding = "utf-8"
) -> NamedText:
    """a text file as text

    Reads a whole text file. Line ends become plain newlines.

    file: the file to read; a list of files is read one by one
    encoding: how its characters are stored; utf-8 unless it is old
    """
    source = chosen_file(file, path)
    try:
        text = source.read_text(encoding="utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError as error:
        raise PlayerError(
            f"{source.name} is not stored as {encoding}.", hint="Choose another encoding."
        ) from error
    return NamedText(text, source.stem)


@operator("Read image", category="Files", icon="image", deterministic=True)
def read_image(file: File | None = None, *, path: ChosenFile = NO_FILE) -> Image:
    """a PNG or JPEG file

    Reads an image file as it is.

    file: the file to read
    returns: the image
    """
    source = chosen_file(file, path)
    image = Image(source.read_bytes())
    if image.format is None:
        raise PlayerError(
            f"{source.name} is neither a PNG nor a JPEG image.", hint="Convert it to one of them."
        )
    return image


@operator("Read table", category="Files", icon="table", deterministic=True)
def read_table(
    file: File | None = None,
    *,
    path: ChosenFile = NO_FILE,
    format: Literal["by its name", "CSV", "JSON", "JSON lines", "Parquet"] = "by its name",  # noqa: A002
    types: Annotated[Multiline, Label("Column types")] = "",
    bad_records: Literal["stop", "skip", "make empty"] = "stop",
    delimiter: Literal["detect", "comma", "semicolon", "tab", "bar"] = "detect",
    header: Literal["detect", "yes", "no"] = "detect",
    empty_values: Annotated[Text, Label("Also empty")] = "",
    encoding: Encoding = "utf-8",
    context: Context | None = None,
) -> Table:
    """CSV, JSON, Parquet

    Reads a table from a file.

    *Column types* say what a column has to hold, one to a line: `price: number`. The types are
    `text`, `number`, `whole number`, `true or false`, `date` (2026-03-02), `time`
    (2026-03-02 14:05:00), or the values that are allowed, as in `size: S | M | L`. Columns that are
    not named get the type that all of their values fit.

    A *bad record* has a value that is not of its column's type, or too few or too many values.
    `stop` fails and says which one it is; `skip` leaves the record out; `make empty` keeps it with
    that value empty.

    file: the file to read; a list of files is read one by one
    format: by its name: .csv, .tsv, .txt, .json, .jsonl, .ndjson or .parquet
    types: one to a line: column: type
    bad_records: what to do with a record that does not fit
    delimiter: what stands between values in a CSV file
    header: whether the first line of a CSV file names the columns
    empty_values: values that mean “empty”, separated by commas, such as n/a, -
    encoding: how the characters of a CSV file are stored
    returns: the records, one a row
    """
    source = chosen_file(file, path)
    options = ReadingOptions(
        format=_format_of(source) if format == "by its name" else format,
        types=types,
        delimiter=delimiter,
        header=header,
        empty_values=tuple(value.strip() for value in empty_values.split(",") if value.strip()),
        encoding=encoding,
    )
    table, left = read_records(source, options, bad_records)
    if left and context is not None:
        done = "left out" if bad_records == "skip" else "kept with an empty value"
        context.warning(f"{counted(left, 'bad record')} {done}.")
    return table


@operator("List files", category="Files", icon="folder", deterministic=True)
def list_files(
    folder: Folder | None = None,
    *,
    path: Annotated[
        Folder, Label("Folder"), Help("the folder when no wire brings one")
    ] = NO_FOLDER,
    pattern: Text = "*",
    subfolders: Annotated[bool, Label("Also in folders inside")] = False,
) -> list[File]:
    """of a folder, by pattern

    Lists the files of a folder whose names fit a pattern, sorted by name. What takes one file,
    such as “Read text”, then runs once for each.

    folder: the folder to look in
    pattern: a pattern such as *.txt; several behind commas; * stands for anything
    subfolders: whether folders in the folder are looked into
    returns: the files; hidden ones are left out
    """
    chosen = Path(folder or path or "")
    if not (folder or path):
        raise PlayerError("No folder is chosen.", hint="Choose one in the field “Folder”.")
    if not chosen.is_dir():
        raise PlayerError(f"There is no folder {chosen}.", hint="Choose another folder.")
    patterns = [part.strip() for part in pattern.split(",") if part.strip()] or ["*"]
    found: set[Path] = set()
    for part in patterns:
        if part.startswith("/") or ".." in Path(part).parts:
            raise PlayerError(
                f"The pattern {quote(part)} leads out of the folder.",
                hint="Write a pattern of names only, such as *.txt.",
            )
        found.update(chosen.rglob(part) if subfolders else chosen.glob(part))
    files = sorted(
        (path for path in found if path.is_file() and not _is_hidden(path.relative_to(chosen))),
        key=lambda path: path.relative_to(chosen).as_posix(),
    )
    if not files:
        raise PlayerError(
            f"No file in {chosen} fits the pattern {quote(pattern)}.",
            hint="Change the pattern; * lists all files.",
        )
    return [File(file) for file in files]


def chosen_file(wired: File | None, path: File) -> Path:
    """The file that a wire brings, else the one in the form. PlayerError when there is none."""
    chosen = wired or path
    if not chosen:
        raise PlayerError(
            "No file is chosen.", hint="Choose one in the field “File”, or connect the input."
        )
    found = Path(chosen)
    if found.is_dir():
        raise PlayerError(f"{found} is a folder.", hint="Choose a file in it.")
    if not found.is_file():
        raise PlayerError(f"There is no file {found}.", hint="Choose another file.")
    return found


_FORMATS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".parquet": "Parquet",
}


def _format_of(source: Path) -> str:
    found = _FORMATS.get(source.suffix.lower())
    if found is None:
        raise PlayerError(
            f"The name {source.name} does not say what kind of table it is.",
            hint="Choose the format in the form.",
        )
    return found


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)

"""Records of a file into a table: what a column may hold, and what happens to a record that is bad.

Each format first becomes a table of raw values; then every column gets its type, declared or found,
by the same rules. So a bad record is named in the same words whatever file it stands in. The SQL is
this module's own; a person's words stand in it quoted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from harmony.players.database import (
    first_line,
    identifier,
    own_connection,
    quoted,
    scan,
    write_parquet,
)
from harmony.players.errors import PlayerError
from harmony.players.library._words import listed, quote, unknown_column
from harmony.players.scratch import new_file
from harmony.players.tables import Table

BadRecords = Literal["stop", "skip", "make empty"]

_FIRST_ROWS: Final = 1000
_LONGEST_LINE: Final = 64 * 1024 * 1024
_LARGEST_SEARCHED: Final = 64 * 1024 * 1024
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_TYPES: Final = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "whole number": "BIGINT",
    "true or false": "BOOLEAN",
    "date": "DATE",
    "time": "TIMESTAMP",
}
_WORDS: Final = {
    "DOUBLE": "a number",
    "BIGINT": "a whole number",
    "BOOLEAN": "true or false",
    "DATE": "a date such as 2026-03-02",
    "TIMESTAMP": "a time such as 2026-03-02 14:05:00",
}
# A number with zeros before it is a code, such as a postcode, and stays the text that it is.
_FOUND_TYPES: Final = (
    ("BIGINT", "regexp_full_match({0}, '[-+]?(0|[1-9][0-9]*)')"),
    ("DOUBLE", "NOT regexp_matches({0}, '^[-+]?0[0-9]|_')"),
    ("BOOLEAN", "lower({0}) IN ('true', 'false')"),
    ("DATE", "regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"),
    ("TIMESTAMP", "regexp_matches({0}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T][0-9]{{2}}:')"),
)


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is read; the words are those of the form of “Read table”."""

    format: str
    types: str = ""
    delimiter: str = "detect"
    header: str = "detect"
    empty_values: tuple[str, ...] = ()
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a column has to hold: a type, or one of some texts."""

    column: str
    type: str
    allowed: tuple[str, ...] = ()

    def value(self, cell: str) -> str:
        """SQL for the value of a cell; NULL when the cell does not hold one."""
        if self.allowed:
            return f"CASE WHEN {cell} IN ({', '.join(map(quoted, self.allowed))}) THEN {cell} END"
        return f"TRY_CAST({cell} AS {self.type})"

    @property
    def words(self) -> str:
        """What is asked for, to stand behind “is not”."""
        return f"one of {listed(self.allowed)}" if self.allowed else _WORDS.get(self.type, "text")


def read_records(source: Path, options: ReadingOptions, policy: BadRecords) -> tuple[Table, int]:
    """The table in a file, and how many bad records were left out or mended. Raises PlayerError."""
    if options.format == "CSV":
        raw, broken = _read_csv(source, options, policy)
    elif options.format == "Parquet":
        raw, broken = _read_parquet(source), 0
    else:
        raw, broken = _read_json(source, options.format == "JSON lines", policy)
    rules = _declared_rules(options.types, raw.columns)
    checked = list(rules)
    mended = _cells(raw, options)
    if options.format == "CSV":
        declared = {rule.column for rule in rules}
        others = [column for column in raw.columns if column not in declared]
        rules += _found_rules(raw, others, mended)
    return _apply(raw, rules, checked, mended, policy, broken)


def _read_csv(source: Path, options: ReadingOptions, policy: BadRecords) -> tuple[Table, int]:
    import duckdb

    delimiter, has_header, names = _csv_head(source, options)
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    lenient = {
        "stop": "",
        "skip": ", store_rejects = true",
        "make empty": ", null_padding = true, store_rejects = true",
    }[policy]
    function = (
        f"read_csv({quoted(source)}, auto_detect = false, delim = {quoted(delimiter)}, "
        f"quote = '\"', escape = '\"', header = {str(has_header).lower()}, "
        f"encoding = {quoted(options.encoding)}, max_line_size = {_LONGEST_LINE}, "
        f"columns = {{{columns}}}{lenient})"
    )
    target = new_file(".parquet")
    with own_connection() as connection:
        try:
            write_parquet(connection, f"SELECT * FROM {function}", target)
        except duckdb.Error as error:
            raise _csv_error(source, error, options) from error
        if policy == "stop":
            return Table(target), 0
        rejected: Any = connection.execute(
            "SELECT count(DISTINCT line) FROM reject_errors"
        ).fetchone()
    return Table(target), int(rejected[0])


def _csv_head(source: Path, options: ReadingOptions) -> tuple[str, bool, list[str]]:
    """The delimiter, whether the first record names the columns, and the columns' names."""
    encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
    try:
        with source.open(encoding=encoding, newline="") as lines:
            start = lines.readline()
            delimiter = _DELIMITERS.get(options.delimiter) or _likely_delimiter(start, source)
            lines.seek(0)
            first = next((row for row in csv.reader(lines, delimiter=delimiter) if row), [])
    except UnicodeError as error:
        raise PlayerError(
            f"{source.name} is not stored as {options.encoding}.", hint="Choose another encoding."
        ) from error
    except csv.Error as error:
        raise PlayerError(f"The first line of {source.name} cannot be read: {error}.") from error
    if not first:
        raise PlayerError(f"{source.name} is empty.", hint="Choose another file.")
    has_header = options.header == "yes" or (
        options.header == "detect" and not any(_looks_like_data(value) for value in first)
    )
    names: list[str] = []
    for number, value in enumerate(first, start=1):
        name = value.strip() if has_header and value.strip() else f"column_{number}"
        unique, count = name, 1
        while unique.lower() in (used.lower() for used in names):
            count += 1
            unique = f"{name}_{count}"
        names.append(unique)
    return delimiter, has_header, names


def _likely_delimiter(line: str, source: Path) -> str:
    if source.suffix.lower() == ".tsv":
        return "\t"
    unquoted = "".join(line.split('"')[::2])
    return max(",;\t|", key=unquoted.count)


def _looks_like_data(value: str) -> bool:
    text = value.strip()
    try:
        float(text)
    except ValueError:
        return not text
    return True


def _csv_error(source: Path, error: Exception, options: ReadingOptions) -> PlayerError:
    lines = str(error).splitlines()
    place = next((line for line in lines if "Line:" in line), "")
    number = place.rpartition("Line:")[2].strip()
    text = str(error)
    if "Expected Number of Columns" in text:
        counts = text.partition("Expected Number of Columns:")[2].split()
        found = text.partition("Found:")[2].split()
        what = f"has {found[0]} values instead of {counts[0]}" if found else "is incomplete"
    elif "quote" in text.lower():
        what = "has a quotation mark that is not closed"
    elif "utf-8" in text.lower() or "unicode" in text.lower():
        return PlayerError(
            f"{source.name} is not stored as {options.encoding}.", hint="Choose another encoding."
        )
    else:
        return PlayerError(f"{source.name} cannot be read: {first_line(error)}.")
    return PlayerError(
        f"Line {number} of {source.name} {what}.",
        hint="Correct the file, or set “Bad records” to skip or make empty.",
    )


def _read_json(source: Path, by_line: bool, policy: BadRecords) -> tuple[Table, int]:
    import duckdb

    readable, broken = source, 0
    if by_line and policy != "stop":
        # A line that is no JSON has no values to keep: both lenient ways leave it out.
        readable, broken = _good_lines(source)
    kind = "newline_delimited" if by_line else "auto"
    function = (
        f"read_json({quoted(readable)}, format = '{kind}', sample_size = -1, "
        "maximum_object_size = 268435456)"
    )
    try:
        return _read_with(function), broken
    except duckdb.Error as error:
        raise _json_error(source, by_line, error) from error


def _good_lines(source: Path) -> tuple[Path, int]:
    """A file of only those lines that are JSON objects, and how many others there were."""
    target, broken = new_file(".jsonl"), 0
    with source.open("rb") as lines, target.open("wb") as good:
        for line in filter(bytes.strip, lines):
            if _json_fault(line) is None:
                good.write(line)
            else:
                broken += 1
    return target, broken


def _json_fault(line: bytes) -> str | None:
    """What keeps a line from being a JSON object; None when it is one."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        return f"is no JSON: {error.msg} at character {error.colno}"
    except (UnicodeError, RecursionError):
        return "is no JSON in UTF-8"
    return None if isinstance(found, dict) else "is no JSON object"


def _json_error(source: Path, by_line: bool, error: Exception) -> PlayerError:
    """DuckDB counts lines in its own way; the line is found again for the person."""
    if by_line:
        with source.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                fault = _json_fault(line) if line.strip() else None
                if fault is not None:
                    return PlayerError(
                        f"Line {number} of {source.name} {fault}.",
                        hint="Correct the file, or set “Bad records” to skip.",
                    )
    elif source.stat().st_size <= _LARGEST_SEARCHED:
        try:
            json.loads(source.read_bytes())
        except json.JSONDecodeError as fault:
            return PlayerError(
                f"{source.name} is no JSON: {fault.msg} in line {fault.lineno}, "
                f"character {fault.colno}.",
                hint="Correct the file. Is it one JSON value a line? Then choose JSON lines.",
            )
        except (UnicodeError, RecursionError):
            pass  # what DuckDB says of it is told below
    return _unreadable(source, "JSON", error)


def _read_parquet(source: Path) -> Table:
    import duckdb

    try:
        return _read_with(scan(source))
    except duckdb.Error as error:
        raise _unreadable(source, "Parquet", error) from error


def _read_with(function: str) -> Table:
    target = new_file(".parquet")
    with own_connection() as connection:
        write_parquet(connection, f"SELECT * FROM {function}", target)
    return Table(target)


def _unreadable(source: Path, kind: str, error: Exception) -> PlayerError:
    reason = first_line(error).partition(": ")[2] or first_line(error)
    return PlayerError(
        f"{source.name} cannot be read as {kind}: {reason.replace(str(source), source.name)}",
        hint="Choose the format that it has, or correct the file.",
    )


def _declared_rules(text: str, columns: Sequence[str]) -> list[_Rule]:
    by_lower = {column.lower(): column for column in columns}
    rules: list[_Rule] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        # A column's name may itself hold a colon: the longest name that the line begins with.
        name = max(
            (name for name in by_lower if line.lower().startswith(f"{name}:")), key=len, default=""
        )
        if not name:
            raise unknown_column(line.partition(":")[0].strip(), columns)
        wanted = line[len(name) + 1 :].strip()
        allowed = tuple(part.strip() for part in wanted.split("|")) if "|" in wanted else ()
        kind = "VARCHAR" if allowed else _TYPES.get(wanted.lower())
        if kind is None:
            raise PlayerError(
                f"The column type {quote(wanted)} is not known.",
                hint=f"Types are {listed(_TYPES)}, or values such as S | M | L.",
            )
        rules.append(_Rule(by_lower[name], kind, allowed))
    return rules


def _cells(raw: Table, options: ReadingOptions) -> dict[str, str]:
    """SQL for the text of each column's cell; NULL when it is empty."""
    cells: dict[str, str] = {}
    empties = ["", *options.empty_values] if options.format == "CSV" else options.empty_values
    for column, kind in raw.types.items():
        name = identifier(column)
        text = f"({name}->>'$')" if kind == "JSON" else f"CAST({name} AS VARCHAR)"
        if empties:
            listed_values = ", ".join(quoted(value) for value in empties)
            text = f"CASE WHEN trim({text}) NOT IN ({listed_values}) THEN {text} END"
        cells[column] = text
    return cells


def _found_rules(raw: Table, columns: Sequence[str], cells: dict[str, str]) -> list[_Rule]:
    """For each column the first type that all of its values fit; text otherwise."""
    every = [kind for kind, _ in _FOUND_TYPES]
    # The first rows rule out most types, so that the many rows are asked few questions.
    likely = _fitting_types(raw, dict.fromkeys(columns, every), cells, _FIRST_ROWS)
    certain = _fitting_types(raw, likely, cells, None)
    return [_Rule(column, next(iter(certain[column]), "VARCHAR")) for column in columns]


def _fitting_types(
    raw: Table, kinds: dict[str, list[str]], cells: dict[str, str], rows: int | None
) -> dict[str, list[str]]:
    """Which of these types all values of each column fit; none for a column without values."""
    checks = dict(_FOUND_TYPES)
    asked = ["count(*)"]
    for column, candidates in kinds.items():
        text = f"trim({cells[column]})"
        asked.append(f"count({cells[column]})")
        asked += [
            f"count(*) FILTER (({checks[kind].format(text)}) "
            f"AND TRY_CAST({text} AS {kind}) IS NOT NULL)"
            for kind in candidates
        ]
    limited = "" if rows is None else f" LIMIT {rows}"
    with own_connection() as connection:
        found: Any = connection.execute(
            f"SELECT {', '.join(asked)} FROM (SELECT * FROM {scan(raw.path)}{limited})"
        ).fetchone()
    counts = iter(found[1:])
    fitting: dict[str, list[str]] = {}
    for column, candidates in kinds.items():
        total = next(counts)
        fits = [kind for kind, count in zip(candidates, counts, strict=False) if count == total]
        # The first rows may all be empty while later ones are not.
        fitting[column] = fits if total or rows is not None else []
    return fitting


def _apply(
    raw: Table,
    rules: Sequence[_Rule],
    checked: Sequence[_Rule],
    cells: dict[str, str],
    policy: BadRecords,
    broken: int,
) -> tuple[Table, int]:
    """Give the columns their types; stop at, leave out or mend the records that do not fit.

    Only declared rules are checked: a type that was found fits by itself.
    """
    by_column = {rule.column: rule for rule in rules}
    bad = {
        rule.column: f"({cells[rule.column]} IS NOT NULL AND "
        f"{rule.value(f'trim({cells[rule.column]})')} IS NULL)"
        for rule in checked
        if rule.type != "VARCHAR" or rule.allowed
    }
    any_bad = " OR ".join(bad.values()) or "false"
    with own_connection() as connection:
        found: Any = connection.execute(
            f"SELECT count(*) FROM {scan(raw.path)} WHERE {any_bad}"
        ).fetchone()
    count = int(found[0])
    if count and policy == "stop":
        raise _bad_record(raw, by_column, cells, bad, count)
    chosen: list[str] = []
    for column in raw.columns:
        rule = by_column.get(column)
        name = identifier(column)
        if rule is None:
            chosen.append(name)
        elif rule.type == "VARCHAR" and not rule.allowed:
            chosen.append(f"{cells[column]} AS {name}")
        else:
            chosen.append(f"{rule.value(f'trim({cells[column]})')} AS {name}")
    kept = f" WHERE NOT ({any_bad})" if policy == "skip" else ""
    target = new_file(".parquet")
    with own_connection() as connection:
        sql = f"SELECT {', '.join(chosen)} FROM {scan(raw.path)}{kept}"
        write_parquet(connection, sql, target)
    return Table(target), count + broken


def _bad_record(
    raw: Table, rules: dict[str, _Rule], cells: dict[str, str], bad: dict[str, str], count: int
) -> PlayerError:
    """The error that names the first bad record and its value."""
    column = next(iter(bad))
    checks = ", ".join(bad.values())
    values = ", ".join(cells[column] for column in bad)
    with own_connection() as connection:
        row: Any = connection.execute(
            f"SELECT row_number() OVER () AS _record, {checks}, {values} "
            f"FROM {scan(raw.path)} "
            f"QUALIFY {' OR '.join(bad.values())} ORDER BY _record LIMIT 1"
        ).fetchone()
    for number, name in enumerate(bad):
        if row[1 + number]:
            column, value = name, row[1 + len(bad) + number]
            break
    others = f" {count - 1:,} more are bad." if count > 1 else ""
    return PlayerError(
        f"Record {row[0]:,} of {raw.row_count:,} is bad: {quote(column)} is {quote(value)}, "
        f"which is not {rules[column].words}.{others}",
        hint="Correct the file, or set “Bad records” to “make empty” or “skip”.",
    )

"""Queries that a person wrote: kept to what they may do, and their errors in plain words.

A query sees only the tables wired to the node (`players/database.py`). It may not ask for chance or
for the time, since results of the table Players are reused (DESIGN.md section 5, Reuse).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from harmony.players.database import identifier, own_connection
from harmony.players.errors import PlayerError
from harmony.players.library._words import column_hint, listed, quote, unknown_column
from harmony.players.tables import Table

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_VOLATILE: Final = re.compile(
    r"\b(?:(random|setseed|uuid|uuidv4|uuidv7|gen_random_uuid|now|today|get_current_timestamp|"
    r"get_current_time|transaction_timestamp|nextval|currval|txid_current)\s*\(|"
    r"(current_date|current_time|current_timestamp|localtime|localtimestamp|tablesample|"
    r"using\s+sample)\b)",
    re.IGNORECASE,
)


def run_query(
    sql: str, tables: Mapping[str, Table], parameters: Sequence[Any] | None = None
) -> Table:
    """A new table of one SELECT over the named tables. Raises PlayerError in plain words."""
    import duckdb

    refuse_volatile(sql)
    try:
        return Table.from_query(sql, tables, parameters)
    except duckdb.Error as error:
        raise explained(error, tables) from error


def check_expression(expression: str, field: str) -> str:
    """The expression, if it is one and nothing beside it; PlayerError names the field otherwise."""
    import duckdb

    text = expression.strip()
    if not text:
        raise PlayerError(
            f"The parameter {quote(field)} is empty.",
            hint="Write a condition, such as amount > 100.",
        )
    refuse_volatile(text)
    try:
        with own_connection() as connection:  # it reads the statement and does not run it
            # Inside brackets of both kinds: what closes one early cannot close the other.
            for opening, closing in ("()", "[]"):
                connection.extract_statements(f"SELECT {opening}\n{text}\n{closing}")
    except duckdb.Error as error:
        raise explained(error, {}) from error
    return text


def refuse_volatile(sql: str) -> None:
    """PlayerError when SQL asks for chance or for the time."""
    found = _VOLATILE.search(_QUOTED.sub(" ", sql))
    if found is not None:
        name = (found[1] or found[2]).lower()
        raise PlayerError(
            f"{quote(name)} gives another value each time, and this node's result is reused.",
            hint="Write the value itself, or compute it in a Python snippet.",
        )


def explained(error: Exception, tables: Mapping[str, Table]) -> PlayerError:
    """DuckDB's error as what happened and what to do."""
    text = str(error)
    head = text.split("\n\n", 1)[0]
    kind, _, message = head.partition(": ")
    columns = [column for table in tables.values() for column in table.columns]
    for pattern, explain in _EXPLANATIONS:
        found = re.search(pattern, message, re.DOTALL)
        if found is not None:
            return explain(found, columns, list(tables))
    if kind.startswith("Permission"):
        return PlayerError(
            "A query may read only the tables that are wired to its node.",
            hint="Read the file with “Read table” and wire its table to this node.",
        )
    return PlayerError(message.splitlines()[0] if message else head)


def _unknown_column(found: re.Match[str], columns: list[str], _: list[str]) -> PlayerError:
    return unknown_column(found[1], columns)


def _unknown_table(found: re.Match[str], _: list[str], tables: list[str]) -> PlayerError:
    return PlayerError(
        f"There is no table {quote(found[1])} here.",
        hint=f"The tables are called {listed(tables)}." if tables else "",
    )


def _unknown_function(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    meant = re.search(r'Did you mean "([^"]+)"', found.string)
    hint = f"Did you mean {quote(meant[1])}?" if meant is not None else ""
    return PlayerError(f"There is no function {quote(found[1])}.", hint=hint)


def _wrong_argument(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    name, types = found[1].strip('"'), found[2].replace("VARCHAR", "text").replace("_LITERAL", "")
    return PlayerError(
        f"{quote(name)} cannot be computed of {types.lower()}.",
        hint="Give the column a type in “Read table”, or write TRY_CAST(column AS DOUBLE).",
    )


def _not_converted(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    kinds = {"INT": "a whole number", "DOUBLE": "a number", "DECIMAL": "a number", "DATE": "a date"}
    wanted = next((word for key, word in kinds.items() if found[2].startswith(key)), found[2])
    return PlayerError(
        f"“{found[1]}” is not {wanted}.",
        hint="Compare text with text, or write TRY_CAST(column AS DOUBLE): what is no number "
        "is then empty.",
    )


def _not_comparable(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    kinds = {"VARCHAR": "text", "STRING_LITERAL": "text", "INTEGER_LITERAL": "a number"}
    one, other = (kinds.get(kind, kind.lower()) for kind in found.groups())
    return PlayerError(
        f"{one[0].upper()}{one[1:]} cannot be compared with {other}.",
        hint="Give the column a type in “Read table”, or write TRY_CAST(column AS DOUBLE).",
    )


def _aggregate_in_condition(_: re.Match[str], __: list[str], ___: list[str]) -> PlayerError:
    return PlayerError(
        "A condition on single rows cannot hold a total such as sum(...).",
        hint="Compute the total with “Group rows” first, then filter.",
    )


def _too_large(_: re.Match[str], __: list[str], ___: list[str]) -> PlayerError:
    return PlayerError(
        "A number became larger than a whole number can be.",
        hint="Compute with CAST(column AS DOUBLE).",
    )


def _not_grouped(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    return PlayerError(
        f"Column {quote(found[1])} has many values in each group.",
        hint="Say which one is wanted, for example max(...), or group by that column too.",
    )


def _syntax(found: re.Match[str], _: list[str], __: list[str]) -> PlayerError:
    place = f"near {quote(found[1])}" if found[1] not in (")", "]") else "at its end"
    return PlayerError(
        f"The SQL cannot be read {place}.",
        hint="Text stands in single quotes ('rain'), a column whose name has spaces in "
        'double quotes ("Body Mass (g)").',
    )


_EXPLANATIONS: Final = (
    (r'Referenced column "([^"]+)" not found', _unknown_column),
    (r'does not have a column named "([^"]+)"', _unknown_column),
    (r'Referenced table "([^"]+)" not found', _unknown_table),
    (r"Table with name (.+?) does not exist", _unknown_table),
    (r"Function with name \"?(.+?)\"? does not exist", _unknown_function),
    (r"argument types '(.+?)\((.*?)\)'", _wrong_argument),
    (r'function call "(.+?)\((.*?)\)"', _wrong_argument),
    (r"Could not convert string '(.*?)' to (\w+)", _not_converted),
    (r"Cannot compare values of type (\w+) and type (\w+)", _not_comparable),
    (r"WHERE clause cannot contain aggregates", _aggregate_in_condition),
    (r"(?:out of range|[Oo]verflow)", _too_large),
    (r'column "([^"]+)" must appear in the GROUP BY', _not_grouped),
    (r'syntax error at or near "([^"]*)"', _syntax),
    (r"syntax error at end of (input)", _syntax),
)


def named_expressions(text: str, columns: Sequence[str], field: str) -> list[tuple[str, str]]:
    """Lines `column` or `name = expression` as (name, SQL) pairs.

    A line that is a column's name as it stands is that column, whatever characters it has.
    """
    by_lower = {column.lower(): column for column in columns}
    found: list[tuple[str, str]] = []
    for line in (line.strip().rstrip(",") for line in text.splitlines()):
        if not line:
            continue
        if line.lower() in by_lower:
            column = by_lower[line.lower()]
            found.append((column, identifier(column)))
            continue
        name, equals, expression = line.partition("=")
        if not equals or not name.strip() or name.rstrip().endswith(("<", ">", "!")):
            if re.fullmatch(r"\w+", line):
                raise unknown_column(line, columns)
            raise PlayerError(
                f"The line {quote(line)} in {quote(field)} has no name.",
                hint="Write name = expression, such as rain = sum(precipitation). "
                + column_hint(line, columns),
            )
        expression = expression.strip()
        column_meant = by_lower.get(expression.lower())
        sql = identifier(column_meant) if column_meant else check_expression(expression, field)
        found.append((name.strip().strip('"'), sql))
    names = [name.lower() for name, _ in found]
    twice = next((name for name, _ in found if names.count(name.lower()) > 1), None)
    if twice is not None:
        raise PlayerError(
            f"The name {quote(twice)} stands twice in {quote(field)}.", hint="Rename one of them."
        )
    return found

"""Work on tables: filter, select, compute, group, sort, join, combine, SQL."""

from __future__ import annotations

from typing import Annotated, Literal

from harmony.players.database import identifier
from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._sql import check_expression, named_expressions, run_query
from harmony.players.library._words import quote, split_names, unknown_column
from harmony.players.types import Expression, Kind, Label, Multiline, Range, Table

SqlText = Annotated[str, Kind("code", "sql")]


@operator("Filter rows", category="Table", icon="filter", deterministic=True)
def filter_rows(
    table: Table, *, where: Annotated[Expression, Label("Keep rows where")] = "amount > 100"
) -> Table:
    """keep what matches

    Keeps the rows for which the condition is true, in their order.

    Conditions compare columns and values: `amount > 100`, `weather = 'rain'`,
    `name LIKE 'A%' AND year >= 2014`, `email IS NOT NULL`. Text stands in single quotes. A column
    whose name has spaces stands in double quotes: `"Body Mass (g)" > 4000`.

    table: the rows to choose from
    where: a condition over the columns
    returns: the rows that match
    """
    condition = check_expression(where, "Keep rows where")
    return run_query(f"SELECT * FROM this WHERE (\n{condition}\n)", {"this": table})


@operator("Select columns", category="Table", icon="columns", deterministic=True)
def select_columns(table: Table, *, columns: Multiline = "") -> Table:
    """choose, order and rename

    Keeps the columns that are named, in the order in which they are named.

    Write one to a line. `new name = old name` renames. With no line all columns stay.

    table: the table to take columns from
    columns: one to a line: column, or new name = column
    returns: the same rows with these columns
    """
    known = {column.lower(): column for column in table.columns}
    chosen: list[str] = []
    names: list[str] = []
    for line in filter(None, (line.strip().rstrip(",") for line in columns.splitlines())):
        name, column = line, known.get(line.lower())
        if column is None and "=" in line:
            name, _, old = (part.strip().strip('"') for part in line.partition("="))
            column = known.get(old.lower())
            if column is None:
                raise unknown_column(old, table.columns)
        if column is None:
            raise unknown_column(line, table.columns)
        if name.lower() == column.lower():
            name = column
        if name.lower() in (used.lower() for used in names):
            raise PlayerError(f"Two columns would be called {quote(name)}.", hint="Rename one.")
        names.append(name)
        chosen.append(f"{identifier(column)} AS {identifier(name)}")
    return run_query(f"SELECT {', '.join(chosen) or '*'} FROM this", {"this": table})


@operator("Add columns", category="Table", icon="sigma", deterministic=True)
def add_columns(table: Table, *, columns: Multiline = "") -> Table:
    """computed from the others

    Computes new columns from those that are there; one of the same name is replaced.

    Write one to a line as `name = expression`: `price = amount * 1.2`,
    `month = strftime(date, '%Y-%m')`, `long = length(text) > 200`.

    table: the table to add to
    columns: one to a line: name = expression
    returns: the table with the new columns at its end
    """
    pairs = named_expressions(columns, table.columns, "Columns")
    known = {column.lower(): column for column in table.columns}
    replaced = [
        f"{sql} AS {identifier(known[name.lower()])}"
        for name, sql in pairs
        if name.lower() in known
    ]
    added = [f"{sql} AS {identifier(name)}" for name, sql in pairs if name.lower() not in known]
    every = f"* REPLACE ({', '.join(replaced)})" if replaced else "*"
    return run_query(f"SELECT {', '.join([every, *added])} FROM this", {"this": table})


@operator("Group rows", category="Table", icon="group", deterministic=True)
def group_rows(
    table: Table,
    *,
    by: Annotated[Multiline, Label("Group by")] = "",
    compute: Multiline = "count = count(*)",
) -> Table:
    """totals, means, counts

    Makes one row of all rows that have the same values in the columns to group by, sorted by them.

    *Group by*: a column to a line, or `name = expression`, such as
    `month = strftime(date, '%Y-%m')`. Empty: one row for the whole table.

    *Compute*: `name = expression` to a line: `rain = sum(precipitation)`, `days = count(*)`,
    `warmest = max(temp_max)`, `mean = round(avg(price), 2)`, `all = string_agg(name, ', ')`.

    table: the rows to group
    by: columns, one to a line
    compute: what to compute of each group, one to a line
    returns: one row for each group
    """
    groups = named_expressions(by, table.columns, "Group by")
    computed = named_expressions(compute, table.columns, "Compute")
    names = [name.lower() for name, _ in (*groups, *computed)]
    for name, _ in computed:
        if names.count(name.lower()) > 1:
            raise PlayerError(
                f"Two columns would be called {quote(name)}.", hint="Rename one in “Compute”."
            )
    if not groups and not computed:
        raise PlayerError("There is nothing to compute.", hint="Write count = count(*).")
    # Keys first, under names of their own, so that an expression always means the table's columns.
    keys = [f"{sql} AS {identifier(f'_key_{n}')}" for n, (_, sql) in enumerate(groups)]
    key_names = [identifier(f"_key_{n}") for n in range(len(groups))]
    chosen = [
        *(f"{key} AS {identifier(name)}" for key, (name, _) in zip(key_names, groups, strict=True)),
        *(f"{sql} AS {identifier(name)}" for name, sql in computed),
    ]
    sql = f"SELECT {', '.join(chosen)} FROM (SELECT *, {', '.join(keys)} FROM this)"
    if not groups:
        sql = f"SELECT {', '.join(chosen)} FROM this"
    else:
        order = ", ".join(f"{key} NULLS LAST" for key in key_names)
        sql += f" GROUP BY {', '.join(key_names)} ORDER BY {order}"
    return run_query(sql, {"this": table})


@operator("Sort rows", category="Table", icon="sort", deterministic=True)
def sort_rows(
    table: Table,
    *,
    by: Annotated[Multiline, Label("Sort by")] = "",
    limit: Annotated[int, Label("Keep the first"), Range(0)] = 0,
) -> Table:
    """by one column or several

    Sorts by the first column named, rows that are equal there by the next one, and so on. Rows
    that are equal in all keep their order; empty cells come last.

    Write a column to a line. `column descending` (or `desc`) puts the greatest first.

    table: the rows to sort
    by: columns, one to a line
    limit: how many rows to keep; 0 keeps all
    returns: the same rows in the new order
    """
    known = {column.lower(): column for column in table.columns}
    order: list[str] = []
    for line in filter(None, (line.strip().rstrip(",") for line in by.splitlines())):
        name, direction = line, "ASC"
        if name.lower() not in known:
            head, _, word = line.rpartition(" ")
            if word.lower() in ("descending", "desc", "ascending", "asc"):
                name, direction = head.strip(), "DESC" if word.lower()[0] == "d" else "ASC"
        column = known.get(name.lower())
        if column is None:
            raise unknown_column(name, table.columns)
        order.append(f"{identifier(column)} {direction} NULLS LAST")
    kept = f" LIMIT {int(limit)}" if limit else ""
    sql = "SELECT * EXCLUDE (_row) FROM (SELECT *, row_number() OVER () AS _row FROM this)"
    return run_query(f"{sql} ORDER BY {', '.join([*order, '_row'])}{kept}", {"this": table})


_JOINS = {
    "rows found in both": "INNER",
    "all rows of the left": "LEFT",
    "all rows of the right": "RIGHT",
    "all rows of both": "FULL",
}


@operator("Join tables", category="Table", icon="join", deterministic=True)
def join_tables(
    left: Table,
    right: Table,
    *,
    on: Annotated[str, Label("Where these are equal")] = "",
    keep: Literal[
        "rows found in both", "all rows of the left", "all rows of the right", "all rows of both"
    ] = "rows found in both",
) -> Table:
    """two tables by a key

    Puts rows of two tables side by side where their key columns are equal.

    The key is a column that both have, several behind commas, or `left column = right column`
    where they are called differently. Other columns of the same name get “ (right)” behind it.

    left: the table whose columns come first
    right: the table whose columns are added
    on: key columns, separated by commas
    keep: what happens to rows without a partner
    returns: the joined rows, in the order of the left table
    """
    keys = [_join_key(part, left, right) for part in split_names(on)]
    if not keys:
        raise PlayerError(
            "No column to join on is named.", hint="Name one that both tables have, such as id."
        )
    key_of_right = {theirs: ours for ours, theirs in keys}
    taken = {column.lower() for column in left.columns}
    chosen: list[str] = []
    for column in left.columns:
        theirs = next((theirs for ours, theirs in keys if ours == column), None)
        name = identifier(column)
        # A row that only the right table has shows its key in the left table's column.
        source = f"l.{name}" if theirs is None else f"coalesce(l.{name}, r.{identifier(theirs)})"
        chosen.append(f"{source} AS {name}")
    for column in right.columns:
        if column in key_of_right:
            continue
        name = column
        while name.lower() in taken:
            name += " (right)"
        taken.add(name.lower())
        chosen.append(f"r.{identifier(column)} AS {identifier(name)}")
    condition = " AND ".join(f"l.{identifier(a)} = r.{identifier(b)}" for a, b in keys)
    numbered = "(SELECT *, row_number() OVER () AS _row FROM {})"
    sql = (
        f"SELECT {', '.join(chosen)} FROM {numbered.format('left_table')} AS l "
        f"{_JOINS[keep]} JOIN {numbered.format('right_table')} AS r ON {condition} "
        "ORDER BY l._row NULLS LAST, r._row NULLS LAST"
    )
    return run_query(sql, {"left_table": left, "right_table": right})


def _join_key(text: str, left: Table, right: Table) -> tuple[str, str]:
    ours, equals, theirs = (part.strip() for part in text.partition("="))
    found: list[str] = []
    for name, table in ((ours, left), (theirs if equals else ours, right)):
        known = {column.lower(): column for column in table.columns}
        if name.lower() not in known:
            raise unknown_column(name, table.columns)
        found.append(known[name.lower()])
    return found[0], found[1]


@operator("Combine tables", category="Table", icon="combine", deterministic=True)
def combine_tables(
    tables: list[Table], *, match: Literal["by name", "by position"] = "by name"
) -> Table:
    """one below the other

    Puts the rows of many tables below each other, in the order in which the tables arrive.

    *By name*: columns of the same name become one; where a table lacks one, its cells are empty.
    *By position*: the first columns become one, and so on; all need the same number of them.

    tables: the tables, from one list or from several wires
    match: how columns find each other
    returns: all rows
    """
    if not tables:
        raise PlayerError("No table arrived.", hint="Check what the node before this one made.")
    views = {f"table_{number}": table for number, table in enumerate(tables)}
    if match == "by position":
        widths = {len(table.columns) for table in tables}
        if len(widths) > 1:
            raise PlayerError(
                f"The tables have {min(widths)} to {max(widths)} columns.",
                hint="Match them by name instead.",
            )
    union = " UNION ALL BY NAME " if match == "by name" else " UNION ALL "
    return run_query(union.join(f"SELECT * FROM {identifier(name)}" for name in views), views)


@operator("SQL", category="Table", icon="database", deterministic=True)
def sql(
    first: Table | None = None,
    second: Table | None = None,
    third: Table | None = None,
    *,
    query: SqlText = "SELECT * FROM first",
) -> Table:
    """ask up to three tables

    Runs one SELECT over the tables that are wired to it. They are called `first`, `second` and
    `third`. The dialect is DuckDB's. Nothing but these tables can be read. Say ORDER BY where the
    order of the rows matters.

    first: called first in the query
    second: called second
    third: called third
    query: one SELECT
    returns: what the query gives
    """
    wired = {"first": first, "second": second, "third": third}
    tables = {name: table for name, table in wired.items() if table is not None}
    return run_query(query.strip().rstrip(";"), tables)

"""Players that hand a large table over and do nothing else with it."""

from __future__ import annotations

import shutil

from harmony.players import Number, Table, operator
from harmony.players.context import Context


@operator("Write", category="Bench")
def write(context: Context, *, source: str = "") -> Table:
    """Write the table once: a copy of a prepared file, straight to where outputs go."""
    target = context.stage(".parquet")
    shutil.copyfile(source, target)
    return Table(target)


@operator("Count", category="Bench")
def count(table: Table) -> Number:
    """Open the table and say how many rows it has."""
    return Number(table.row_count)

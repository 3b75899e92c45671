"""Tables made of rows, asked with SQL, and kept from everything else."""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harmony.players import Table
from harmony.players.errors import TableError
from harmony.players.scratch import scratch_folder


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    folder.mkdir()
    with scratch_folder(folder):
        yield folder


MOMENT = dt.datetime.fromisoformat("2026-03-02 14:05:00.123456")


@pytest.mark.parametrize(
    ("values", "column_type", "arrived"),
    [
        ([1, None, -(2**63)], "BIGINT", None),
        ([1, 0.5], "DOUBLE", [1.0, 0.5]),
        ([True, None], "BOOLEAN", None),
        (["x", "y'\"\n🎵"], "VARCHAR", None),
        ([dt.date(2026, 3, 2)], "DATE", None),
        ([MOMENT], "TIMESTAMP", None),
        ([math.inf, -math.inf], "DOUBLE", None),
        (["a", 1], "VARCHAR", ["a", "1"]),
        ([True, 1], "VARCHAR", ["True", "1"]),
        ([2**70], "VARCHAR", [str(2**70)]),
        ([None, None], "VARCHAR", None),
        ([decimal.Decimal("1.50")], "VARCHAR", ["1.50"]),
        ([{"a": [1]}], "JSON", ['{"a":[1]}']),
    ],
)
def test_a_column_gets_the_type_of_its_values(
    values: list[Any], column_type: str, arrived: list[Any] | None
) -> None:
    table = Table.from_rows([{"a b": value} for value in values])
    assert table.types == {"a b": column_type}
    assert [row["a b"] for row in table.rows()] == (values if arrived is None else arrived)


def test_not_a_number_stays_that() -> None:
    (row,) = Table.from_rows([{"a": math.nan}]).rows()
    assert math.isnan(row["a"])


def test_rows_may_lack_columns() -> None:
    table = Table.from_rows([{"a": 1}, {"b": 2}])
    assert list(table.rows()) == [{"a": 1, "b": None}, {"a": None, "b": 2}]


def test_columns_can_be_given_types() -> None:
    table = Table.from_rows([("2026-03-02", 5)], {"day": "DATE", "n": "DOUBLE"})
    assert list(table.rows()) == [{"day": dt.date(2026, 3, 2), "n": 5.0}]


def test_a_table_may_have_no_rows() -> None:
    table = Table.from_rows([], {"a": "BIGINT"})
    assert (table.row_count, table.types) == (0, {"a": "BIGINT"})


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ([], None, "no column"),
        ([(1, 2)], None, "need the argument"),
        ([(1, 2)], ["a"], "2 values for 1 columns"),
        ([{"a": 1, "A": 2}], None, "two columns"),
        ([{1: 2}], None, "is no text"),
        ([{"a": b"x"}], None, "cannot hold bytes"),
    ],
)
def test_rows_that_make_no_table_are_refused(rows: Any, columns: Any, words: str) -> None:
    with pytest.raises(TableError, match=words):
        Table.from_rows(rows, columns)


def test_the_same_rows_make_the_same_file() -> None:
    rows = [{"a": n / 7, "b": str(n)} for n in range(10_000)]
    digests = {
        hashlib.sha256(Table.from_rows(rows).path.read_bytes()).hexdigest() for _ in range(2)
    }
    assert len(digests) == 1


def test_rows_come_in_order_and_only_as_many_as_asked_for() -> None:
    table = Table.from_rows([{"n": n} for n in range(5000)])
    assert [row["n"] for row in table.rows()] == list(range(5000))
    assert [row["n"] for row in table.rows(3)] == [0, 1, 2]


def test_a_query_gives_a_new_table() -> None:
    table, other = Table.from_rows([{"n": n} for n in range(5)]), Table.from_rows([{"n": 3}])
    found = table.query(
        "SELECT this.n * ? AS tens FROM this JOIN other USING (n)", [10], other=other
    )
    assert list(found.rows()) == [{"tens": 30}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT 1) TO '/tmp/outside.csv' --",
        "SELECT 1; ATTACH 'outside.db'",
        "INSTALL httpfs",
        "SELECT * FROM 'https://example.com/a.parquet'",
    ],
)
def test_a_query_reaches_nothing_but_its_tables(sql: str) -> None:
    with pytest.raises(duckdb.Error):
        Table.from_rows([{"a": 1}]).query(sql)


def test_a_connection_cannot_be_opened_up() -> None:
    with Table.from_rows([{"a": 1}]).connect() as connection:
        assert connection.execute("SELECT a FROM this").fetchall() == [(1,)]
        for statement in (
            "SET enable_external_access = true",
            "SET allowed_paths = ['/etc/passwd']",
            "SET threads = 4",
            "COPY this TO '/tmp/outside.csv'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.parquet"
    path.write_text("no")
    with pytest.raises(TableError, match=r"no\.parquet cannot be read"):
        _ = Table(path).columns
    with pytest.raises(TableError, match=r"gone\.parquet cannot be read"):
        list(Table(tmp_path / "gone.parquet").rows())

"""Work on tables: what comes out, that it comes out the same, and how errors are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from harmony.players import PlayerError, Table
from harmony.players.library.tables import (
    add_columns,
    combine_tables,
    filter_rows,
    group_rows,
    join_tables,
    select_columns,
    sort_rows,
    sql,
)


@pytest.fixture
def people() -> Table:
    return Table.from_rows(
        [
            {"id": 3, "name": "Cy", "Height (m)": 1.9},
            {"id": 1, "name": "Al", "Height (m)": 1.7},
            {"id": 2, "name": "Bo", "Height (m)": None},
        ]
    )


@pytest.fixture
def towns() -> Table:
    return Table.from_rows(
        [
            {"person": 1, "name": "Ulm"},
            {"person": 3, "name": "Bern"},
            {"person": 9, "name": "Graz"},
        ]
    )


def column(table: Table, name: str) -> list[object]:
    return [row[name] for row in table.rows()]


def test_rows_that_match_keep_their_order(people: Table) -> None:
    assert column(filter_rows(people, where='"Height (m)" > 1.6'), "name") == ["Cy", "Al"]


def test_a_condition_may_end_with_a_comment(people: Table) -> None:
    assert filter_rows(people, where="id > 1 -- not the first").row_count == 2


def test_an_unknown_column_is_answered_with_the_nearest_one() -> None:
    table = Table.from_rows([{"stars": 2, "text": "x", "date": "2026-03-02"}])
    with pytest.raises(PlayerError) as caught:
        filter_rows(table, where="star < 3")
    assert caught.value.message == "Column “star” not found."
    assert caught.value.hint == "Did you mean “stars”? The table has stars, text, date."


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("id >", "cannot be read at its end"),
        ("id > 1) ORDER BY (id", "cannot be read"),
        ("id > 1; DROP TABLE this", "cannot be read"),
        ("", "is empty"),
        ("name > 3", "Text cannot be compared with a number"),
        ("id = 'one'", "“one” is not a whole number"),
        ("lenght(name) > 1", "no function “lenght”"),
        ("sum(id) > 1", "cannot hold a total"),
        ("random() < 0.5", "“random” gives another value each time"),
        ("id < 3 AND name > CURRENT_DATE", "“current_date” gives another value"),
    ],
)
def test_a_condition_that_does_not_work_is_explained(
    people: Table, where: str, message: str
) -> None:
    with pytest.raises(PlayerError, match=message):
        filter_rows(people, where=where)


def test_text_that_looks_like_a_forbidden_function_is_only_text(people: Table) -> None:
    assert filter_rows(people, where="name <> 'random()'").row_count == 3


@pytest.mark.parametrize(
    "where",
    [
        "id IN (SELECT 1 FROM read_csv('/etc/passwd'))",
        "(SELECT count(*) FROM '/etc/passwd') > 0",
        "(SELECT count(*) FROM glob('/etc/*')) > 0",
    ],
)
def test_a_condition_reaches_no_file(people: Table, where: str) -> None:
    with pytest.raises(PlayerError, match=r"wired to its node|no table"):
        filter_rows(people, where=where)


def test_columns_are_chosen_ordered_and_renamed(people: Table) -> None:
    table = select_columns(people, columns="height = Height (m)\nNAME\n")
    assert table.columns == ("height", "name")


def test_a_column_cannot_be_named_twice(people: Table) -> None:
    with pytest.raises(PlayerError, match="Two columns would be called “ID”"):
        select_columns(people, columns="id\nID = name")


def test_new_columns_are_added_and_old_ones_replaced(people: Table) -> None:
    table = add_columns(people, columns="id = id * 10\nshort = name LIKE 'A%'")
    assert table.columns == ("id", "name", "Height (m)", "short")
    assert column(table, "id") == [30, 10, 20]
    assert column(table, "short") == [False, True, False]


def test_a_line_without_a_name_is_explained(people: Table) -> None:
    with pytest.raises(PlayerError, match="has no name"):
        add_columns(people, columns="id * 10")


def test_days_become_months(weather: Table) -> None:
    months = group_rows(
        weather,
        by="month = strftime(date, '%Y-%m')",
        compute="rain = round(sum(precipitation), 1)\ndays = count(*)\nwarmest = max(temp_max)",
    )
    assert months.row_count == 48
    assert next(months.rows()) == {"month": "2012-01", "rain": 173.3, "days": 31, "warmest": 12.8}
    assert column(months, "month") == sorted(column(months, "month"), key=str)


def test_no_group_makes_one_row(weather: Table) -> None:
    assert list(group_rows(weather, compute="days = count(*)").rows()) == [{"days": 1461}]


def test_a_group_may_have_the_name_of_the_column_it_is_made_of(weather: Table) -> None:
    years = group_rows(weather, by="date = year(date)", compute="last = max(date)")
    assert column(years, "date") == [2012, 2013, 2014, 2015]


def test_whole_sums_stay_whole(people: Table) -> None:
    assert list(group_rows(people, compute="total = sum(id)").rows()) == [{"total": 6}]


def test_a_sum_of_text_is_explained(people: Table) -> None:
    with pytest.raises(PlayerError, match="“sum” cannot be computed of text"):
        group_rows(people, compute="total = sum(name)")


def test_rows_are_sorted_with_empty_cells_last(people: Table) -> None:
    assert column(sort_rows(people, by="Height (m) descending"), "name") == ["Cy", "Al", "Bo"]
    assert column(sort_rows(people, by="Height (m)"), "name") == ["Al", "Cy", "Bo"]
    assert column(sort_rows(people, by="name", limit=2), "name") == ["Al", "Bo"]


def test_rows_that_are_equal_keep_their_order() -> None:
    table = Table.from_rows([(n % 2, n) for n in range(1000)], ["key", "n"])
    ordered = column(sort_rows(table, by="key"), "n")
    assert ordered == [*range(0, 1000, 2), *range(1, 1000, 2)]


@pytest.mark.parametrize(
    ("keep", "ids"),
    [
        ("rows found in both", [3, 1]),
        ("all rows of the left", [3, 1, 2]),
        ("all rows of the right", [3, 1, 9]),
        ("all rows of both", [3, 1, 2, 9]),
    ],
)
def test_tables_are_joined_by_a_key(people: Table, towns: Table, keep: str, ids: list[int]) -> None:
    joined = join_tables(people, towns, on="id = person", keep=keep)  # type: ignore[arg-type]
    assert joined.columns == ("id", "name", "Height (m)", "name (right)")
    assert column(joined, "id") == ids


def test_a_key_that_one_table_lacks_is_named(people: Table, towns: Table) -> None:
    with pytest.raises(PlayerError) as caught:
        join_tables(people, towns, on="id")
    assert caught.value.message == "Column “id” not found."
    assert "person, name" in caught.value.hint


def test_tables_are_combined_by_the_names_of_their_columns(people: Table, towns: Table) -> None:
    table = combine_tables([people, towns])
    assert table.columns == ("id", "name", "Height (m)", "person")
    assert column(table, "name") == ["Cy", "Al", "Bo", "Ulm", "Bern", "Graz"]
    assert column(table, "person") == [None, None, None, 1, 3, 9]


def test_tables_of_different_widths_are_not_combined_by_position(
    people: Table, towns: Table
) -> None:
    with pytest.raises(PlayerError, match="2 to 3 columns"):
        combine_tables([people, towns], match="by position")


def test_many_tables_are_combined_in_the_order_in_which_they_arrive() -> None:
    tables = [Table.from_rows([{"n": n}]) for n in range(60)]
    assert column(combine_tables(tables), "n") == list(range(60))


def test_sql_sees_the_tables_that_are_wired(people: Table, towns: Table) -> None:
    table = sql(
        people,
        towns,
        query="SELECT first.name, second.name AS town FROM first JOIN second ON id = person "
        "ORDER BY id;",
    )
    assert [tuple(row.values()) for row in table.rows()] == [("Al", "Ulm"), ("Cy", "Bern")]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM second", "no table “second”"),
        ("DROP TABLE first", "cannot be read near"),
        ("SELECT 1; SELECT 2", "cannot be read"),
        ("SELECT * FROM read_csv('/etc/passwd')", "wired to its node"),
        ("SELECT name, count(*) FROM first", "has many values in each group"),
        ("SELECT * FROM first USING SAMPLE 1", "gives another value each time"),
    ],
)
def test_sql_that_does_not_work_is_explained(people: Table, query: str, message: str) -> None:
    with pytest.raises(PlayerError, match=message):
        sql(people, query=query)


@pytest.mark.parametrize(
    "work",
    [
        lambda t: filter_rows(t, where="wind > 3"),
        lambda t: group_rows(t, by="weather", compute="a = avg(wind)\ns = stddev(temp_max)"),
        lambda t: sort_rows(t, by="wind desc"),
        lambda t: join_tables(t, t, on="date"),
        lambda t: combine_tables([t, t]),
        lambda t: sql(t, query="SELECT weather, list(wind) AS w FROM first GROUP BY weather"),
    ],
)
def test_the_same_work_gives_the_same_bits(weather: Table, work: Callable[[Table], Table]) -> None:
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert digest(work(weather).path) == digest(work(weather).path)

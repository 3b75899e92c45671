"""Words counted, templates filled, tables written as text."""

from __future__ import annotations

import json

import pytest

from harmony.players import Folder, PlayerError, Table
from harmony.players.library.keywords import keywords
from harmony.players.library.text import (
    join_texts,
    split_text,
    table_to_text,
    text_template,
    word_count,
)


@pytest.fixture
def prices() -> Table:
    return Table.from_rows([{"what": "a|b", "price": 1.5}, {"what": None, "price": 1234.25}])


def test_words_sentences_and_lines_are_counted() -> None:
    table, words = word_count("Don't stop. Don’t STOP!\n\nÜber alles: 42?", "note")
    assert list(table.rows()) == [
        {
            "name": "note",
            "characters": 40,
            "words": 6,
            "different_words": 4,
            "sentences": 3,
            "lines": 2,
            "letters_per_word": 4.5,
            "words_per_sentence": 2.0,
            "longest_word": "alles",
        }
    ]
    assert [tuple(row.values()) for row in words.rows()] == [
        ("don't", 2),
        ("stop", 2),
        ("alles", 1),
        ("über", 1),
    ]


def test_a_text_without_words_counts_nothing() -> None:
    table, words = word_count("... 42")
    assert next(table.rows())["words"] == 0
    assert words.row_count == 0
    assert words.columns == ("word", "count")


def test_the_keywords_of_a_speech_are_what_it_speaks_of(texts_folder: Folder) -> None:
    text = (texts_folder.path / "gettysburg-address.txt").read_text()
    table, listed = keywords(text, "speech", count=8)
    found = list(table.rows())
    assert [row["keyword"] for row in found] == listed.split(", ")
    assert "nation" in listed
    assert "the" not in listed.split()
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert {row["name"] for row in found} == {"speech"}


def test_keywords_are_the_same_each_time(texts_folder: Folder) -> None:
    text = (texts_folder.path / "jabberwocky.txt").read_text()
    first, second = (keywords(text).table.path.read_bytes() for _ in range(2))
    assert first == second


def test_words_can_be_ignored(texts_folder: Folder) -> None:
    text = (texts_folder.path / "the-tyger.txt").read_text()
    assert "tyger" not in keywords(text, also_ignore="Tyger, burning").text


def test_a_text_without_keywords_gives_an_empty_table() -> None:
    table, listed = keywords("It is what it is.")
    assert (table.row_count, listed) == (0, "")


def test_placeholders_are_filled_from_the_inputs() -> None:
    filled = text_template(text="Ada", value={"n": 3}, template="{{{text}}} has {n:.1f}: {value}")
    assert filled == '{Ada} has 3.0: {"n": 3}'


def test_a_template_is_filled_once_for_each_row(prices: Table) -> None:
    filled = text_template(prices, "€", template="{what}: {price:,.2f} {text}", separator="; ")
    assert filled == "a|b: 1.50 €; : 1,234.25 €"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{prise}", "Nothing fills the placeholder “prise”"),
        ("{price.real}", "Nothing fills the placeholder"),
        ("{price[0]}", "Nothing fills the placeholder"),
        ("{what:.2f}", "cannot be written as “.2f”"),
        ("{price", "The template cannot be read"),
    ],
)
def test_a_template_that_does_not_work_is_explained(
    prices: Table, template: str, words: str
) -> None:
    with pytest.raises(PlayerError, match=words):
        text_template(prices, template=template)


def test_a_misspelt_placeholder_is_answered_with_the_nearest(prices: Table) -> None:
    with pytest.raises(PlayerError) as caught:
        text_template(prices, template="{prise}")
    assert "Did you mean “price”?" in caught.value.hint


def test_a_table_becomes_markdown_that_stays_one_table(prices: Table) -> None:
    assert table_to_text(prices, decimals=1) == (
        "| what | price |\n| --- | ---: |\n| a\\|b | 1.5 |\n|  | 1234.2 |\n"
    )


def test_rows_that_are_left_out_are_said(prices: Table) -> None:
    assert table_to_text(prices, rows=1).endswith("*1 more row.*\n")


def test_a_table_becomes_aligned_text_csv_and_json(prices: Table) -> None:
    assert table_to_text(prices, format="aligned") == (
        "what    price\na|b      1.50\n      1234.25\n"
    )
    assert table_to_text(prices, format="CSV") == "what,price\na|b,1.5\n,1234.25\n"
    assert json.loads(table_to_text(prices, format="JSON"))[1] == {"what": None, "price": 1234.25}


def test_texts_are_joined_and_split() -> None:
    pieces = split_text("one\ntwo\n\n \nthree", at="paragraphs")
    assert pieces == ["one\ntwo", "three"]
    assert split_text("a\n\n b ", at="lines") == ["a", "b"]
    assert join_texts(pieces, separator=" / ") == "one\ntwo / three"

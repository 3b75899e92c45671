"""Finding by a few letters."""

from __future__ import annotations

from harmony.board.commands.fuzzy import best, score


def test_letters_out_of_order_do_not_fit() -> None:
    assert score("nur", "Run") is None
    assert score("run", "Run") is not None


def test_the_start_of_a_word_counts_more_than_its_middle() -> None:
    assert best("re", ["Figure", "Retry", "Read table"], str) == ["Retry", "Read table", "Figure"]


def test_scattered_letters_find_initials() -> None:
    assert best("zf", ["Zoom in", "Zoom to fit", "Freeze"], str)[0] == "Zoom to fit"


def test_several_words_may_come_in_any_order() -> None:
    assert best("table read", ["Read table", "Read text"], str) == ["Read table"]


def test_an_empty_query_keeps_the_order() -> None:
    assert best("", ["b", "a", "c"], str) == ["b", "a", "c"]

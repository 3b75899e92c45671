"""Nodes that nobody placed: left of what they feed, apart from each other, few wires crossed."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from harmony.melody.layout import COLUMN, GRID, arrange, card_height

HEIGHT = 112.0
Places = dict[str, tuple[float, float]]


def laid_out(names: str, *edges: str) -> Places:
    """`laid_out("abc", "ab", "bc")`: nodes and wires of one letter an end."""
    return arrange(dict.fromkeys(names, HEIGHT), [(edge[0], edge[1]) for edge in edges])


def crossings(places: Places, edges: list[tuple[str, str]]) -> int:
    """Pairs of wires between the same two columns that cross."""
    found = 0
    for (a, b), (c, d) in combinations(edges, 2):
        if places[a][0] == places[c][0] and places[b][0] == places[d][0]:
            found += (places[a][1] - places[c][1]) * (places[b][1] - places[d][1]) < 0
    return found


def test_a_chain_is_a_straight_line() -> None:
    places = laid_out("abc", "ab", "bc")
    assert places == {"a": (0, 0), "b": (COLUMN, 0), "c": (2 * COLUMN, 0)}


def test_what_is_waited_for_stands_left_by_the_longest_way() -> None:
    places = laid_out("abcd", "ab", "bc", "cd", "ad")
    assert [places[name][0] for name in "abcd"] == [0, COLUMN, 2 * COLUMN, 3 * COLUMN]


def test_a_start_stands_just_before_what_it_feeds() -> None:
    places = laid_out("abcs", "ab", "bc", "sc")
    assert places["s"][0] == places["b"][0]


def test_the_one_that_gathers_many_stands_at_their_middle() -> None:
    places = laid_out("abcz", "az", "bz", "cz")
    assert places["z"][1] == places["b"][1]


def test_wires_that_need_not_cross_do_not() -> None:
    edges = [("a", "y"), ("b", "x"), ("x", "2"), ("y", "1"), ("c", "z"), ("z", "3"), ("b", "z")]
    places = arrange(dict.fromkeys("abcxyz123", HEIGHT), edges)
    assert crossings(places, edges) == 0


def test_nodes_never_lie_on_each_other_and_stand_on_the_grid() -> None:
    dice = random.Random(20261121)
    for _ in range(20):
        names = [f"n{number}" for number in range(dice.randint(2, 60))]
        heights = {name: dice.choice((88.0, 112.0, 300.0)) for name in names}
        edges = [
            (names[one], names[other])
            for one, other in (sorted(dice.sample(range(len(names)), 2)) for _ in names)
        ]
        places = arrange(heights, edges)
        columns: dict[float, list[tuple[float, str]]] = {}
        for name, (x, y) in places.items():
            assert (x % GRID, y % GRID) == (0, 0)
            columns.setdefault(x, []).append((y, name))
        for column in columns.values():
            for (above, name), (below, _) in pairwise(sorted(column)):
                assert below >= above + heights[name] + GRID
        assert all(places[source][0] < places[target][0] for source, target in edges)


def test_parts_that_are_not_wired_to_each_other_stand_apart() -> None:
    places = laid_out("abcds", "ab", "cd")
    assert places["a"][1] + HEIGHT < places["c"][1]
    assert places["c"][1] + HEIGHT < places["s"][1], "what hangs on nothing comes last"


def test_many_single_nodes_make_a_block_and_no_tower() -> None:
    places = arrange(dict.fromkeys(map(str, range(100)), HEIGHT), [])
    assert len({x for x, _ in places.values()}) == 10
    assert len(set(places.values())) == 100


def test_a_circle_is_laid_out_too() -> None:
    places = laid_out("abc", "ab", "bc", "ca", "aa")
    assert [places[name][0] for name in "abc"] == [0, COLUMN, 2 * COLUMN]


def test_the_same_graph_gets_the_same_picture_however_often_a_wire_is_named() -> None:
    assert laid_out("abc", "ab", "ab", "bc") == laid_out("abc", "ab", "bc")
    assert laid_out("") == {}


def test_a_wire_of_a_node_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        laid_out("a", "az")


def test_a_card_grows_with_its_ports_and_what_it_shows() -> None:
    assert card_height(0, 0) == card_height(1, 1) < card_height(3, 1)
    assert (
        card_height(1, 1)
        < card_height(1, 1, has_field=True)
        < card_height(1, 1, has_field=True, foot_lines=3)
    )

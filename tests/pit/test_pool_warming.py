"""Which processes are warmed before they are asked for, decided without any."""

from __future__ import annotations

import pytest

from harmony.pit.pool import LookAhead, Package, PoolReport, Step, Wish
from harmony.pit.pool.habits import Habits
from harmony.pit.pool.warming import LAYERS_AHEAD, Stock, Warm, decide, layers, merged, wishes_of
from harmony.polyphony.habits import FADING

A, B, C = (Package(name, "1", name, "python") for name in "abc")


def wished(*wishes: Wish) -> dict[str, Wish]:
    return merged(wishes)


def test_the_likeliest_is_warmed_first_and_the_unlikely_never() -> None:
    wishes = wished(Wish(A, 1, 0.7), Wish(B, 2, 0.9), Wish(C, 1, 0.5))
    assert decide(wishes, {}, 1000.0, 30.0) == [Warm(B, ()), Warm(B, ()), Warm(A, ())]


def test_what_is_there_is_not_started_again() -> None:
    wishes = wished(Wish(A, 2, 1.0), Wish(B, 1, 1.0))
    stock = {A.key: Stock(1, 0, 30.0), B.key: Stock(1, 1, 30.0)}
    assert decide(wishes, stock, 1000.0, 30.0) == [Warm(A, ())]


def test_room_is_made_by_letting_go_of_what_is_less_likely_and_of_nothing_else() -> None:
    stock = {A.key: Stock(0, 0, 100.0), B.key: Stock(1, 1, 80.0), C.key: Stock(2, 2, 30.0)}
    wishes = wished(Wish(A, 1, 0.9), Wish(B, 1, 0.95), Wish(C, 1, 0.3))
    assert decide(wishes, stock, 50.0, 30.0) == [Warm(A, (C.key, C.key))]
    assert decide(wishes, stock, 30.0, 30.0) == [], "B is likelier than A and stays"
    unknown = wished(Wish(A, 1, 0.9))
    assert decide(unknown, stock, 20.0, 30.0)[0].let_go, "what nobody foresees goes for it"


def test_busy_processes_are_never_let_go() -> None:
    stock = {B.key: Stock(1, 0, 100.0)}
    assert decide(wished(Wish(A, 1, 1.0)), stock, 0.0, 30.0) == []


def test_two_who_foresee_the_same_make_it_likelier() -> None:
    both = wished(Wish(A, 1, 0.5), Wish(A, 3, 0.5))[A.key]
    assert (both.count, both.likelihood) == (3, pytest.approx(0.75))


STEPS = {
    "read": Step("a/read", (A,), ("left", "right")),
    "left": Step("b/one", (B,), ("show",)),
    "right": Step("b/two", (B,), ("show",)),
    "show": Step("c/show", (C,), ()),
}


def test_layers_follow_the_longest_way() -> None:
    steps = {**STEPS, "read": Step("a/read", (A,), ("left", "right", "show"))}
    assert layers(steps) == [["read"], ["left", "right"], ["show"]]


def test_a_melody_wishes_for_as_many_as_run_side_by_side_the_nearest_first() -> None:
    found = {
        wish.package: wish for wish in wishes_of(layers(STEPS), STEPS, likelihood=0.9, at_once=4)
    }
    assert [found[package].count for package in (A, B, C)] == [1, 2, 1]
    assert found[A].likelihood == 0.9 > found[B].likelihood > found[C].likelihood
    few = wishes_of(layers(STEPS), STEPS, likelihood=0.9, at_once=1)
    assert {wish.count for wish in few} == {1}


def test_a_list_is_worked_on_by_as_many_as_there_are() -> None:
    steps = {"each": Step("a/each", (A,), (), many=True)}
    assert wishes_of(layers(steps), steps, likelihood=1.0, at_once=8)[0].count == 8


def test_a_running_melody_looks_a_few_layers_ahead_as_it_goes_on() -> None:
    packages = [Package(f"p{n}", "1", "s", "python") for n in range(LAYERS_AHEAD + 3)]
    steps = {
        f"n{n}": Step(f"p{n}/x", (package,), (f"n{n + 1}",) if n + 1 < len(packages) else ())
        for n, package in enumerate(packages)
    }
    ahead = LookAhead(steps, 2)
    first = ahead.began("n0")
    assert first is not None
    assert [wish.package for wish in first] == packages[: LAYERS_AHEAD + 1]
    assert ahead.began("n0") is None
    second = ahead.began("n1[7]")
    assert second is not None
    assert [wish.package for wish in second] == packages[1 : LAYERS_AHEAD + 2]
    assert ahead.began("n1[8]") is None
    assert ahead.began("made/while/it/ran") is None
    assert ahead.players == ["p0/x", "p1/x"]


def test_what_followed_is_likelier_and_what_never_did_is_not_impossible() -> None:
    habits = Habits()
    habits.learn(["a/x", "b/x", "c/x"])
    habits.learn(["a/x", "b/x"])
    assert habits.likelihood("a/x", "b/x") == pytest.approx((1 + FADING + 1) / (1 + FADING + 3))
    assert habits.likelihood("a/x", "c/x") == pytest.approx(1 / (1 + FADING + 3))
    assert habits.next_players("b/x", 1) == ["c/x"]
    assert habits.last == "b/x"
    assert sum(habits.likelihood("a/x", player) for player in ("a/x", "b/x", "c/x")) == 1.0


def test_what_was_done_lately_counts_more_than_what_was_done_as_often_before() -> None:
    habits = Habits()
    for after in ("b", "b", "c", "c"):
        habits.learn(["a", after])
    assert habits.next_players("a", 2) == ["c", "b"]


def test_a_package_is_as_likely_as_any_of_its_players_soon() -> None:
    habits = Habits([("a/x", "b/x", 50.0), ("a/x", "b/y", 50.0), ("b/x", "c/x", 100.0)], "a/x")
    found = habits.packages(lambda player: player.split("/")[0] if player != "a/x" else None, 1)
    assert set(found) == {"b", "c"}
    assert found["b"] == pytest.approx(102 / 104)
    further = habits.packages(lambda player: player.split("/")[0], 2)
    assert further["c"] > 0.4 > found["c"]
    assert Habits().packages(lambda player: player) == {}


def test_a_report_is_read_back_from_its_json() -> None:
    report = PoolReport(19, 1, 0.5, 3, 1, 200.0)
    data = report.to_json()
    assert (data["warm_hit_rate"], data["precision"]) == (0.95, 0.75)
    assert PoolReport.from_json({**data, "of a newer version": 1}) == report
    assert PoolReport().precision is None

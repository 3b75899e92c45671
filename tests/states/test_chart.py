"""A chart that contradicts itself is refused when it is drawn; one that holds is a table."""

from __future__ import annotations

from typing import Any

import pytest

from harmony.states.chart import END, Composite, added_arrow, added_state, draw
from harmony.states.errors import IllegalEvent, InvalidChartError

DOOR: dict[str, Any] = {
    "name": "door",
    "title": "Door",
    "source": "this test",
    "initial": "Open",
    "states": ("Open", "Closed"),
    "transitions": {("Open", "close"): "Closed", ("Closed", "open"): "Open"},
}


def test_an_event_leads_to_the_next_state() -> None:
    door = draw(**DOOR)
    assert door.next("Open", "close") == "Closed"
    assert door.legal("Open") == ("close",)
    assert door.can("Closed", "open") and not door.can("Closed", "close")


def test_an_illegal_event_names_the_chart_the_state_the_event_and_the_legal_ones() -> None:
    door = draw(**DOOR)
    with pytest.raises(IllegalEvent) as caught:
        door.next("Closed", "close")
    error = caught.value
    assert (error.machine, error.state, error.event, error.legal) == (
        "door",
        "Closed",
        "close",
        ("open",),
    )
    for word in ("door", "Closed", "close", "open"):
        assert word in str(error)


def test_an_addition_joins_the_table_and_keeps_its_reason() -> None:
    door = draw(
        **DOOR,
        added=(
            added_state("Locked", "burglars"),
            added_arrow("Closed", "lock", "Locked", "burglars"),
        ),
    )
    assert door.next("Closed", "lock") == "Locked"
    assert door.states == ("Open", "Closed", "Locked")
    assert [entry.why for entry in door.added] == ["burglars", "burglars"]


def test_a_machine_may_rest_at_the_end_and_in_final_states_only() -> None:
    door = draw(**DOOR, final=("Closed",))
    assert door.is_final("Closed") and door.is_final(END) and not door.is_final("Open")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"initial": "Ajar"}, "Ajar is no state of it"),
        ({"final": ("Ajar",)}, "Ajar is no state of it"),
        ({"states": ("Open", "Closed", "Closed")}, "listed twice"),
        ({"states": ("Open", "Closed", "Painted")}, "nothing leads to Painted"),
        ({"transitions": {("Open", "close"): "Clossed"}}, "Clossed is no state of it"),
        ({"transitions": {("Open", ""): "Closed"}}, "has no event"),
        ({"transitions": {("Opened", "close"): "Closed"}}, "Opened is no state of it"),
        ({"added": (added_arrow("Open", "close", "Open", "twice"),)}, "two arrows"),
        ({"added": (added_arrow("Open", "slam", "Closed", ""),)}, "no why"),
        ({"composites": {"Ajar": Composite("A", ("A",), ())}}, "Ajar is no state of it"),
        (
            {"composites": {"Open": Composite("A", ("A",), (("A", "", "B"),))}},
            "B is no state inside Open",
        ),
    ],
)
def test_a_chart_that_contradicts_itself_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidChartError, match=reason):
        draw(**{**DOOR, **change})

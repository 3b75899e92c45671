"""Every arrow that the seed draws is in the charts, under the same name, and nothing is hidden."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harmony.states.chart import END
from harmony.states.registry import CHARTS, chart_named


@dataclass
class Drawn:
    """A chart as the seed draws it, read line by line."""

    number: int
    name: str
    initial: str = ""
    initial_event: str = ""
    states: set[str] = field(default_factory=set)
    final: set[str] = field(default_factory=set)
    arrows: set[tuple[str, str, str]] = field(default_factory=set)
    inside: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def _read_seed() -> list[Drawn]:
    charts: list[Drawn] = []
    inside = None
    text = Path(__file__).with_name("seed_charts.txt").read_text(encoding="utf-8")
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("chart "):
            _, number, name = line.split()
            charts.append(Drawn(int(number), name))
        elif line.startswith("state "):
            inside = line.split()[1]
            charts[-1].inside[inside] = []
        elif line == "}":
            inside = None
        else:
            arrow, _, label = line.partition(" : ")
            source, target = (end.strip() for end in arrow.split("-->"))
            if inside is not None:
                assert not label
                charts[-1].inside[inside].append((source, target))
            else:
                _take_arrow(charts[-1], source, label, target)
    return charts


def _take_arrow(chart: Drawn, source: str, label: str, target: str) -> None:
    chart.states |= {source, target} - {"[*]"}
    events = [part.strip().partition("(")[0] for part in label.split(" / ")] if label else []
    if source == "[*]":
        chart.initial, chart.initial_event = target, "".join(events)
    elif not events:
        assert target == "[*]"
        chart.final.add(source)
    else:
        chart.arrows |= {(source, event, target) for event in events}


SEED = _read_seed()
EACH_CHART = pytest.mark.parametrize("drawn", SEED, ids=lambda drawn: drawn.name)


def test_the_seed_draws_ten_charts() -> None:
    assert [drawn.number for drawn in SEED] == list(range(1, 11))
    assert sum(len(drawn.arrows) for drawn in SEED) == 113


@EACH_CHART
def test_every_state_and_every_arrow_of_the_seed_is_there(drawn: Drawn) -> None:
    chart = chart_named(drawn.name)
    assert chart.number == drawn.number
    assert (chart.initial, chart.initial_event) == (drawn.initial, drawn.initial_event)
    assert drawn.states <= set(chart.states)
    for source, event, target in drawn.arrows:
        assert chart.next(source, event) == target


@EACH_CHART
def test_whatever_the_seed_does_not_draw_is_declared_as_added_with_its_reason(drawn: Drawn) -> None:
    chart = chart_named(drawn.name)
    arrows = {(source, event, target) for (source, event), target in chart.transitions.items()}
    declared = {
        (entry.from_state, entry.event, entry.to_state) for entry in chart.added if entry.event
    }
    assert arrows - drawn.arrows == declared
    assert set(chart.states) - drawn.states == {e.state for e in chart.added if e.state}
    assert all(len(entry.why) > 20 for entry in chart.added)


@EACH_CHART
def test_the_ends_of_the_seed_are_ends_and_only_added_states_join_them(drawn: Drawn) -> None:
    chart = chart_named(drawn.name)
    added_states = {entry.state for entry in chart.added if entry.state}
    assert drawn.final <= set(chart.final) <= drawn.final | added_states


@EACH_CHART
def test_what_the_seed_draws_inside_a_state_is_kept(drawn: Drawn) -> None:
    composites = chart_named(drawn.name).composites
    assert set(composites) == set(drawn.inside)
    for state, arrows in drawn.inside.items():
        shown = [(source, target) for source, _, target in composites[state].transitions]
        initial = [target for source, target in arrows if source == "[*]"]
        assert [composites[state].initial] == initial
        assert sorted(shown) == sorted(pair for pair in arrows if pair[0] != "[*]")


def test_an_arrow_with_a_name_out_of_the_chart_leads_to_the_end() -> None:
    assert chart_named("extension lifecycle").next("Uninstalling", "cleanup_complete") == END
    assert chart_named("bootstrap").next("Ready", "system_running") == END
    assert chart_named("bootstrap").next("Failed", "shutdown") == END


def test_the_workflow_has_the_five_states_and_nine_events_of_its_seed() -> None:
    chart = chart_named("workflow")
    assert chart.states == ("Idle", "Running", "Paused", "Completed", "Failed")
    assert set(chart.events) == {
        "Start",
        "Pause",
        "Resume",
        "Complete",
        "Fail",
        "Retry",
        "Timeout",
        "Rollback",
        "Custom",
    }
    ways = {(source, target) for (source, _), target in chart.transitions.items()}
    added = {(entry.from_state, entry.event) for entry in chart.added}
    seed_ways = {
        (source, target)
        for (source, event), target in chart.transitions.items()
        if (source, event) not in added
    }
    assert seed_ways == {
        ("Idle", "Running"),
        ("Running", "Paused"),
        ("Running", "Completed"),
        ("Running", "Failed"),
        ("Paused", "Running"),
        ("Paused", "Failed"),
        ("Failed", "Running"),
    }
    assert seed_ways <= ways
    assert chart.legal("Completed") == ()


def test_the_system_tells_the_story_of_its_seed_in_order() -> None:
    chart = chart_named("system")
    assert chart.states == (
        "Uninitialized",
        "Bootstrapping",
        "Ready",
        "Computing",
        "Degraded",
        "Committing",
        "Shutdown",
        "Terminated",
    )
    state = chart.initial
    told = [state]
    for event in (
        "bootstrap",
        "bootstrap_complete",
        "work_started",
        "fault_detected",
        "work_finished",
        "committed",
        "shutdown_requested",
        "shutdown_complete",
    ):
        state = chart.next(state, event)
        told.append(state)
    assert told == [
        "Uninitialized",
        "Bootstrapping",
        "Ready",
        "Computing",
        "Degraded",
        "Committing",
        "Ready",
        "Shutdown",
        "Terminated",
    ]


def test_phases_are_ordered_and_know_their_distance() -> None:
    from harmony.states.system import PHASE_OF, Phase, SystemState

    assert list(Phase) == sorted(Phase) and len(Phase) == 4
    assert Phase.COMMITMENT.distance(Phase.PREPARATION) == 2
    assert PHASE_OF[SystemState.COMMITTING] is Phase.COMMITMENT


@pytest.mark.parametrize(
    ("chart", "source", "event", "target"),
    [
        ("task", "Allocated", "interrupted", "Ready"),
        ("task", "Storing", "interrupted", "Ready"),
        ("task", "Executing", "interrupted", "Ready"),
        ("task", "Allocated", "player_lost", "Failed"),
        ("task", "Storing", "storage_error", "Failed"),
        ("task", "Retrying", "retry_due", "Ready"),
        ("task", "Pending", "skipped", "Skipped"),
        ("task", "Ready", "skipped", "Skipped"),
        ("task", "Ready", "result_reused", "Reused"),
        ("task", "Pending", "cancel", "Cancelled"),
        ("task", "Ready", "cancel", "Cancelled"),
        ("task", "Allocated", "cancel", "Cancelled"),
        ("task", "Executing", "cancel", "Cancelled"),
        ("task", "Storing", "cancel", "Cancelled"),
        ("task", "Retrying", "cancel", "Cancelled"),
        ("task", "Skipped", "upstream_retried", "Pending"),
        ("canvas", "Saving", "save_success_editing", "Editing"),
        ("canvas", "Editing", "execute_melody", "Executing"),
        ("canvas", "Executing", "edit_mode", "Editing"),
        ("canvas", "Debugging", "edit_mode", "Editing"),
        ("canvas", "Viewing", "inspect_run", "Debugging"),
        ("canvas", "Debugging", "close_run", "Viewing"),
        ("player", "Loading", "start_failed", "Unloaded"),
        ("player", "Warming", "start_failed", "Unloaded"),
        ("player", "Ready", "process_lost", "Unloaded"),
        ("player", "Active", "process_lost", "Unloaded"),
        ("player", "Cooling", "process_lost", "Unloaded"),
        ("melody_execution", "Ready", "cancel", "Cancelled"),
        ("melody_execution", "Queued", "cancel", "Cancelled"),
        ("connection", "Connecting", "disconnect", "Disconnected"),
        ("connection", "Authenticating", "disconnect", "Disconnected"),
        ("connection", "Degraded", "disconnect", "Disconnected"),
        ("connection", "Reconnecting", "disconnect", "Disconnected"),
        ("artifact", "Deleted", "artifact_created", "SSD_Hot"),
    ],
)
def test_what_real_life_needs_was_added(chart: str, source: str, event: str, target: str) -> None:
    assert chart_named(chart).next(source, event) == target


def test_all_charts_have_different_names_and_numbers() -> None:
    assert len({chart.name for chart in CHARTS}) == len(CHARTS) == 12
    assert [chart.number for chart in CHARTS] == [*range(1, 11), None, None]

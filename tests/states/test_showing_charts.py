"""Charts for readers: found by any of their names, shown in three forms, current in the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harmony.states.chart import Chart
from harmony.states.errors import UnknownChartError
from harmony.states.listing import UnknownFormatError, render
from harmony.states.pages import pages, write_pages
from harmony.states.registry import CHARTS, chart_named
from harmony.states.render import as_json, as_mermaid, as_table

EACH_CHART = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
DOCS = Path(__file__).parents[2] / "docs" / "states"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("9", "task"),
        ("task", "task"),
        ("DAG Task Execution", "task"),
        ("dag-task-execution", "task"),
        ("Melody Execution", "melody_execution"),
        ("chambering", "extension_lifecycle"),
        ("IPC", "connection"),
        ("10", "canvas"),
        ("1", "extension_lifecycle"),
        ("system", "system"),
        ("Workflow", "workflow"),
        ("stale manager", "artifact"),
        ("pool manager", "player"),
    ],
)
def test_a_chart_is_found_by_number_name_title_or_a_part_that_only_it_has(
    name: str, found: str
) -> None:
    assert chart_named(name).name == found


@pytest.mark.parametrize("name", ["", "11", "0", "flying", "  "])
def test_an_unknown_name_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(UnknownChartError) as caught:
        chart_named(name)
    assert "melody_execution" in str(caught.value)


def test_a_name_that_may_mean_two_charts_is_refused_with_both() -> None:
    with pytest.raises(UnknownChartError) as caught:
        chart_named("extension")
    message = str(caught.value)
    assert "extension_lifecycle" in message and "extension_installation" in message


@EACH_CHART
def test_json_holds_the_whole_chart(chart: Chart) -> None:
    shown = json.loads(json.dumps(as_json(chart)))
    expected = {"name", "initial", "final", "states", "transitions", "added", "composites"}
    assert set(shown) - {"initial_event"} == expected | {"source"}
    arrows = {(entry["from"], entry["event"]): entry["to"] for entry in shown["transitions"]}
    assert arrows == dict(chart.transitions)
    assert len(shown["transitions"]) == len(arrows)
    for entry in shown["added"]:
        assert entry["why"]
        assert {"from", "event", "to"} <= set(entry) or "state" in entry
    for state, inner in shown["composites"].items():
        assert state in shown["states"]
        assert set(inner) == {"initial", "states", "transitions"}


@EACH_CHART
def test_mermaid_draws_every_arrow_once_and_marks_what_was_added(chart: Chart) -> None:
    text = as_mermaid(chart)
    assert text.startswith("stateDiagram-v2\n")
    outer = re.findall(r"^    (\S+) --> (\S+) : (.*?)( \+)?$", text, flags=re.MULTILINE)
    drawn = {(source, event): target for source, target, event, _ in outer if source != "[*]"}
    assert drawn == dict(chart.transitions)
    marked = {(source, event) for source, _, event, plus in outer if plus}
    assert marked == {(entry.from_state, entry.event) for entry in chart.added if entry.event}
    assert text.count("{") == text.count("}") == len(chart.composites)


@EACH_CHART
def test_the_table_has_a_line_for_every_arrow_and_every_reason(chart: Chart) -> None:
    lines = [line.split() for line in as_table(chart).splitlines()]
    for (source, event), target in chart.transitions.items():
        cells = [source, *event.split(), target]
        assert cells in lines or [*cells, "+"] in lines
    for entry in chart.added:
        assert entry.why in as_table(chart)


def test_the_listing_prints_all_charts_or_the_ones_that_were_named() -> None:
    everything = json.loads(render((), "json"))
    assert [chart["name"] for chart in everything] == [chart.name for chart in CHARTS]
    one = json.loads(render(["task"], "json"))
    assert [chart["name"] for chart in one] == ["task"]
    assert render(["task", "canvas"], "mermaid").count("stateDiagram-v2") == 2
    assert render(["9"]) == as_table(chart_named("task"))
    assert render(["9"], "mermaid").endswith("\n")


def test_a_form_that_there_is_not_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UnknownFormatError, match="table, mermaid, json"):
        render((), "yaml")


def test_the_pages_in_the_docs_are_current() -> None:
    remedy = "run: python -m harmony.states.pages docs/states"
    assert {path.name for path in DOCS.glob("*.md")} == set(pages()), remedy
    for name, text in pages().items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name} is old; {remedy}"


def test_pages_are_written_into_the_folder_that_was_given(tmp_path: Path) -> None:
    write_pages(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())

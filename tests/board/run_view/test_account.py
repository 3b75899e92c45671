"""What a run came to: critical path, processes, budget, damage."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from harmony.board.canvas.face import describe
from harmony.board.look import Look
from harmony.board.run_view.account import (
    RunAccount,
    Spending,
    bottleneck_of,
    budget_lines,
    pool_lines,
    steps_of,
)
from harmony.board.run_view.process_health import ProcessHealth
from harmony.board.run_view.run_facts import RunFacts
from harmony.board.run_view.run_model import RunModel
from harmony.conductor.critical_path import CriticalPath, PathStep
from harmony.conductor.events import RunChanged, TaskChanged
from harmony.melody.model import Limits, Node
from harmony.pit.pool.report import PoolReport
from harmony.polyphony.quarantined import Quarantined

PATH = CriticalPath(
    (
        PathStep("read", "read", 0.0, 1.0),
        PathStep("loop#1/inner", "loop#1/inner", 0.5, 2.0),
        PathStep("loop#2/inner", "loop#2/inner", 0.0, 4.0),
        PathStep("show", "show", 0.5, 2.0),
    ),
    10.0,
    "loop#2/inner",
    0.4,
)


@pytest.fixture
def model() -> RunModel:
    made = RunModel("r", ["read", "loop", "show"])
    made.apply(RunChanged("r", "Queued", "Executing", 100.0))
    for name in ("read", "loop#1/inner", "loop#2/inner", "loop", "show"):
        for state in ("Executing", "Completed"):
            event: Any = TaskChanged("r", name, name, "Ready", state, 1, 101.0, "p1", seconds=1.0)
            made.apply(event)
    made.apply(RunChanged("r", "Executing", "Completed", 110.0))
    return made


def test_rounds_of_a_loop_are_one_step_of_the_path(model: RunModel) -> None:
    steps = [(step.node, step.task, step.waited, step.ran) for step in steps_of(PATH, model.place)]
    assert steps[1] == ("loop", "loop#2/inner", 0.5, 6.0)
    assert [step[0] for step in steps] == ["read", "loop", "show"]


def test_the_bottleneck_is_the_node_that_a_person_sees(model: RunModel) -> None:
    node, words = bottleneck_of(PATH, model.place)
    assert node == "loop"
    assert words == "Bottleneck: it took 6.0 s of the 10.0 s of the critical path (60%)."
    assert bottleneck_of(CriticalPath(PATH.steps[:1], 1.0, "read", 1.0), model.place) == ("", "")


def test_only_the_bottleneck_carries_the_mark_and_a_retry_takes_it_away(model: RunModel) -> None:
    assert not model.status("loop").bottleneck
    model.account = RunAccount(PATH)
    assert model.status("loop").bottleneck
    assert not model.status("read").bottleneck
    face = describe(Node("loop", "x"), None, (), model.status("loop"), ())
    assert face.status.bottleneck
    model.continues()
    assert not model.status("loop").bottleneck


def test_damage_is_said_at_the_node_whose_task_made_it(model: RunModel) -> None:
    found = Quarantined("h", "text", 9, 1.0, "/put/aside", "a flipped bit", "r", "loop#2/inner", "")
    model.account = RunAccount(damaged=(found,))
    assert "found damaged" in model.status("loop").damaged
    assert not model.status("read").damaged


def test_a_pool_report_says_what_it_cost() -> None:
    report = PoolReport(19, 1, 0.4, 4, 1, 1200.0)
    assert pool_lines(report) == [
        "95% of the tasks found a warm process",
        "1 start was waited for, 0.4 s",
        "80% of those warmed beforehand were used",
        "1,200 MB·s of memory stood idle",
    ]
    assert pool_lines(PoolReport()) == [], "it asked for no process"


def test_a_budget_says_what_is_used_of_what() -> None:
    limits = Limits(tokens=10_000, money=1.5)
    assert budget_lines(limits, Spending(1200, 0.25)) == [
        "1,200 of 10,000 tokens used",
        "0.25 of 1.50 of money spent",
    ]
    assert budget_lines(Limits(), Spending(5, 1.0)) == []


def test_a_slow_or_lost_connection_is_trouble() -> None:
    assert not ProcessHealth(1, "Connected", 0.0002).is_troubled
    assert ProcessHealth(1, "Degraded", 0.0023).words == (
        "Degraded: it answers slowly · answers in 2.30 ms"
    )
    assert ProcessHealth(1, "Reconnecting").is_troubled


def test_a_step_of_the_path_leads_to_its_task(qtbot: Any, look: Look, model: RunModel) -> None:
    facts = RunFacts(look, str.upper)
    qtbot.addWidget(facts)
    facts.show_run(model)
    assert facts.is_empty
    model.account = RunAccount(PATH, PoolReport(1, 1))
    facts.show_run(model)
    facts.resize(316, 300)
    facts.show()
    text = facts.sections["path"].text
    assert "LOOP · bottleneck" in text.text()
    assert not facts.sections["processes"].isHidden()
    chosen: list[tuple[str, str]] = []
    facts.task_clicked.connect(lambda node, task: chosen.append((node, task)))
    qtbot.keyClick(text, Qt.Key.Key_Tab)
    text.linkActivated.emit("1")
    assert chosen == [("loop", "loop#2/inner")]

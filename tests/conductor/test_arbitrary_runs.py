"""Whatever a melody is and wherever the program dies: its journal is enough to go on, and the run
comes to the end that it would have come to."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from arbitrary_runs import ArbitraryRun, arbitrary_plan

from harmony.conductor import facts as happened
from harmony.conductor.announcing import events_of
from harmony.conductor.core import ENDED_RUN, begin, evolve, fold
from harmony.pit.dag.plan_json import plan_from_json, plan_to_json
from harmony.pit.dag.progress import ENDED
from harmony.states.melody_execution import RunState

FAILING = (0, 60, 200, 400)
SEEDS = 60


@pytest.fixture(params=range(4))
def seeds(request: pytest.FixtureRequest, long_form: bool) -> range:
    """Some of the seeds of the short form, or twenty times as many."""
    count = SEEDS * (20 if long_form else 1) // 4
    return range(request.param * count, (request.param + 1) * count)


def folds_to_itself(run: ArbitraryRun) -> None:
    """The journal tells the state, of the run, every task and every node."""
    again, live = fold(run.plan, run.records), run.core
    assert again.state == live.state
    assert again.tracker.tasks == live.tracker.tasks
    assert again.tracker.counts == live.tracker.counts
    for name, node in live.tracker.nodes.items():
        assert _books(again.tracker.nodes[name]) == _books(node), name
    if live.ended:
        assert all(task.state in ENDED for task in live.tracker.tasks.values())


def _books(node: Any) -> tuple[Any, ...]:
    return node.outcome, node.open, node.waiting, node.inside, node.outputs


def test_a_program_that_dies_changes_nothing_of_what_a_run_comes_to(seeds: range) -> None:
    for seed in seeds:
        drawn = arbitrary_plan(Random(seed))
        failing = FAILING[seed % 4]
        undisturbed = ArbitraryRun(drawn, seed, Random(1), failing).to_the_end()
        for crashes in (0.0, 0.05, 0.3):
            disturbed = ArbitraryRun(drawn, seed, Random(2), failing).to_the_end(crashes)
            assert disturbed.outcome() == undisturbed.outcome(), f"seed {seed}"
            folds_to_itself(disturbed)


def test_every_beginning_of_a_journal_can_be_gone_on_with(seeds: range) -> None:
    for seed in seeds:
        luck = Random(seed)
        drawn = arbitrary_plan(luck, timely=True)
        assert plan_from_json(plan_to_json(drawn)) == drawn
        run = ArbitraryRun(drawn, seed, luck, FAILING[seed % 4]).to_the_end(0.02)
        records = run.records
        for cut in luck.sample(range(len(records)), min(12, len(records))):
            folds_to_itself(run.gone_on_with(records[:cut]).to_the_end())


def test_no_trouble_makes_a_run_stand_still_or_break_a_rule(seeds: range) -> None:
    for seed in seeds:
        luck = Random(seed)
        run = ArbitraryRun(arbitrary_plan(luck, timely=True), seed, luck, FAILING[seed % 4])
        for _ in range(60):
            run.any_trouble()
            if run.core.state in ENDED_RUN:
                break
            run.something_happens()
        run.to_the_end()
        folds_to_itself(run)


def test_a_retry_in_place_ends_as_a_run_that_never_failed(seeds: range) -> None:
    for seed in seeds:
        drawn = arbitrary_plan(Random(seed))
        run = ArbitraryRun(drawn, seed, Random(3), 200).to_the_end()
        given_up = any(
            (task.cause or {}).get("code") == "pit.failure_accepted"
            for task in run.core.tracker.tasks.values()
        )
        if run.core.state != RunState.FAILED or not run.core.tracker.can_retry or given_up:
            continue
        run.failing = 0
        run.feed(happened.RetryFailed(0.0))
        run.to_the_end(0.1)
        folds_to_itself(run)
        assert run.core.state == ArbitraryRun(drawn, seed, Random(4), 0).to_the_end().core.state


def test_a_run_is_followed_in_lumps_by_another_program(seeds: range) -> None:
    for seed in seeds:
        luck = Random(seed)
        run = ArbitraryRun(arbitrary_plan(luck, timely=True), seed, luck, FAILING[seed % 4])
        run.to_the_end()
        followed, told = begin(run.plan), 0
        while told < len(run.records):
            lump = run.records[told : told + luck.randint(1, 9)]
            told += len(lump)
            for record in lump:
                evolve(followed, record)
            tasks = [event for event in events_of("run", followed, lump) if hasattr(event, "node")]
            assert all(event.node in followed.tracker.nodes for event in tasks)

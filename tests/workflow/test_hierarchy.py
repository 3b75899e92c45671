"""States within states: rows and states side by side."""

from __future__ import annotations

import asyncio
import json

import pytest

from harmony.workflow.errors import IllegalEventError, StateMachineError
from harmony.workflow.hierarchy import HierarchicalState as State
from harmony.workflow.machine import WorkflowStateMachine

RELEASE = State(
    "release",
    (State("build"), State("check", (State("tests"), State("docs")), parallel=True),
     State("publish")),
)  # fmt: skip


def test_a_row_goes_on_when_a_child_is_completed_and_side_by_side_run_together() -> None:
    tree = RELEASE.send("Start")
    assert (tree.state, tree.active()) == ("Running", ("release/build",))
    tree = tree.send("Complete", "release/build")
    assert tree.active() == ("release/check/tests", "release/check/docs")
    tree = tree.send("Complete", "release/check/docs")
    assert (tree.at("release/check").state, tree.active()) == ("Running", ("release/check/tests",))
    tree = tree.send("Complete", "release/check/tests")
    assert (tree.at("release/check").state, tree.active()) == ("Completed", ("release/publish",))
    assert tree.send("Complete", "release/publish").state == "Completed"
    assert RELEASE.state == "Idle"


def test_a_parent_hands_on_what_concerns_all_under_it() -> None:
    tree = RELEASE.send("Start").send("Complete", "release/build")
    paused = tree.send("Pause", "release/check")
    assert (paused.state, paused.active()) == ("Paused", ())
    assert paused.send("Resume") == tree
    failed = tree.send("Fail", "release/check/docs")
    assert (failed.state, failed.active()) == ("Failed", ("release/check/tests",))
    assert failed.send("Retry", "release/check") == tree


def test_what_no_state_can_take_is_refused_with_its_path() -> None:
    with pytest.raises(IllegalEventError, match=r"release/publish.*Complete.*Idle"):
        RELEASE.send("Complete", "release/publish")
    with pytest.raises(IllegalEventError, match="Complete"):
        RELEASE.send("Start").send("Complete")
    with pytest.raises(IllegalEventError):
        RELEASE.send("Start").send("Start")
    with pytest.raises(StateMachineError, match="release/nothing"):
        RELEASE.send("Start", "release/nothing")


def test_a_tree_holds_together() -> None:
    for wrong in (lambda: State("a", (State("b"), State("b"))), lambda: State("a/b"),
                  lambda: State(""), lambda: State("a", own="Nowhere")):  # fmt: skip
        with pytest.raises(StateMachineError):
            wrong()
    tree = State("0")
    with pytest.raises(StateMachineError, match="32"):
        for level in range(40):
            tree = State(str(level + 1), (tree,))


def test_a_tree_lives_in_the_context_of_a_workflow() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        tree = RELEASE.send("Start").send("Complete", "release/build")
        await machine.set_context("tree", tree.to_json())
        read = json.loads(json.dumps(await machine.get_context("tree")))
        assert State.from_json(read) == tree

    asyncio.run(story())
    for wrong in (None, {}, {"name": "a"}, {"name": "a", "children": 3, "parallel": 1, "own": ""}):
        with pytest.raises(StateMachineError):
            State.from_json(wrong)

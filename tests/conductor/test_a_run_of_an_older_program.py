"""A run that a program left which knew of no policies, loops or votes yet: its plan has form 1."""

from __future__ import annotations

from typing import Any

from driver import Driver
from plans import text

from harmony.conductor import facts as happened
from harmony.conductor.core import Record
from harmony.melody.model import DEFAULT_POLICY
from harmony.pit.dag.plan_json import plan_from_json
from harmony.states.melody_execution import RunState


def old_node(name: str, before: str = "", after: str = "", *, maps: bool = False) -> dict[str, Any]:
    source = [{"node": before, "output": "result"}]
    port = {"port": "text", "type": "text", "required": True, "sources": source}
    return {
        "id": name,
        "player": f"test/{name}",
        "package": "test",
        "package_hash": "0",
        "package_source": "test",
        "parameters": {},
        "secrets": [],
        "files": [],
        "paths": [],
        "inputs": [{**port, "gathers": False, "maps": maps}] if before else [],
        "outputs": {"result": "text" if before else "list[text]"},
        "deterministic": True,
        "effects": False,
        "waits": False,
        "priority": 0,
        "retries": 1,
        "predecessors": [before] if before else [],
        "successors": [after] if after else [],
        "rank": 1,
        "title": name.title(),
    }


PLAN = {
    "format": 1,
    "nodes": [old_node("split", after="upper"), old_node("upper", "split", maps=True)],
}
JOURNAL = [
    ("run", "Draft", "submit", "Validating", {}),
    ("run", "Validating", "validation_success", "Ready", {}),
    ("run", "Ready", "execute", "Queued", {}),
    ("run", "Queued", "resources_allocated", "Executing", {}),
    ("task:split", "Pending", "dependencies_complete", "Ready", {}),
    ("task:split", "Ready", "allocate_player", "Allocated", {"attempt": 1}),
    ("task:split", "Allocated", "player_ready", "Executing", {"process": "p", "pid": 1}),
    ("task:split", "Executing", "execution_success", "Storing", {"seconds": 0.1}),
    (
        "task:split",
        "Storing",
        "artifact_stored",
        "Completed",
        {
            "outputs": {
                "result": {
                    "type": "list[text]",
                    "hash": "list",
                    "size": 9,
                    "items": [text("one"), text("two")],
                }
            },
            "key": "k",
            "seconds": 0.1,
        },
    ),
    ("task:upper[0]", "Pending", "dependencies_complete", "Ready", {}),
    ("task:upper[1]", "Pending", "dependencies_complete", "Ready", {}),
    ("task:upper[1]", "Ready", "allocate_player", "Allocated", {"attempt": 1}),
    ("task:upper[1]", "Allocated", "player_lost", "Failed", {"error": {"message": "boom"}}),
    (
        "task:upper[1]",
        "Failed",
        "retry_policy_active",
        "Retrying",
        {"delay": 1.0, "due": 2.0},
    ),
]


def test_it_is_gone_on_with_where_it_was_left() -> None:
    plan = plan_from_json(PLAN)
    assert all(node.policy == DEFAULT_POLICY for node in plan.nodes.values())
    run = Driver(plan)
    run.records = [
        Record(machine, before, event, after, "", 1.0, data)
        for machine, before, event, after, data in JOURNAL
    ]
    run.crash()
    assert run.dispatched == ["upper[0]"], (
        "the list was split, and one item waits to be tried again"
    )
    [again] = run.scheduled
    assert again.task == "upper[1]"
    run.finish("upper[0]")
    run.feed(happened.RetryDue(0.0, again.task, again.attempt))
    run.finish("upper[1]")
    assert run.finished == [RunState.COMPLETED]

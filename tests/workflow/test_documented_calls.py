"""Every call of the seed's API overview: the table of docs/state-machines.md, read and run."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harmony
from harmony.workflow.events import KINDS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "state-machines.md").read_text()
ROWS = re.findall(r"^\| `([^`]+)`[^|]*\| `([^`]+)` \|$", GUIDE, re.MULTILINE)
# The overview of seeds/001, in its order.
OF_THE_SEED = {
    "WorkflowStateMachine": "new with_handler with_max_history workflow_id current_state"
    " process_event set_context get_context get_all_context get_history get_history_tail rollback"
    " get_metadata serialize deserialize",
    "WorkflowOrchestrator": "new register_workflow get_workflow list_workflows"
    " unregister_workflow get_all_metadata",
    "SqliteWorkflowStore": "new initialize_schema save_workflow load_workflow save_transition"
    " get_workflow_history create_checkpoint list_workflows delete_workflow",
    "WorkflowRecovery": "recover_workflow recover_all_workflows",
    "StateHandler": "on_enter on_exit on_event on_transition",
}
REFUSED = (
    "  refused: The workflow order-42 cannot take Pause while it is Completed."
    " Possible now: nothing."
)
PREFIXES = {
    "WorkflowStateMachine": ("sm.", "WorkflowStateMachine::"),
    "WorkflowOrchestrator": ("orchestrator.", "WorkflowOrchestrator::"),
    "SqliteWorkflowStore": ("store.", "SqliteWorkflowStore::"),
    "WorkflowRecovery": ("WorkflowRecovery::",),
    "StateHandler": ("handler.",),
}


@pytest.mark.parametrize(
    ("kind", "call"),
    [(kind, call) for kind, calls in OF_THE_SEED.items() for call in calls.split()],
)
def test_every_call_of_the_seed_stands_in_the_table(kind: str, call: str) -> None:
    starts = [f"{prefix}{call}" for prefix in PREFIXES[kind]]
    assert any(re.split(r"[( ]", rust)[0] in starts for rust, _ in ROWS)


def test_every_event_of_the_seed_stands_in_the_guide() -> None:
    for kind in KINDS:
        assert f"WorkflowEvent::{kind}" in GUIDE or f"WorkflowEvent.{kind.upper()}" in GUIDE


def test_every_call_of_the_table_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {
        name: getattr(harmony, name) for name in dir(harmony) if name[0].isupper()
    }

    async def call(text: str) -> Any:
        code = compile(text, text, "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        found = eval(code, names)
        return await found if inspect.iscoroutine(found) else found

    async def story() -> None:
        names["handler"] = names["StateHandler"]()
        for rust, python in ROWS:
            result = await call(python)
            if python.startswith("WorkflowStateMachine(") or "with_handler" in python:
                names["machine"] = result
            elif "serialize()" in python:
                names["serialized"] = result
            elif python.startswith("WorkflowOrchestrator"):
                names["orchestrator"] = result
            elif "Store.open" in python:
                names["store"] = result
            elif "save_workflow" in python:
                await names["machine"].process_event("Start")
                names["entry"] = (await names["machine"].get_history_tail(1))[0]
            assert rust
        assert await names["store"].list_workflows() == []
        await names["store"].close()

    assert len(ROWS) > 40
    asyncio.run(story())


def test_the_first_example_of_the_guide_runs(tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert example
    shown = run(["-c", example.group(1) + "asyncio.run(after_a_crash())\n"], tmp_path)
    assert shown == "Running {'customer': 'Ada'}\n"


def test_the_definition_of_the_guide_is_one() -> None:
    example = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert example
    read = harmony.definition_from_toml(example.group(1))
    assert read.states == ("Planning", "Coding", "Blocked")


def test_the_demonstration_runs(tmp_path: Path) -> None:
    shown = run([str(ROOT / "docs" / "examples" / "state_machine_demo.py")], tmp_path)
    for line in (
        "  Running -> Failed (Fail(no paper))",
        REFUSED,
        "  Running, {'step': 1}",
        "  3. Paused -> Running by Rollback",
        "  feature: Coding",
    ):
        assert line in shown.splitlines()


def test_the_demonstration_of_the_store_runs(tmp_path: Path) -> None:
    program = str(ROOT / "docs" / "examples" / "state_machine_persistence.py")
    for arguments in ([], [str(tmp_path / "mine.sqlite3")]):
        shown = run([program, *arguments], tmp_path).splitlines()
        assert "  recovered: import, report, train" in shown
        assert shown[-4:] == [
            "  train: Running, {'input': 'train.csv'}",
            "  1. Idle -> Running by Start",
            "  2. Running -> Paused by Pause",
            "  3. Paused -> Running by Rollback",
        ]
    assert (tmp_path / "mine.sqlite3").exists()


def run(arguments: list[str], folder: Path) -> str:
    """What a program prints, on its standard output."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout

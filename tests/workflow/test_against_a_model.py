"""A machine in a store against a tiny model: whatever is asked of both, they stay alike.

The model is a list of what stands, and dictionaries; restarts of the program and the limits of
history are among the things that may happen.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harmony.states.workflow import CHART
from harmony.workflow.errors import IllegalEventError, NothingToRollBackError
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.recovery import WorkflowRecovery
from harmony.workflow.store import SqliteWorkflowStore, StateStoreConfig

KEYS = st.sampled_from(["a", "b", "c"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=2), inside),
    max_leaves=4,
)
EVENTS = st.sampled_from(["Start", "Pause", "Resume", "Complete", "Fail", "Retry", "Timeout",
                          "one", "two"])  # fmt: skip


class AgainstAModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="harmony-model-")
        # The model: where it stands, the context, that of the last record, and what can be undone.
        self.state, self.context, self.recorded = "Idle", dict[str, Any](), dict[str, Any]()
        self.undo: list[tuple[str, dict[str, Any]]] = []
        self.count = 0

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.opened())
        self.machine = self.do(self.store.attach(WorkflowStateMachine("w")))

    async def opened(self) -> SqliteWorkflowStore:
        path = Path(self.folder.name, "w.db")
        return await SqliteWorkflowStore.open(path, StateStoreConfig(max_history_per_workflow=500))

    @rule(key=KEYS, value=JSON)
    def set_context(self, key: str, value: Any) -> None:
        self.do(self.machine.set_context(key, value))
        self.context = {**self.context, key: value}

    @rule(key=KEYS)
    def remove_context(self, key: str) -> None:
        self.do(self.machine.remove_context(key))
        self.context = {name: value for name, value in self.context.items() if name != key}

    @rule(event=EVENTS)
    def send(self, event: str) -> None:
        key = "Custom" if event in ("one", "two") else event
        target = CHART.transitions.get((self.state, key))
        try:
            self.do(self.machine.process_event(event))
            assert target is not None
        except IllegalEventError as error:
            assert target is None
            assert (error.state, error.legal) == (self.state, CHART.legal(self.state))
            return
        self.undo.append((self.state, self.recorded))
        self.state, self.recorded = target, self.context
        self.count += 1

    @rule(to_paused=st.booleans())
    def roll_back(self, to_paused: bool) -> None:
        arrow = CHART.transitions.get((self.state, "Rollback"))
        try:
            if to_paused and arrow is not None:
                self.do(self.machine.process_event("Rollback"))
            else:
                arrow = None
                self.do(self.machine.rollback())
        except IllegalEventError:
            assert self.state == "Completed"
            return
        except NothingToRollBackError:
            assert not self.undo
            return
        before, context = self.undo.pop()
        self.state = arrow or before
        self.context = self.recorded = context
        self.count += 1

    @precondition(lambda self: self.count)
    @rule()
    def restart(self) -> None:
        self.do(self.store.close())
        self.store = self.do(self.opened())
        assert self.store.problems == []
        self.machine = self.do(WorkflowRecovery.recover_workflow(self.store, "w"))

    @rule()
    def go_through_a_text(self) -> None:
        at_rest = self.do(self.machine.serialize())
        assert type(at_rest).from_text(at_rest.to_text()) == at_rest

    @invariant()
    def both_are_alike(self) -> None:
        if not hasattr(self, "machine"):
            return
        assert self.machine.state == self.state
        assert self.do(self.machine.get_all_context()) == self.context
        history = self.do(self.machine.get_history())
        assert [entry.sequence for entry in history] == list(range(1, self.count + 1))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

"""The run core under arbitrary facts: whatever happens, in whatever order, its promises hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from plans import NOTHING, loop, plan, text, texts

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import ENDED_RUN, begin, fold, step
from harmony.melody.model import Policy
from harmony.pit.dag.progress import ENDED, FINISHED
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

SLOTS = 2


@st.composite
def plans(draw: st.DrawFn) -> Any:
    """A random plan that validation would pass: lists are mapped or gathered, the rest is not.

    A node whose own output is a list has the output type `list[text]`.
    """
    names = [f"n{i}" for i in range(draw(st.integers(1, 7)))]
    sources: dict[str, str] = {}
    changes: dict[str, dict[str, Any]] = {}
    lists: set[str] = set()
    for position, name in enumerate(names):
        before = st.sampled_from(names[:position]) if position else st.nothing()
        chosen = draw(st.lists(before, unique=True, max_size=3)) if position else []
        forms = [
            source + draw(st.sampled_from(["*", "+"] if source in lists else ["", "+", "~", "?"]))
            for source in chosen
        ]
        mapped = any(form.endswith("*") for form in forms)
        own_list = not mapped and draw(st.booleans())
        if mapped or own_list:
            lists.add(name)
        sources[name] = " ".join(forms)
        changes[name] = {
            "retries": draw(st.integers(0, 2)),
            "outputs": {"result": "list[text]" if own_list else "text"},
            "policy": draw(policies(alone=not mapped)),
        }
        if draw(st.integers(0, 5)) == 0:
            changes[name]["fallback"] = plan(a="").nodes["a"]
        if not mapped and not own_list and draw(st.integers(0, 3)) == 0:
            back = plan(**{name: "", f"{name}~undo": name}).nodes[f"{name}~undo"]
            changes[name]["compensation"] = replace(back, predecessors=())
        if not mapped and not own_list and draw(st.integers(0, 3)) == 0:
            body = plan({"check": {"retries": 1}}, work="", check="work")
            feeds = {"work": f"from_{chosen[0]}"} if chosen else {}
            changes[name] |= loop(body, "result", 2, feeds, result="check")
    return plan(changes, **sources)


def policies(*, alone: bool) -> st.SearchStrategy[Policy]:
    """What a node may mean by failing; one that runs alone may also ask for a vote."""
    return st.builds(
        Policy,
        on_failure=st.sampled_from(["fail", "fail", "skip", "halt"]),
        parallel=st.integers(0, 2),
        quorum=st.sampled_from([0, 0, 0, 1]) if alone else st.just(0),
        retry_errors=st.sampled_from([(), (), ("Other",)]),
    )


class RunCoreMachine(RuleBasedStateMachine):
    """Plays the Pit, the store, a person and a crash against the core."""

    @initialize(plan=plans())
    def begin(self, plan: Any) -> None:
        self.plan = plan
        self.core = begin(plan)
        self.records: list[Any] = []
        self.requested: list[str] = []
        self.holders: set[str] = set()
        self.dispatched: dict[str, int] = {}
        self.lookups: list[str] = []
        self.retries: list[do.ScheduleRetry] = []
        self.stored: list[do.Store] = []
        self.completed: dict[str, int] = {}
        self.feed(happened.Start(0.0))

    def feed(self, fact: happened.Fact) -> None:
        records, commands = step(self.core, fact)
        self.records += records
        for record in records:
            if record.to_state == TaskState.COMPLETED and record.machine != "run":
                self.completed[record.machine] = self.completed.get(record.machine, 0) + 1
        for command in commands:
            if isinstance(command, do.LookUp):
                self.lookups.append(command.task)
            elif isinstance(command, do.RequestSlot):
                assert command.task not in self.requested
                self.requested.append(command.task)
            elif isinstance(command, do.WithdrawRequest):
                assert command.task in self.requested
                self.requested.remove(command.task)
            elif isinstance(command, do.ReleaseSlot):
                self.holders.remove(command.task)
            elif isinstance(command, do.Dispatch):
                assert command.task in self.holders, "dispatched without a slot"
                self.dispatched[command.task] = command.attempt
            elif isinstance(command, do.ScheduleRetry):
                self.retries.append(command)
            elif isinstance(command, do.Store):
                self.stored.append(command)

    @precondition(lambda self: self.lookups)
    @rule(data=st.data(), hit=st.booleans())
    def look_up(self, data: st.DataObject, hit: bool) -> None:
        task = self.lookups.pop(data.draw(st.integers(0, len(self.lookups) - 1)))
        outputs = {"result": self.value(task, data)} if hit else None
        self.feed(happened.LookedUp(0.0, task, "key", outputs, "run x"))

    @precondition(lambda self: self.lookups)
    @rule()
    def look_up_fails(self) -> None:
        self.feed(happened.LookUpFailed(0.0, self.lookups.pop(), {"message": "file is gone"}))

    @precondition(lambda self: self.requested and len(self.holders) < SLOTS)
    @rule(data=st.data())
    def grant(self, data: st.DataObject) -> None:
        task = self.requested.pop(data.draw(st.integers(0, len(self.requested) - 1)))
        self.holders.add(task)
        self.feed(happened.Granted(0.0, task))

    def value(self, task: str, data: st.DataObject) -> dict[str, Any]:
        """Something that the task may return: a value of its type, or nothing at all."""
        planned = self.core.tracker.nodes[self.core.tracker.tasks[task].node].planned
        if planned.outputs["result"] == "list[text]":
            return data.draw(st.sampled_from([texts("x", "y"), texts(), texts("x")]))
        if "#" in task:
            yes = {"type": "boolean", "hash": "yes", "size": 4, "value": True}
            return data.draw(st.sampled_from([text("x"), yes]))
        return data.draw(st.sampled_from([text("x"), NOTHING]))

    @precondition(lambda self: self.lookups or self.requested or self.dispatched)
    @rule(data=st.data())
    def get_on(self, data: st.DataObject) -> None:
        """Nothing goes wrong for a while: take every task that can go to its end."""
        for task in list(self.lookups):
            self.lookups.remove(task)
            self.feed(happened.LookedUp(0.0, task, "key", None))
        while self.requested and len(self.holders) < SLOTS:
            task = self.requested.pop(0)
            self.holders.add(task)
            self.feed(happened.Granted(0.0, task))
        for task, attempt in list(self.dispatched.items()):
            self.feed(happened.Started(0.0, task, attempt, "p", 1))
            value = self.value(task, data)
            self.feed(happened.Succeeded(0.0, task, attempt, {"result": value}, 0.1))
        for kept in list(self.stored):
            self.stored.remove(kept)
            self.feed(happened.Stored(0.0, kept.task, kept.attempt, kept.outputs, 0.1))

    @precondition(lambda self: self.dispatched)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.dispatched)))
        self.feed(happened.Started(0.0, task, self.dispatched[task], "p", 1))

    @precondition(lambda self: self.dispatched)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.dispatched)))
        value = self.value(task, data)
        self.feed(happened.Succeeded(0.0, task, self.dispatched[task], {"result": value}, 0.1))

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def store(self, data: st.DataObject) -> None:
        kept = self.stored.pop(data.draw(st.integers(0, len(self.stored) - 1)))
        self.feed(happened.Stored(0.0, kept.task, kept.attempt, kept.outputs, 0.1))

    @precondition(lambda self: self.dispatched)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.dispatched)))
        self.feed(happened.Failed(0.0, task, self.dispatched[task], {"message": "boom"}, 1.0))

    @precondition(lambda self: self.dispatched)
    @rule(data=st.data(), lost=st.booleans())
    def hear_of_an_earlier_attempt(self, data: st.DataObject, lost: bool) -> None:
        task = data.draw(st.sampled_from(sorted(self.dispatched)))
        attempt, before = self.dispatched[task] - 1, len(self.records)
        if lost:
            self.feed(happened.Failed(0.0, task, attempt, {"message": "lost"}, 1.0))
        else:
            self.feed(happened.Succeeded(0.0, task, attempt, {"result": text("late")}, 0.1))
        assert len(self.records) == before, "an attempt that is over was listened to"

    @precondition(lambda self: self.retries)
    @rule()
    def retry_due(self) -> None:
        due = self.retries.pop()
        self.feed(happened.RetryDue(0.0, due.task, due.attempt))

    @precondition(lambda self: len(self.records) % 5 == 0)
    @rule()
    def pause(self) -> None:
        self.feed(happened.Pause(0.0))

    @rule()
    def resume(self) -> None:
        self.feed(happened.Resume(0.0))

    @precondition(lambda self: len(self.records) > 30)
    @rule()
    def cancel(self) -> None:
        self.feed(happened.Cancel(0.0))

    @rule()
    def retry_failed(self) -> None:
        self.feed(happened.RetryFailed(0.0))

    @precondition(lambda self: len(self.records) % 3 == 0)
    @rule()
    def crash_and_recover(self) -> None:
        """All that lived in the process is gone; the journal is what is left."""
        self.core = fold(self.plan, self.records)
        self.requested, self.holders, self.dispatched = [], set(), {}
        self.lookups, self.retries, self.stored = [], [], []
        self.feed(happened.Recover(0.0, "crash"))

    @invariant()
    def the_journal_tells_the_state(self) -> None:
        again = fold(self.plan, self.records)
        assert again.state == self.core.state
        assert again.tracker.tasks == self.core.tracker.tasks
        for name, node in self.core.tracker.nodes.items():
            same = again.tracker.nodes[name]
            assert (same.outcome, same.waiting, same.open) == (
                node.outcome,
                node.waiting,
                node.open,
            )
            if node.resolved:
                assert same.absent == node.absent
            assert same.inside == node.inside
        assert again.tracker.failed_nodes == self.core.tracker.failed_nodes

    @invariant()
    def what_runs_has_all_its_predecessors_settled(self) -> None:
        for task in self.core.tracker.tasks.values():
            if task.state in ENDED or task.state == TaskState.PENDING:
                continue
            for before in self.core.tracker.nodes[task.node].planned.predecessors:
                assert self.core.tracker.nodes[before].outcome != "open"

    @invariant()
    def a_finished_task_finished_once(self) -> None:
        assert all(count == 1 for count in self.completed.values())

    @invariant()
    def counts_are_those_of_the_tasks(self) -> None:
        tracker = self.core.tracker
        for state, count in tracker.counts.items():
            assert count == len(tracker.in_state(state))

    @invariant()
    def an_ended_run_has_nothing_open(self) -> None:
        tracker = self.core.tracker
        if self.core.state in ENDED_RUN:
            assert all(task.state in ENDED for task in tracker.tasks.values())
            assert not self.holders, "an ended run holds slots"
        if self.core.state == RunState.COMPLETED:
            assert all(
                task.state in FINISHED | {TaskState.SKIPPED}
                for task in tracker.tasks.values()
                if not tracker.nodes[task.node].owner
            )


TestRunCore = RunCoreMachine.TestCase
TestRunCore.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)

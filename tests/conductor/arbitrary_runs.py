"""Runs of arbitrary melodies under arbitrary luck, all drawn from a seed.

What a task gives, and how often it fails before, follows from its name; in which order things
happen, what shares a commit and when the program dies follows from chance. So two runs of the same
melody that differ by chance alone must come to the same end.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from random import Random
from typing import Any

from plans import NOTHING, loop, plan, text, texts

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import ENDED_RUN, Record, RunCore, begin, fold, step
from harmony.conductor.invariants import Watch
from harmony.melody.model import Policy
from harmony.pit.dag.plan import Plan

YES = {"type": "boolean", "hash": "yes", "size": 4, "value": True}
SLOTS = 2


def arbitrary_plan(random: Random, *, timely: bool = False, depth: int = 0) -> Plan:
    """Up to six nodes: mapped, looped (loops in loops too), voted on, with any policy.

    `timely`: also what makes an end depend on which of two things came first (an optional wire, a
    halt, a vote).
    """
    prefix = "nabc"[depth]
    names = [f"{prefix}{number}" for number in range(random.randint(1, 3 if depth else 6))]
    sources: dict[str, str] = {}
    changes: dict[str, dict[str, Any]] = {}
    lists: set[str] = set()
    for place, name in enumerate(names):
        chosen = random.sample(names[:place], min(place, random.randint(0, 3)))
        plain = ["", "", "+", "~", *(["?"] if timely else [])]
        forms = [one + random.choice(["*", "+"] if one in lists else plain) for one in chosen]
        mapped = any(form.endswith("*") for form in forms)
        own_list = not mapped and random.random() < 0.4
        if mapped or own_list:
            lists.add(name)
        sources[name] = " ".join(forms)
        alone = not mapped and not own_list
        looped = alone and depth < 2 and random.random() < 0.35
        changed = changes[name] = {
            "retries": random.randint(0, 2),
            "outputs": {"result": "list[text]" if own_list else "text"},
            "policy": Policy(
                on_failure=random.choice(["fail", "fail", "skip", "halt" if timely else "fail"]),
                parallel=random.randint(0, 2),
                quorum=random.choice([0, 0, 1]) if timely and alone and not looped else 0,
                retry_errors=random.choice([(), (), ("Other",)]),
            ),
        }
        if not looped and random.random() < 0.15:
            changed["fallback"] = replace(plan(a="").nodes["a"], outputs=changed["outputs"])
        if alone and random.random() < 0.3:
            back = plan(**{name: "", f"{name}~undo": name}).nodes[f"{name}~undo"]
            changed["compensation"] = replace(back, predecessors=())
        if looped:
            body = arbitrary_plan(random, timely=timely, depth=depth + 1)
            feeds = {next(iter(body.nodes)): f"from_{chosen[0]}"} if chosen else {}
            last = next(reversed(body.nodes))
            changed |= loop(body, "result", random.randint(1, 3), feeds, result=last)
    return plan(changes, **sources)


class ArbitraryRun:
    """A run whose world answers by the names of tasks, in an order that `luck` says.

    `failing` of a thousand attempts fail. Commands that wait for a commit are carried out when
    there is one, and the rules are asked of all that it holds.
    """

    def __init__(self, drawn: Plan, world: int, luck: Random, failing: int) -> None:
        self.plan, self.luck = drawn, luck
        self.world, self.failing = world, failing
        self.records: list[Record] = []
        self.finished: set[str] = set()
        self._take_on(begin(drawn))
        self.feed(happened.Start(0.0))

    def gone_on_with(self, records: list[Record]) -> ArbitraryRun:
        """The same run, of whose journal only so much is left."""
        again = ArbitraryRun.__new__(ArbitraryRun)
        again.plan, again.luck = self.plan, self.luck
        again.world, again.failing = self.world, self.failing
        again.records, again.finished = list(records), set()
        again._take_on(fold(self.plan, records))
        again.feed(happened.Recover(0.0, "crash"))
        return again

    def crash(self) -> None:
        """The program dies after a commit and is started again."""
        self.commit()
        self._take_on(fold(self.plan, self.records))
        self.feed(happened.Recover(0.0, "crash"))

    def to_the_end(self, crashes: float = 0.0) -> ArbitraryRun:
        """Until the run has ended; fails when it gets nowhere any more."""
        while self.core.state not in ENDED_RUN:
            self.something_happens()
            if self.luck.random() < crashes:
                self.crash()
        self.commit()
        assert not self._holders, "an ended run holds slots"
        return self

    def something_happens(self) -> None:
        """One thing that was to be expected, or a commit; fails when there is neither."""
        luck = self.luck
        can: list[Any] = []
        can += [self._look_up] if self._lookups else []
        can += [self._grant] if self._requested and len(self._holders) < SLOTS else []
        can += [self._run] if self._dispatched else []
        can += [self._store] if self._stored else []
        can += [self._try_again] if self._retries else []
        if can:
            luck.choice(can)()
        if not can or luck.random() < 0.3:
            waited = bool(self._later)
            self.commit()
            assert can or waited or self.core.state in ENDED_RUN, "nothing goes on any more"

    def any_trouble(self) -> None:
        """Something that nobody waits for; the run may end by it."""
        trouble = self.luck.randrange(5)
        if trouble == 0:
            self.feed(happened.Pause(0.0))
            self.feed(happened.Resume(0.0))
        elif trouble == 1 and self._lookups:
            self.feed(happened.LookUpFailed(0.0, self._lookups.pop(), {"message": "gone"}))
        elif trouble == 2 and self._requested:
            self.feed(happened.Refused(0.0, self._requested.pop(), {"message": "no money"}))
        elif trouble == 3 and self.luck.random() < 0.1:
            self.feed(happened.Cancel(0.0))
        elif trouble == 4:
            self.crash()

    def outcome(self) -> tuple[str, dict[str, Any], dict[str, str]]:
        """What the run came to: its state, each node's outcome and values, each task's state."""
        tracker = self.core.tracker
        nodes = {name: (node.outcome, node.outputs) for name, node in tracker.nodes.items()}
        return self.core.state, nodes, {task.id: task.state for task in tracker.tasks.values()}

    def feed(self, fact: happened.Fact) -> None:
        records, commands = step(self.core, fact)
        self.records += records
        self._step += records
        for record in records:
            if record.to_state == "Completed":
                assert record.machine not in self.finished, "finished twice"
                self.finished.add(record.machine)
        for command in commands:
            if isinstance(command, do.AFTER_COMMIT):
                self._later.append(command)
            else:
                self._do(command)

    def commit(self) -> None:
        violations = self._watch.judge(self._step)
        assert not violations, violations
        later, self._later, self._step = self._later, [], []
        for command in later:
            self._do(command)

    # ------------------------------------------------------------------ the world

    def _take_on(self, core: RunCore) -> None:
        """A core that this process begins with: nothing is under way."""
        self.core = core
        self._watch = Watch(core.tracker, core.state)
        self._step: list[Record] = []
        self._later: list[do.Command] = []
        self._lookups: list[str] = []
        self._requested: list[str] = []
        self._holders: set[str] = set()
        self._dispatched: dict[str, int] = {}
        self._retries: list[do.ScheduleRetry] = []
        self._stored: list[do.Store] = []

    def _do(self, command: do.Command) -> None:
        if isinstance(command, do.LookUp):
            self._lookups.append(command.task)
        elif isinstance(command, do.RequestSlot):
            assert command.task not in self._requested
            self._requested.append(command.task)
        elif isinstance(command, do.WithdrawRequest):
            self._requested.remove(command.task)
        elif isinstance(command, do.ReleaseSlot):
            self._holders.remove(command.task)
        elif isinstance(command, do.Dispatch):
            self._dispatched[command.task] = command.attempt
        elif isinstance(command, do.ScheduleRetry):
            self._retries.append(command)
        elif isinstance(command, do.Store):
            self._stored.append(command)

    def _look_up(self) -> None:
        task = self._lookups.pop(self.luck.randrange(len(self._lookups)))
        self.feed(happened.LookedUp(0.0, task, "key"))

    def _grant(self) -> None:
        task = self._requested.pop(0)
        self._holders.add(task)
        self.feed(happened.Granted(0.0, task))

    def _run(self) -> None:
        name = self.luck.choice(sorted(self._dispatched))
        attempt = self._dispatched.pop(name)
        task = self.core.tracker.tasks[name]
        if self._drawn(name, task.failures, task.fallback) < self.failing:
            error = {"message": "boom", "type": "Other" if self._drawn(name) % 2 else "This"}
            self.feed(happened.Failed(0.0, name, attempt, error, 1.0))
            return
        self.feed(happened.Started(0.0, name, attempt, "player-1", 1))
        outputs = {"result": self._value(name)}
        self.feed(happened.Succeeded(0.0, name, attempt, outputs, 0.1))

    def _store(self) -> None:
        kept = self._stored.pop(self.luck.randrange(len(self._stored)))
        self.feed(happened.Stored(0.0, kept.task, kept.attempt, kept.outputs, 0.1))

    def _try_again(self) -> None:
        due = self._retries.pop()
        self.feed(happened.RetryDue(0.0, due.task, due.attempt))

    def _drawn(self, *what: object) -> int:
        """A number under 1,000 that belongs to something in this world."""
        return zlib.crc32(repr((self.world, *what)).encode()) % 1000

    def _value(self, task: str) -> dict[str, Any]:
        number = self._drawn(task)
        if self.core.tracker.planned(task).outputs.get("result") == "list[text]":
            return [texts("x", "y"), texts(), texts("x")][number % 3]
        values = [text("x"), NOTHING, text("y"), *([YES] if "#" in task else [])]
        return values[number % len(values)]

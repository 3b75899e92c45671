"""A run as the Board shows it: a fold of its events into node states, totals, lanes and log.

Knows no Qt. Live events and the tasks of a past run go through the same fold, so that what is shown
of a run does not depend on when it is looked at (DESIGN.md section 1, time travel).
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from harmony.board.run_view.account import RunAccount, Spending, bottleneck_of
from harmony.board.run_view.run_words import one_line
from harmony.board.run_view.standing import foot, node_shown
from harmony.board.run_view.task_view import ENDED, SHOWN, Block, LogLine, Shown, TaskView, Totals
from harmony.board.status import NodeStatus
from harmony.conductor.events import (
    Event,
    NodeExpanded,
    RunBroken,
    RunChanged,
    TaskChanged,
    TaskLog,
    TaskOutput,
    TaskProgress,
)
from harmony.conductor.known_results import PINNED
from harmony.foundation.words import render
from harmony.melody.model import NO_LIMITS

LIVE_RUN_STATES: Final = frozenset({"Validating", "Ready", "Queued", "Executing", "Paused"})
MOST_LOG_LINES: Final = 20_000
_EXPLAINED: Final = frozenset({"skipped", "cancelled", "done", "reused"})
INSIDE: Final = re.compile("[/#~]")
"""Parts the name of a node from that of what works inside it."""


class RunModel:
    """The fold of one run. `apply` takes an event and says which nodes now look different.

    Nodes are those of the melody: what runs inside one (the nodes of a part, the rounds of a
    repetition, replicas) counts as tasks of the node that a person sees.
    """

    def __init__(
        self,
        run: str,
        nodes: Iterable[str],
        number: int = 0,
        wall_at_zero: float = 0.0,
        inner: Mapping[str, int] | None = None,
    ) -> None:
        """`wall_at_zero` is wall time at the monotonic clock's zero, to turn one into the other;
        `inner` says how many nodes stand in the part that a node places."""
        self.run = run
        self.number = number
        self._wall_at_zero = wall_at_zero
        self.state = "Queued"
        self.cause = ""
        self.started: float | None = None
        self.ended: float | None = None
        self.now: float = 0.0
        self.tasks: dict[str, TaskView] = {}
        self.lanes: dict[str, list[Block]] = {}
        self.log: deque[LogLine] = deque(maxlen=MOST_LOG_LINES)
        self.log_count = 0
        self.limits = NO_LIMITS
        self.spent = Spending()
        self._account: RunAccount | None = None
        self._bottleneck = ("", "")
        self._damaged: frozenset[str] = frozenset()
        self.partial: dict[str, dict[str, Any]] = {}
        self._nodes: dict[str, dict[str, TaskView]] = {}
        self._counts: dict[str, Counter[Shown]] = {}
        self._expected: dict[str, int] = {k: n for k, n in (inner or {}).items() if n > 1}
        self._paused_since: float | None = None
        self._paused = 0.0
        self._spent: dict[str, tuple[int, float]] = {}
        self._first_start: dict[str, float] = {}
        self._open: dict[str, Block] = {}
        self._expanded: set[str] = set()
        for node in nodes:
            self._nodes[node] = {}
            self._counts[node] = Counter()

    @property
    def live(self) -> bool:
        """Whether the run still goes on (or waits, paused, to go on)."""
        return self.state in LIVE_RUN_STATES

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(self._nodes)

    @property
    def elapsed(self) -> float:
        """Seconds that the run went on; what it was paused does not count."""
        if self.started is None:
            return 0.0
        end = self.ended if self.ended is not None else self.now
        paused = self._paused
        if self._paused_since is not None:
            paused += max(0.0, end - self._paused_since)
        return max(0.0, end - self.started - paused)

    def apply(self, event: Event) -> tuple[str, ...]:
        """Take one event; the nodes whose look changed. Events of other runs change none."""
        if getattr(event, "run", None) != self.run:
            return ()
        self.now = max(self.now, event.at)
        match event:
            case TaskChanged():
                return self._task_changed(event)
            case TaskProgress():
                task = self._task(event.task, event.node)
                task.fraction, task.message = event.fraction, event.message
                return (task.node,)
            case TaskLog():
                self.add_log(event)
                return ()
            case NodeExpanded():
                self._expand(event.node, event.count)
                return (self.place(event.node),)
            case TaskOutput():
                self.partial.setdefault(event.task, {})[event.output] = event.value
                return (self.place(event.node),)
            case RunChanged():
                return self._run_changed(event)
            case RunBroken():
                self.interrupt()
                return tuple(self._nodes)
            case _:
                return ()

    def place(self, node: str) -> str:
        """The node of the melody in which a node of the run works: `part` for `part/inner`."""
        if node in self._nodes:
            return node
        outer = INSIDE.split(node, maxsplit=1)[0]
        return outer if outer in self._nodes else node

    def add_log(self, event: TaskLog) -> None:
        """Keep a piece of log, line by line; the oldest lines give way."""
        place = self.place(event.node)
        for text in event.text.rstrip("\n").split("\n"):
            self.log.append(LogLine(event.at, event.level, place, event.task, event.attempt, text))
            self.log_count += 1

    def tasks_of(self, node: str) -> list[TaskView]:
        """The tasks of a node in their order; one unless the node is mapped."""
        return list(self._nodes.get(node, {}).values())

    def task_count(self, node: str) -> int:
        """How many tasks of a node are known."""
        return len(self._nodes.get(node, ()))

    def known(self, task: str) -> TaskView | None:
        """A task; None while nothing has been said of it."""
        return self.tasks.get(task)

    @property
    def account(self) -> RunAccount | None:
        """The account of the run, once it stands still and was read."""
        return self._account

    @account.setter
    def account(self, account: RunAccount | None) -> None:
        self._account = account
        path = account.path if account is not None else None
        self._bottleneck = bottleneck_of(path, self.place) if path is not None else ("", "")
        damaged = account.damaged_tasks if account is not None else frozenset()
        known = (self.tasks[task].node for task in damaged if task in self.tasks)
        self._damaged = frozenset(known)
        if account is not None:
            self.spent = account.spent

    def first_failed(self, node: str) -> TaskView | None:
        """The first failed task that speaks for a node."""
        failed = (task for task in self.tasks_of(node) if task.shown == "failed" and task.speaks)
        return next(failed, None)

    def failing_task(self, node: str) -> TaskView | None:
        """The task to look at when a node failed: of a loop or a vote the one inside that did."""
        failed = self.first_failed(node)
        if failed is None:
            return None
        within = [
            task
            for task in self.tasks_of(node)
            if task.shown == "failed" and task.id.startswith(f"{failed.id}#") and task.error
        ]
        return max(within, key=lambda task: task.ended or 0.0, default=failed)

    def reason(self, node: str) -> str:
        """Why a node was skipped or stopped, or its failure accepted, in a sentence."""
        told = (task.reason for task in self.tasks_of(node) if task.speaks)
        return next((words for words in told if words), "")

    def failed_nodes(self) -> tuple[str, ...]:
        """The nodes that hold a failed task, in the order of the melody."""
        return tuple(node for node, counts in self._counts.items() if counts["failed"])

    def status(self, node: str) -> NodeStatus:
        """How a node looks now."""
        tasks, counts = self._nodes.get(node, {}), self._counts.get(node, Counter())
        total = max(self._expected.get(node, 0), sum(counts.values()))
        ended = sum(counts[shown] for shown in ENDED)
        done = counts["done"] + counts["reused"]
        shown = node_shown(counts, total, self.live)
        started = self._first_start.get(node)
        failed = self.first_failed(node) if counts["failed"] else None
        running = shown == "running"
        return NodeStatus(
            state=shown,
            fraction=self._fraction(node, ended, total) if running else None,
            done=done,
            total=total if total > 1 else 0,
            started=started - self._wall_at_zero if running and started is not None else None,
            seconds=self._spent[node][1] if node in self._spent and shown != "reused" else None,
            foot=foot(tasks.values(), shown, total),
            error=one_line(failed.error) if failed is not None else "",
            reason=self.reason(node) if shown in _EXPLAINED else "",
            bottleneck=self._bottleneck[1] if self._bottleneck[0] == node else "",
            damaged=render("board.damaged_here") if node in self._damaged else "",
            stale=False,
        )

    def statuses(self) -> dict[str, NodeStatus]:
        """How every node looks now."""
        return {node: self.status(node) for node in self._nodes}

    def totals(self) -> Totals:
        """The run in numbers, as of the last event (or `tick`)."""
        sums: Counter[Shown] = Counter()
        tasks = nodes_done = 0
        fractions = 0.0
        for node, counts in self._counts.items():
            sums.update(counts)
            total = max(self._expected.get(node, 0), sum(counts.values()), 1)
            tasks += total
            ended = sum(counts[shown] for shown in ENDED)
            nodes_done += bool(counts) and counts["done"] + counts["reused"] >= total
            fractions += self._fraction(node, ended, total) or 0.0
        ended_tasks = sum(sums[shown] for shown in ENDED)
        fraction = fractions / len(self._counts) if self._counts else 0.0
        elapsed = self.elapsed
        worked = sums["done"] + sums["failed"]
        return Totals(
            nodes=len(self._counts),
            nodes_done=nodes_done,
            tasks=tasks,
            tasks_done=ended_tasks - sums["failed"] - sums["cancelled"] - sums["skipped"],
            failed=sums["failed"],
            reused=sums["reused"],
            skipped=sums["skipped"],
            running=sums["running"],
            fraction=fraction,
            seconds_left=self._seconds_left(elapsed) if self.live else None,
            tasks_per_second=worked / elapsed if elapsed > 0 else 0.0,
        )

    def continues(self) -> None:
        """A retry or a resumption was asked for: the run is live again before its events say so."""
        self.state, self.ended, self.account = "Queued", None, None

    def interrupt(self) -> None:
        """Nobody drives the run any more: what was under way stands still where it was."""
        self.state, self.ended = "Interrupted", self.now
        for task in [task for task in self.tasks.values() if task.shown == "running"]:
            self._show(task, "waiting")
        self._close_blocks(self.now)

    def tick(self, now: float) -> None:
        """Let time pass, so that what is running grows longer."""
        if self.live:
            self.now = max(self.now, now)

    def _task(self, task_id: str, node: str) -> TaskView:
        task = self.tasks.get(task_id)
        if task is None:
            at = self.place(node)
            task = self.tasks[task_id] = TaskView(task_id, at)
            self._nodes.setdefault(at, {})[task_id] = task
            counts = self._counts.setdefault(at, Counter())
            counts[task.shown] += task.speaks
        return task

    def _show(self, task: TaskView, shown: Shown) -> None:
        if task.speaks:
            counts = self._counts[task.node]
            counts[task.shown] -= 1
            counts[shown] += 1
        task.shown = shown

    def _expand(self, node: str, count: int) -> None:
        """The node's own placeholder task gives way to one task an item."""
        at = self.place(node)
        again = node in self._expanded
        self._expanded.add(node)
        if at == node:
            self._expected[node] = count
        elif at in self._expected and not again and "#" not in node:
            self._expected[at] += count - 1  # one of the nodes in a part became several tasks
        placeholder = self._nodes.get(at, {}).pop(node, None)
        if placeholder is not None:
            self._counts[at][placeholder.shown] -= placeholder.speaks
            del self.tasks[node]

    def _task_changed(self, event: TaskChanged) -> tuple[str, ...]:
        shown = SHOWN.get(event.state)
        if shown is None:
            return ()
        if event.node in self._expanded and event.task == event.node:
            return ()  # the mapped node itself; its items speak for it
        task = self._task(event.task, event.node)
        self._show(task, shown)
        task.attempt = event.attempt
        if event.process:
            task.process = event.process
        if event.state == "Executing":
            task.started, task.ended = event.at, None
            task.fraction, task.error, task.cause = None, None, None
            self._spend(task, None)
            if task.speaks:
                self._first_start.setdefault(task.node, event.at)
            if event.process:  # who works through others, a loop say, is in no process itself
                self._begin(task, event)
        elif shown in ENDED:
            task.ended, task.pinned = event.at, shown == "reused" and event.cause == PINNED
            if shown == "done" and task.started is not None and not task.process:
                self._spend(task, event.at - task.started)  # others did its work
            elif event.seconds is not None:
                self._spend(task, event.seconds)
            if shown == "failed":
                task.error, task.cause = event.error, None
            else:
                task.cause = event.error
            if event.outputs:
                task.outputs = event.outputs
            self._end(task, event.at)
        elif shown == "waiting":
            # A retry waits its turn: the attempt that failed is over, and so is its block.
            task.error = task.cause = None
            self._end(task, event.at)
        return (task.node,)

    def _begin(self, task: TaskView, event: TaskChanged) -> None:
        self._end(task, event.at)
        block = Block(task.id, task.node, event.at)
        self._open[task.id] = block
        self.lanes.setdefault(task.process or "–", []).append(block)

    def _end(self, task: TaskView, at: float) -> None:
        block = self._open.pop(task.id, None)
        if block is not None:
            block.ended = at
            block.shown = task.shown if task.shown in ENDED else "failed"

    def _close_blocks(self, at: float) -> None:
        for block in self._open.values():
            block.ended, block.shown = at, "cancelled"
        self._open.clear()

    def _run_changed(self, event: RunChanged) -> tuple[str, ...]:
        was_live, self.state, self.cause = self.live, event.state, event.cause
        if self._paused_since is not None and event.state != "Paused":
            self._paused += max(0.0, event.at - self._paused_since)
            self._paused_since = None
        elif event.state == "Paused" and self._paused_since is None:
            self._paused_since = event.at
        if event.state == "Executing":
            self.ended = None
            if self.started is None:
                self.started = event.at
        if not self.live:
            self.ended = event.at
            self._close_blocks(event.at)
        return tuple(self._nodes) if was_live != self.live else ()

    def _fraction(self, node: str, ended: int, total: int) -> float | None:
        if total == 0:
            return None
        tasks = self._nodes.get(node, {})
        if total == 1:
            task = next((task for task in tasks.values() if task.speaks), None)
            return 1.0 if ended else task.fraction if task is not None else None
        part = sum(t.fraction or 0.0 for t in self._running(node))
        return min(1.0, (ended + part) / total)

    def _running(self, node: str) -> list[TaskView]:
        return [
            self.tasks[key]
            for key, block in self._open.items()
            if block.node == node and key in self.tasks and self.tasks[key].speaks
        ]

    def _spend(self, task: TaskView, seconds: float | None) -> None:
        """Note how long a task took, keeping the sum of its node: there may be thousands."""
        if not task.speaks:
            task.seconds = seconds
            return
        count, spent = self._spent.pop(task.node, (0, 0.0))
        if task.seconds is not None:
            count, spent = count - 1, spent - task.seconds
        if seconds is not None:
            count, spent = count + 1, spent + seconds
        task.seconds = seconds
        if count:
            self._spent[task.node] = count, spent

    def _seconds_left(self, elapsed: float) -> float | None:
        """Remaining tasks at the pace of those of their own node, over the lanes in use.

        Nodes of which nothing ran yet are taken to be like the others, as long as those are many.
        """
        left, unknown, known = 0.0, 0, 0
        for node, counts in self._counts.items():
            total = max(self._expected.get(node, 0), sum(counts.values()), 1)
            rest = total - sum(counts[shown] for shown in ENDED)
            if rest <= 0:
                continue
            count, spent = self._spent.get(node, (0, 0.0))
            if count:
                known += rest
                left += rest * spent / count
                continue
            running = self._running(node)
            if total == 1 and running and (running[0].fraction or 0) > 0.02:
                task = running[0]
                lasted = max(0.0, self.now - (task.started or self.now))
                known += 1
                left += lasted / (task.fraction or 1.0) - lasted
            else:
                unknown += rest
        ran = sum(count for count, _ in self._spent.values())
        if elapsed < 1.0 or unknown > max(known, ran):
            return None
        if unknown:
            left += unknown * sum(spent for _, spent in self._spent.values()) / max(1, ran)
        return left / max(1, len(self.lanes))

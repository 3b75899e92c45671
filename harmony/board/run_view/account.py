"""The account of a run once it stands still: what made it take so long, what its processes and its
budget came to, what was found damaged since. Told from its journal; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from harmony.board.status import duration_text
from harmony.conductor.core import RUN, TASK
from harmony.conductor.critical_path import CriticalPath, critical_path
from harmony.conductor.detail import RunDetail
from harmony.foundation.words import render
from harmony.melody.model import Limits
from harmony.pit.arbitration import tell
from harmony.pit.pool.report import PoolReport
from harmony.polyphony.quarantined import Quarantined
from harmony.polyphony.records import JournalRecord
from harmony.states.task import TaskState


@dataclass(frozen=True, slots=True)
class Spending:
    """What the tasks of a run have used of its budgets."""

    tokens: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the critical path: all of its tasks there, one after the other. Seconds."""

    node: str
    task: str
    waited: float
    ran: float


@dataclass(frozen=True, slots=True)
class RunAccount:
    """The account of one run. `damaged` says by task what was found damaged."""

    path: CriticalPath | None = None
    pool: PoolReport | None = None
    spent: Spending = Spending()
    damaged: tuple[Quarantined, ...] = ()

    @property
    def damaged_tasks(self) -> frozenset[str]:
        """The tasks whose results were found damaged."""
        return frozenset(each.task for each in self.damaged)


def account_of(detail: RunDetail, damaged: Iterable[Quarantined]) -> RunAccount:
    """The account of a run; of one that has not ended, as far as it came."""
    pool, tokens, money = None, 0, 0.0
    for record in detail.journal:
        if record.machine == RUN and "pool" in record.data:
            pool = PoolReport.from_json(record.data["pool"])
        spent = record.data.get("spent")
        if spent:
            tokens += int(spent.get("tokens", 0))
            money += float(spent.get("money", 0.0))
    return RunAccount(critical_path(detail), pool, Spending(tokens, money), tuple(damaged))


def steps_of(path: CriticalPath, place: Callable[[str], str]) -> list[Step]:
    """The path by the nodes that a person sees; what runs inside one is one step of it."""
    found = []
    for node, group in groupby(path.steps, key=lambda step: place(step.node)):
        steps = list(group)
        longest = max(steps, key=lambda step: step.ran)
        waited, ran = sum(s.waited for s in steps), sum(s.ran for s in steps)
        found.append(Step(node, longest.task, waited, ran))
    return found


def bottleneck_of(path: CriticalPath, place: Callable[[str], str]) -> tuple[str, str]:
    """The node that took most of the path and the words for it; empty for a path of one node."""
    steps = steps_of(path, place)
    if len(steps) < 2 or path.seconds <= 0:
        return "", ""
    by_node: dict[str, float] = {}
    for step in steps:
        by_node[step.node] = by_node.get(step.node, 0.0) + step.ran
    node = max(by_node, key=lambda name: by_node[name])
    share = min(1.0, by_node[node] / path.seconds)
    words = render(
        "board.bottleneck_words",
        share=f"{share:.0%}",
        time=duration_text(by_node[node]),
        whole=duration_text(path.seconds),
    )
    return node, words


def pool_lines(report: PoolReport) -> list[str]:
    """What the processes of a run came to, in a few lines; none when it asked for no process."""
    rate, precision = report.warm_hit_rate, report.precision
    if rate is None:
        return []
    lines = [render("board.pool_warm", share=f"{rate:.0%}")]
    if report.cold_starts:
        code = "board.pool_cold_start" if report.cold_starts == 1 else "board.pool_cold_starts"
        waited = duration_text(report.wait_seconds)
        lines.append(render(code, count=report.cold_starts, time=waited))
    if precision is not None:
        lines.append(render("board.pool_precision", share=f"{precision:.0%}"))
    lines.append(render("board.pool_idle", amount=f"{report.idle_megabyte_seconds:,.0f}"))
    return lines


def budget_lines(limits: Limits, spent: Spending) -> list[str]:
    """What of a run's limits is used: `1,200 of 10,000 tokens`; none without limits."""
    lines = []
    if limits.tokens is not None:
        used, cap = f"{spent.tokens:,}", f"{limits.tokens:,}"
        lines.append(render("board.budget_tokens", used=used, cap=cap))
    if limits.money is not None:
        used, cap = f"{spent.money:,.2f}", f"{limits.money:,.2f}"
        lines.append(render("board.budget_money", used=used, cap=cap))
    if limits.memory_mb is not None:
        lines.append(render("board.budget_memory", cap=f"{limits.memory_mb:,}"))
    return lines


def why_lines(journal: Iterable[JournalRecord], task: str) -> list[tuple[int, list[str]]]:
    """For each attempt of a task the sentences that say why it went when it did."""
    return [
        (int(record.data.get("attempt", 1)), tell(record.data.get("why") or {}))
        for record in journal
        if record.machine == TASK + task and record.to_state == TaskState.ALLOCATED
    ]

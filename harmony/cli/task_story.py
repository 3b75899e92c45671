"""What a run's journal tells of its tasks beyond their state: why one did not run, what was saved
and spent, who stood in, what was taken back. Pure; the pages of the terminal put it into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harmony.conductor.core import RUN, TASK
from harmony.conductor.detail import RunDetail, TaskDetail
from harmony.foundation.words import render
from harmony.pit.dag.inside import UNDO
from harmony.polyphony.records import JournalRecord
from harmony.states.task import TaskEvent, TaskState


@dataclass(slots=True)
class TaskStory:
    """One task. `saved` is how often it kept its state; `verdict` what ended a loop or a vote, such
    as "after 3 rounds"; `tokens` and `money` are those of all its attempts."""

    saved: int = 0
    tokens: int = 0
    money: float = 0.0
    stand_in: bool = False
    verdict: str = ""


def stories_of(journal: Iterable[JournalRecord]) -> dict[str, TaskStory]:
    """The story of each task that has one to tell, by its id."""
    stories: dict[str, TaskStory] = {}
    for record in journal:
        if record.machine == RUN:
            continue
        task, data = record.machine.removeprefix(TASK), record.data
        spent = data.get("spent")
        if record.event == TaskEvent.STATE_SAVED:
            stories.setdefault(task, TaskStory()).saved += 1
        if spent:
            story = stories.setdefault(task, TaskStory())
            story.tokens += spent["tokens"]
            story.money += spent["money"]
        if data.get("fallback"):
            stories.setdefault(task, TaskStory()).stand_in = True
        if record.event == TaskEvent.ARTIFACT_STORED and record.trigger:
            stories.setdefault(task, TaskStory()).verdict = record.trigger
    return stories


def amounts_of(stories: Mapping[str, TaskStory]) -> str:
    """What all tasks have spent together, in words; empty for nothing."""
    tokens = sum(story.tokens for story in stories.values())
    return amounts(tokens, sum(story.money for story in stories.values()))


def amounts(tokens: int, money: float) -> str:
    """Tokens and money in words; empty for nothing."""
    parts = [f"{tokens:,} tokens"] if tokens else []
    return " and ".join([*parts, *([f"{money:g} of money"] if money else [])])


def why_not(task: TaskDetail) -> str:
    """Why a task has no result, in a sentence; empty where it has one or may still get it."""
    reason = task.cause if task.state == TaskState.SKIPPED else None
    if reason is None and task.state == TaskState.FAILED:
        reason = task.error
    if reason is None:
        return ""
    if reason.get("message"):
        return str(reason["message"]).splitlines()[0]
    if "code" not in reason:
        return str(reason.get("type", ""))
    return render(reason["code"], **{key: reason[key] for key in reason if key != "code"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the list of tasks: how deep it stands, and the task; None for a heading.

    Under another node it is called by the end of its id alone: `#2/count` under `loop`.
    """

    depth: int
    name: str
    task: TaskDetail | None = None


def in_groups(detail: RunDetail) -> Iterator[Place]:
    """All tasks as a person looks for them: what works for a node stands under that node.

    The rounds of a loop and the replicas of a vote stand under the node whose work they do, what
    takes a node back under that node, and the nodes of a sub-melody under a heading of its name.
    """
    inner = {name for names in detail.insides.values() for name in names}
    tasks_of: dict[str, list[TaskDetail]] = {}
    for task in detail.tasks.values():
        tasks_of.setdefault(task.node, []).append(task)
    open_part: tuple[str, ...] = ()
    outer = [node for node in tasks_of if node not in inner and not _is_undoing(node, tasks_of)]
    for node in _parts_together(outer):
        part = tuple(node.split("/")[:-1])
        for depth, name in enumerate(part):
            if open_part[: depth + 1] != part[: depth + 1]:
                yield Place(depth, name)
        open_part = part
        above = "".join(f"{name}/" for name in part)
        yield from _node(node, above, len(part), detail, tasks_of)


def _node(
    node: str,
    above: str,
    depth: int,
    detail: RunDetail,
    tasks_of: dict[str, list[TaskDetail]],
) -> Iterator[Place]:
    for task in tasks_of.get(node, ()):
        yield Place(depth, task.id[len(above) :], task)
    for within in detail.insides.get(node, ()):
        yield from _node(within, node, depth + 1, detail, tasks_of)
    for task in tasks_of.get(f"{node}{UNDO}", ()):
        yield Place(depth + 1, UNDO, task)


def _parts_together(nodes: Iterable[str]) -> list[str]:
    """The nodes in their order, with those of one sub-melody where its first one stands."""
    groups: dict[str, list[str]] = {}
    for node in nodes:
        groups.setdefault(node.split("/", 1)[0], []).append(node)
    return [node for group in groups.values() for node in group]


def _is_undoing(node: str, tasks_of: dict[str, list[TaskDetail]]) -> bool:
    return node.endswith(UNDO) and node.removesuffix(UNDO) in tasks_of

"""What happened in a run: read from the store alone, without starting the engine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harmony.cli.pool_lines import pool_report
from harmony.cli.run_list import continued_among, opened, print_json, run_json
from harmony.cli.run_names import run_named
from harmony.cli.task_story import TaskStory, stories_of, why_not
from harmony.conductor.critical_path import critical_path
from harmony.conductor.detail import RunDetail, detail_of
from harmony.foundation.paths import data_folder
from harmony.polyphony.family import family_of
from harmony.polyphony.logs import LogEntry, read_log
from harmony.polyphony.quarantined import quarantined

Logs = dict[str, list[LogEntry]]
"""What each task said, by its id; empty unless it was asked for."""


def show_run(home: str | None, run: str, *, with_log: bool, as_json: bool) -> int:
    """`harmony show`."""
    with opened(home, to_look=True) as store:
        detail = detail_of(store, run_named(store, run))
        damaged = store.reading(lambda c: quarantined(c, detail.summary.id))
        interrupted = any(found.id == detail.summary.id for found in store.leases.interrupted())
        continued = detail.summary.id in continued_among(store, [detail.summary])
        family = store.reading(lambda c: family_of(c, detail.summary.id))
    logs = _logs(home, detail) if with_log else {}
    if as_json:
        told = {**run_json(detail.summary, interrupted), **_tasks_json(detail, logs)}
        told["family"] = [{"depth": each.depth, **asdict(each.run)} for each in family]
        print_json({**told, "damaged": [asdict(each) for each in damaged]})
        return 0
    from harmony.cli.artifact_page import print_damaged
    from harmony.cli.tables import print_family, print_run

    aside = "continued" if continued else detail.state
    print_run(detail, "interrupted" if interrupted else aside, logs)
    print_damaged(damaged)
    print_family(family, detail.summary.id)
    return 0


def _tasks_json(detail: RunDetail, logs: Logs) -> dict[str, Any]:
    tasks = []
    stories = stories_of(detail.journal)
    owner_of = {inner: node for node, names in detail.insides.items() for inner in names}
    for task in detail.tasks.values():
        entry = asdict(task)
        entry |= asdict(stories.get(task.id, TaskStory()))
        entry["inside"] = owner_of.get(task.node)
        entry["why_not"] = why_not(task)
        entry["artifacts"] = {port: output.get("hash") for port, output in task.outputs.items()}
        if task.id in logs:
            entry["log"] = logs[task.id]
        tasks.append(entry)
    path = critical_path(detail)
    report = pool_report(detail.journal)
    return {
        "tasks": tasks,
        "tokens": sum(story.tokens for story in stories.values()),
        "money": sum(story.money for story in stories.values()),
        "critical_path": None if path is None else asdict(path),
        "pool": None if report is None else report.to_json(),
    }


def _logs(home: str | None, detail: RunDetail) -> Logs:
    folder = data_folder(home)
    return {
        task.id: [
            entry
            for attempt in task.attempts
            for entry in read_log(folder, detail.summary.id, task.id, attempt.number)
        ]
        for task in detail.tasks.values()
    }

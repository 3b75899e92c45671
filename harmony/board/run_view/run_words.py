"""What a run says of tasks and values, in a few words each. Knows no Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from harmony.board.run_view.cause_words import words_of
from harmony.board.run_view.task_view import TaskView
from harmony.foundation.words import render

_ROUND: Final = re.compile(r"#(\d+)/")
_SKIPPED: Final = frozenset(
    {"branch_not_taken", "empty_list", "failure_accepted", "halted", "upstream_failed"}
)
_SHORT: Final = 24
_REPLICA: Final = re.compile(r"#\d+/replica-\d+$")


def inside_line(tasks: Iterable[TaskView], shown: str) -> str:
    """What goes on inside a node whose work others do: `round 2`, `2 of 3 replicas`; empty for
    any other."""
    within = [task for task in tasks if "#" in task.id and "~" not in task.id]
    rounds = [int(found.group(1)) for task in within if (found := _ROUND.search(task.id))]
    if not rounds:
        return ""
    last = max(rounds)
    replicas = [task for task in within if _REPLICA.search(task.id) and f"#{last}/" in task.id]
    if replicas:
        done = sum(task.shown in ("done", "reused") for task in replicas)
        return render("board.replicas", done=done, total=len(replicas))
    if shown == "running":
        return render("board.round", number=last)
    return render("board.rounds_done" if last > 1 else "board.round_done", count=last)


def skip_line(cause: Mapping[str, Any] | None) -> str:
    """Why a node was skipped, in a word or two; the whole sentence is in its tool tip."""
    code = str((cause or {}).get("code", "")).rpartition(".")[2]
    return render(f"board.skipped_{code}" if code in _SKIPPED else "board.node_foot_skipped")


def one_line(error: Mapping[str, Any] | None) -> str:
    """The first line of an error's message."""
    if not error:
        return ""
    message = str(error.get("message") or words_of(error) or error.get("type") or "")
    return message.strip().split("\n", 1)[0]


def summary_line(reference: Mapping[str, Any] | None) -> str:
    """What an output amounts to, in a few words: `2,110 rows`, `24 files`; empty when unknown."""
    if not isinstance(reference, Mapping):
        return ""
    kind = str(reference.get("type", ""))
    summary = reference.get("summary")
    summary = summary if isinstance(summary, Mapping) else {}
    if "rows" in summary:
        return counted("row", summary["rows"])
    if kind.startswith("list["):
        items = reference.get("items")
        count = len(items) if isinstance(items, list) else summary.get("count")
        return counted("item", count) if count is not None else ""
    if "characters" in summary:
        return counted("character", summary["characters"])
    value = reference.get("value")
    if kind in ("number", "boolean") and value is not None:
        return str(value)
    if kind == "text" and isinstance(value, str):
        return counted("character", len(value))
    return ""


def value_line(reference: Mapping[str, Any] | None) -> str:
    """What a value is, in few words: a short text itself, else what it amounts to, or its type."""
    if not isinstance(reference, Mapping) or reference.get("nothing"):
        return ""
    value = reference.get("value")
    if isinstance(value, str) and 0 < len(value) <= _SHORT and "\n" not in value:
        return value
    kind = str(reference.get("type", ""))
    if kind in ("number", "boolean") and value is not None:
        return f"{value:,.6g}" if kind == "number" and not isinstance(value, bool) else str(value)
    if isinstance(value, list):
        return counted("item", len(value))
    return summary_line(reference) or kind


def counted(what: str, count: int) -> str:
    """`1 row`, `2,110 rows`."""
    return render(f"board.{what}" if count == 1 else f"board.{what}s", count=f"{count:,}")

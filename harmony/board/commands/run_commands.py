"""Run: all of it or a part, stop, pause, go on, try again."""

from __future__ import annotations

from typing import Literal, Protocol

from harmony.board.commands.command import Command, Work
from harmony.board.commands.situation import Situation
from harmony.board.permission import Permission

Part = Literal["to", "only", "from"]


class RunActions(Protocol):
    """What the window does for the Run menu."""

    def run(self) -> Work: ...
    def run_part(self, kind: Part) -> Work: ...
    def preview(self) -> Work: ...
    def fork(self) -> Work: ...
    def fork_from(self) -> Work: ...
    def stop(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> Work: ...
    def retry(self) -> Work: ...
    def put_run_away(self) -> None: ...
    def next_problem(self) -> None: ...
    def check(self) -> None: ...


def run_commands(actions: RunActions) -> list[Command]:
    """The commands of the Run menu."""
    run = frozenset({Permission.RUN})
    return [
        Command("run.run", "run", actions.run, 0, ("F5",), run, _runnable, icon="play"),
        Command("run.stop", "run", actions.stop, 0, ("Shift+F5",), enabled=_live, icon="stop"),
        Command("run.pause", "run", actions.pause, 0, ("F7",), enabled=_running, icon="pause"),
        Command("run.resume", "run", actions.resume, 0, ("F8",), enabled=_resumable, icon="resume"),
        Command("run.retry", "run", actions.retry, 1, ("Ctrl+R",), run, _retryable, icon="retry"),
        Command(
            "run.to_here",
            "run",
            lambda: actions.run_part("to"),
            2,
            ("Ctrl+F5",),
            run,
            _part_runnable,
        ),
        Command(
            "run.only_this",
            "run",
            lambda: actions.run_part("only"),
            2,
            ("Alt+F5",),
            run,
            _part_runnable,
        ),
        Command(
            "run.from_here",
            "run",
            lambda: actions.run_part("from"),
            2,
            ("Ctrl+Shift+F5",),
            run,
            _part_runnable,
        ),
        Command("run.preview", "run", actions.preview, 2, ("Alt+P",), run, _runnable),
        Command(
            "run.fork_from",
            "run",
            actions.fork_from,
            3,
            ("Ctrl+Shift+R",),
            run,
            _forkable_from,
            icon="fork",
        ),
        Command("run.fork", "run", actions.fork, 3, ("Alt+R",), run, _forkable),
        Command("run.check", "run", actions.check, 4, ("F9",), enabled=_has_nodes, icon="check"),
        Command(
            "run.next_problem",
            "run",
            actions.next_problem,
            4,
            ("F3",),
            enabled=_has_problem,
            icon="alert",
        ),
        Command("run.put_away", "run", actions.put_run_away, 5, ("Shift+Esc",), enabled=_ended),
    ]


def _runnable(situation: Situation) -> bool:
    return (
        situation.has_document
        and situation.nodes > 0
        and not situation.run_is_live
        and not situation.restricted
    )


def _part_runnable(situation: Situation) -> bool:
    return _runnable(situation) and situation.selected_nodes > 0


def _forkable(situation: Situation) -> bool:
    return bool(situation.run) and not situation.run_is_live and not situation.restricted


def _forkable_from(situation: Situation) -> bool:
    return _forkable(situation) and situation.selected_nodes_in_run > 0


def _live(situation: Situation) -> bool:
    return situation.run_is_live


def _running(situation: Situation) -> bool:
    return situation.run_is_live and situation.run == "Executing"


def _resumable(situation: Situation) -> bool:
    return situation.run in ("Paused", "Interrupted") and not situation.restricted


def _retryable(situation: Situation) -> bool:
    return (situation.run == "Failed" or situation.damaged) and not situation.restricted


def _has_nodes(situation: Situation) -> bool:
    return situation.has_document and situation.nodes > 0


def _has_problem(situation: Situation) -> bool:
    return situation.failed_tasks > 0


def _ended(situation: Situation) -> bool:
    return bool(situation.run) and not situation.run_is_live

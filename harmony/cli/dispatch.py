"""From arguments to the function that does the work; loads only what that command needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from harmony.cli.arguments import parser

if TYPE_CHECKING:
    from argparse import Namespace


def dispatch(arguments: list[str]) -> int:
    """Carry out a command line; its exit status."""
    given = parser().parse_args(arguments)
    given.home = getattr(given, "home", None)
    if given.command in ("runs", "show"):
        return _from_the_store(given)
    if given.command in ("gc", "find", "artifact", "hold", "pin"):
        return _artifacts(given)
    if given.command in ("verify", "repair"):
        return _verify(given)
    if given.command in ("versions", "diff"):
        from harmony.cli import versions

        return (versions.diff if given.command == "diff" else versions.list_versions)(given)
    if given.command == "states":
        return _states(given)
    if given.command == "task":
        from harmony.cli import reproducing

        return reproducing.reproduce(
            given.home,
            reproducing.Wanted(
                given.run,
                given.task,
                given.attempt,
                given.present,
                given.keep,
                given.debug,
                given.as_json,
            ),
        )
    if given.command == "checkpoints":
        from harmony.cli import checkpoints

        given.as_json = given.as_json or given.list_as_json
        if given.action == "resume":
            return _loop(checkpoints.resume(given.home, given.checkpoint, as_json=given.as_json))
        return checkpoints.with_the_store(given)
    if given.command == "import":
        from harmony.cli import importing

        return importing.import_trace(given.file, given.output, given.scale, as_json=given.as_json)
    if given.command == "players":
        return _players(given)
    return _loop(_with_the_engine(given))


def _from_the_store(given: Namespace) -> int:
    if given.command == "runs":
        from harmony.cli.run_list import list_runs

        return list_runs(given.home, given.limit, as_json=given.as_json)
    if given.why is not None:
        from harmony.cli.why import show_why

        return show_why(given.home, given.run, given.why, as_json=given.as_json)
    from harmony.cli.telling import show_run

    return show_run(given.home, given.run, with_log=given.log, as_json=given.as_json)


def _artifacts(given: Namespace) -> int:
    from harmony.cli import artifacts

    if given.command == "gc":
        from harmony.cli import collecting

        return collecting.collect(given.home, dry_run=given.dry_run, as_json=given.as_json)
    if given.command == "find":
        return artifacts.find(given.home, given.words, given.limit, as_json=given.as_json)
    if given.command == "artifact":
        return artifacts.show_artifact(
            given.home, given.artifact, given.rate, given.note, as_json=given.as_json
        )
    if given.command == "hold":
        return artifacts.hold(
            given.home,
            given.subject,
            given.name,
            given.reason,
            lift=given.lift,
            as_json=given.as_json,
        )
    return artifacts.pin(given.home, given.artifact, remove=given.remove)


def _verify(given: Namespace) -> int:
    from harmony.cli import verifying

    try:
        if given.command == "verify":
            return verifying.verify(given.home, as_json=given.as_json)
        return verifying.repair(given.home, dry_run=given.dry_run, as_json=given.as_json)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. What was not looked at yet may be looked at another time.\n")
        return 130


def _states(given: Namespace) -> int:
    from harmony.states.listing import render

    sys.stdout.write(render(given.names, "json" if given.as_json else given.format) + "\n")
    return 0


def _players(given: Namespace) -> int:
    from harmony.cli import players

    if given.action == "list":
        return players.list_players(given.home, as_json=given.as_json)
    if given.action == "show":
        return players.show_player(given.home, given.player, as_json=given.as_json)
    if given.action == "add":
        return players.add_folder(given.home, given.folder, as_json=given.as_json)
    return players.remove_folder(given.home, given.folder, as_json=given.as_json)


def _with_the_engine(given: Namespace) -> Coroutine[Any, Any, int]:
    if given.command in ("run", "resume", "retry", "fork"):
        from harmony.cli import running

        how = running.How(given.home, given.slots, given.as_json)
        if given.command == "run":
            asked = running.Asked(running.scope_given(vars(given)), given.preview)
            return running.run_file(how, given.file, given.sets, given.limits, asked)
        if given.command == "fork":
            return running.fork_run(how, given.run, given.sets, running.scope_given(vars(given)))
        if given.command == "resume":
            return running.resume_run(how, given.run, anyway=given.anyway, migrate=given.migrate)
        return running.retry_run(how, given.run, given.file)
    from harmony.cli import checking

    if given.command == "check":
        return checking.check_file(given.home, given.file, as_json=given.as_json)
    return checking.check_health(given.home, as_json=given.as_json)


def _loop(work: Coroutine[Any, Any, int]) -> int:
    """Run a command that needs the engine. Ctrl+C leaves its runs to be resumed."""
    import asyncio

    try:
        return asyncio.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("\nStopped. `harmony runs` lists the run; `harmony resume RUN` goes on.\n")
        return 130
    except BrokenPipeError:
        sys.stderr.write(
            "harmony: nobody reads what is printed any more. A run that was going on can be "
            "resumed: harmony runs\n"
        )
        # What is left in the buffer has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

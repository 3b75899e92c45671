"""Running melodies in a terminal: live progress for a person, one event a line for a program."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmony.cli.limits import limited
from harmony.cli.makespan import Makespan
from harmony.cli.naming import open_melody
from harmony.cli.run_names import run_named
from harmony.cli.sets import overrides_of
from harmony.cli.usage import UsageError
from harmony.conductor.events import Event, event_to_json
from harmony.foundation.ids import short_id
from harmony.pit.dag.plan import ScopeKind
from harmony.pit.dag.scope import Scope, ScopeError
from harmony.states.melody_execution import RunState
from harmony.symphony import Run, Symphony


@dataclass(frozen=True, slots=True)
class How:
    """On which data folder to run, in how many slots (None: as the settings say), told how."""

    home: str | None
    slots: int | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a melody is to be run (None: all of it), and whether nothing outside may change."""

    scope: Scope | None = None
    preview: bool = False


def scope_given(options: Mapping[str, Any]) -> Scope | None:
    """What `--to`, `--only` or `--from` say; None without any of them."""
    kinds: tuple[ScopeKind, ...] = ("to", "only", "from")
    given = [Scope(kind, tuple(options[f"scope_{kind}"])) for kind in kinds]
    return next((scope for scope in given if scope.nodes), None)


async def run_file(how: How, path: Path, sets: list[str], limits: list[str], asked: Asked) -> int:
    """`harmony run`. A run of a part takes over what still holds of the last run."""
    melody, where = open_melody(path)
    melody.limits = limited(melody.limits, limits)

    async def begin(symphony: Symphony) -> Run:
        overrides = overrides_of(melody, symphony.catalogue.spec, sets)
        after = symphony.last_run_of(melody) if asked.scope is not None else None
        return await _scoped(
            symphony.start(
                melody,
                path=where,
                overrides=overrides,
                scope=asked.scope,
                preview=asked.preview,
                after=after,
            )
        )

    return await _follow(how, begin)


async def fork_run(how: How, run: str, sets: list[str], scope: Scope | None) -> int:
    """`harmony fork`."""

    async def begin(symphony: Symphony) -> Run:
        past = _named(symphony, run)
        overrides = overrides_of(symphony.melody_of(past), symphony.catalogue.spec, sets)
        return await _scoped(symphony.fork(past, overrides=overrides, scope=scope))

    return await _follow(how, begin)


async def resume_run(how: How, run: str, *, anyway: bool, migrate: bool) -> int:
    """`harmony resume`."""

    async def begin(symphony: Symphony) -> Run:
        named = _named(symphony, run)
        if migrate:
            return await symphony.migrate(named)
        return await symphony.resume(named, anyway=anyway)

    return await _follow(how, begin)


async def retry_run(how: How, run: str, path: Path | None) -> int:
    """`harmony retry`."""
    melody, where = open_melody(path) if path is not None else (None, None)
    return await _follow(
        how, lambda symphony: symphony.retry(_named(symphony, run), melody, path=where)
    )


async def _scoped(begun: Awaitable[Run]) -> Run:
    """A node that is not there is a mistake in the command."""
    try:
        return await begun
    except ScopeError as error:
        raise UsageError(error.code, **error.parameters) from error


def _named(symphony: Symphony, run: str) -> str:
    return run_named(symphony.house.store, run)


async def _follow(how: How, begin: Callable[[Symphony], Awaitable[Run]]) -> int:
    """Begin a run and tell what it does until it ends. Exit status 0, or 1 when not completed."""
    unheard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def cannot_tell(error: BaseException, _: Event) -> None:
        if not unheard.done():
            unheard.set_exception(error)

    async with await Symphony.open(how.home, slots=how.slots, report_error=cannot_tell) as symphony:
        _stop_on_signals(asyncio.current_task())
        for problem in symphony.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        makespan = Makespan()
        symphony.events.subscribe(makespan.take)
        if how.as_json:
            end_telling = symphony.events.subscribe(_print_event)
            run = await begin(symphony)
            state = await _end_of(run, unheard)
            end_telling()
            _print(
                {
                    "event": "finished",
                    "run": run.id,
                    "state": state,
                    "makespan": makespan.seconds,
                }
            )
            return 0 if state == RunState.COMPLETED else 1
        from harmony.cli.progress import Progress

        with Progress() as progress:
            symphony.events.subscribe(progress.take)
            run = await begin(symphony)
            progress.begin(run.id, symphony.melody_names(run.id))
            state = await _end_of(run, unheard)
            progress.finish(symphony.show(run.id), makespan.seconds)
        if state == RunState.FAILED:
            name = short_id(run.id)
            sys.stderr.write(
                f"More about it: harmony show {name}\n"
                f"Correct the cause, then: harmony retry {name}  (a corrected melody behind it)\n"
            )
        return 0 if state == RunState.COMPLETED else 1


async def _end_of(run: Run, unheard: asyncio.Future[str]) -> str:
    """Wait for the end of a run, or until nobody hears what is told of it (`harmony run | head`).

    Raises RunBrokenError, or what kept the run from being told; it can be resumed then.
    """
    finished = asyncio.ensure_future(run.finished())
    first, _ = await asyncio.wait((finished, unheard), return_when=asyncio.FIRST_COMPLETED)
    if finished not in first:
        finished.cancel()
    return first.pop().result()


def _stop_on_signals(task: asyncio.Task[Any] | None) -> None:
    """SIGTERM ends the program cleanly, as Ctrl+C does: the run can be resumed."""
    if task is not None and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _print_event(event: Event) -> None:
    _print(event_to_json(event))


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()

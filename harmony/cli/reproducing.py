"""`harmony task RUN TASK`: one task of a past run again, by itself, in a fresh Player process.

Nothing is written into the run: the task works in a folder of its own, which goes when it has ended
unless it is asked to stay. Exit status 0 when the Player returned, 1 when it failed, 2 when it was
not started.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from harmony.cli.artifacts import opened_store
from harmony.cli.run_names import run_named
from harmony.conductor.reproduction import NotReproducibleError, Reproduction, reproduction_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import data_folder
from harmony.foundation.settings import load
from harmony.foundation.words import render
from harmony.ipc.alone import Ending, do_alone
from harmony.players.specs import PackageManifest
from harmony.polyphony.store import Store

DONE: Final = 0
FAILED: Final = 1
NOT_STARTED: Final = 2
STOPPED: Final = 130


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which task, and how. `port` is where a debugger attaches (0: any free port); None: none."""

    run: str
    task: str
    attempt: int | None = None
    present: bool = False
    keep: bool = False
    port: int | None = None
    as_json: bool = False


def reproduce(home: str | None, wanted: Wanted) -> int:
    """`harmony task`. The exit status."""
    try:
        if wanted.port is not None and importlib.util.find_spec("debugpy") is None:
            raise NotReproducibleError("cli.debugpy_missing")
        with _stoppable(), opened_store(home) as store:
            found = reproduction_of(
                store, run_named(store, wanted.run), wanted.task, wanted.attempt
            )
            _refuse_if_changed(home, found, wanted)
            # What is large is read from the store's own files: it stays open meanwhile.
            return _do(found, _message(home, store, found), wanted)
    except (HarmonyError, OSError) as error:
        sys.stderr.write(f"harmony: {error}\n")
        return NOT_STARTED
    except KeyboardInterrupt:
        sys.stderr.write("\n" + render("cli.task_stopped") + "\n")
        return STOPPED


@contextmanager
def _stoppable() -> Iterator[None]:
    """A request to end is like Ctrl+C: the Player process does not outlive this one."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _refuse_if_changed(home: str | None, found: Reproduction, wanted: Wanted) -> None:
    if not found.has_changed(lambda player: _package_of(home, player)):
        return
    if not wanted.present:
        raise NotReproducibleError(
            "cli.package_changed", package=found.node.package, run=found.run, task=found.task
        )
    sys.stderr.write(render("cli.with_the_present", package=found.node.package) + "\n")


def _package_of(home: str | None, player: str) -> PackageManifest | None:
    from harmony.orchestra.catalogue import load_catalogue

    folder = data_folder(home)
    folders = [Path(each) for each in load(folder.settings_file).players_folders]
    return load_catalogue(folders, folder.players).package_of(player)


def _message(home: str | None, store: Store, found: Reproduction) -> dict[str, Any]:
    from harmony.bootstrap.tiers import tiers_of

    folder = data_folder(home)
    tiers = tiers_of(load(folder.settings_file), folder, store, SystemClock(), os.environ)
    return found.message(tiers.artifacts, os.environ)


def _do(found: Reproduction, message: dict[str, Any], wanted: Wanted) -> int:
    folder = Path(tempfile.mkdtemp(prefix="harmony-task-")).resolve()
    # Beside JSON everything else goes to standard error, what the Player prints included.
    output = sys.stderr if wanted.as_json else sys.stdout
    _say(
        output, "cli.task_begins",
        task=found.task, attempt=found.attempt, run=found.run, player=found.node.player,
    )  # fmt: skip
    try:
        ending = do_alone(
            message, found.node.package_source, folder, port=wanted.port, output=output
        )
        if wanted.as_json:
            _tell_json(found, ending, str(folder) if wanted.keep else None)
        else:
            _tell(ending)
    finally:
        if wanted.keep:
            _say(output, "cli.task_folder", folder=folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return DONE if ending.closing is not None and ending.closing["kind"] == "result" else FAILED


def _tell(ending: Ending) -> None:
    closing = ending.closing
    if closing is None:
        sys.stderr.write(_how_it_ended(ending) + "\n")
    elif closing["kind"] == "result":
        _say(sys.stdout, "cli.task_done", seconds=f"{closing['seconds']:.3f}")
        for port, reference in closing["outputs"].items():
            sys.stdout.write(f"  {port}: {_amount(reference)}\n")
    else:
        error = closing["error"]
        if error.get("traceback"):
            sys.stderr.write(error["traceback"].rstrip("\n") + "\n")
        sys.stderr.write(render("cli.task_failed", message=error["message"]) + "\n")
        if error.get("hint"):
            sys.stderr.write(f"  {error['hint']}\n")


def _tell_json(found: Reproduction, ending: Ending, folder: str | None) -> None:
    closing = ending.closing or {}
    told = {
        "run": found.run,
        "task": found.task,
        "attempt": found.attempt,
        "player": found.node.player,
        "done": closing.get("kind") == "result",
        "seconds": closing.get("seconds"),
        "outputs": closing.get("outputs", {}),
        "error": closing.get("error") or ({} if closing else {"message": _how_it_ended(ending)}),
        "folder": folder,
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


def _how_it_ended(ending: Ending) -> str:
    """What is known of a process that ended without a word."""
    code = "cli.task_killed" if ending.exit.signal is not None else "cli.task_exited"
    return render(code, value=ending.exit.signal or ending.exit.code or 0)


def _amount(reference: Mapping[str, Any]) -> str:
    """What an output is and how much of it there is: `table, 12 rows`."""
    if reference.get("nothing"):
        return render("cli.output_nothing", type=reference["type"])
    summary = reference.get("summary") or {}
    words = [str(reference["type"])]
    for name in ("rows", "characters", "count"):
        if name in summary:
            unit = "items" if name == "count" else name
            words.append(f"{summary[name]:,} {unit}")
    if "items" in reference and "count" not in summary:
        words.append(f"{len(reference['items']):,} items")
    shown = summary.get("head", reference.get("value"))
    if isinstance(shown, str | int | float) and shown != "":
        words.append(repr(shown) if isinstance(shown, str) else str(shown))
    return ", ".join(words)


def _say(output: IO[str], code: str, **facts: object) -> None:
    output.write(render(code, **facts) + "\n")
    output.flush()

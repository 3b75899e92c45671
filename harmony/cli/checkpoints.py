"""`harmony checkpoints`: list them, make one, go on from one, forget one.

A terminal has no agents and no entities of its own. A checkpoint made here holds those of the
newest one before it, as they were stored there.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from harmony.cli.columns import in_columns
from harmony.cli.run_list import opened
from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.ids import new_id, short_id
from harmony.foundation.paths import data_folder
from harmony.foundation.randomness import Randomness
from harmony.foundation.settings import chosen, load
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.checkpoints import Draft
from harmony.states.melody_execution import RunState


def with_the_store(given: Namespace) -> int:
    """`list`, `create` and `delete`. Exit status 0; what is unknown is an error."""
    arm_from_environment()
    if given.action == "create":
        return _create(given.home, given.name, as_json=given.as_json)
    with opened(given.home, to_look=given.action != "delete") as store:
        if given.action == "delete":
            gone = store.in_chain(lambda c: cuts.delete(c, given.checkpoint))
            _say({"deleted": gone}, f"Checkpoint {short_id(gone)} is gone.", given.as_json)
            return 0
        found = [cut.to_json() for cut in store.checkpoints(given.limit)]
    if given.as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return 0
    _print(found)
    return 0


def _create(home: str | None, name: str, *, as_json: bool) -> int:
    clock, folder = SystemClock(), data_folder(home)
    with opened(home) as store:
        latest = store.reading(cuts.latest)
        before = store.reading(lambda c: cuts.read(c, latest)) if latest else None
        draft = Draft(
            id=new_id(clock, Randomness()),
            name=name,
            kind=cuts.MANUAL,
            at=clock.wall(),
            settings=chosen(load(folder.settings_file)),
            entities=before.entities if before else (),
        )
        cut = store.in_chain(lambda c: cuts.create(c, draft))
    words = f"Checkpoint {short_id(cut.id)}: {_many(len(cut.runs), 'run')} under way."
    _say(cut.to_json(), words, as_json)
    return 0


async def resume(home: str | None, checkpoint: str, *, as_json: bool) -> int:
    """`harmony checkpoints resume`: to the end of what goes on. Exit status 1 when that failed."""
    from harmony.symphony import Symphony

    async with await Symphony.open(home) as symphony:
        if checkpoint == "latest":
            if await symphony.resume_latest_checkpoint() is None:
                sys.stderr.write("harmony: there is no checkpoint yet.\n")
                return 1
            resumed = symphony.resumed
            assert resumed is not None  # one was found
        else:
            resumed = await symphony.resume_from_checkpoint(checkpoint)
        names = {child: parent for parent, child in resumed.forks.items()}
        if not as_json:
            for run in resumed.runs:
                before = names.get(run.id)
                words = f" as run {short_id(run.id)}" if before else ""
                sys.stdout.write(f"Run {short_id(before or run.id)} goes on{words}.\n")
            for left, why in resumed.left.items():
                sys.stdout.write(f"Run {short_id(left)} is left as it is: {why}.\n")
            sys.stdout.flush()
        states = {run.id: await run.finished() for run in resumed.runs}
        for run in resumed.runs:
            await symphony.checkpoints.followed(run.id)
    if as_json:
        told = {
            "checkpoint": resumed.checkpoint,
            "forks": dict(resumed.forks),
            "left": dict(resumed.left),
            "states": states,
            "entities": [f"{kind} {name}" for kind, name in resumed.entities],
            "melodies": list(resumed.melodies),
            "settings": resumed.settings,
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        _print_end(states, resumed.melodies, resumed.settings)
    return 0 if all(state == RunState.COMPLETED for state in states.values()) else 1


def _print_end(
    states: Mapping[str, str], melodies: tuple[str, ...], settings: Mapping[str, Any]
) -> None:
    for run, state in states.items():
        sys.stdout.write(f"Run {short_id(run)}: {state.lower()}.\n")
    if not states:
        sys.stdout.write("No run had to go on.\n")
    if melodies:
        sys.stdout.write(f"Saved again as they were: {', '.join(melodies)}.\n")
    for name, value in settings.items():
        then, now = (json.dumps(value[key]) for key in ("then", "now"))
        sys.stdout.write(f"Left as it is: setting {name} is {now}, and was {then}.\n")


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        sys.stdout.write("There is no checkpoint yet.\n")
        return
    rows = [("checkpoint", "made", "kind", "runs", "entities", "name")]
    for cut in found:
        made = cut["created_at"][:19].replace("T", " ")
        runs, entities = str(len(cut["runs"])), str(len(cut["entities"]))
        rows.append((short_id(cut["id"]), made, cut["kind"], runs, entities, cut["name"]))
    sys.stdout.write(in_columns(rows, sys.stdout.isatty()))


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _say(told: dict[str, Any], words: str, as_json: bool) -> None:
    sys.stdout.write((json.dumps(told, indent=2) if as_json else words) + "\n")

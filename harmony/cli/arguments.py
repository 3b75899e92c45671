"""The commands and their options. What they do lies in the modules beside this one.

Built on argparse: a library that brings pydantic along took longer to load than most commands run
(docs/decisions/2026-11-21-argparse.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

MOST_SLOTS: Final = 1024
LARGEST_SCALE: Final = 1e6
LARGEST_PORT: Final = 65_535

DESCRIPTION = (
    "Run workflows (melodies) on your own machine.\n"
    "`harmony [FILE]` opens the Board; the commands below work in the terminal."
)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line. Every command accepts --home, most --json."""
    root = argparse.ArgumentParser(
        prog="harmony",
        description=DESCRIPTION,
        epilog=_examples("harmony run weather.melody", "harmony runs", "harmony run --help"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="store_true", help="print the version and stop")
    _add_home(root)
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)

    run = _command(
        commands,
        "run",
        "run a melody; exit status 0 when all is done, else 1",
        "harmony run weather.melody",
        'harmony run weather.melody --set filter.where="rain > 20" --limit tokens=5000',
    )
    run.add_argument("file", type=Path, metavar="FILE.melody")
    _add_sets(run)
    run.add_argument(
        "--limit",
        dest="limits",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the run may use at most: tokens, money, memory_mb",
    )
    run.add_argument(
        "--preview",
        action="store_true",
        help="call no Player that changes anything outside: pinned or example outputs stand in",
    )
    _add_scope(run)
    _add_slots(run)

    fork = _command(
        commands,
        "fork",
        "run the melody of a past run again, with other parameters; what they leave is taken over",
        "harmony fork 2r2bdxtb --set filter.where='rain > 30'",
        "harmony fork last --from chart",
    )
    _add_run(fork)
    _add_sets(fork)
    _add_scope(fork)
    _add_slots(fork)

    resume = _command(
        commands, "resume", "go on with an interrupted run", "harmony resume 2r2bdxtb"
    )
    _add_run(resume)
    how = resume.add_mutually_exclusive_group()
    how.add_argument(
        "--anyway",
        action="store_true",
        help="also when the program ended suddenly under it three times, or Players have changed",
    )
    how.add_argument(
        "--migrate",
        action="store_true",
        help="go on with the Players as they are now, in a child run that takes over what holds",
    )
    _add_slots(resume)

    retry = _command(
        commands,
        "retry",
        "try the failed tasks of a run again",
        "harmony retry 2r2bdxtb",
        "harmony retry 2r2bdxtb corrected.melody",
    )
    _add_run(retry)
    retry.add_argument(
        "file", type=Path, nargs="?", metavar="FILE.melody", help="the corrected melody"
    )
    _add_slots(retry)

    check = _command(
        commands,
        "check",
        "say what is wrong with a melody, without running it",
        "harmony check weather.melody",
    )
    check.add_argument("file", type=Path, metavar="FILE.melody")

    taken = _command(
        commands,
        "import",
        "make a melody of a recorded workflow (WfCommons, WfFormat 1.5 and 1.6)",
        "harmony import montage.json --scale 0.01 && harmony run montage.melody",
    )
    taken.add_argument("file", type=Path, metavar="FILE.json")
    taken.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.melody",
        help="where to write it (FILE.melody in this folder)",
    )
    taken.add_argument(
        "--scale",
        type=_scale,
        default=1.0,
        metavar="S",
        help="how fast the clock of a replay goes: 0.01 makes a hundred seconds one (1)",
    )

    runs = _command(commands, "runs", "list the runs, the newest first", "harmony runs --limit 5")
    runs.add_argument("--limit", type=_count, default=20, metavar="N", help="how many (20)")

    show = _command(
        commands,
        "show",
        "tell a run: tasks, attempts, times, errors, outputs",
        "harmony show last --log",
        "harmony show 2r2bdxtb --why filter-rows",
    )
    _add_run(show)
    show.add_argument("--log", action="store_true", help="print what its tasks said, too")
    show.add_argument("--why", metavar="TASK", help="tell each decision about one task instead")

    _add_task(commands)
    states = _command(
        commands, "states", "print the state machines", "harmony states task --format mermaid"
    )
    states.add_argument("names", nargs="*", metavar="NAME")
    states.add_argument("--format", choices=("table", "mermaid", "json"), default="table")

    _add_artifacts(commands)
    _add_players(commands)
    _add_versions(commands)
    _add_checkpoints(commands)
    _command(
        commands,
        "doctor",
        "check the data folder, the store and Player processes",
        "harmony doctor",
    )
    _command(
        commands,
        "verify",
        "look whether the whole store is as it was written; exit status 0 when it is, else 1",
        "harmony verify",
    )
    repair = _command(
        commands,
        "repair",
        "restore what is damaged where that can be done, put aside and name the rest",
        "harmony repair --dry-run",
    )
    repair.add_argument("--dry-run", action="store_true", help="say what is wrong; change nothing")
    return root


def _add_artifacts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    collect = _command(
        commands, "gc", "move and delete what is due by age and disk budget", "harmony gc --dry-run"
    )
    collect.add_argument(
        "--dry-run", action="store_true", help="say what would go and why; touch nothing"
    )

    find = _command(
        commands, "find", "find artifacts by the words in them", "harmony find penguin island"
    )
    find.add_argument("words", nargs="+", metavar="WORD", help="all of them; the last may be cut")
    find.add_argument("--limit", type=_count, default=20, metavar="N", help="how many (20)")

    artifact = _command(
        commands,
        "artifact",
        "tell an artifact: quality, lineage, where it lies",
        "harmony artifact 4fc76df694",
        'harmony artifact 4fc76df694 --rate good --note "checked by hand"',
    )
    _add_artifact(artifact)
    artifact.add_argument("--rate", choices=("good", "neither", "bad"), help="say what you think")
    artifact.add_argument("--note", default="", metavar="TEXT", help="and why")

    hold = _command(
        commands,
        "hold",
        "list legal holds, or put a run or an artifact on hold",
        'harmony hold 2r2bdxtb --name audit --reason "asked for by the auditor"',
        "harmony hold 2r2bdxtb --name audit --lift",
    )
    hold.add_argument("subject", nargs="?", metavar="RUN|ARTIFACT", help="its id or its hash")
    hold.add_argument("--name", default="hold", metavar="NAME", help="what the hold is called")
    hold.add_argument("--reason", default="", metavar="TEXT", help="why it is needed")
    hold.add_argument("--lift", action="store_true", help="end the hold")

    pin = _command(commands, "pin", "keep an artifact from expiring", "harmony pin 4fc76df694")
    _add_artifact(pin)
    pin.add_argument("--remove", action="store_true", help="let it expire again")


def _add_artifact(command: argparse.ArgumentParser) -> None:
    command.add_argument("artifact", metavar="ARTIFACT", help="its hash, or the beginning of it")


def _add_players(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    players = commands.add_parser(
        "players",
        help="list, show, add or remove Players",
        epilog=_examples("harmony players list", "harmony players add ./my_players"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = players.add_subparsers(dest="action", metavar="ACTION", required=True)
    _command(actions, "list", "list the Players", "harmony players list")
    show = _command(
        actions, "show", "a Player's ports, parameters and help", "harmony players show filter_rows"
    )
    show.add_argument("player", metavar="PLAYER")
    for name, text in (
        ("add", "add a folder of your own Players"),
        ("remove", "forget a folder of Players; its files stay"),
    ):
        _command(actions, name, text, f"harmony players {name} ./my_players").add_argument(
            "folder", type=Path, metavar="DIR"
        )


def _add_versions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    versions = _command(
        commands,
        "versions",
        "list the versions of a melody that were saved or run, the newest first",
        "harmony versions weather.melody",
    )
    versions.add_argument(
        "melody", metavar="FILE|MELODY-ID", help="its file, or the id that stands in it"
    )
    diff = _command(
        commands,
        "diff",
        "what two melodies differ in; exit status 0: nothing, 1: something, 2: wrong usage",
        "harmony diff old.melody new.melody",
        "harmony diff 12 weather.melody",
    )
    for side in ("old", "new"):
        diff.add_argument(side, metavar=side.upper(), help="a file, or the number of a version")


def _add_task(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    task = _command(
        commands,
        "task",
        "do one task of a past run again, by itself; exit status 0 done, 1 failed, 2 not started",
        "harmony task last filter-rows",
        "harmony task 2r2bdxtb count[3] --attempt 1 --debug",
    )
    _add_run(task)
    task.add_argument("task", metavar="TASK", help="the task, as `harmony show RUN` calls it")
    task.add_argument(
        "--attempt", type=_count, metavar="N", help="what this attempt was given (the last one)"
    )
    task.add_argument(
        "--present",
        action="store_true",
        help="also when the Players have changed since: with them as they are now",
    )
    task.add_argument(
        "--keep", action="store_true", help="leave the folder it worked in, and print where it is"
    )
    task.add_argument(
        "--debug",
        type=_port,
        nargs="?",
        const=0,
        metavar="PORT",
        help="wait for a debugger (debugpy) on this port, or any free one, and say which",
    )


def _add_checkpoints(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    checkpoints = commands.add_parser(
        "checkpoints",
        help="list, make, resume or delete checkpoints of the whole state",
        epilog=_examples("harmony checkpoints list", "harmony checkpoints resume latest"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Without an action they are listed. Each action has options of its own, which count then.
    checkpoints.set_defaults(action="list", limit=50, as_json=False)
    _add_home(checkpoints)
    checkpoints.add_argument("--json", dest="list_as_json", action="store_true", help="print JSON")
    actions = checkpoints.add_subparsers(dest="action", metavar="ACTION")
    listed = _command(
        actions, "list", "list the checkpoints, the newest first", "harmony checkpoints list"
    )
    listed.add_argument("--limit", type=_count, default=50, metavar="N", help="how many (50)")
    _command(
        actions, "create", "make a checkpoint", 'harmony checkpoints create "before the change"'
    ).add_argument("name", metavar="NAME", help="what to call it")
    for name, text in (
        ("resume", "go on from a checkpoint: runs that did not end well continue as forks"),
        ("delete", "forget a checkpoint"),
    ):
        _command(actions, name, text, f"harmony checkpoints {name} 2r2bdxtb").add_argument(
            "checkpoint",
            metavar="CHECKPOINT",
            help="its id, or the beginning or the end of it"
            + ("; latest: the newest" if name == "resume" else ""),
        )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    *examples: str,
) -> argparse.ArgumentParser:
    """A command with its help, which ends with how it is used."""
    command = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--json", dest="as_json", action="store_true", help="print JSON")
    _add_home(command)
    return command


def _examples(*lines: str) -> str:
    heading = "example:" if len(lines) == 1 else "examples:"
    return "\n".join([heading, *(f"  {line}" for line in lines)])


def _add_home(command: argparse.ArgumentParser) -> None:
    # A default here would overwrite what was given before the command's name.
    command.add_argument(
        "--home",
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="folder where data lives (else HARMONY_HOME)",
    )


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "run", metavar="RUN", help="the id of a run, or its beginning; last: the newest"
    )


def _add_sets(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="a parameter, for this run; *.PARAM=VALUE for all nodes that have it",
    )


def _add_scope(command: argparse.ArgumentParser) -> None:
    scope = command.add_mutually_exclusive_group()
    for kind, help_text in (
        ("to", "run this node and what it needs"),
        ("only", "the same, and run this node though its result is known"),
        ("from", "run this node and all that follows from it anew"),
    ):
        scope.add_argument(
            f"--{kind}",
            dest=f"scope_{kind}",
            action="append",
            default=[],
            metavar="NODE",
            help=f"{help_text}; may be given several times",
        )


def _add_slots(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--slots",
        type=_slots,
        metavar="N",
        help="how many tasks run at once, of those that compute and of those that wait",
    )


def _slots(text: str) -> int:
    count = _count(text)
    if count > MOST_SLOTS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_SLOTS}")
    return count


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 <= scale <= LARGEST_SCALE:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_SCALE:g}")
    return scale


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_PORT}")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return count

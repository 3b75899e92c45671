"""An artifact as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from harmony.cli.artifacts import size_text
from harmony.cli.screen import console, table
from harmony.cli.times import when
from harmony.foundation.ids import short_id
from harmony.polyphony.quarantined import Quarantined


def print_artifact(told: Mapping[str, Any]) -> None:
    """What it is, how good, where it came from and where it went; damage with the way out."""
    screen = console()
    screen.print(f"[bold]{told['hash']}[/]")
    screen.print(
        f"{told['type']}, {size_text(told['size'])}, {told['tier']}; "
        f"made {when(told['at'])}, read {when(told['accessed'])}"
    )
    if told["quality"] is not None:
        reasons = "; ".join(told["quality"]["reasons"])
        screen.print(
            f"quality {told['quality']['score']} of 100" + (f": {reasons}" * bool(reasons))
        )
    for problem in told["problems"]:
        screen.print(f"[red]{escape(problem)}[/]")
    print_damaged([Quarantined(**aside) for aside in told["quarantined"]])
    for heading, steps in (
        ("made by", told["lineage"]["made_by"]),
        ("used by", told["lineage"]["used_by"]),
    ):
        for step in steps:
            inputs = ", ".join(
                f"{port} {' '.join(digest[:10] for digest in hashes)}"
                for port, hashes in step["inputs"].items()
            )
            line = f"{heading} {step['task']} ({step['player']}) of run {step['run'][-8:]}"
            screen.print(escape(line + (f" from {inputs}" if inputs else "")))
    if len(told["way"]) > 1:
        screen.print(escape("the whole way: " + " ← ".join(step["task"] for step in told["way"])))
    for each in told["holds"]:
        if each["lifted"] is None:
            screen.print(escape(f"on hold ({each['name']}): {each['reason']}"))
    for holder in told["pins"]:
        screen.print(escape(f"pinned by {holder}"))
    if told["moves"]:
        rows = table("when", "from", "to", "event", "why")
        for move in told["moves"]:
            rows.add_row(
                when(move["at"]), move["from_tier"], move["to_tier"], move["event"], move["why"]
            )
        screen.print(rows)


def print_damaged(found: Sequence[Quarantined]) -> None:
    """What was found damaged, who made it, and how it is made again."""
    screen = console()
    for aside in found:
        what = f"Artifact {aside.hash[:10]} of task {aside.task or '?'}"
        screen.print(escape(f"{what} was found damaged and lies in {aside.file}."))
        if aside.run:
            screen.print(f"To make it again: harmony retry {short_id(aside.run)}")

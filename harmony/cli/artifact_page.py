"""An artifact as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from harmony.cli.artifacts import size_text
from harmony.cli.screen import console, table, when


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
    for aside in told["quarantined"]:
        again = f"harmony run {aside['melody']}" if aside["melody"] else "its melody"
        screen.print(
            escape(
                f"Damaged content lies in {aside['file']}. It was made by task "
                f"{aside['task'] or '?'} of run {aside['run'][-8:]}; to make it again: {again}"
            )
        )
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

"""`harmony check` and `harmony doctor`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harmony.cli.naming import open_melody
from harmony.melody.model import Limits, Melody
from harmony.symphony import Symphony


async def check_file(home: str | None, path: Path, *, as_json: bool) -> int:
    """`harmony check`: exit status 1 when the melody cannot run."""
    melody, _ = open_melody(path)
    async with await Symphony.open(home) as symphony:
        findings = symphony.check(melody)
    if as_json:
        sys.stdout.write(json.dumps([finding.to_json() for finding in findings], indent=2) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(f"{finding.severity}: {finding.message} {finding.cure}\n")
        if not findings:
            sys.stdout.write(f"{path}: {_extent(melody)}, nothing wrong\n")
        limits = _limits(melody.limits)
        if limits:
            sys.stdout.write(f"A run of it may use at most {limits}.\n")
    return int(any(finding.severity == "error" for finding in findings))


def _extent(melody: Melody) -> str:
    nodes, parts = len(melody.nodes), len(melody.parts)
    within = f", {parts} sub-melod{'y' if parts == 1 else 'ies'}" if parts else ""
    return f"{nodes} node{'' if nodes == 1 else 's'}{within}"


def _limits(limits: Limits) -> str:
    """The limits of a melody in words; empty for none."""
    named = (
        (limits.tokens, "{:,} tokens"),
        (limits.money, "{:g} of money"),
        (limits.memory_mb, "{:,} MB of memory at once"),
    )
    return ", ".join(words.format(limit) for limit, words in named if limit is not None)


async def check_health(home: str | None, *, as_json: bool) -> int:
    """`harmony doctor`: exit status 1 when a probe fails."""
    async with await Symphony.open(home) as symphony:
        results = await symphony.health()
        problems = [str(problem) for problem in symphony.problems]
    if as_json:
        rows = [
            {"probe": result.name, "healthy": result.healthy, "detail": result.detail}
            for result in results
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for result in results:
            mark = "ok  " if result.healthy else "FAIL"
            sys.stdout.write(f"{mark}  {result.name}: {result.detail}\n")
    for problem in problems:
        sys.stderr.write(f"harmony: {problem}\n")
    return int(not all(result.healthy for result in results))

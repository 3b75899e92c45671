"""`harmony check` and `harmony doctor`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harmony.symphony import Symphony, load_file


async def check_file(home: str | None, path: Path, *, as_json: bool) -> int:
    """`harmony check`: exit status 1 when the melody cannot run."""
    melody, _ = load_file(path)
    async with await Symphony.open(home) as symphony:
        findings = symphony.check(melody)
    if as_json:
        sys.stdout.write(json.dumps([finding.to_json() for finding in findings], indent=2) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(f"{finding.severity}: {finding.message} {finding.cure}\n")
        if not findings:
            sys.stdout.write(f"{path}: {len(melody.nodes)} nodes, nothing wrong\n")
    return int(any(finding.severity == "error" for finding in findings))


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

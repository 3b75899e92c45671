"""Runs the benchmarks in tests/bench and prints one JSON object a line.

A benchmark is a module `bench_NAME.py` with a function `run()` that gives one dictionary for each
thing it measured. Timings belong here, never in a test.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "bench"
PREFIX = "bench_"


def benchmarks(folder: Path = FOLDER) -> dict[str, Path]:
    """The benchmarks by name, in alphabetical order."""
    return {path.stem.removeprefix(PREFIX): path for path in sorted(folder.glob(f"{PREFIX}*.py"))}


def load(name: str, path: Path) -> ModuleType:
    """Import one benchmark from its file."""
    spec = importlib.util.spec_from_file_location(f"{PREFIX}{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def measure(chosen: Iterable[tuple[str, Path]]) -> Iterator[dict[str, object]]:
    """Run the benchmarks one after the other; each row carries the name of its benchmark."""
    for name, path in chosen:
        for row in load(name, path).run():
            yield {"benchmark": name, **row}


def in_words(row: dict[str, object]) -> str:
    """One row for people: `name  key value  key value`."""
    figures = (
        f"{key} {value:,.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in row.items()
        if key != "benchmark"
    )
    return f"{row['benchmark']:16} " + "  ".join(figures)


def main() -> int:
    """Read the command line and run what it names, or all."""
    parser = argparse.ArgumentParser(prog="packaging/dev.py bench", description=__doc__)
    parser.add_argument("name", nargs="?", help="one benchmark; all without it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    read = parser.parse_args()
    found = benchmarks()
    if read.name is not None and read.name not in found:
        print(f"No benchmark named {read.name}. There are: {', '.join(found)}.", file=sys.stderr)
        return 2
    chosen = [(name, path) for name, path in found.items() if read.name in (None, name)]
    for row in measure(chosen):
        print(json.dumps(row, sort_keys=False) if read.json else in_words(row), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

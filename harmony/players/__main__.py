"""`python -m harmony.players describe SOURCE [--output FILE]`: print a package's manifest."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from harmony.players.describe import describe_package
from harmony.players.errors import SourceError
from harmony.players.specs import description_to_json


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, also when single files have problems; 2 when there is no such package."""
    parser = argparse.ArgumentParser(prog="python -m harmony.players")
    commands = parser.add_subparsers(dest="command", required=True)
    describe = commands.add_parser("describe", help="print the manifest of a package as JSON")
    describe.add_argument("source", help="a folder of Python files, or a dotted module")
    describe.add_argument("--output", type=Path, help="write to this file instead")
    options = parser.parse_args(arguments)
    try:
        description = describe_package(options.source)
    except SourceError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    text = json.dumps(description_to_json(description), indent=1, ensure_ascii=False) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Players that do one plain thing each."""

from __future__ import annotations

import sys

from harmony.players import Json, Text, operator
from harmony.players.context import Context


@operator("Greet", category="Test")
def greet(name: Text = "world", *, times: int = 1) -> Text:
    return " ".join([f"Hello, {name}!"] * times)


@operator("Talk", category="Test")
def talk(context: Context, *, lines: int = 3) -> Json:
    for line in range(lines):
        print("out", line)
        print("err", line, file=sys.stderr)
        context.log(f"line {line}")
        context.progress((line + 1) / lines, f"line {line}")
    return lines

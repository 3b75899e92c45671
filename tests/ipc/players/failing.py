"""Players that fail, each in its own way."""

from __future__ import annotations

import json
import sys

from harmony.players import Json, PlayerError, Text, operator


@operator("Divide", category="Test")
def divide(*, by: int = 0) -> Json:
    return 1 // by  # the line that fails


@operator("Parse", category="Test")
def parse(text: Text) -> Json:
    return json.loads(text)  # the author's line; the error is raised further down


@operator("Refuse", category="Test")
def refuse() -> Text:
    raise PlayerError("There is no plate.", hint="Take one from the shelf.")


@operator("Chain", category="Test")
def chain() -> Text:
    try:
        return str(1 // 0)
    except ZeroDivisionError as error:
        raise ValueError("the outer one") from error


@operator("Exit", category="Test")
def leave(*, code: int = 0) -> Text:
    sys.exit(code)


@operator("Interrupt", category="Test")
def interrupt() -> Text:
    raise KeyboardInterrupt


@operator("Recurse", category="Test")
def recurse() -> Text:
    def deeper(level: int) -> str:
        return deeper(level + 1)

    return deeper(0)


@operator("Devour", category="Test")
def devour() -> Json:
    return len(bytearray(1 << 40))


@operator("Unprintable", category="Test")
def unprintable() -> Text:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    raise MuteError


@operator("Wrong type", category="Test")
def wrong_type() -> Text:
    return 5  # type: ignore[return-value]


@operator("Undecodable", category="Test")
def undecodable() -> Text:
    raise ValueError("a file called \udcff")

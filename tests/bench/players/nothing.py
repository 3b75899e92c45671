"""Players that do nothing, so that what is measured is the program alone."""

from __future__ import annotations

from harmony.players import Text, operator

AHEAD = 31


@operator("Begin", category="Bench", prefetch=AHEAD)
def begin(*, text: str = "x") -> Text:
    return Text(text)


@operator("Pass on", category="Bench", prefetch=AHEAD)
def pass_on(text: Text) -> Text:
    return text


@operator("Join", category="Bench", prefetch=AHEAD)
def join(first: Text, second: Text, *, number: int = 0) -> Text:
    return Text(f"{number}")


@operator("Spread", category="Bench", prefetch=AHEAD)
def spread(text: Text, *, number: int = 500) -> list[Text]:
    return [Text(f"{text}{index}") for index in range(number)]


@operator("Gather", category="Bench", prefetch=AHEAD)
def gather(texts: list[Text]) -> Text:
    return Text(str(len(texts)))

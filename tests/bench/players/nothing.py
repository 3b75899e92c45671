"""Players that do nothing, so that what is measured is the program alone."""

from __future__ import annotations

from harmony.players import Text, operator


@operator("Begin", category="Bench")
def begin(*, text: str = "x") -> Text:
    return Text(text)


@operator("Pass on", category="Bench")
def pass_on(text: Text) -> Text:
    return text


@operator("Spread", category="Bench")
def spread(text: Text, *, number: int = 500) -> list[Text]:
    return [Text(f"{text}{index}") for index in range(number)]


@operator("Gather", category="Bench")
def gather(texts: list[Text]) -> Text:
    return Text(str(len(texts)))

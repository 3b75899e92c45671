"""Work on texts: count words, fill templates, turn tables into text."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._text_tables import aligned_table, csv_text, markdown_table
from harmony.players.library._words import closest, listed, quote
from harmony.players.types import Help, Json, Label, Multiline, Number, Range, Table, Text

WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?…]+(?=[\s\"'”’)\]]|$)")


class WordCount(NamedTuple):
    """What there is to count in a text."""

    table: Annotated[Table, Help("one row: name, characters, words, sentences, ...")]
    words: Annotated[Table, Help("each word and how often it occurs, the most frequent first")]


@operator("Word count", category="Text", icon="count", deterministic=True, prefetch=8)
def word_count(text: Text, name: Text | None = None) -> WordCount:
    """words, sentences, lines of a text

    Counts words, sentences and lines. A word is made of letters; `don't` is one word. Capital and
    small letters are the same word.

    text: the text to count in
    name: what to call it in the table, such as the name of its file
    """
    words = [word.lower().replace("’", "'") for word in WORD.findall(text)]
    counts = Counter(words)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = len(_SENTENCE_END.findall(text)) or (1 if words else 0)
    statistics: dict[str, Any] = {
        "name": name or "",
        "characters": len(text),
        "words": len(words),
        "different_words": len(counts),
        "sentences": sentences,
        "lines": len(lines),
        "letters_per_word": round(sum(map(len, words)) / len(words), 2) if words else 0.0,
        "words_per_sentence": round(len(words) / sentences, 2) if sentences else 0.0,
        "longest_word": min(counts, key=lambda word: (-len(word), word), default=""),
    }
    return WordCount(
        Table.from_rows([statistics]),
        Table.from_rows(ranked, {"word": "VARCHAR", "count": "BIGINT"}),
    )


@operator("Text template", category="Text", icon="template", deterministic=True, prefetch=8)
def text_template(
    table: Table | None = None,
    text: Text | None = None,
    value: Json | None = None,
    *,
    template: Multiline = "{text}",
    separator: Annotated[Multiline, Label("Between rows")] = "\n",
) -> Text:
    """fills {placeholders}

    Fills the placeholders of a template. `{text}` and `{value}` are what is wired to these inputs.
    With a table the template is filled once for each row, and `{column}` is the cell of that
    column; of a value that is a JSON object, `{key}` is what stands under the key.

    `{price:.2f}` writes two decimals, `{count:,}` separates thousands. A brace itself is written
    twice: `{{`.

    table: a row for each filling
    text: fills {text}
    value: fills {value}; an object's keys can be named too
    template: the text with its placeholders
    separator: what stands between the rows
    returns: the filled text
    """
    given: dict[str, Any] = {}
    if isinstance(value, Mapping):
        given.update(value)
    if value is not None:
        given["value"] = value
    if text is not None:
        given["text"] = text
    if table is None:
        return _fill(template, given)
    return separator.join(_fill(template, {**given, **row}) for row in table.rows())


@operator("Table to text", category="Text", icon="markdown", deterministic=True)
def table_to_text(
    table: Table,
    *,
    format: Literal["Markdown", "aligned", "CSV", "JSON"] = "Markdown",  # noqa: A002
    decimals: Annotated[int, Range(0, 15)] = 2,
    rows: Annotated[int, Label("At most so many rows"), Range(0)] = 0,
) -> Text:
    """Markdown, CSV, JSON

    Writes a table as text, for a report or a message.

    table: the table to write
    format: Markdown for reports, aligned columns for reading, CSV or JSON for other programs
    decimals: digits behind the point, in Markdown and aligned
    rows: how many rows to write; 0 writes all
    returns: the table as text
    """
    found = list(table.tuples(rows or None))
    left_out = table.row_count - len(found)
    if format == "CSV":
        return csv_text(table.columns, found)
    if format == "JSON":
        records = [dict(zip(table.columns, row, strict=True)) for row in found]
        return json.dumps(records, indent=2, ensure_ascii=False, default=str)
    write = markdown_table if format == "Markdown" else aligned_table
    return write(table.types, found, decimals, left_out)


class _Placeholders(string.Formatter):
    """Placeholders are plain names: no attributes, no indexes, so a template can reach nothing."""

    def get_field(
        self,
        field_name: str,
        args: Any,  # noqa: ARG002 - the base class hands it over
        kwargs: Mapping[str, Any],
    ) -> tuple[Any, str]:
        if field_name not in kwargs:
            near = closest(field_name, list(kwargs))
            meant = f"Did you mean {quote(near)}? " if near is not None else ""
            there = f"There is {listed(kwargs)}." if kwargs else "Wire something to an input."
            raise PlayerError(
                f"Nothing fills the placeholder {quote(field_name)}.", hint=meant + there
            )
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return ""
        try:
            return str(format(value, format_spec))
        except (ValueError, TypeError) as error:
            raise PlayerError(
                f"{quote(str(value))} cannot be written as {quote(format_spec)}.",
                hint="Numbers take forms such as .2f; text takes none.",
            ) from error


def _fill(template: str, values: Mapping[str, Any]) -> str:
    plain = {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for key, value in values.items()
    }
    try:
        return _Placeholders().vformat(template, (), plain)
    except ValueError as error:
        raise PlayerError(
            f"The template cannot be read: {error}.", hint="Write {{ and }} for braces themselves."
        ) from error


@operator("Join texts", category="Text", icon="text", deterministic=True, prefetch=8)
def join_texts(texts: list[Text], *, separator: Multiline = "\n") -> Text:
    """many into one

    Puts texts behind each other, in the order in which they arrive.

    texts: the texts, from one list or from several wires
    separator: what stands between them
    returns: one text
    """
    return separator.join(texts)


@operator("Split text", category="Text", icon="cut", deterministic=True, prefetch=8)
def split_text(text: Text, *, at: Literal["lines", "paragraphs"] = "paragraphs") -> list[Text]:
    """into lines or paragraphs

    Cuts a text into pieces; empty ones are left out. What takes one text then runs for each.

    text: the text to cut
    at: where to cut; paragraphs end at an empty line
    returns: the pieces in order
    """
    pieces = text.splitlines() if at == "lines" else re.split(r"\n\s*\n", text)
    return [piece.strip() for piece in pieces if piece.strip()]


@operator("Number value", category="Values", icon="number", deterministic=True, prefetch=8)
def number_value(*, value: Number = 0.0) -> Number:
    """a number to wire

    Gives the number in its form to what is wired to it.

    value: the number
    returns: the same number
    """
    return value


@operator("Text value", category="Values", icon="text", deterministic=True, prefetch=8)
def text_value(*, value: Multiline = "") -> Text:
    """a text to wire

    Gives the text in its form to what is wired to it.

    value: the text
    returns: the same text
    """
    return value

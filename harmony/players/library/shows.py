"""Motifs: what a person looks at. Each returns a view, which the Board draws (docs/players.md)."""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from harmony.players.declare import motif
from harmony.players.errors import PlayerError
from harmony.players.library._charts import ChartRequest, chart_data
from harmony.players.library._words import split_names
from harmony.players.summaries import cell
from harmony.players.types import Image, Label, Range, Table, Text, View

_LARGEST_IMAGE = 20 * 1024 * 1024


@motif("Table", category="Show", icon="table")
def show_table(
    table: Table, *, title: Text = "", rows: Annotated[int, Range(1, 5000)] = 500
) -> View:
    """look at the rows

    Shows the first rows of a table.

    table: the table to look at
    title: words above it
    rows: how many rows are shown at most
    """
    return View(
        "table",
        title,
        {
            "columns": [[name, kind] for name, kind in table.types.items()],
            "rows": [[cell(value, 500) for value in row] for row in table.tuples(rows)],
            "total": table.row_count,
        },
    )


@motif("Text", category="Show", icon="markdown", prefetch=8)
def show_text(
    text: Text,
    *,
    title: Text = "",
    format: Literal["Markdown", "plain"] = "Markdown",  # noqa: A002
) -> View:
    """read a text or report

    Shows a text, as Markdown or as it is.

    text: the text to read
    title: words above it
    format: Markdown is set with headings, lists and tables; plain is shown as it is
    """
    return View("markdown" if format == "Markdown" else "text", title, {"text": text})


@motif("Image", category="Show", icon="image")
def show_image(image: Image, *, title: Text = "") -> View:
    """look at an image

    Shows a PNG or JPEG image.

    image: the image to look at
    title: words above it
    """
    if len(image) > _LARGEST_IMAGE:
        raise PlayerError("The image is larger than 20 MB.", hint="Make it smaller first.")
    content = base64.b64encode(image).decode("ascii")
    return View("image", title, {"format": image.format, "content": content})


@motif("Chart", category="Show", icon="chart-bar")
def chart(
    table: Table,
    *,
    kind: Literal["line", "bar", "scatter", "histogram"] = "line",
    x: Annotated[Text, Label("Across")] = "",
    y: Annotated[Text, Label("Up")] = "",
    group: Annotated[Text, Label("One colour for each")] = "",
    title: Text = "",
    bins: Annotated[int, Label("Bars of a histogram"), Range(2, 200)] = 20,
) -> View:
    """line, bar, scatter, histogram

    Draws columns of a table.

    *Line* and *scatter* draw one column over another; *bar* gives each row its bar; *histogram*
    counts how many values of a column lie in each range, and needs no “Up”.

    A chart shows at most 5,000 points. When there are more, it shows fewer of them and says which.

    table: the table to draw
    kind: how to draw it
    x: the column that goes across; empty: the first one that fits
    y: the columns of numbers that go up, separated by commas; empty: the first one that fits
    group: a column; each of its values becomes a series of its own
    title: words above the chart
    bins: how many ranges a histogram has
    """
    request = ChartRequest(kind, x.strip(), tuple(split_names(y)), group.strip(), bins)
    return View("chart", title, chart_data(table, request))

"""What `harmony states` prints: some charts or all, in one of three forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from harmony.states.errors import StatesError
from harmony.states.registry import CHARTS, chart_named
from harmony.states.render import as_json, as_mermaid, as_table

FORMATS: Final = ("table", "mermaid", "json")


class UnknownFormatError(StatesError):
    """A form was asked for that there is not."""


def render(names: Sequence[str] = (), format: str = "table") -> str:  # noqa: A002 - its name in the terminal
    """The charts of these names, all when there are none, as a text that ends with a new line.

    JSON is a list, also for a single chart. Raises UnknownChartError and UnknownFormatError.
    """
    charts = tuple(chart_named(name) for name in names) or CHARTS
    if format == "json":
        return json.dumps([as_json(chart) for chart in charts], indent=2, ensure_ascii=False) + "\n"
    if format == "mermaid":
        return "\n".join(f"%% {chart.title}\n{as_mermaid(chart)}" for chart in charts)
    if format == "table":
        return "\n\n".join(as_table(chart) for chart in charts)
    raise UnknownFormatError("states.unknown_format", format=format, known=FORMATS)

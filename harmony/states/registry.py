"""All charts of the program, and how to find one by whatever a person calls it."""

from __future__ import annotations

import re
from typing import Final

from harmony.states import (
    artifact,
    bootstrap,
    canvas,
    conductor_mode,
    connection,
    extension_installation,
    extension_lifecycle,
    melody_execution,
    player,
    system,
    task,
    workflow,
)
from harmony.states.chart import Chart
from harmony.states.errors import UnknownChartError

CHARTS: Final[tuple[Chart, ...]] = (
    extension_lifecycle.CHART,
    player.CHART,
    melody_execution.CHART,
    bootstrap.CHART,
    artifact.CHART,
    connection.CHART,
    conductor_mode.CHART,
    extension_installation.CHART,
    task.CHART,
    canvas.CHART,
    system.CHART,
    workflow.CHART,
)
"""The ten of seeds/000 in their order, then the one of seeds/003, then the one of seeds/001."""


def chart_named(name: str) -> Chart:
    """The chart that a person means: by number (`9`), name (`task`, `dag-task`) or title.

    A part of the name or title is enough where only one chart has it. Raises UnknownChartError.
    """
    wanted = _plain(name)
    for chart in CHARTS:
        if wanted and wanted in (str(chart.number or ""), _plain(chart.name), _plain(chart.title)):
            return chart
    partly = [
        chart
        for chart in CHARTS
        if wanted and (wanted in _plain(chart.name) or wanted in _plain(chart.title))
    ]
    if len(partly) == 1:
        return partly[0]
    raise UnknownChartError(
        "states.ambiguous_chart" if partly else "states.unknown_chart",
        name=name,
        known=tuple(chart.name for chart in partly or CHARTS),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")

"""What the tutorial promises, done as it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from harmony.foundation.resources import resource_path

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"


async def add(stage: Any, letters: str) -> str:
    """Type on the canvas and take what is offered first; the new node."""
    before = set(stage.melody.nodes)
    await stage.to_canvas()
    stage.press(Qt.Key.Key_Tab)
    await stage.until(stage.window.add_popup.isVisible)
    stage.type(letters)
    await stage.turn()
    stage.press(Qt.Key.Key_Return)
    await stage.until(lambda: set(stage.melody.nodes) - before)
    return (set(stage.melody.nodes) - before).pop()


async def add_on_wire(stage: Any, source: str, letters: str, to: QPoint) -> str:
    """Drag a wire from `table` to empty canvas and take what is offered first; the new node."""
    before = set(stage.melody.nodes)
    await stage.to_canvas()
    begin = stage.port(source, "table", output=True)
    stage.pull(stage.view.viewport(), begin, begin + to)
    await stage.until(stage.window.add_popup.isVisible)
    stage.type(letters)
    stage.press(Qt.Key.Key_Return)
    await stage.until(lambda: set(stage.melody.nodes) - before)
    return (set(stage.melody.nodes) - before).pop()


def put(stage: Any, node: str, name: str, text: str) -> None:
    """Write a field of a node's form."""
    stage.view.select([node])
    widget = stage.inspector.node.form.fields[name].widget
    if hasattr(widget, "setPlainText"):
        widget.setPlainText(text)
    elif hasattr(widget, "setCurrentText"):
        widget.setCurrentText(text)
        widget.textActivated.emit(text)
    else:
        line = getattr(widget, "line", widget)
        line.clear()
        QTest.keyClicks(line, text)


async def run(stage: Any) -> dict[str, str]:
    """Press F5; how each node ended."""
    before = stage.document.model
    stage.shortcut("F5")
    await stage.until(lambda: stage.document.model is not before)
    await stage.run_ended()
    return {node: status.state for node, status in stage.document.statuses().items()}


async def test_the_melody_of_the_tutorial(stage: Any) -> None:
    words = TUTORIAL.read_text(encoding="utf-8")
    compute = "days = count(*)\nmean_high = avg(temp_max)"
    assert all(line in words for line in compute.split("\n"))

    stage.shortcut("Ctrl+N")
    await stage.until(lambda: stage.document is not None)
    read = await add(stage, "read table")
    put(stage, read, "path", str(resource_path("data/seattle-weather.csv")))
    group = await add_on_wire(stage, read, "group rows", QPoint(120, -60))
    chart = await add_on_wire(stage, group, "chart", QPoint(120, 60))
    put(stage, group, "by", "weather")
    put(stage, group, "compute", compute)
    put(stage, chart, "kind", "bar")
    put(stage, chart, "x", "weather")
    put(stage, chart, "y", "days")

    assert await run(stage) == {read: "done", group: "done", chart: "done"}
    drawn = stage.document.model.tasks[chart].outputs["view"]
    assert drawn["type"] == "view"
    assert await run(stage) == {read: "reused", group: "reused", chart: "reused"}
    put(stage, chart, "y", "mean_high")
    assert stage.document.stale == {chart}
    assert await run(stage) == {read: "reused", group: "reused", chart: "done"}

    put(stage, group, "compute", compute.replace("temp_max", "temp_maximum"))
    assert await run(stage) == {read: "reused", group: "failed", chart: "skipped"}
    assert stage.document.canvas.state == "Debugging"
    assert "temp_maximum" in stage.document.statuses()[group].error
    put(stage, group, "compute", compute)
    failed = stage.document.model
    stage.shortcut("Ctrl+R")
    await stage.until(lambda: stage.document.model is not failed)
    assert await stage.run_ended() == "Completed"
    detail = stage.symphony.show(stage.document.model.run)
    assert detail.summary.parent == failed.run
    assert stage.document.statuses()[read].state == "reused"

"""The README's pictures, taken from real runs of the example melodies.

    python -m harmony.board.screenshots docs/images

`packaging/dev.py screenshots` runs it under Xvfb. Data lives in a folder that is thrown away.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import qasync
from PySide6.QtWidgets import QApplication, QDialog

from harmony.board.furnishing import furnished
from harmony.board.gallery.examples import Example, examples
from harmony.board.look import Look
from harmony.board.problems import Problems
from harmony.board.theme.fonts import load_fonts
from harmony.board.versions.versions_dialog import VersionsDialog
from harmony.board.window import BoardWindow
from harmony.ipc.qt import QtProcessHost
from harmony.melody.changes import (
    AddNode,
    AddNote,
    Connect,
    DescribeMelody,
    MoveNodes,
    RemoveNode,
    SetParameter,
)
from harmony.melody.model import Connection, Node, Note
from harmony.symphony import Symphony

SIZE: Final = (1440, 900)


async def take(folder: Path, look: Look, problems: Problems) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as home:
        symphony = await Symphony.open(home, QtProcessHost)
        try:
            window = furnished(symphony, look, problems)
            window.resize(*SIZE)
            window.show()
            await _gallery(window, folder)
            await _debugger(window, folder)
            await _boards(window, folder, look)
            await _time_travel(window, folder, look)
            await _versions(window, folder, look)
            window.let_go()
            window.hide()
        finally:
            await symphony.close()


async def _gallery(window: BoardWindow, folder: Path) -> None:
    await asyncio.sleep(0.3)
    window.grab().save(str(folder / "gallery.png"))


async def _debugger(window: BoardWindow, folder: Path) -> None:
    """The example that fails, with the failed node selected."""
    await _run(window, _example("penguins"))
    document = window.workspace.current
    if document is None or document.model is None:
        raise RuntimeError("the example that fails did not run")
    window.go_to_node(document.model.failed_nodes()[0])
    await asyncio.sleep(0.6)
    window.grab().save(str(folder / "debugger.png"))


async def _boards(window: BoardWindow, folder: Path, look: Look) -> None:
    """A finished run with a chart, in both themes."""
    await _run(window, _example("weather"))
    document = window.workspace.current
    if document is None:
        raise RuntimeError("the example did not open")
    chart = next(n.id for n in document.document.melody.nodes.values() if "chart" in n.player)
    window.go_to_node(chart)
    window.inspector.node.open_page("output")
    for choice in ("light", "dark"):
        look.choose("light" if choice == "light" else "dark")
        await asyncio.sleep(0.6)
        window.grab().save(str(folder / f"board-{choice}.png"))


async def _time_travel(window: BoardWindow, folder: Path, look: Look) -> None:
    """The run in front as it was about its middle, with the chart of its tasks, in both themes."""
    await _until(lambda: window.desk.time.line is not None)
    line = window.desk.time.line
    if line is None:
        raise RuntimeError("the run has no time line")
    await _until(lambda: line.travel.course is not None)
    line.show_chart(True)
    line.travel.go(line.travel.elapsed * 0.55)
    for choice in ("light", "dark"):
        look.choose("light" if choice == "light" else "dark")
        await asyncio.sleep(0.6)
        window.grab().save(str(folder / f"time-travel-{choice}.png"))
    line.travel.back()


async def _versions(window: BoardWindow, folder: Path, look: Look) -> None:
    """An example that was edited, with what has changed since it was saved, in both themes."""
    window.desk.file.open_example(_example("weather"))
    document = window.workspace.current
    if document is None or document.path is None:
        raise RuntimeError("the example did not open")
    edited = document.document
    edited.apply(DescribeMelody(edited.melody.name, "Rain and temperature"))
    window.workspace.save(document)
    await window.background.finish()
    nodes = edited.melody.nodes
    months, table = nodes["by-month"], nodes["months"]
    edited.apply(RemoveNode("rain-chart"))
    edited.apply(SetParameter("temperature-chart", "title", "Seattle by month"))
    edited.apply(AddNode(Node("sorted", "harmony/sort_rows", "", table.x, table.y + 330)))
    edited.apply(Connect(Connection(months.id, "table", "sorted", "table")))
    edited.apply(AddNote(Note("why", "The driest month first", months.x, months.y + 330)))
    edited.apply(MoveNodes({"read-weather": (0.0, 240.0)}))
    window.workspace.save(document)
    await window.background.finish()
    flow = window.desk.file.version_flow
    await flow.list_versions(document)
    await asyncio.sleep(0.6)
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    page = window.page
    if page is None or not isinstance(dialog, VersionsDialog) or dialog.selected is None:
        raise RuntimeError("the versions are not listed")
    dialog.grab().save(str(folder / "versions-list.png"))
    dialog.show_button.click()
    page.view.zoom_to_fit()
    for choice in ("light", "dark"):
        look.choose("light" if choice == "light" else "dark")
        await asyncio.sleep(0.6)
        window.grab().save(str(folder / f"versions-{choice}.png"))
    flow.comparisons[document].leave()


async def _run(window: BoardWindow, example: Example) -> None:
    window.desk.file.open_example(example)
    await asyncio.sleep(0.3)
    await window.desk.run.run()
    document = window.workspace.current
    await _until(lambda: document is not None and document.model is not None)
    await _until(lambda: not (document and document.model and document.model.live))
    await asyncio.sleep(0.5)


def _example(name: str) -> Example:
    return next(example for example in examples() if name in example.path.name)


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("an example did not come to an end within two minutes")


def main(folder: str) -> int:
    """Take the pictures into a folder; exit status 1 when something went wrong in the window."""
    app = QApplication(["harmony-board"])
    app.setQuitOnLastWindowClosed(False)
    load_fonts()
    problems = Problems()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    problems.catch_everything(loop)
    with loop:
        loop.run_until_complete(take(Path(folder), Look(app, "dark", motion=False), problems))
    problems.release()
    return 1 if problems.kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

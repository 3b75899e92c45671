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
from PySide6.QtWidgets import QApplication

from harmony.board.furnishing import furnished
from harmony.board.gallery.examples import Example, examples
from harmony.board.look import Look
from harmony.board.problems import Problems
from harmony.board.theme.fonts import load_fonts
from harmony.board.window import BoardWindow
from harmony.ipc.qt import QtProcessHost
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

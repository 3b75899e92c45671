"""The start of the Board: `harmony-board [FILE...]`.

Application, fonts, theme; the lock that lets one window be; then the engine, and the window over it
(DESIGN.md section 4). Whatever goes wrong afterwards lands in the window's problem bar.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from harmony.foundation import settings as settings_file
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import HOME_VARIABLE, data_folder, runtime_folder
from harmony.foundation.settings import Settings
from harmony.foundation.words import render

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from harmony.board.end_signals import EndSignals
    from harmony.board.look import Choice, Look
    from harmony.board.problems import Problems
    from harmony.board.single_window import WindowLock
    from harmony.board.window import BoardWindow

# A busy thread may hold the interpreter this long; the default would cost a frame (FACTS.md).
SWITCH_INTERVAL = 0.0005


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the Board; the exit status. A second start raises the first window and ends."""
    given = _read(sys.argv[1:] if arguments is None else arguments)
    if given.home:
        os.environ[HOME_VARIABLE] = str(Path(given.home).absolute())
    paths = tuple(str(Path(name).absolute()) for name in given.files)
    from PySide6.QtWidgets import QApplication

    from harmony.board.single_window import WindowLock

    sys.setswitchinterval(SWITCH_INTERVAL)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["harmony-board"])
    try:
        folder = data_folder().ensure()
        lock = WindowLock(runtime_folder(folder))
        if not lock.take():
            return _raise_other(lock, paths)
    except (HarmonyError, OSError) as error:
        return _refuse(str(error))
    try:
        return _run(app, lock, paths, _settings(folder.settings_file))
    finally:
        lock.release()


def _run(app: QApplication, lock: WindowLock, paths: tuple[str, ...], chosen: Settings) -> int:
    import qasync

    from harmony.board.end_signals import EndSignals
    from harmony.board.look import Look
    from harmony.board.problems import Problems
    from harmony.board.theme.fonts import load_fonts

    app.setApplicationName("Harmony Board")
    app.setDesktopFileName("harmony-board")
    # The window ends the program itself, after the engine below it was closed in order.
    app.setQuitOnLastWindowClosed(False)
    load_fonts()
    look = Look(app, _choice(chosen), chosen.motion)
    problems = Problems()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    problems.catch_everything(loop)
    ending = EndSignals()
    try:
        with loop:
            return int(loop.run_until_complete(_live(look, problems, lock, ending, paths)))
    finally:
        ending.release()
        problems.release()
        asyncio.set_event_loop(None)


async def _live(
    look: Look,
    problems: Problems,
    lock: WindowLock,
    ending: EndSignals,
    paths: tuple[str, ...],
) -> int:
    """Bring the engine up, show the window, and wait for its end."""
    from harmony.board.window import BoardWindow
    from harmony.bootstrap.phases import Part, Stop
    from harmony.ipc.qt import QtProcessHost
    from harmony.symphony import Symphony

    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def phase_5(symphony: Symphony) -> list[Part]:
        async def show() -> Stop:
            window = BoardWindow(symphony, look, problems)
            window.closed.connect(lambda: None if closed.done() else closed.set_result(None))
            lock.raised.connect(lambda others: come_forward(window, others))
            ending.received.connect(window.closing.end_now)
            _arrange(window, paths)
            window.show()

            async def put_away() -> None:
                await window.background.finish()
                window.let_go()
                window.deleteLater()

            return put_away

        return [Part("window", show)]

    try:
        symphony = await Symphony.open(
            host=QtProcessHost, ui=phase_5, report_error=problems.report_subscriber
        )
    except HarmonyError as error:
        await _tell(str(error))
        return _refuse(str(error))
    try:
        symphony.watch_elsewhere()
        # What was made so far lives as long as the window: no collection need look at it again.
        gc.collect()
        gc.freeze()
        await closed
    finally:
        await symphony.close()
    return 0


def come_forward(window: BoardWindow, paths: tuple[str, ...]) -> None:
    """Another start was asked for: open its files here and come to the front."""
    for path in paths:
        window.desk.file.open_path(Path(path))
    window.closing.stay()
    window.showNormal() if window.isMinimized() else window.show()
    window.raise_()
    window.activateWindow()


def _arrange(window: BoardWindow, paths: tuple[str, ...]) -> None:
    """Put the window as it stood; open the files asked for, or those that were open."""
    from harmony.board.layout import WindowLayout, load_layout

    file = window.symphony.house.data_folder.window_layout_file
    try:
        layout = load_layout(file)
    except HarmonyError as error:
        window.problems.report(error)
        layout = WindowLayout()
    window.apply_layout(layout)
    for name in paths or tuple(layout.open_files):
        if paths or Path(name).exists():
            window.desk.file.open_path(Path(name))
    if not paths:
        documents = window.workspace.documents
        front = next((d for d in documents if str(d.path) == layout.current_file), None)
        window.workspace.choose(front)
    window.closed.connect(lambda: _keep_layout(window))


def _keep_layout(window: BoardWindow) -> None:
    from harmony.board.layout import save_layout

    save_layout(window.symphony.house.data_folder.window_layout_file, window.layout_now())


def _settings(file: Path) -> Settings:
    try:
        return settings_file.load(file)
    except HarmonyError:
        return Settings()  # the engine reads the same file next, and tells what is wrong with it


def _choice(chosen: Settings) -> Choice:
    return cast("Choice", chosen.theme)  # the settings admit no other


def _raise_other(lock: WindowLock, paths: tuple[str, ...]) -> int:
    if lock.raise_other(paths):
        return 0
    return _refuse(render("board.window_does_not_answer"))


async def _tell(reason: str) -> None:
    """Say in a dialog why the program does not start; from a menu nobody sees a terminal."""
    from PySide6.QtWidgets import QApplication, QMessageBox

    if QApplication.platformName() in ("offscreen", "minimal"):
        return
    box = QMessageBox(QMessageBox.Icon.Critical, "Harmony Board", render("board.no_start"))
    box.setInformativeText(reason)
    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    box.finished.connect(lambda _code: None if closed.done() else closed.set_result(None))
    box.open()
    await closed
    box.deleteLater()


def _refuse(reason: str) -> int:
    print(f"harmony-board: {reason}", file=sys.stderr)  # noqa: T201 - there is no window to say it
    return 1


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="harmony-board", description=render("board.usage"))
    parser.add_argument("files", nargs="*", metavar="FILE", help=render("board.usage_files"))
    parser.add_argument("--home", metavar="DIR", help=render("board.usage_home"))
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main())

"""The start of the Board: `harmony-board [FILE...]`, in the order in which a person sees it.

1. The lock that lets one window be; then the window with its start page, painted and answering.
2. `loading` fetches the rest of the program in a thread. The window answers; what needs the engine
   waits in `window.asked`.
3. The engine comes up in its five phases (seeds/000 section 4). In the fifth the window gets its
   other parts, a piece at a time (`furnishing`).
4. The window opens what was open, does what was asked for meanwhile, and says that it is ready.

Whatever goes wrong after step 1 is said in the window. docs/architecture.md tells more.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from harmony.foundation import settings as settings_file
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import (
    HOME_VARIABLE,
    DataFolder,
    ReadOnlyFolderError,
    data_folder,
    runtime_folder,
)
from harmony.foundation.settings import Settings
from harmony.foundation.words import render

if TYPE_CHECKING:
    import argparse
    import asyncio

    from PySide6.QtWidgets import QApplication

    from harmony.board.layout import WindowLayout
    from harmony.board.look import Choice
    from harmony.board.single_window import WindowLock
    from harmony.board.window import BoardWindow
    from harmony.symphony import Symphony

# A busy thread may hold the interpreter this long; the default would cost a frame (FACTS.md).
SWITCH_INTERVAL = 0.0005


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the Board; the exit status. A second start raises the first window and ends."""
    # What is made while the program starts lives as long as it: no collection finds anything.
    gc.disable()
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    finally:
        gc.enable()


def _main(arguments: Sequence[str]) -> int:
    given = _read(arguments)
    if given.home:
        os.environ[HOME_VARIABLE] = str(Path(given.home).absolute())
    paths = tuple(str(Path(name).absolute()) for name in given.files)
    from PySide6.QtWidgets import QApplication

    from harmony.board.single_window import WindowLock

    sys.setswitchinterval(SWITCH_INTERVAL)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["harmony-board"])
    try:
        folder = _writable(app)
        lock = WindowLock(runtime_folder(folder))
        if not lock.take():
            return _raise_other(lock, paths)
    except (HarmonyError, OSError) as error:
        return _refuse(str(error))
    try:
        return _run(app, lock, folder, paths)
    finally:
        lock.release()


def _writable(app: QApplication) -> DataFolder:
    """The data folder, once it can be written. Raises PathsError when the person gave that up."""
    folder = data_folder()
    try:
        return folder.ensure()
    except ReadOnlyFolderError as error:
        from harmony.board.look import Look
        from harmony.board.read_only import wait_until_writable
        from harmony.board.theme.fonts import load_fonts

        app.setQuitOnLastWindowClosed(False)
        load_fonts()
        _look = Look(app, _choice(_settings(folder.settings_file)))
        if not wait_until_writable(folder, error):
            raise
    return folder


def _run(app: QApplication, lock: WindowLock, folder: DataFolder, paths: tuple[str, ...]) -> int:
    """Steps 1 and 2; then the loop in which the others happen."""
    from PySide6.QtCore import Qt

    from harmony.board.end_signals import EndSignals
    from harmony.board.look import Look
    from harmony.board.problems import Problems
    from harmony.board.theme.fonts import load_fonts
    from harmony.board.window import BoardWindow

    app.setApplicationName("Harmony Board")
    app.setDesktopFileName("harmony-board")
    # The window ends the program itself, after the engine below it was closed in order.
    app.setQuitOnLastWindowClosed(False)
    chosen = _settings(folder.settings_file)
    load_fonts()
    look = Look(app, _choice(chosen), chosen.motion)
    problems = Problems()
    problems.catch_everything()
    window = BoardWindow(look, problems)
    ending = EndSignals()
    try:
        layout = _layout(window, folder.window_layout_file)
        window.apply_layout(layout)
        window.gallery.show_recent(chosen.recent_files)
        window.show_opening(paths or _still_there(layout.open_files))
        lock.raised.connect(lambda others: come_forward(window, others))
        # Queued: a signal may come between any two instructions, also while files are opened.
        ending.received.connect(window.end_now, Qt.ConnectionType.QueuedConnection)
        window.show()
        return _go_on(app, window, folder, layout, paths)
    finally:
        ending.release()
        problems.release()


def _go_on(
    app: QApplication,
    window: BoardWindow,
    folder: DataFolder,
    layout: WindowLayout,
    paths: tuple[str, ...],
) -> int:
    from harmony.board.loading import load_behind

    if not load_behind(window):
        return 0
    import asyncio

    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    window.problems.catch_loop(loop)
    try:
        with loop:
            return int(loop.run_until_complete(_live(window, folder, layout, paths)))
    finally:
        asyncio.set_event_loop(None)


async def _live(
    window: BoardWindow, folder: DataFolder, layout: WindowLayout, paths: tuple[str, ...]
) -> int:
    """Steps 3 and 4, and the life of the window until its end."""
    import asyncio

    from harmony.board.collecting import Collecting

    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    window.closed.connect(lambda: None if closed.done() else closed.set_result(None))
    coming_up = asyncio.ensure_future(_bring_up(window, layout))
    # Closed before the engine is up: what has started of it is stopped again.
    window.closed.connect(coming_up.cancel)
    try:
        symphony = await coming_up
    except asyncio.CancelledError:
        return 0
    except HarmonyError as error:
        window.status.show_not_started()
        await _tell(window, str(error))
        return _refuse(str(error))
    try:
        window.begin()
        _reopen(window, layout, paths)
        window.closed.connect(lambda: _keep_layout(window, folder.window_layout_file))
        window.asked.begin()
        symphony.watch_elsewhere()
        # What was made so far lives as long as the window: no collection need look at it, or at the
        # little that was thrown away meanwhile. To look now would be a stop of three frames.
        gc.freeze()
        collecting = Collecting()
        await closed
        collecting.stop()
    finally:
        await symphony.close()
    return 0


async def _bring_up(window: BoardWindow, layout: WindowLayout) -> Symphony:
    """The five phases; the window's part in the fifth."""
    import asyncio

    from harmony.board.furnishing import furnish
    from harmony.bootstrap.phases import Part, Stop
    from harmony.ipc.qt import QtProcessHost
    from harmony.symphony import Symphony

    async def put_away() -> None:
        await window.background.finish()
        window.let_go()
        window.deleteLater()

    def phase_5(symphony: Symphony) -> list[Part]:
        async def move_in() -> Stop:
            try:
                for _ in furnish(window, symphony, layout):
                    await asyncio.sleep(0)  # the window paints, and hears the keys
            except BaseException:
                window.let_go()
                raise
            return put_away

        return [Part("window", move_in)]

    return await Symphony.open(
        host=QtProcessHost, ui=phase_5, report_error=window.problems.report_subscriber
    )


def come_forward(window: BoardWindow, paths: tuple[str, ...]) -> None:
    """Another start was asked for: open its files here and come to the front."""
    for path in paths:
        window.open_soon(Path(path))
    window.stay()
    window.showNormal() if window.isMinimized() else window.show()
    window.raise_()
    window.activateWindow()


def _layout(window: BoardWindow, file: Path) -> WindowLayout:
    from harmony.board.layout import WindowLayout, load_layout

    try:
        return load_layout(file)
    except HarmonyError as error:
        window.problems.report(error)
        return WindowLayout()


def _reopen(window: BoardWindow, layout: WindowLayout, paths: tuple[str, ...]) -> None:
    """Open the files asked for, or those that were open."""
    for name in paths or _still_there(layout.open_files):
        window.desk.file.open_path(Path(name))
    if not paths:
        documents = window.workspace.documents
        front = next((d for d in documents if str(d.path) == layout.current_file), None)
        window.workspace.choose(front)


def _still_there(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if Path(name).exists())


def _keep_layout(window: BoardWindow, file: Path) -> None:
    from harmony.board.layout import save_layout

    save_layout(file, window.layout_now())


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


async def _tell(window: BoardWindow, reason: str) -> None:
    """Say in a dialog why the program does not start; from a menu nobody sees a terminal."""
    import asyncio

    from PySide6.QtWidgets import QApplication, QMessageBox

    if QApplication.platformName() in ("offscreen", "minimal"):
        return
    box = QMessageBox(QMessageBox.Icon.Critical, "Harmony Board", render("board.no_start"))
    box.setParent(window, box.windowFlags())
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
    import argparse

    parser = argparse.ArgumentParser(prog="harmony-board", description=render("board.usage"))
    parser.add_argument("files", nargs="*", metavar="FILE", help=render("board.usage_files"))
    parser.add_argument("--home", metavar="DIR", help=render("board.usage_home"))
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main())

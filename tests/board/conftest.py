"""The Board on a real engine: a window, its loop, and a hand that clicks, types and drags in it."""

from __future__ import annotations

import asyncio
import gc
import inspect
from asyncio import events
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from harmony.board.collecting import Collecting
from harmony.board.look import Look
from harmony.board.problems import Problems
from harmony.board.theme.fonts import load_fonts
from harmony.foundation.clock import SystemClock
from harmony.ipc.qt import QtProcessHost
from harmony.melody.document import Document
from harmony.melody.model import Connection, Melody, Node
from harmony.orchestra.catalogue import Catalogue, load_catalogue
from harmony.symphony import Symphony

SECONDS = 25.0
"""How long a story may take before it counts as hung."""

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Look]:
    """The dark theme, without motion."""
    qapp.setQuitOnLastWindowClosed(False)
    load_fonts()
    made = Look(qapp, "dark", motion=False)
    yield made
    qapp.setStyleSheet("")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """The Players of the library."""
    return load_catalogue((), tmp_path / "described")


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def document(catalogue: Catalogue) -> Document:
    """Two wired nodes."""
    nodes = (
        Node("read", "harmony/read_table", x=0, y=0),
        Node("filter", "harmony/filter_rows", "Only large", x=288, y=0),
    )
    wire = Connection("read", "table", "filter", "table")
    melody = Melody("m1", "Test", nodes={n.id: n for n in nodes}, connections={wire: "hard"})
    return Document(melody, catalogue.spec)


class Stage:
    """A window over a running engine, and what a test does with it."""

    def __init__(self, loop: Any, look: Look, problems: Problems) -> None:
        self.loop, self.look, self.problems = loop, look, problems
        self.window: Any = None
        self.symphony: Any = None

    async def open(self, home: Path | None = None) -> None:
        """Bring the engine up and show the window."""
        from harmony.board.furnishing import furnished

        self.symphony = await Symphony.open(
            home, QtProcessHost, report_error=self.problems.report_subscriber
        )
        self.window = furnished(self.symphony, self.look, self.problems)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        await self.until(self.window.isVisible)

    async def close(self) -> None:
        """Put the window away and the engine down, whatever is unsaved."""
        if self.window is not None:
            window, self.window = self.window, None
            window.background.cancel()
            await window.background.finish()
            window.let_go()
            window.hide()
            window.deleteLater()
        if self.symphony is not None:
            await self.symphony.close()
            self.symphony = None

    # --- waiting

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Let the loop turn until a condition holds; what it returned."""
        while not (found := condition()):  # noqa: ASYNC110 - what widgets show has no event
            await asyncio.sleep(0.005)
        return found

    async def turn(self) -> None:
        """Let everything that waits for the next turn of the loop happen."""
        for _ in range(3):
            await asyncio.sleep(0.005)

    async def to_canvas(self) -> None:
        """Give the keyboard to the canvas; without a window manager a window asks for it itself."""
        self.window.activateWindow()
        self.view.setFocus()
        await self.until(self.view.hasFocus)

    async def run_ended(self) -> str:
        """Wait for the end of the run in front; the state it ended in."""
        document = self.document
        await self.until(lambda: document.model is not None and not document.model.live)
        await self.turn()
        return document.model.state

    # --- what is there

    @property
    def document(self) -> Any:
        """The OpenDocument in front."""
        return self.window.workspace.current

    @property
    def melody(self) -> Melody:
        return self.document.document.melody

    @property
    def view(self) -> Any:
        return self.window.page.view

    @property
    def inspector(self) -> Any:
        return self.window.inspector

    def place(self, x: float, y: float) -> QPoint:
        """A place of the scene as a point in the canvas' viewport."""
        return self.view.mapFromScene(QPointF(x, y))

    def port(self, node: str, port: str, output: bool = False) -> QPoint:
        """Where a port is, in the canvas' viewport."""
        from harmony.board.canvas.geometry import PortKey

        layout = self.view.scene().layout
        return self.view.mapFromScene(layout.port_point(PortKey(node, port, output)))

    # --- a hand

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click with the left button."""
        self.window.command_actions.refresh()
        QTest.mouseClick(widget, LEFT, NO_KEYS, at if at is not None else QPoint())

    def press(self, *keys: Any, held: Any = NO_KEYS) -> None:
        """Press keys, one after the other, wherever the keyboard is."""
        for key in keys:
            target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
            focused = target.focusWidget() or target
            QTest.keyClick(focused, key, held)

    def type(self, text: str) -> None:
        """Type a text wherever the keyboard is."""
        target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
        QTest.keyClicks(target.focusWidget() or target, text)

    def shortcut(self, keys: str) -> None:
        """Press a shortcut in the window, as Qt's event loop would get it from the keyboard.

        No hand is so quick that the actions have not followed what happened before.
        """
        self.window.command_actions.refresh()
        QTest.keySequence(QApplication.focusWidget() or self.window, keys)

    def hover(self, widget: QWidget, at: QPoint) -> None:
        """Move the pointer over a place.

        `QTest.mouseMove` would turn Qt's loop inside the story's own task, and another task whose
        turn came then would never be woken again.
        """
        _move(widget, at, held=Qt.MouseButton.NoButton)

    def pull(self, widget: QWidget, begin: QPoint, end: QPoint) -> None:
        """Drag inside one widget: press, move in steps, release."""
        QTest.mousePress(widget, LEFT, NO_KEYS, begin)
        for step in range(1, 9):
            at = begin + (end - begin) * step / 8
            _move(widget, at)
        QTest.mouseRelease(widget, LEFT, NO_KEYS, end)

    async def drag(self, source: QWidget, begin: QPoint, target: QWidget, end: QPoint) -> None:
        """Drag and drop between widgets with a real QDrag, which runs a loop of its own.

        The steps come from timers, since that loop begins inside the second of them.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        window = self.window.windowHandle()
        first = source.mapTo(self.window, begin)
        last = target.mapTo(self.window, end)
        places = [first + (last - first) * step / 10 for step in range(11)]

        def step(number: int) -> None:
            if number == 0:
                QTest.mousePress(window, LEFT, NO_KEYS, places[0])
            elif number < len(places):
                QTest.mouseMove(window, places[number])
            else:
                QTest.mouseRelease(window, LEFT, NO_KEYS, places[-1])
                QTimer.singleShot(50, lambda: None if done.done() else done.set_result(None))

        for number in range(len(places) + 1):
            QTimer.singleShot(60 * (number + 1), lambda n=number: step(n))
        await done
        await self.turn()


def _move(widget: QWidget, at: QPoint, held: Qt.MouseButton = LEFT) -> None:
    place = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        QPointF(widget.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        held,
        NO_KEYS,
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[Any]:
    """Qt's loop and asyncio's in one."""
    made = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(made)
    events._set_running_loop(made)  # pytest-qt lets Qt turn before a story begins, too
    collecting = Collecting()
    yield made
    collecting.stop()
    events._set_running_loop(None)
    made.close()
    asyncio.set_event_loop(None)
    del made
    gc.collect()


class StrayWindows(QObject):
    """Notices a widget without a parent that is shown: it flashes as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            kind = type(watched).__name__
            own = kind == "BoardWindow" or isinstance(watched, (QDialog, QMenu))
            popup = bool(watched.windowType() & Qt.WindowType.Popup)
            if not (own or popup):
                self.seen.append(f"{kind} {watched.objectName()}")
        return False


@pytest.fixture
def stage(loop: Any, look: Look, harmony_home: Path) -> Iterator[Stage]:
    """A stage whose window is open; nothing unexpected may be in its problem bar at the end."""
    problems = Problems()
    made = Stage(loop, look, problems)
    stray = StrayWindows()
    QApplication.instance().installEventFilter(stray)
    run(loop, made.open())
    yield made
    run(loop, made.close())
    QApplication.instance().removeEventFilter(stray)
    assert not stray.seen, f"shown as windows of their own: {stray.seen}"
    unexpected = [problem.details for problem in problems.kept if not problem.expected]
    assert not unexpected, "\n".join(unexpected)


def run(loop: Any, story: Awaitable[Any]) -> Any:
    """Run a coroutine on a loop, and no longer than a test may take."""

    async def limited() -> Any:
        return await asyncio.wait_for(story, SECONDS)

    events._set_running_loop(None)
    ended = loop.create_task(limited())
    ended.add_done_callback(lambda _: loop.stop())
    try:
        # Not `run_until_complete`: that of qasync lets Qt turn once more when asyncio already has
        # no running loop, and whatever else is at work then does not find it.
        loop.run_forever()
    finally:
        # pytest-qt lets Qt turn between a fixture and its test: what comes due then finds the loop.
        events._set_running_loop(loop)
    return ended.result()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine on the loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    run(pyfuncitem.funcargs["loop"], pyfuncitem.obj(**arguments))
    return True


def pytest_configure(config: pytest.Config) -> None:
    """What the offscreen plug-in lacks and a real window system has."""
    lacking = r"This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)"
    config.addinivalue_line("qt_log_ignore", lacking)

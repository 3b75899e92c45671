"""Everything of the window that needs the engine, or the document model: built after the start page
is on the screen, a piece at a time (docs/architecture.md, The start of the Board).

Importing this module loads the whole Board: the program does so in a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from PySide6.QtGui import QGuiApplication

from harmony.board.add_node import AddNodePopup
from harmony.board.closing import Closing
from harmony.board.commands.command_palette import CommandPalette
from harmony.board.documents.page import DocumentPage
from harmony.board.documents.workspace import Workspace
from harmony.board.history.finding import family_in, runs_of
from harmony.board.history.history_panel import HistoryPanel
from harmony.board.inspector.inspector import Inspector
from harmony.board.inspector.run_reader import RunReader
from harmony.board.layout import WindowLayout
from harmony.board.look import Look
from harmony.board.palette.palette import Palette
from harmony.board.problems import Problems
from harmony.board.run_view.feed import RunFeed
from harmony.board.run_view.process_health import ProcessHealth, health_of
from harmony.board.run_view.run_flow import RunFlow
from harmony.board.run_view.run_panel import RunPanel
from harmony.board.versions.keeping import keep_version
from harmony.board.warming import Warming
from harmony.board.window import BoardWindow
from harmony.symphony import Symphony

__all__ = ["DocumentPage", "furnish", "furnished"]  # a page is made when a document is opened


def furnished(symphony: Symphony, look: Look, problems: Problems) -> BoardWindow:
    """A whole window over a running engine, in its first layout, for who need not wait politely."""
    window = BoardWindow(look, problems)
    layout = WindowLayout()
    window.apply_layout(layout)
    deque(furnish(window, symphony, layout), maxlen=0)
    window.begin()
    window.asked.begin()
    return window


def furnish(window: BoardWindow, symphony: Symphony, layout: WindowLayout) -> Iterator[None]:
    """Build the rest of a window. After each piece it pauses, so that the window may answer."""
    yield from _behind(window, symphony)
    yield from _panels(window)
    yield from window.command_actions.show_icons()
    _connect(window)
    window.apply_panels(layout)


def _behind(window: BoardWindow, symphony: Symphony) -> Iterator[None]:
    """What nobody sees: documents, runs, and what follows them."""
    window.symphony, window.clock = symphony, symphony.house.clock
    window.workspace = Workspace(
        lambda: symphony.catalogue, symphony.house.data_folder, window.clock, window
    )
    window.warming = Warming(symphony, window.workspace, window)
    window.endings.append(window.warming.stop)
    window.feed = RunFeed(symphony.events, window.clock, window)
    window.endings.append(window.feed.close)
    window.runs = RunFlow(symphony, window.workspace, window.feed, window.clock)
    window.reader = RunReader(symphony, window.look_for_damage)
    window.closing = Closing(window)
    yield


def _panels(window: BoardWindow) -> Iterator[None]:
    """The sides, the bottom and what pops up. All are hidden until a melody is in front."""
    look, symphony = window.look, window.symphony

    def health(process: str) -> ProcessHealth | None:
        return health_of(symphony.house.pool, process)

    window.palette_panel = Palette(window.players, look)
    window.palette_panel.setMinimumWidth(180)
    window.palette_panel.hide()
    yield
    window.sides.insertWidget(0, window.palette_panel)
    yield
    window.inspector = Inspector(symphony.catalogue, window.reader, look)
    window.inspector.setMinimumWidth(260)
    window.inspector.hide()
    yield
    window.sides.addWidget(window.inspector)
    for number in range(3):
        window.sides.setStretchFactor(number, 1 if number == 1 else 0)
    yield
    window.history = HistoryPanel(look, runs_of(symphony), find_family=family_in(symphony))
    yield
    window.panel = RunPanel(look, window.title_of, health, window.history)
    window.panel.hide()
    yield
    window.levels.addWidget(window.panel)
    window.levels.setStretchFactor(1, 0)
    yield
    window.command_palette = CommandPalette(look, window)
    yield
    window.add_popup = AddNodePopup(window.players, look, window)
    yield


def _connect(window: BoardWindow) -> None:
    workspace, desk, runs = window.workspace, window.desk, window.runs
    by_id = window.command_actions.by_id
    workspace.added.connect(window.added)
    workspace.removed.connect(window.removed)
    workspace.current_changed.connect(window.current_changed)
    workspace.changed.connect(window.show_tabs)
    workspace.saved.connect(
        lambda path, content: window.background.start(keep_version(window.symphony, path, content))
    )
    window.top.tab_chosen.connect(window.tab_chosen)
    window.top.tab_close_requested.connect(window.tab_close)
    window.palette_panel.chosen.connect(desk.edit.add_at_center)
    window.add_popup.chosen.connect(desk.edit.add_chosen)
    window.inspector.retry_requested.connect(by_id["run.retry"].trigger)
    window.inspector.finding_chosen.connect(window.go_to_node)
    window.panel.task_clicked.connect(window.go_to_task)
    window.panel.folded.connect(window.panel_folded)
    window.history.open_requested.connect(window.open_past)
    for part in (window.history, window.gallery):
        part.resume_requested.connect(
            lambda run: window.background.start(window.and_refresh(desk.run.resume_run(run)))
        )
        part.discard_requested.connect(
            lambda run: window.background.start(window.and_refresh(runs.discard(run)))
        )
    window.look.changed.connect(window.look_changed)
    feed = window.feed
    feed.pool_changed.connect(window.pool_changed)
    feed.players_changed.connect(window.players_changed)
    feed.noticed.connect(window.attention.notice)
    feed.run_ended.connect(window.attention.run_ended)
    feed.ticked.connect(window.ticked)
    feed.runs_changed.connect(window.refresh_history)
    feed.run_ended.connect(window.make_up_account)
    mode = window.symphony.house.conductor.mode
    window.status.show_mode(mode.state)
    window.endings.append(mode.listen(lambda record: window.status.show_mode(record.to_state)))
    window.status.zoom.clicked.connect(by_id["view.zoom_reset"].trigger)
    clipboard, refresh = QGuiApplication.clipboard(), window.command_actions.refresh_soon
    clipboard.dataChanged.connect(refresh)
    window.endings.append(lambda: clipboard.dataChanged.disconnect(refresh))

"""The window: its parts, put together. What they do stands in the desks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from harmony.board.add_node import AddNodePopup
from harmony.board.attention import Attention
from harmony.board.background import Background
from harmony.board.canvas.hit import WireHit
from harmony.board.closing import Closing
from harmony.board.commands.actions import CommandActions
from harmony.board.commands.command_palette import CommandPalette
from harmony.board.commands.registry import CommandRegistry
from harmony.board.commands.situation import Situation
from harmony.board.desk.desk import Desk
from harmony.board.documents.open_document import OpenDocument
from harmony.board.documents.page import DocumentPage
from harmony.board.documents.workspace import Workspace
from harmony.board.gallery.examples import examples
from harmony.board.gallery.gallery import Gallery
from harmony.board.history.history_panel import HistoryPanel
from harmony.board.inspector.inspector import Inspector
from harmony.board.inspector.run_reader import RunReader
from harmony.board.layout import WindowLayout
from harmony.board.look import Look
from harmony.board.palette.palette import Palette
from harmony.board.problems import ProblemBar, Problems
from harmony.board.run_view.feed import RunFeed
from harmony.board.run_view.process_health import ProcessHealth, health_of
from harmony.board.run_view.run_flow import RunFlow
from harmony.board.run_view.run_panel import RunPanel
from harmony.board.situation_of import situation_of
from harmony.board.status_bar import StatusBar
from harmony.board.top_bar import TopBar
from harmony.board.warming import Warming
from harmony.conductor.events import PoolChanged
from harmony.foundation.words import render
from harmony.melody.findings import Finding
from harmony.players.specs import PlayerSpec
from harmony.symphony import Symphony

_LEAST_PANEL: Final = 80


class BoardWindow(QWidget):
    """The Harmony Board over a running Symphony. `closed` is sent when it may end."""

    closed = Signal()

    def __init__(self, symphony: Symphony, look: Look, problems: Problems) -> None:
        super().__init__()
        self.symphony, self.look, self.problems = symphony, look, problems
        self.clock = symphony.house.clock
        self.background = Background(problems.report)
        self.workspace = Workspace(
            lambda: symphony.catalogue, symphony.house.data_folder, self.clock, self
        )
        self.warming = Warming(symphony, self.workspace, self)
        self.feed = RunFeed(symphony.events, self.clock, self)
        self.runs = RunFlow(symphony, self.workspace, self.feed, self.clock)
        self.reader = RunReader(symphony, self._look_for_damage)
        self.desk = Desk(self)
        self.registry = CommandRegistry(lambda: situation_of(self), self.background.start)
        self.registry.register(self.desk.commands())
        self.pages: dict[OpenDocument, DocumentPage] = {}
        self._selections: dict[OpenDocument, tuple[str, ...]] = {}
        self._build()
        self._connect()
        self.closing = Closing(self)
        self._show_refused(self.symphony.house.pool.breakers.refused())
        self._current_changed()
        self.refresh_history()
        self.show_recent()

    # --- building

    def _build(self) -> None:
        look = self.look
        self.setWindowTitle("Harmony Board")
        self.setMinimumSize(880, 560)
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.stack = QStackedWidget()
        self.command_actions = CommandActions(
            self.registry, self, self.stack, look, self.problems.report
        )
        self.palette_panel = Palette(self._players, look)
        self.inspector = Inspector(self.symphony.catalogue, self.reader, look)
        self.history = HistoryPanel(look)
        self.panel = RunPanel(look, self.title_of, self._health_of, self.history)
        self.problem_bar = ProblemBar(self.problems, look)
        self.status = StatusBar(look)
        self.attention = Attention(self)
        self.menu = self.command_actions.main_menu(self)
        self.top = TopBar(look, self.command_actions.by_id, self.menu)
        self.command_palette = CommandPalette(look, self)
        self.add_popup = AddNodePopup(self._players, look, self)
        self.gallery = Gallery(
            examples(),
            self.symphony.catalogue.spec,
            look,
            self.command_actions.by_id["file.new"],
            self.command_actions.by_id["file.open"],
        )
        self.stack.addWidget(self.gallery)
        centre = QWidget()
        rows = QVBoxLayout(centre)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.problem_bar.in_margins())
        rows.addWidget(self.stack, 1)
        self.sides = QSplitter(Qt.Orientation.Horizontal)
        self.sides.setChildrenCollapsible(False)
        self.sides.setHandleWidth(1)
        for number, part in enumerate((self.palette_panel, centre, self.inspector)):
            self.sides.addWidget(part)
            self.sides.setStretchFactor(number, 1 if number == 1 else 0)
        self.palette_panel.setMinimumWidth(180)
        self.inspector.setMinimumWidth(260)
        self.levels = QSplitter(Qt.Orientation.Vertical)
        self.levels.setChildrenCollapsible(False)
        self.levels.setHandleWidth(1)
        self.levels.addWidget(self.sides)
        self.levels.addWidget(self.panel)
        self.levels.setStretchFactor(0, 1)
        self.levels.setStretchFactor(1, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.top)
        whole.addWidget(self.levels, 1)
        whole.addWidget(self.status)

    def _look_changed(self) -> None:
        """Rows whose colours were chosen when they were made are made anew."""
        self.refresh_history()
        self.show_recent()

    def _players(self) -> tuple[PlayerSpec, ...]:
        # Asked for each time: the catalogue is another one after its folders were read anew.
        return self.symphony.catalogue.players()

    def _connect(self) -> None:
        workspace, desk, runs = self.workspace, self.desk, self.runs
        workspace.added.connect(self._added)
        workspace.removed.connect(self._removed)
        workspace.current_changed.connect(self._current_changed)
        workspace.changed.connect(self._show_tabs)
        self.top.tab_chosen.connect(self._tab_chosen)
        self.top.tab_close_requested.connect(self._tab_close)
        self.palette_panel.chosen.connect(desk.edit.add_at_center)
        self.add_popup.chosen.connect(desk.edit.add_chosen)
        self.gallery.example_chosen.connect(desk.file.open_example)
        self.gallery.file_chosen.connect(lambda path: desk.file.open_path(Path(path)))
        self.inspector.retry_requested.connect(self.command_actions.by_id["run.retry"].trigger)
        self.inspector.finding_chosen.connect(self.go_to_node)
        self.panel.task_clicked.connect(self._go_to_task)
        self.panel.folded.connect(self._panel_folded)
        self.history.open_requested.connect(self._open_past)
        for part in (self.history, self.gallery):
            part.resume_requested.connect(
                lambda run: self.background.start(self._and_refresh(runs.resume_run(run)))
            )
            part.discard_requested.connect(
                lambda run: self.background.start(self._and_refresh(runs.discard(run)))
            )
        self.look.changed.connect(self._look_changed)
        self.feed.pool_changed.connect(self._pool_changed)
        self.feed.players_changed.connect(self.players_changed)
        self.feed.noticed.connect(self.attention.notice)
        self.feed.run_ended.connect(self.attention.run_ended)
        self.feed.ticked.connect(self._ticked)
        self.feed.runs_changed.connect(self.refresh_history)
        self.feed.run_ended.connect(self.make_up_account)
        conductor = self.symphony.house.conductor.mode
        self.status.show_mode(conductor.state)
        self._end_mode = conductor.listen(lambda record: self.status.show_mode(record.to_state))
        self.status.zoom.clicked.connect(self.command_actions.by_id["view.zoom_reset"].trigger)
        QGuiApplication.clipboard().dataChanged.connect(self.command_actions.refresh_soon)

    # --- what the desks ask for

    @property
    def page(self) -> DocumentPage | None:
        """The page in front; None on the start page."""
        current = self.workspace.current
        return self.pages.get(current) if current is not None else None

    def title_of(self, node_id: str) -> str:
        """What a node of the melody in front is called."""
        current = self.workspace.current
        node = current.document.melody.nodes.get(node_id) if current is not None else None
        if node is None or current is None:
            return node_id
        spec = current.document.spec(node.player)
        return node.title or (spec.title if spec is not None else node.player)

    def players_changed(self) -> None:
        """The Players were read anew: everything that shows one looks again."""
        for problem in self.symphony.catalogue.problems:
            self.problems.tell(str(problem))
        self.palette_panel.refresh()
        for page in self.pages.values():
            page.document.document.reload_players()
            page.view.refresh()
        self.inspector.use_catalogue(self.symphony.catalogue)
        self.command_actions.refresh_soon()

    def _pool_changed(self, event: PoolChanged) -> None:
        self.status.show_pool(event)
        self._show_refused(event.refused)

    def _show_refused(self, players: Iterable[str]) -> None:
        breakers = self.symphony.house.pool.breakers
        self.palette_panel.show_refused(players, lambda player: breakers.refused().get(player, ""))

    def _health_of(self, process: str) -> ProcessHealth | None:
        return health_of(self.symphony.house.pool, process)

    def go_to_node(self, node: str) -> None:
        """Select a node and bring it into sight."""
        page = self.page
        if page is not None:
            page.view.select([node])
            if not page.shows_node(node):
                page.view.center_on(node)
            self.show_inspector()

    def ask_for_panel(self, asked: bool = True) -> None:
        """The bottom is wanted (or not any more) even where there was no run yet."""
        self._panel_asked = asked
        self._show_run()

    def show_inspector(self) -> None:
        """Show the right side if it was put away."""
        self.inspector.show()

    def show_run_began(self, document: OpenDocument) -> None:
        """A run began: its timeline comes into sight."""
        if self.panel.is_folded:
            self.panel.show_page("timeline")
        if document is self.workspace.current:
            self._show_run()

    def make_up_account(self, document: OpenDocument) -> None:
        """The run on show stands still: say what it came to."""
        self.background.start(self.runs.read_account(document))

    def _look_for_damage(self) -> None:
        if self.workspace.current is not None:
            self.make_up_account(self.workspace.current)

    def refresh_history(self) -> None:
        """Ask anew which runs there are, and how those of other programs stand."""
        self.runs.refresh_elsewhere()
        waiting = self.symphony.interrupted_runs()
        self.history.show_runs(self.symphony.runs(), frozenset(run.id for run in waiting))
        self.gallery.show_interrupted(waiting)

    def show_recent(self) -> None:
        """List the files that were opened before."""
        self.gallery.show_recent(self.workspace.settings.recent_files)

    # --- layout

    def layout_now(self) -> WindowLayout:
        """How the window stands, to be kept."""
        paths = [str(d.path) for d in self.workspace.documents if d.path is not None]
        current = self.workspace.current
        sizes, heights = self.sides.sizes(), self.levels.sizes()
        kept = WindowLayout()
        return WindowLayout(
            geometry=bytes(self.saveGeometry().toHex().data()).decode(),
            side_widths=sizes if current is not None else kept.side_widths,
            panel_heights=heights if not self.panel.is_folded else self._heights,
            palette_visible=not self.palette_panel.isHidden() or current is None,
            inspector_visible=not self.inspector.isHidden() or current is None,
            panel_page=self.panel.page,
            panel_folded=self.panel.is_folded,
            open_files=paths,
            current_file=str(current.path) if current is not None and current.path else "",
        )

    def apply_layout(self, layout: WindowLayout) -> None:
        """Put the window as it stood."""
        if layout.geometry:
            self.restoreGeometry(QByteArray.fromHex(layout.geometry.encode()))
        else:
            room = self.screen().availableGeometry()
            self.resize(min(1440, room.width()), min(900, room.height()))
        self._heights = list(layout.panel_heights)
        self.sides.setSizes(layout.side_widths)
        self.levels.setSizes(layout.panel_heights)
        self._palette_wanted = layout.palette_visible
        self._inspector_wanted = layout.inspector_visible
        self.panel.show_page(layout.panel_page)
        self.panel.set_folded(layout.panel_folded)

    _heights: list[int] = [700, 150]  # noqa: RUF012 - replaced as a whole, never changed in place
    _panel_asked = False
    _palette_wanted = True
    _inspector_wanted = True

    # --- following the workspace

    def _added(self, document: OpenDocument) -> None:
        page = DocumentPage(document, document.document.spec, self.look)
        self.pages[document] = page
        self.stack.addWidget(page)
        view, edit = page.view, self.desk.edit
        view.selection_changed.connect(lambda ids, d=document: self._selected(d, ids))
        view.node_activated.connect(self.desk.view.open_large)
        view.add_requested.connect(edit.ask_to_add)
        view.connection_dropped.connect(edit.ask_to_continue)
        view.refused.connect(self._refused)
        view.zoom_changed.connect(self.status.show_zoom)
        view.context_menu_requested.connect(self._context_menu)
        page.trusted.connect(self.desk.file.trust)
        document.run_changed.connect(lambda nodes, d=document: self._run_changed(d, nodes))
        document.moved.connect(self.command_actions.refresh_soon)
        document.edited.connect(self.command_actions.refresh_soon)
        self.show_recent()
        if document.path is not None:
            self.background.start(self._show_last_run(document))

    def _removed(self, document: OpenDocument) -> None:
        page = self.pages.pop(document)
        self._selections.pop(document, None)
        self.feed.detach(document)
        page.view.detach()
        self.stack.removeWidget(page)
        page.deleteLater()

    def _current_changed(self) -> None:
        page, current = self.page, self.workspace.current
        hidden = self.palette_panel.isHidden() and self.inspector.isHidden()
        if current is None and not hidden:
            self._palette_wanted = not self.palette_panel.isHidden()
            self._inspector_wanted = not self.inspector.isHidden()
        self.stack.setCurrentWidget(page or self.gallery)
        self.palette_panel.setVisible(current is not None and self._palette_wanted)
        self.inspector.setVisible(current is not None and self._inspector_wanted)
        if current is not None and page is not None:
            self.inspector.show_selection(current, self._selections.get(current, ()))
            self.status.show_zoom(page.view.zoom())
            page.view.setFocus()
        else:
            self.inspector.show_selection(None, ())
            self.refresh_history()
            self.show_recent()
            self.gallery.setFocus()
        self._show_tabs()
        self._show_run()

    def _show_tabs(self) -> None:
        documents = self.workspace.documents
        titles = [render("board.start_page"), *(d.title for d in documents)]
        modified = {n + 1 for n, d in enumerate(documents) if d.document.modified}
        current = self.workspace.current
        self.top.tabs.show_tabs(
            titles, modified, documents.index(current) + 1 if current is not None else 0
        )
        page = self.page
        if page is not None:
            page.show_restricted()
        self.show_title()
        self._show_status()
        self.command_actions.refresh_soon()

    def show_title(self) -> None:
        """The window's title: the melody in front, and whether something waits to be seen."""
        title = self.workspace.current.title if self.workspace.current is not None else ""
        words = f"{title} – Harmony Board" if title else "Harmony Board"
        self.setWindowTitle(self.attention.mark + words)

    def _show_run(self) -> None:
        current = self.workspace.current
        model = current.model if current is not None else None
        self.panel.show_run(model)
        self.panel.setVisible(current is not None and (model is not None or self._panel_asked))
        live = current is not None and current.run_is_live
        paused = model is not None and model.state in ("Paused", "Interrupted")
        self.top.show_run(live, paused, current is not None)
        self._show_status()
        self.command_actions.refresh_soon()

    def _show_status(self) -> None:
        self.status.show_document(self.workspace.current, self.clock.wall())

    def _selected(self, document: OpenDocument, ids: tuple[str, ...]) -> None:
        nodes = tuple(i for i in ids if i in document.document.melody.nodes)
        self._selections[document] = nodes
        if document is self.workspace.current:
            self.inspector.show_selection(document, nodes)
            self.panel.log.select_node(nodes[0] if len(nodes) == 1 else "")
            self.command_actions.refresh_soon()

    def _run_changed(self, document: OpenDocument, _nodes: object) -> None:
        if document is self.workspace.current:
            self._show_run()

    def _ticked(self) -> None:
        current = self.workspace.current
        if current is not None:
            self.runs.read_spending(current)
            self.panel.show_run(current.model)
            self._show_status()

    def _refused(self, finding: Finding) -> None:
        # The canvas says it where it happened; a screen reader hears it from the status line.
        self.status.state.setToolTip(f"{finding.message} {finding.cure}")

    def _context_menu(self, hit: object, _place: QPointF, on_screen: QPoint) -> None:
        if hit is None:
            ids = ["edit.add_node", "edit.add_note", "", "edit.paste", "edit.select_all", ""]
            ids += ["view.fit", "run.run"]
        elif isinstance(hit, WireHit):
            ids = ["edit.wire_hard", "edit.wire_soft", "edit.wire_optional", "", "edit.delete"]
        else:
            ids = ["edit.parameters", "edit.rename", "view.large", "", "edit.cut", "edit.copy"]
            ids += ["edit.duplicate", "edit.delete", "", "edit.connect", "run.retry", ""]
            ids += ["edit.fold", "edit.unfold"]
        menu = self.command_actions.context_menu(self, ids)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.command_actions.refresh()
        menu.popup(on_screen)

    def _tab_chosen(self, number: int) -> None:
        documents = self.workspace.documents
        if 0 <= number <= len(documents):
            self.workspace.choose(documents[number - 1] if number else None)

    def _tab_close(self, number: int) -> None:
        if number > 0:
            document = self.workspace.documents[number - 1]
            self.background.start(self._close_document(document))

    async def _close_document(self, document: OpenDocument) -> None:
        await self.desk.file.close(document)

    def _go_to_task(self, node: str, task: str) -> None:
        self.go_to_node(node)
        self.inspector.node.show_task(task)

    def _panel_folded(self, folded: bool) -> None:
        if folded:
            sizes = self.levels.sizes()
            self._heights = sizes if sizes[1] > _LEAST_PANEL else self._heights
            self.panel.set_height_of_header()
            low = self.panel.maximumHeight()
            self.levels.setSizes([sum(self._heights) - low, low])
        else:
            self.panel.setMaximumHeight(16_777_215)
            self.levels.setSizes(self._heights)

    def _open_past(self, run: str) -> None:
        try:
            self.make_up_account(self.runs.open_past(run))
        except Exception as error:  # noqa: BLE001 - shown in the problem bar, like every error
            self.problems.report(error)

    async def _show_last_run(self, document: OpenDocument) -> None:
        if await self.runs.show_last(document):
            await self.runs.read_account(document)

    async def _and_refresh(self, work: object) -> None:
        try:
            await work  # type: ignore[misc]
        finally:
            self.refresh_history()

    # --- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.closing.may_close():
            event.accept()
            self.closed.emit()
        else:
            event.ignore()

    def let_go(self) -> None:
        """End the subscriptions, before the engine below is closed."""
        self.feed.close()
        self.warming.stop()
        self._end_mode()
        QGuiApplication.clipboard().dataChanged.disconnect(self.command_actions.refresh_soon)
        for page in self.pages.values():
            page.view.detach()
            page.document.close()

    def situation(self) -> Situation:
        """The facts that decide which commands are enabled."""
        return situation_of(self)

"""The window. It stands with its start page before the engine below it runs (docs/architecture.md,
The start of the Board); `furnishing` adds the rest. What its parts do stands in the desks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from harmony.board.asked import Asked
from harmony.board.attention import Attention
from harmony.board.background import Background
from harmony.board.commands.actions import CommandActions
from harmony.board.commands.registry import CommandRegistry
from harmony.board.commands.situation import Situation
from harmony.board.desk.desk import Desk
from harmony.board.gallery.examples import Example, examples
from harmony.board.gallery.gallery import Gallery
from harmony.board.layout import WindowLayout
from harmony.board.look import Look
from harmony.board.problems import ProblemBar, Problems
from harmony.board.situation_of import situation_of
from harmony.board.status_bar import StatusBar
from harmony.board.top_bar import TopBar
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.add_node import AddNodePopup
    from harmony.board.closing import Closing
    from harmony.board.commands.command import Work
    from harmony.board.commands.command_palette import CommandPalette
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.documents.page import DocumentPage
    from harmony.board.documents.workspace import Workspace
    from harmony.board.history.history_panel import HistoryPanel
    from harmony.board.inspector.inspector import Inspector
    from harmony.board.inspector.run_reader import RunReader
    from harmony.board.palette.palette import Palette
    from harmony.board.run_view.feed import RunFeed
    from harmony.board.run_view.run_flow import RunFlow
    from harmony.board.run_view.run_panel import RunPanel
    from harmony.board.warming import Warming
    from harmony.conductor.events import PoolChanged
    from harmony.foundation.clock import Clock
    from harmony.melody.findings import Finding
    from harmony.players.specs import PlayerSpec
    from harmony.symphony import Symphony

_LEAST_PANEL: Final = 80


class BoardWindow(QWidget):
    """The Harmony Board. `closed` is sent when it may end.

    The parts named first are there from the beginning; those under "furnished" are set by
    `furnishing.furnish`, not before. `is_up` once `begin` was called: until then whatever is asked
    for waits in `asked`.
    """

    closed = Signal()

    # furnished
    symphony: Symphony
    clock: Clock
    workspace: Workspace
    warming: Warming
    feed: RunFeed
    runs: RunFlow
    reader: RunReader
    palette_panel: Palette
    inspector: Inspector
    history: HistoryPanel
    panel: RunPanel
    command_palette: CommandPalette
    add_popup: AddNodePopup
    closing: Closing

    def __init__(self, look: Look, problems: Problems) -> None:
        super().__init__()
        self.look, self.problems = look, problems
        self.is_up = False
        self.background = Background(problems.report)
        self.asked = Asked(self._say_it_waits, problems.report)
        self.desk = Desk(self)
        self.registry = CommandRegistry(self.situation, self.background.start)
        self.registry.register(self.desk.commands())
        self.pages: dict[OpenDocument, DocumentPage] = {}
        self.endings: list[Callable[[], object]] = []
        self._selections: dict[OpenDocument, tuple[str, ...]] = {}
        self._build()
        self.top.tabs.show_tabs([render("board.start_page")], set(), 0)
        self.status.show_starting()
        self.gallery.setFocus()

    # --- the beginning

    def _build(self) -> None:
        look = self.look
        self.setWindowTitle("Harmony Board")
        self.setMinimumSize(880, 560)
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # From the outside in: each time that a whole tree of widgets gets a parent, all of it is
        # measured and styled anew.
        whole, rows = QVBoxLayout(self), QVBoxLayout()
        self.levels = _splitter(Qt.Orientation.Vertical, self)
        self.sides = _splitter(Qt.Orientation.Horizontal, self.levels)
        centre = QWidget(self.sides)
        centre.setLayout(rows)
        self.stack = QStackedWidget(centre)
        for splitter in (self.levels, self.sides):
            splitter.setStretchFactor(0, 1)
        self.command_actions = CommandActions(
            self.registry, self, self.stack, look, self.asked, self.problems.report
        )
        actions = self.command_actions.by_id
        self.problem_bar = ProblemBar(self.problems, look)
        self.status = StatusBar(look, self)
        self.attention = Attention(self)
        self.menu = self.command_actions.main_menu(self)
        self.top = TopBar(look, actions, self.menu, self)
        for layout in (whole, rows):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        rows.addWidget(self.problem_bar.in_margins())
        rows.addWidget(self.stack, 1)
        whole.addWidget(self.top)
        whole.addWidget(self.levels, 1)
        whole.addWidget(self.status)
        new, open_ = actions["file.new"], actions["file.open"]
        self.gallery = Gallery(examples(), look, new, open_, self.stack)
        self.stack.addWidget(self.gallery)
        self.gallery.example_chosen.connect(self._example_chosen)
        self.gallery.file_chosen.connect(lambda path: self.open_soon(Path(path)))

    def _example_chosen(self, example: Example) -> None:
        self.asked.do(lambda: self.desk.file.open_example(example), example.name)

    def open_soon(self, path: Path) -> None:
        """Open a file, now or as soon as the engine is up."""
        self.asked.do(lambda: self.desk.file.open_path(path), path.stem)

    def _say_it_waits(self, name: str) -> None:
        self.status.say(render("board.waits_for_start", name=name), lasting=True)

    def begin(self) -> None:
        """The engine is up and the window furnished. What was asked for is done by `asked`."""
        self.is_up = True
        self.status.say("")
        self.show_refused(self.symphony.house.pool.breakers.refused())
        self.current_changed()

    def show_opening(self, paths: Sequence[str]) -> None:
        """These files will be in front when the engine is up: no start page flashes before them."""
        if paths:
            names = ", ".join(Path(path).stem for path in paths)
            words = QLabel(render("board.opening", names=names), wordWrap=True)
            words.setProperty("kind", "muted")
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self.stack.addWidget(words)
            self.stack.setCurrentWidget(words)

    def end_now(self) -> None:
        """The system ends the program: nothing is asked."""
        self.closing.end_now() if self.is_up else self.close()

    def stay(self) -> None:
        """The user came back to the window: it does not end with its runs after all."""
        if self.is_up:
            self.closing.stay()

    def look_changed(self) -> None:
        """Rows whose colours were chosen when they were made are made anew."""
        self.refresh_history()
        self.show_recent()

    def players(self) -> tuple[PlayerSpec, ...]:
        """The Players there are, asked for each time: their folders may have been read anew."""
        return self.symphony.catalogue.players()

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

    def pool_changed(self, event: PoolChanged) -> None:
        """Show how the pool stands."""
        self.status.show_pool(event)
        self.show_refused(event.refused)

    def show_refused(self, players: Iterable[str]) -> None:
        """Mark the Players that may not run for now, and say why."""
        breakers = self.symphony.house.pool.breakers
        self.palette_panel.show_refused(players, lambda player: breakers.refused().get(player, ""))

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

    def look_for_damage(self) -> None:
        """A value was found damaged: the account of its run is another one."""
        if self.workspace.current is not None:
            self.make_up_account(self.workspace.current)

    def refresh_history(self) -> None:
        """Ask anew which runs there are, and how those of other programs stand."""
        self.runs.refresh_elsewhere()
        waiting = self.symphony.interrupted_runs()
        self.history.refresh(frozenset(run.id for run in waiting))
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
        """Put the window where it stood. Its panels come later: `apply_panels`."""
        if layout.geometry:
            self.restoreGeometry(QByteArray.fromHex(layout.geometry.encode()))
        else:
            room = self.screen().availableGeometry()
            self.resize(min(1440, room.width()), min(900, room.height()))

    def apply_panels(self, layout: WindowLayout) -> None:
        """Put the panels as they stood."""
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

    def added(self, document: OpenDocument) -> None:
        """A document was opened."""
        from harmony.board.documents.page import DocumentPage

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

    def removed(self, document: OpenDocument) -> None:
        """A document was closed."""
        page = self.pages.pop(document)
        self._selections.pop(document, None)
        self.feed.detach(document)
        page.view.detach()
        self.stack.removeWidget(page)
        page.deleteLater()

    def current_changed(self) -> None:
        """Another document is in front, or the start page."""
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
        self.show_tabs()
        self._show_run()

    def show_tabs(self) -> None:
        """Show which documents are open."""
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
        current = self.workspace.current if self.is_up else None
        title = current.title if current is not None else ""
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
        self.desk.time.run_changed(document)
        if document is self.workspace.current:
            self._show_run()

    def ticked(self) -> None:
        """A run in front went on for a while."""
        current = self.workspace.current
        if current is not None:
            self.runs.read_spending(current)
            self.panel.show_run(current.model)
            self._show_status()

    def _refused(self, finding: Finding) -> None:
        # The canvas says it where it happened; a screen reader hears it from the status line.
        self.status.state.setToolTip(f"{finding.message} {finding.cure}")

    def _context_menu(self, hit: object, _place: QPointF, on_screen: QPoint) -> None:
        from harmony.board.commands.context import commands_for

        menu = self.command_actions.context_menu(self, commands_for(hit))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.command_actions.refresh()
        menu.popup(on_screen)

    def tab_chosen(self, number: int) -> None:
        """A tab was clicked; 0 is the start page."""
        documents = self.workspace.documents
        if 0 <= number <= len(documents):
            self.workspace.choose(documents[number - 1] if number else None)

    def tab_close(self, number: int) -> None:
        """The cross of a tab was clicked."""
        if number > 0:
            document = self.workspace.documents[number - 1]
            self.background.start(self._close_document(document))

    async def _close_document(self, document: OpenDocument) -> None:
        await self.desk.file.close(document)

    def go_to_task(self, node: str, task: str) -> None:
        """Select the node of a task and show the task."""
        self.go_to_node(node)
        self.inspector.node.show_task(task)

    def panel_folded(self, folded: bool) -> None:
        """The bottom was folded or unfolded."""
        if folded:
            sizes = self.levels.sizes()
            self._heights = sizes if sizes[1] > _LEAST_PANEL else self._heights
            self.panel.set_height_of_header()
            low = self.panel.maximumHeight()
            self.levels.setSizes([sum(self._heights) - low, low])
        else:
            self.panel.setMaximumHeight(16_777_215)
            self.levels.setSizes(self._heights)

    def open_past(self, run: str) -> None:
        """Show a run of the history."""
        self.background.start(self.desk.time.open_past(run))

    async def _show_last_run(self, document: OpenDocument) -> None:
        if await self.runs.show_last(document):
            await self.runs.read_account(document)

    async def and_refresh(self, work: Work) -> None:
        """Do something to a run, and list the runs anew."""
        try:
            await work
        finally:
            self.refresh_history()

    # --- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.is_up or self.closing.may_close():
            event.accept()
            self.closed.emit()
        else:
            event.ignore()

    def let_go(self) -> None:
        """End the subscriptions, before the engine below is closed."""
        self.is_up = False
        while self.endings:
            self.endings.pop()()
        for page in self.pages.values():
            page.view.detach()
            page.document.close()

    def situation(self) -> Situation:
        """The facts that decide which commands are enabled."""
        return situation_of(self)


def _splitter(orientation: Qt.Orientation, parent: QWidget) -> QSplitter:
    made = QSplitter(orientation, parent)
    made.setChildrenCollapsible(False)
    made.setHandleWidth(1)
    return made

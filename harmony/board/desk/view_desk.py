"""The View menu at work: zoom, panels, theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from harmony.board.look import Choice

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow


class ViewDesk:
    """Fulfils `ViewActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window

    def zoom_in(self) -> None:
        if self._window.page is not None:
            self._window.page.view.zoom_in()

    def zoom_out(self) -> None:
        if self._window.page is not None:
            self._window.page.view.zoom_out()

    def zoom_reset(self) -> None:
        if self._window.page is not None:
            self._window.page.view.zoom_reset()

    def zoom_to_fit(self) -> None:
        if self._window.page is not None:
            self._window.page.view.zoom_to_fit()

    def zoom_to_selection(self) -> None:
        if self._window.page is not None:
            self._window.page.view.zoom_to_selection()

    def focus_canvas(self) -> None:
        if self._window.page is not None:
            self._window.page.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def search_players(self) -> None:
        self._window.palette_panel.show()
        self._window.palette_panel.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._window.palette_panel.search.selectAll()

    def toggle_palette(self) -> None:
        self._window.palette_panel.setVisible(self._window.palette_panel.isHidden())

    def toggle_inspector(self) -> None:
        self._window.inspector.setVisible(self._window.inspector.isHidden())

    def toggle_panel(self) -> None:
        panel = self._window.panel
        wanted = panel.is_folded or panel.isHidden()
        self._window.ask_for_panel(wanted)
        panel.set_folded(not wanted)

    def show_timeline(self) -> None:
        self._show_page("timeline")

    def show_log(self) -> None:
        self._show_page("log")

    def show_history(self) -> None:
        self._window.refresh_history()
        self._show_page("history")

    def _show_page(self, page: str) -> None:
        self._window.ask_for_panel()
        self._window.panel.show_page(page)

    def choose_theme(self, choice: Choice) -> None:
        from dataclasses import replace

        workspace = self._window.workspace
        workspace.change_settings(replace(workspace.settings, theme=choice))
        self._window.look.choose(choice)
        self._window.command_actions.refresh_soon()

    def theme_choice(self) -> Choice:
        return self._window.look.choice

    def show_large(self) -> None:
        page = self._window.page
        nodes = page.view.selected_nodes() if page is not None else ()
        if len(nodes) == 1:
            self.open_large(nodes[0])

    def open_large(self, node: str) -> None:
        """Show the output of a node in a window of its own; without one, its parameters."""
        from harmony.board.viewers.large_view import LargeView

        page = self._window.page
        if page is None:
            return
        document = page.document
        tasks = document.model.tasks_of(node) if document.model is not None else []
        outputs = next((task.outputs for task in tasks if task.outputs), {})
        if not outputs:
            self._window.desk.edit.edit_parameters()
            return
        title = self._window.title_of(node)
        look, reader = self._window.look, self._window.reader
        LargeView(title, outputs, look, reader.value, self._window).show()

"""The commands as Qt actions: one each, shared by menu, tool button and shortcut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from harmony.board.asked import Asked
from harmony.board.commands.command import Command
from harmony.board.commands.registry import CommandRegistry
from harmony.board.look import Look
from harmony.foundation.words import render


class CommandActions(QObject):
    """Makes the actions and keeps them enabled or not, as the situation demands."""

    def __init__(
        self,
        registry: CommandRegistry,
        window: QWidget,
        canvas: QWidget,
        look: Look,
        asked: Asked,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._asked = asked
        self._registry = registry
        self._look = look
        self._report = report
        self.by_id: dict[str, QAction] = {}
        for command in registry:
            self.by_id[command.id] = self._action(command)
            (canvas if command.on_canvas else window).addAction(self.by_id[command.id])
        # Many things change at once when a node is dropped; the actions follow once.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        self.refresh()

    def refresh_soon(self) -> None:
        """Look at the situation again once the present work is done."""
        if not self._later.isActive():
            self._later.start()

    def refresh(self) -> None:
        """Enable what may run now."""
        situation = self._registry.situation()
        for command in self._registry:
            action = self.by_id[command.id]
            action.setEnabled(command.allowed(situation))
            if command.checked is not None:
                action.setChecked(command.checked(situation))

    def main_menu(self, parent: QWidget) -> QMenu:
        """The menu behind the mark: one menu for each place, groups apart by lines."""
        whole = QMenu(parent)
        for name, groups in self._registry.menus().items():
            menu = whole.addMenu(render(f"board.menu_{name}"))
            self._fill(menu, groups)
        return whole

    def context_menu(self, parent: QWidget, command_ids: list[str]) -> QMenu:
        """A menu of some commands; an empty id draws a line."""
        menu = QMenu(parent)
        for command_id in command_ids:
            if command_id:
                menu.addAction(self.by_id[command_id])
            else:
                menu.addSeparator()
        return menu

    def _fill(self, menu: QMenu, groups: list[list[Command]]) -> None:
        for number, group in enumerate(groups):
            if number:
                menu.addSeparator()
            for command in group:
                menu.addAction(self.by_id[command.id])

    def _action(self, command: Command) -> QAction:
        action = QAction(command.name, self)
        action.setObjectName(command.id)
        action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
        if command.on_canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(command.name)
        action.setStatusTip(command.help)
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda _checked=False, name=command.id: self.run(name))
        return action

    def run(self, command_id: str) -> None:
        """Run a command as its menu entry would: an error is shown in the window."""
        command = self._registry.get(command_id)
        if command.at_once:
            self._run(command_id)
        else:
            self._asked.do(partial(self._run, command_id), command.name)

    def _run(self, command_id: str) -> None:
        try:
            self._registry.run(command_id)
        except Exception as error:  # noqa: BLE001 - shown in the problem bar, like every error
            self._report(error)
        self.refresh_soon()

    def show_icons(self) -> Iterator[None]:
        """Give the actions their icons, and new ones whenever the theme changes.

        Drawing them takes a while: a pause is made after each, in which the window may answer.
        """
        self._look.changed.connect(self._draw_icons)
        for command in self._registry:
            if command.icon:
                self.by_id[command.id].setIcon(self._look.icon(command.icon))
                yield

    def _draw_icons(self) -> None:
        for command in self._registry:
            if command.icon:
                self.by_id[command.id].setIcon(self._look.icon(command.icon))

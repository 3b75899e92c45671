"""The theme in use, for everything that paints itself, and the user's choice behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from harmony.board.theme.icons import has_icon, icon
from harmony.board.theme.style import apply_theme
from harmony.board.theme.tokens import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from harmony.players.specs import PlayerSpec

Choice = Literal["system", "light", "dark"]

_FALLBACK_ICONS = {"instrument": "brain", "operator": "operator", "motif": "chart-bar"}


class Look(QObject):
    """Holds the theme; `changed` is sent after another one was put on the application."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: Choice = "system", motion: bool = True) -> None:
        super().__init__()
        self._app = app
        self.choice: Choice = choice
        self.motion = motion
        self.theme: Theme = self._resolve(choice)
        apply_theme(app, self.theme)
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    def choose(self, choice: Choice) -> None:
        """Put on the theme that the choice stands for."""
        self.choice = choice
        theme = self._resolve(choice)
        if theme is not self.theme:
            self.theme = theme
            apply_theme(self._app, theme)
            self.changed.emit()

    def icon(self, name: str) -> QIcon:
        """An icon for a button or a menu, in the colour of muted text."""
        return icon(name, self.theme.muted, self.theme.faint)

    def accent_icon(self, name: str) -> QIcon:
        """An icon to stand on the accent colour."""
        return icon(name, self.theme.on_accent, self.theme.faint)

    def _system_changed(self) -> None:
        if self.choice == "system":
            self.choose("system")

    def _resolve(self, choice: Choice) -> Theme:
        if choice == "system":
            light = self._app.styleHints().colorScheme() == Qt.ColorScheme.Light
            return LIGHT if light else DARK
        return LIGHT if choice == "light" else DARK


def player_icon(spec: PlayerSpec | None) -> str:
    """The name of the icon of a Player: its own, or that of its kind."""
    if spec is None:
        return "help"
    return spec.icon if has_icon(spec.icon) else _FALLBACK_ICONS[spec.kind]

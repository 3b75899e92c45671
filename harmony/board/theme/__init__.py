"""How the Board looks: tokens, palette, style sheet, fonts and icons."""

from harmony.board.theme.style import apply_theme
from harmony.board.theme.tokens import DARK, LIGHT, THEMES, Theme

__all__ = ["DARK", "LIGHT", "THEMES", "Theme", "apply_theme"]

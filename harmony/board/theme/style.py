"""Puts a theme on the application: Fusion, a palette of our own, and the style sheet.

Qt's own switch between light and dark does nothing where there is no desktop (FACTS.md), so every
colour is set here. `board.qss` beside this file is the style sheet with `$names` for the tokens.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from harmony.board.theme import fonts
from harmony.board.theme.tokens import BODY_SIZE, Theme, mix

_FOLDER: Final = Path(__file__).resolve().parent


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give the whole application the theme: style, palette, fonts and style sheet.

    May be called again at any time to change the theme of a running program.
    """
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(fonts.sans(BODY_SIZE))
    app.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """The colours of the theme in Qt's roles, for what a style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for group_role, color in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.failed,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.raised,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.canvas,
    }.items():
        made.setColor(group_role, QColor(color))
    for dimmed in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, dimmed, QColor(theme.faint))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.line))
    return made


def style_sheet(theme: Theme) -> str:
    """The style sheet of a theme. Raises KeyError for a `$name` that is not a token."""
    tokens = _plain_tokens(theme)
    tokens |= {
        "glyphs": (_FOLDER / "glyphs").as_posix(),
        "accent_soft": mix(theme.accent, theme.panel, 0.16),
        "accent_hover": mix(theme.text, theme.accent, 0.12),
        "accent_press": mix(theme.canvas, theme.accent, 0.14),
        "raised_line": mix(theme.text, theme.raised, 0.04),
        "control_line": mix(theme.muted, theme.field, 0.6),
        "failed_soft": mix(theme.failed, theme.panel, 0.08),
        "failed_hover": mix(theme.failed, theme.panel, 0.16),
        "failed_line": mix(theme.failed, theme.panel, 0.45),
        "warning_soft": mix(theme.warning, theme.panel, 0.08),
        "warning_line": mix(theme.warning, theme.panel, 0.40),
        "scroll": mix(theme.muted, theme.panel, 0.35),
    }
    return Template((_FOLDER / "board.qss").read_text(encoding="utf-8")).substitute(tokens)


def _plain_tokens(theme: Theme) -> dict[str, str]:
    values = {field.name: getattr(theme, field.name) for field in fields(theme)}
    return {name: value for name, value in values.items() if isinstance(value, str)}

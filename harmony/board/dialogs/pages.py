"""About, and the page of keyboard shortcuts."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from harmony.board.commands.command import MENUS, Command
from harmony.board.look import Look
from harmony.board.theme.icons import pixmap
from harmony.board.viewers.text_views import MarkdownView
from harmony.foundation.resources import resource_path
from harmony.foundation.words import render


def about_page(look: Look, parent: QWidget) -> QDialog:
    """The version, and the licences of what ships with the program."""
    dialog = _dialog(render("board.about"), parent)
    mark = QLabel()
    mark.setPixmap(pixmap("music", look.theme.accent, 40, parent.devicePixelRatioF()))
    title = QLabel(render("board.about_title"))
    title.setStyleSheet("font-size: 18px; font-weight: 600;")
    line = QLabel(
        render(
            "board.about_line",
            version=version(),
            python=platform.python_version(),
            qt=qVersion(),
        )
    )
    line.setProperty("kind", "muted")
    words = QVBoxLayout()
    words.addWidget(title)
    words.addWidget(line)
    head = QHBoxLayout()
    head.setSpacing(14)
    head.addWidget(mark)
    head.addLayout(words, 1)
    licences = MarkdownView(licence_texts())
    licences.setMinimumSize(600, 360)
    rows = _rows(dialog)
    rows.addLayout(head)
    heading = QLabel(render("board.about_licences"))
    heading.setProperty("kind", "section")
    rows.addWidget(heading)
    rows.addWidget(licences, 1)
    rows.addLayout(_close_row(dialog))
    return dialog


def shortcuts_page(commands: Iterable[Command], parent: QWidget) -> QDialog:
    """Every command that has keys, by menu."""
    dialog = _dialog(render("board.shortcuts"), parent)
    known = [command for command in commands if command.shortcuts]
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 12, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(7)
    row = 0
    for menu in MENUS:
        heading = QLabel(render(f"board.menu_{menu}"))
        heading.setProperty("kind", "section")
        heading.setContentsMargins(0, 10 if row else 0, 0, 2)
        grid.addWidget(heading, row, 0, 1, 2)
        row += 1
        for command in (c for c in known if c.menu == menu):
            grid.addWidget(QLabel(command.name), row, 0)
            keys = QHBoxLayout()
            keys.setSpacing(6)
            keys.addStretch(1)
            for shortcut in command.shortcuts:
                key = QLabel(shown_keys(shortcut))
                key.setProperty("kind", "key")
                keys.addWidget(key)
            grid.addLayout(keys, row, 1)
            row += 1
    scroll = QScrollArea(widgetResizable=True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(holder)
    scroll.setMinimumSize(480, 460)
    rows = _rows(dialog)
    rows.addWidget(scroll, 1)
    rows.addLayout(_close_row(dialog))
    return dialog


def shown_keys(shortcut: str) -> str:
    """A shortcut as it is written on this platform."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def version() -> str:
    """The version of the installed program."""
    return importlib.metadata.version("harmony-board")


def licence_texts() -> str:
    """The licence of the program and of everything shipped in it, as Markdown."""
    parts = [resource_path("licences.md").read_text(encoding="utf-8")]
    for folder in ("fonts", "icons"):
        parts.extend(
            f"## {path.stem.removeprefix('LICENSE-')}\n\n{_as_code(path.read_text('utf-8'))}"
            for path in sorted(resource_path(folder).glob("LICENSE-*"))
        )
    return "\n\n".join(parts)


def _as_code(text: str) -> str:
    """A text whose line breaks are its own, as Markdown."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _dialog(title: str, parent: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    return dialog


def _rows(dialog: QDialog) -> QVBoxLayout:
    rows = QVBoxLayout(dialog)
    rows.setContentsMargins(20, 20, 20, 16)
    rows.setSpacing(12)
    return rows


def _close_row(dialog: QDialog) -> QHBoxLayout:
    button = QPushButton(render("board.close"))
    button.setDefault(True)
    button.clicked.connect(dialog.accept)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(button)
    return row

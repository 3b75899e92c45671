"""Questions as coroutines: the dialog is opened, the loop goes on, the answer is awaited.

`QDialog.exec()` inside a coroutine would kill qasync (FACTS.md): only `open()` is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QPushButton, QWidget

from harmony.foundation.words import render

Role = Literal["accept", "destructive", "reject"]
_ROLES = {
    "accept": QMessageBox.ButtonRole.AcceptRole,
    "destructive": QMessageBox.ButtonRole.DestructiveRole,
    "reject": QMessageBox.ButtonRole.RejectRole,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A button of a question: its id, its words, and what kind of answer it is."""

    id: str
    words: str
    role: Role = "accept"


async def ask(parent: QWidget, text: str, explanation: str, answers: Sequence[Answer]) -> str:
    """Ask, and give the id of the answer; the first is the default, Esc is the one that rejects."""
    box = QMessageBox(parent)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setText(text)
    box.setInformativeText(explanation)
    buttons: dict[QPushButton, str] = {}
    for number, answer in enumerate(answers):
        button = box.addButton(answer.words, _ROLES[answer.role])
        buttons[button] = answer.id
        button.setObjectName(f"answer.{answer.id}")
        if number == 0:
            box.setDefaultButton(button)
            button.setProperty("kind", "primary")
        if answer.role == "reject":
            box.setEscapeButton(button)
    await _closed(box)
    clicked = box.clickedButton()
    box.deleteLater()
    fallback = next((a.id for a in answers if a.role == "reject"), answers[-1].id)
    return next((name for button, name in buttons.items() if button is clicked), fallback)


async def ask_open_files(
    parent: QWidget, folder: Path, title: str | None = None, kinds: str | None = None
) -> list[Path]:
    """Let the user choose files, melodies if nothing else is said; none when it was put away.

    `kinds` names the kinds of files to choose from, in Qt's form: `Tables (*.csv);;All files (*)`.
    """
    dialog = _file_dialog(parent, title or render("board.dialog_open"), folder, kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return await _chosen(dialog)


async def ask_save_file(parent: QWidget, folder: Path, name: str) -> Path | None:
    """Let the user choose where to save; None when the dialog was put away."""
    dialog = _file_dialog(parent, render("board.dialog_save"), folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("melody")
    dialog.selectFile(name)
    chosen = await _chosen(dialog)
    return chosen[0] if chosen else None


def _file_dialog(
    parent: QWidget, title: str, folder: Path, kinds: str | None = None
) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder), kinds or render("board.dialog_filter"))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    return dialog


async def _chosen(dialog: QFileDialog) -> list[Path]:
    await _closed(dialog)
    accepted = dialog.result() == QDialog.DialogCode.Accepted
    # Not deleted on closing: what was chosen is read after that.
    dialog.deleteLater()
    return [Path(name) for name in dialog.selectedFiles()] if accepted else []


async def _closed(dialog: QDialog) -> None:
    """Open a dialog and wait until it is closed."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def finished(_code: int) -> None:
        if not done.done():
            done.set_result(None)

    dialog.finished.connect(finished)
    dialog.open()
    try:
        await done
    except asyncio.CancelledError:
        dialog.close()
        dialog.deleteLater()
        raise

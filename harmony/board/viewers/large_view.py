"""A value in a window of its own, as large as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from harmony.board.look import Look
from harmony.board.viewers.value_view import Load, view_of


class LargeView(QDialog):
    """Shows the outputs of a task; several in tabs. Esc closes."""

    def __init__(
        self,
        title: str,
        outputs: Mapping[str, Any],
        look: Look,
        load: Load,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 600)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 16)
        views = {port: view_of(reference, look, load) for port, reference in outputs.items()}
        if len(views) == 1:
            rows.addWidget(next(iter(views.values())))
            return
        tabs = QTabWidget(documentMode=True)
        for port, view in views.items():
            tabs.addTab(view, port)
        rows.addWidget(tabs)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

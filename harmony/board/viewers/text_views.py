"""Text, Markdown, JSON and images on screen; nothing in them is loaded or run."""

from __future__ import annotations

import json
from typing import Any, Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt, QUrl
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextTable,
)
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QSizePolicy,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from harmony.board.errors import ViewError
from harmony.board.theme import fonts
from harmony.foundation.words import render

MOST_CHARACTERS: Final = 500_000
MOST_TREE_ITEMS: Final = 5_000
MOST_IMAGE_PIXELS: Final = 40_000_000
_DEEPEST: Final = 40
_FEW_LINES: Final = 4
# The style sheet dims what cannot be edited; these are there to be read.
_READ: Final = "color: palette(window-text);"


class TextView(QPlainTextEdit):
    """Text as it is, in the font for values. A few short lines take no more room than they need."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setProperty("kind", "mono")
        self.setStyleSheet(_READ)
        if len(text) > MOST_CHARACTERS:
            text = text[:MOST_CHARACTERS] + "\n" + render("board.text_cut")
        self.setPlainText(text)
        lines = text.count("\n") + 1
        if lines <= _FEW_LINES and len(text) <= _FEW_LINES * 30:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            shown = lines + sum(len(line) // 34 for line in text.split("\n"))
            self.setFixedHeight(round(QFontMetricsF(fonts.mono(12)).lineSpacing() * shown) + 20)


class MarkdownView(QTextBrowser):
    """Markdown, drawn. Links are shown but not followed; pictures are not loaded."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setStyleSheet(_READ)
        self.document().setDocumentMargin(6)
        self.setMarkdown(text[:MOST_CHARACTERS])
        self._style_tables()

    def _style_tables(self) -> None:
        """Quiet lines and some air, in place of the document's own black frames."""
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                style = frame.format()
                style.setBorderBrush(self.palette().brush(QPalette.ColorRole.Mid))
                style.setBorder(1)
                style.setBorderCollapse(True)
                style.setCellPadding(4)
                frame.setFormat(style)

    def loadResource(self, _type: int, _name: QUrl | str) -> Any:
        """Nothing is loaded, whatever the text asks for."""
        return QByteArray()


class JsonView(QTreeWidget):
    """A JSON value as a tree; opened where it is small."""

    def __init__(self, value: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = MOST_TREE_ITEMS
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self._add(self.invisibleRootItem(), "", value, 0)
        self.expandToDepth(1 if self._left > MOST_TREE_ITEMS - 200 else 0)
        self.resizeColumnToContents(0)

    def _add(self, parent: QTreeWidgetItem, name: str, value: Any, depth: int) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        if isinstance(value, dict):
            pairs = [(str(key), item) for key, item in value.items()]
            shown = render("board.json_object", count=len(pairs))
        elif isinstance(value, list):
            pairs = [(str(number), item) for number, item in enumerate(value)]
            shown = render("board.json_list", count=len(pairs))
        else:
            pairs, shown = [], json.dumps(value, ensure_ascii=False)[:2000]
        node = parent
        if name or not pairs:
            node = QTreeWidgetItem(parent, [name, shown])
        if depth < _DEEPEST:
            for key, item in pairs:
                self._add(node, key, item, depth + 1)


class ImageView(QWidget):
    """An image, scaled down to fit, never up."""

    def __init__(self, data: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = decode_image(data)
        self.setMinimumSize(80, 80)

    def sizeHint(self) -> QSize:
        return self._image.size().boundedTo(QSize(600, 480))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        painter.drawImage(QRect(left, top, size.width(), size.height()), self._image)
        painter.end()


def decode_image(data: bytes) -> QImage:
    """Decode PNG or JPEG within limits on format and size. Raises ViewError."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    kind = bytes(reader.format().data()).decode("ascii", "replace")
    if kind not in ("png", "jpeg"):
        raise ViewError("board.view_image_format", format=kind or "?")
    size = reader.size()
    if size.width() * size.height() > MOST_IMAGE_PIXELS:
        raise ViewError("board.view_image_large", width=size.width(), height=size.height())
    image = reader.read()
    if image.isNull():
        raise ViewError("board.view_image_damaged", reason=reader.errorString())
    return image

"""Paints notes: Markdown on a tinted card, and the grip that resizes it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPainter,
    QPalette,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)

from harmony.board.canvas.paint.ink import color, font, pen
from harmony.board.theme.tokens import Theme, mix
from harmony.foundation.words import translate

PADDING = 11.0
RADIUS = 8.0


def paint_note(
    painter: QPainter,
    theme: Theme,
    text: str,
    size: QRectF,
    *,
    selected: bool,
    hovered: bool,
    scale: float,
) -> None:
    """Paint a note with its top left corner at the origin."""
    edge = theme.accent if selected else theme.warning
    painter.setPen(pen(edge, 1.5 if selected else 1.0, 1.0 if selected else 0.40))
    painter.setBrush(color(mix(theme.warning, theme.canvas, 0.08)))
    painter.drawRoundedRect(size.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    if scale < 0.4:
        return
    painter.save()
    painter.setClipRect(size.adjusted(4, 4, -4, -4))
    painter.translate(PADDING, PADDING - 2)
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(
        QPalette.ColorRole.Text, color(theme.text if text.strip() else theme.muted)
    )
    context.palette.setColor(QPalette.ColorRole.Link, color(theme.accent))
    shown = text if text.strip() else translate("Double-click to write")
    _document(shown, round(size.width() - 2 * PADDING)).documentLayout().draw(painter, context)
    painter.restore()
    if selected or hovered:
        painter.setPen(pen(theme.warning, 1.2, 0.7))
        corner = size.bottomRight() - QPointF(4, 4)
        for length in (4.0, 8.0):
            painter.drawLine(corner - QPointF(length, 0), corner - QPointF(0, length))


def note_height(text: str, width: float) -> float:
    """The height that shows all of a note's text at a width."""
    return float(_document(text, round(width - 2 * PADDING)).size().height()) + 2 * PADDING - 2


@lru_cache(maxsize=256)
def _document(text: str, width: int) -> QTextDocument:
    document = QTextDocument()
    document.setDefaultFont(font("label"))
    document.setDocumentMargin(0)
    # No HTML in notes: a melody may come from a stranger, and a note needs no more than Markdown.
    document.setMarkdown(
        text,
        QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        | QTextDocument.MarkdownFeature.MarkdownNoHTML,
    )
    document.setTextWidth(width)
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    spacing = QTextBlockFormat()
    spacing.setLineHeight(118, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    spacing.setTopMargin(0)
    spacing.setBottomMargin(0)
    cursor.mergeBlockFormat(spacing)
    return document

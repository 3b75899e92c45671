"""A small bubble near the pointer that says why something is not possible, or what is asked."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from harmony.board.theme.tokens import Theme, mix

_WIDEST = 320
_OFFSET = QPoint(16, 18)


class Bubble(QLabel):
    """Words on a small card over the canvas. It lets the mouse through."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMargin(0)
        self._hiding = QTimer(self)
        self._hiding.setSingleShot(True)
        self._hiding.timeout.connect(self.hide)
        self._over = parent
        self._theme = theme
        self._refusal = False
        self.hide()

    def say(self, text: str, near: QPoint, refusal: bool, milliseconds: int = 0) -> None:
        """Show `text` near a point of the parent, for a time (0: until told otherwise)."""
        self._dress(refusal)
        if text != self.text():
            self.setText(text)
        natural = self.fontMetrics().size(0, text).width() + 26
        self.setFixedWidth(min(_WIDEST, natural))
        self.resize(self.width(), self.heightForWidth(self.width()))
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.move(self._beside(near))
        self.raise_()
        self.show()
        if milliseconds:
            self._hiding.start(milliseconds)
        else:
            self._hiding.stop()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self._dress(self._refusal)

    def _dress(self, refusal: bool) -> None:
        theme = self._theme
        self._refusal = refusal
        edge = mix(theme.failed, theme.raised, 0.55) if refusal else theme.card_line
        ground = mix(theme.failed, theme.raised, 0.06) if refusal else theme.raised
        sheet = (
            f"background: {ground}; color: {theme.text}; border: 1px solid {edge};"
            " border-radius: 8px; padding: 6px 10px; font-size: 12px;"
        )
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)

    def _beside(self, near: QPoint) -> QPoint:
        area = self._over.rect().adjusted(8, 8, -8, -8)
        at = near + _OFFSET
        if at.x() + self.width() > area.right():
            at.setX(area.right() - self.width())
        if at.y() + self.height() > area.bottom():
            at.setY(near.y() - _OFFSET.y() - self.height())
        return QPoint(max(area.left(), at.x()), max(area.top(), at.y()))

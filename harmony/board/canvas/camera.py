"""Where one looks: scroll and zoom of the view, with the place under the pointer kept still."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmapCache, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsView

from harmony.board.canvas.gestures.zoom import clamped

_AROUND = 48.0
"""Screen pixels left free around what is fitted into the view."""


READABLE = 0.7
"""The zoom below which the words on a node are too small to be read with ease."""

_EDGE = 22
"""Screen pixels from the edge of the view within which a drag scrolls."""


_EXTENT = QRectF(-200_000, -200_000, 400_000, 400_000)
"""Larger than any melody: one moves over the canvas without ever meeting an edge."""
_PICTURES = 64 * 1024
"""Kilobytes for the pictures of nodes; those of a large screen must all find room."""


def prepare(view: QGraphicsView) -> None:
    """Make a view one that a `Camera` can move, with smooth lines and letters."""
    view.setSceneRect(_EXTENT)
    view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
    view.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
    view.viewport().setMouseTracking(True)
    QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), _PICTURES))


class Camera:
    """Moves a view over its scene."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view
        self._held = False

    def take_hold(self) -> None:
        """A person works the view: from now on it stays where they put it."""
        self._held = True

    @property
    def held(self) -> bool:
        """Whether a person has worked the view."""
        return self._held

    @property
    def scale(self) -> float:
        """The zoom: screen pixels to a scene unit."""
        return float(self._view.transform().m11())

    def zoom_to(self, scale: float, still: QPoint | None = None) -> None:
        """Zoom; the scene point under `still` (view pixels, else the middle) stays where it is."""
        view = self._view
        point = still if still is not None else view.viewport().rect().center()
        place = view.mapToScene(point)
        scale = clamped(scale)
        view.setTransform(QTransform.fromScale(scale, scale))
        self.scroll(view.mapFromScene(place) - point)

    def scroll(self, way: QPoint) -> None:
        """Scroll by screen pixels."""
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() + way.x())
        down.setValue(down.value() + way.y())

    def fit(self, rect: QRectF, largest: float = 1.0) -> None:
        """Bring a rectangle into view, as large as it may be but no larger than `largest`."""
        if rect.isEmpty():
            self.zoom_to(1.0)
            self._view.centerOn(QPointF(0, 0))
            return
        area = self._view.viewport().rect()
        scale = min(
            max(1.0, area.width() - 2 * _AROUND) / rect.width(),
            max(1.0, area.height() - 2 * _AROUND) / rect.height(),
            largest,
        )
        self.zoom_to(scale)
        self._view.centerOn(rect.center())

    def open(self, rect: QRectF, first: QRectF) -> None:
        """Bring a rectangle into view, or its left end where words would be too small to read.
        Where it is too high for the view, what lies at the height of `first` is shown."""
        self.fit(rect)
        if self.scale >= READABLE:
            return
        self.zoom_to(READABLE)
        seen, around = self.seen(), _AROUND / self.scale
        across, down = rect.center().x(), rect.center().y()
        if rect.width() + 2 * around > seen.width():
            across = rect.left() - around + seen.width() / 2
        if rect.height() + 2 * around > seen.height():
            least = rect.top() - around + seen.height() / 2
            most = rect.bottom() + around - seen.height() / 2
            down = min(max(first.center().y(), least), most)
        self._view.centerOn(QPointF(across, down))

    def reveal(self, rect: QRectF) -> None:
        """Scroll as little as is needed for a rectangle to be seen."""
        seen = self.seen().adjusted(16, 16, -16, -16)
        if not seen.contains(rect):
            self._view.ensureVisible(rect, 40, 40)

    def seen(self) -> QRectF:
        """The part of the scene that is in view."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()


def edge_way(point: QPoint, area: QRect) -> QPoint:
    """How far to scroll in one frame for a drag at `point`: the nearer to the edge, the farther."""
    inner = area.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
    across = min(0, point.x() - inner.left()) + max(0, point.x() - inner.right())
    down = min(0, point.y() - inner.top()) + max(0, point.y() - inner.bottom())
    return QPoint(_step(across), _step(down))


def _step(beyond: int) -> int:
    return max(-24, min(24, beyond // 2 if beyond > 0 else -(-beyond // 2)))

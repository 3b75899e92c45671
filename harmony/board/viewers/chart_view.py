"""A chart on screen: axes with round ticks, the theme's colours, the value under the pointer."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from harmony.board.look import Look
from harmony.board.theme import fonts
from harmony.board.theme.tokens import mix
from harmony.board.viewers.chart_data import ChartData, Series
from harmony.board.viewers.scale import (
    Scale,
    linear_scale,
    moment_text,
    number_text,
    time_scale,
    time_text,
)
from harmony.foundation.words import render

_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TOP: Final = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
_NEAR: Final = 24.0


class ChartView(QWidget):
    """Paints one chart, its title and its legend."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._data: ChartData | None = None
        self._title = ""
        self._points: list[tuple[QPointF, str]] = []
        self._hover: tuple[QPointF, str] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(220, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look.changed.connect(self.update)

    def show_chart(self, data: ChartData, title: str = "") -> None:
        """Draw another chart."""
        self._data, self._title, self._hover = data, title, None
        self.setAccessibleName(title or render("board.chart"))
        self.setAccessibleDescription(describe(data))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def colors(self) -> list[str]:
        """The colours of the series, told apart by colour-blind eyes; the first is the accent."""
        theme = self._look.theme
        kinds = ("table", "file", "image", "json", "text", "number")
        return [theme.accent, *(theme.port(kind) for kind in kinds)]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._points = []
        if self._data is not None:
            self._paint(painter, self._data)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        near = min(self._points, key=lambda entry: _distance(entry[0], place), default=None)
        if near is not None and _distance(near[0], place) > _NEAR:
            near = None
        if near != self._hover:
            self._hover = near
            self.update()

    def leaveEvent(self, _event: QEvent) -> None:
        self._hover = None
        self.update()

    def _paint(self, painter: QPainter, data: ChartData) -> None:
        theme = self._look.theme
        top = 6.0
        if self._title:
            painter.setFont(fonts.sans(13, QFont.Weight.DemiBold))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(10, top, self.width() - 20, 22), _LEFT, self._title)
            top += 26
        if len(data.series) > 1:
            top = self._paint_legend(painter, data, top)
        if not any(series.ys for series in data.series):
            painter.setFont(fonts.sans(13))
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, render("board.chart_empty")
            )
            return
        small = fonts.sans(11)
        painter.setFont(small)
        metrics = QFontMetricsF(small)
        ys = [y for series in data.series for y in series.ys]
        height = self.height() - top - 60
        y_scale = linear_scale(
            ys, max(2, int(height / 44)), from_zero=data.form in ("bar", "histogram")
        )
        widest = max(metrics.horizontalAdvance(number_text(tick)) for tick in y_scale.ticks)
        left = widest + 18 + (16 if data.y_label else 0)
        bottom = 26.0 + (18 if data.x_label else 0) + (18 if data.note else 0)
        plot = QRectF(left, top + 4, self.width() - left - 16, self.height() - top - bottom - 4)
        if plot.width() < 40 or plot.height() < 30:
            return
        self._paint_y_axis(painter, plot, y_scale, data.y_label)
        if data.form == "histogram":
            self._paint_histogram(painter, plot, y_scale, data)
        elif data.axis == "category":
            self._paint_categories(painter, plot, y_scale, data)
        else:
            self._paint_numbers(painter, plot, y_scale, data)
        if data.x_label:
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(plot.left(), self.height() - 20, plot.width(), 16), _TOP, data.x_label
            )
        self._paint_hover(painter)

    def _paint_legend(self, painter: QPainter, data: ChartData, top: float) -> float:
        theme = self._look.theme
        painter.setFont(fonts.sans(11))
        x, colors = 10.0, self.colors()
        for number, series in enumerate(data.series):
            width = painter.fontMetrics().horizontalAdvance(series.name) + 26
            if x + width > self.width() - 10 and x > 10:
                x, top = 10.0, top + 18
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors[number % len(colors)]))
            painter.drawRoundedRect(QRectF(x, top + 5, 8, 8), 2, 2)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x + 13, top, width, 18), _LEFT, series.name)
            x += width
        return top + 22

    def _paint_y_axis(self, painter: QPainter, plot: QRectF, scale: Scale, label: str) -> None:
        theme = self._look.theme
        for tick in scale.ticks:
            y = round(plot.bottom() - scale.share(tick) * plot.height()) + 0.5
            painter.setPen(QPen(QColor(theme.card_line if tick == 0 else theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            box = QRectF(0, y - 8, plot.left() - 8, 16)
            painter.drawText(box, _RIGHT, number_text(tick))
        if label:
            painter.save()
            painter.translate(12, plot.center().y())
            painter.rotate(-90)
            painter.drawText(
                QRectF(-plot.height() / 2, -8, plot.height(), 16),
                Qt.AlignmentFlag.AlignCenter,
                label,
            )
            painter.restore()

    def _paint_categories(
        self, painter: QPainter, plot: QRectF, scale: Scale, data: ChartData
    ) -> None:
        labels, count = data.labels, len(data.labels)
        slot = plot.width() / max(1, count)
        self._paint_labels(painter, plot, labels, slot)
        if data.form == "bar":
            self._paint_bars(painter, plot, scale, data.series, labels, slot)
            return
        places = [plot.left() + (place + 0.5) * slot for place in range(count)]
        for number, series in enumerate(data.series):
            self._paint_series(painter, plot, scale, series, places, labels, number, data.form)

    def _paint_labels(
        self, painter: QPainter, plot: QRectF, labels: tuple[str, ...], slot: float
    ) -> None:
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(label) for label in labels[:400]), default=10)
        every = max(1, math.ceil((min(widest, 110) + 10) / slot))
        painter.setPen(QColor(self._look.theme.muted))
        for place in range(0, len(labels), every):
            middle = plot.left() + (place + 0.5) * slot
            room = max(slot * every - 6, 20.0)
            text = metrics.elidedText(labels[place], Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(middle - room / 2, plot.bottom() + 6, room, 16), _TOP, text)

    def _paint_bars(
        self,
        painter: QPainter,
        plot: QRectF,
        scale: Scale,
        all_series: tuple[Series, ...],
        labels: tuple[str, ...],
        slot: float,
    ) -> None:
        colors = self.colors()
        zero = plot.bottom() - scale.share(0.0) * plot.height()
        width = max(1.0, min(slot * 0.72, 64.0) / max(1, len(all_series)))
        painter.setPen(Qt.PenStyle.NoPen)
        for number, series in enumerate(all_series):
            painter.setBrush(QColor(colors[number % len(colors)]))
            for place, value in enumerate(series.ys):
                if not math.isfinite(value):
                    continue
                middle = plot.left() + (place + 0.5) * slot
                x = middle - width * len(all_series) / 2 + number * width
                y = plot.bottom() - scale.share(value) * plot.height()
                bar = QRectF(x, min(y, zero), max(1.0, width - 1), max(1.0, abs(zero - y)))
                radius = min(3.0, bar.width() / 3, bar.height() / 2)
                painter.drawRoundedRect(bar, radius, radius)
                label = labels[place] if place < len(labels) else ""
                tip = _tip(label, series.name, value)
                self._points.append((QPointF(bar.center().x(), min(y, zero)), tip))

    def _paint_numbers(
        self, painter: QPainter, plot: QRectF, scale: Scale, data: ChartData
    ) -> None:
        xs = [x for series in data.series for x in series.xs]
        if data.axis == "time":
            x_scale = time_scale(xs, max(2, int(plot.width() / 64)))
        else:
            x_scale = linear_scale(xs, max(2, int(plot.width() / 80)), widen=data.form == "scatter")
        self._paint_x_ticks(painter, plot, x_scale, data.axis == "time")
        word = moment_text if data.axis == "time" else number_text
        for number, series in enumerate(data.series):
            places = [plot.left() + x_scale.share(x) * plot.width() for x in series.xs]
            labels = tuple(word(x) for x in series.xs)
            self._paint_series(painter, plot, scale, series, places, labels, number, data.form)

    def _paint_histogram(
        self, painter: QPainter, plot: QRectF, scale: Scale, data: ChartData
    ) -> None:
        x_scale = linear_scale(data.edges, max(2, int(plot.width() / 80)), widen=False)
        self._paint_x_ticks(painter, plot, x_scale, times=False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colors()[0]))
        for series in data.series[:1]:
            for low, high, value in zip(data.edges, data.edges[1:], series.ys, strict=False):
                if not math.isfinite(value):
                    continue
                left = plot.left() + x_scale.share(low) * plot.width()
                right = plot.left() + x_scale.share(high) * plot.width()
                y = plot.bottom() - scale.share(value) * plot.height()
                painter.drawRect(QRectF(left, y, max(1.0, right - left - 1), plot.bottom() - y))
                label = f"{number_text(low)} – {number_text(high)}"
                self._points.append((QPointF((left + right) / 2, y), _tip(label, "", value)))

    def _paint_x_ticks(self, painter: QPainter, plot: QRectF, scale: Scale, times: bool) -> None:
        painter.setPen(QColor(self._look.theme.muted))
        for tick in scale.ticks:
            x = plot.left() + scale.share(tick) * plot.width()
            text = time_text(tick, scale) if times else number_text(tick)
            painter.drawText(QRectF(x - 50, plot.bottom() + 6, 100, 16), _TOP, text)

    def _paint_series(
        self,
        painter: QPainter,
        plot: QRectF,
        scale: Scale,
        series: Series,
        places: list[float],
        labels: tuple[str, ...],
        number: int,
        form: str,
    ) -> None:
        colors = self.colors()
        color = QColor(colors[number % len(colors)])
        spots: list[QPointF | None] = []
        for place, (x, y) in enumerate(zip(places, series.ys, strict=False)):
            if not (math.isfinite(y) and math.isfinite(x)):
                spots.append(None)
                continue
            spot = QPointF(x, plot.bottom() - scale.share(y) * plot.height())
            spots.append(spot)
            label = labels[place] if place < len(labels) else ""
            self._points.append((spot, _tip(label, series.name, y)))
        if form == "line":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 2, j=Qt.PenJoinStyle.RoundJoin, c=Qt.PenCapStyle.RoundCap))
            painter.drawPath(_path(spots))
        if form == "scatter" or len(spots) <= 40:
            radius = 3.0 if form == "scatter" else 2.5
            fill = QColor(color)
            fill.setAlphaF(0.65 if form == "scatter" else 1.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            for found in spots:
                if found is not None:
                    painter.drawEllipse(found, radius, radius)

    def _paint_hover(self, painter: QPainter) -> None:
        if self._hover is None:
            return
        theme = self._look.theme
        spot, text = self._hover
        painter.setFont(fonts.sans(11))
        width = painter.fontMetrics().horizontalAdvance(text) + 18
        x = min(max(4.0, spot.x() - width / 2), self.width() - width - 4.0)
        y = spot.y() - 34 if spot.y() > 40 else spot.y() + 12
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(spot, 4.5, 4.5)
        painter.setPen(QPen(QColor(theme.card_line), 1))
        painter.setBrush(QColor(mix(theme.raised, theme.panel, 0.9)))
        painter.drawRoundedRect(QRectF(x, y, width, 24), 6, 6)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(x, y, width, 24), Qt.AlignmentFlag.AlignCenter, text)


def describe(data: ChartData) -> str:
    """The chart in words, for a screen reader."""
    parts = []
    for series in data.series:
        values = [y for y in series.ys if math.isfinite(y)]
        if values:
            parts.append(
                render(
                    "board.chart_series",
                    name=series.name or data.y_label,
                    count=len(values),
                    low=number_text(min(values)),
                    high=number_text(max(values)),
                )
            )
    return " ".join(parts)


def _tip(label: str, name: str, value: float) -> str:
    return " · ".join(part for part in (label, name, number_text(value)) if part)


def _path(spots: list[QPointF | None]) -> QPainterPath:
    path, broken = QPainterPath(), True
    for spot in spots:
        if spot is None:
            broken = True
        elif broken:
            path.moveTo(spot)
            broken = False
        else:
            path.lineTo(spot)
    return path


def _distance(first: QPointF, second: QPointF) -> float:
    return math.hypot(first.x() - second.x(), first.y() - second.y())

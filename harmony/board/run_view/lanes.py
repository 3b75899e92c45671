"""The lanes of a run: one a process, a coloured block a task, and the time cursor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from harmony.board.look import Look
from harmony.board.run_view.process_health import ProcessHealth
from harmony.board.run_view.run_model import RunModel
from harmony.board.run_view.task_view import Block
from harmony.board.status import duration_text
from harmony.board.theme import fonts
from harmony.board.theme.tokens import mix
from harmony.foundation.words import render

LANE: Final = 30
_BAR: Final = 20
_LABEL: Final = 74
_MOST_LANES: Final = 64


class Lanes(QWidget):
    """Paints the lanes. `task_clicked` is sent with the node and the task of a block."""

    task_clicked = Signal(str, str)

    def __init__(
        self,
        look: Look,
        title_of: Callable[[str], str],
        health_of: Callable[[str], ProcessHealth | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._health_of = health_of
        self._title_of = title_of
        self._model: RunModel | None = None
        self._boxes: list[tuple[QRectF, Block]] = []
        self._labels: list[tuple[QRectF, str]] = []
        self._path: frozenset[str] = frozenset()
        self.setMouseTracking(True)
        self.setAccessibleName(render("board.lanes"))
        look.changed.connect(self.update)

    def show_run(self, model: RunModel | None) -> None:
        """Show another run, or that this one has moved on."""
        self._model = model
        account = model.account if model is not None else None
        path = account.path if account is not None else None
        steps = path.steps if path is not None and len(path.steps) > 1 else ()
        self._path = frozenset(step.task for step in steps)
        wanted = max(1, min(len(model.lanes) if model else 0, _MOST_LANES)) * LANE + 6
        if self.minimumHeight() != wanted:
            self.setMinimumHeight(wanted)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 3 * LANE + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._boxes, self._labels = [], []
        model = self._model
        if model is not None and model.lanes:
            self._paint_lanes(painter, model)
        painter.end()

    def _paint_lanes(self, painter: QPainter, model: RunModel) -> None:
        theme = self._look.theme
        begin, end = span(model)
        track = QRectF(_LABEL + 14, 0, max(10.0, self.width() - _LABEL - 28), _BAR)
        # While the run goes on, some room is left for what is to come.
        reach = (end - begin) * (1.2 if model.live else 1.0) or 1.0
        scale = track.width() / reach
        names = sorted(model.lanes, key=lambda name: model.lanes[name][0].started)
        for number, name in enumerate(names[:_MOST_LANES]):
            lane = track.translated(0, number * LANE + 5)
            self._paint_label(painter, lane.top(), number, name, model.live)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(lane, 5, 5)
            self._paint_blocks(painter, lane, model.lanes[name], begin, model.now, scale)
        if model.live:
            x = track.left() + (model.now - begin) * scale
            painter.setPen(QPen(QColor(theme.accent), 1))
            bottom = min(len(names), _MOST_LANES) * LANE + 4
            painter.drawLine(QPointF(x, 1), QPointF(x, bottom))

    def _paint_label(
        self, painter: QPainter, top: float, number: int, process: str, live: bool
    ) -> None:
        # How its connection does now says nothing of a run that is over.
        theme, health = self._look.theme, self._health_of(process) if live else None
        label = QRectF(14, top, _LABEL, _BAR)
        self._labels.append((label, process))
        troubled = health is not None and health.is_troubled
        painter.setFont(fonts.sans(12))
        painter.setPen(QColor(theme.warning if troubled else theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(label, middle, render("board.lane", number=number + 1))
        if troubled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.warning))
            painter.drawEllipse(QPointF(7, label.center().y()), 3, 3)

    def _paint_blocks(
        self,
        painter: QPainter,
        lane: QRectF,
        blocks: list[Block],
        begin: float,
        now: float,
        scale: float,
    ) -> None:
        theme = self._look.theme
        painted_to = -1.0
        following = [block.started for block in blocks[1:]] + [math.inf]
        for block, after in zip(blocks, following, strict=True):
            left = lane.left() + (block.started - begin) * scale
            # A task counts as ended when its end is on disk: its process may be on to the next.
            ended = min(block.ended or now, after)
            right = lane.left() + (ended - begin) * scale
            # Thousands of short tasks: what would lie under the last pixel is not painted again.
            if right < painted_to + 1.0 and block.shown != "failed":
                continue
            box = QRectF(left, lane.top(), max(3.0, right - left - 1), lane.height())
            painted_to = box.right()
            color = theme.accent if block.shown == "running" else theme.state(block.shown)
            on_path = block.task in self._path
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(color, theme.raised, 0.24)))
            painter.drawRoundedRect(box, 4, 4)
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(QRectF(box.left(), box.top(), 3, box.height()), 1.5, 1.5)
            if on_path:
                painter.setBrush(QColor(theme.warning))
                painter.drawRoundedRect(QRectF(box.left(), box.bottom() - 2, box.width(), 2), 1, 1)
            if box.width() > 46:
                painter.setFont(fonts.sans(11))
                painter.setPen(QColor(theme.text))
                text = box.adjusted(9, 0, -5, 0)
                title = painter.fontMetrics().elidedText(
                    self._title_of(block.node), Qt.TextElideMode.ElideRight, int(text.width())
                )
                painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, title)
            self._boxes.append((box, block))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position())
        if block is not None and event.button() == Qt.MouseButton.LeftButton:
            self.task_clicked.emit(block.node, block.task)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._block_at(event.position()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = QPointF(event.pos())
            for label, process in self._labels:
                if label.contains(place):
                    QToolTip.showText(event.globalPos(), self._process_tip(process), self)
                    return True
            block = self._block_at(place)
            if block is not None and self._model is not None:
                QToolTip.showText(event.globalPos(), self._tip(block, self._model.now), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _tip(self, block: Block, now: float) -> str:
        seconds = max(0.0, (block.ended or now) - block.started)
        words = render(
            "board.lane_tip",
            node=self._title_of(block.node),
            task=block.task,
            state=render(f"board.state_{block.shown}"),
            time=duration_text(seconds),
        )
        return f"{words}\n{render('board.lane_path')}" if block.task in self._path else words

    def _process_tip(self, process: str) -> str:
        health = self._health_of(process)
        if health is None:
            return render("board.lane_ended", process=process)
        head = render("board.lane_process", process=process, pid=health.pid or "–")
        return f"{head}\n{health.words}"

    def _block_at(self, place: QPointF) -> Block | None:
        for box, block in reversed(self._boxes):
            if box.contains(place):
                return block
        return None


def span(model: RunModel) -> tuple[float, float]:
    """From the first to the last moment that the lanes show, as wall time."""
    starts = [blocks[0].started for blocks in model.lanes.values() if blocks]
    begin = min(starts, default=model.started or 0.0)
    if model.live:
        return begin, max(model.now, begin)
    ends = [blocks[-1].ended or blocks[-1].started for blocks in model.lanes.values() if blocks]
    return begin, max(ends, default=begin)

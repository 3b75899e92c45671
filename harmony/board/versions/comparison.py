"""A version laid over the canvas: what was added, changed and removed since, until Esc.

It follows edits. Ghosts stand at their old places; whatever was only moved has no mark. The pointer
over a changed node is told from what to what.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QLabel, QPushButton, QToolTip

from harmony.board.canvas.face import describe
from harmony.board.canvas.geometry import PortKey, wire
from harmony.board.canvas.hit import NodeHit, PortHit, hit_at
from harmony.board.canvas.scene import CanvasScene
from harmony.board.canvas.tips import as_rich_text
from harmony.board.documents.page import DocumentPage
from harmony.board.look import Look
from harmony.board.status import IDLE
from harmony.board.theme.tokens import Theme, mix
from harmony.board.versions.marks import FrameItem, Kind, WireMarkItem
from harmony.board.versions.reading import ReadVersion, time_of
from harmony.foundation.words import render
from harmony.melody.difference import Difference, difference
from harmony.melody.difference_words import edit_words, summary
from harmony.melody.model import Connection, Node, Note


class Comparison(QFrame):
    """The marks on the canvas of a page, and the bar that says what they mean.

    Signals: `restore_requested()`, `left()` when it is over; it puts itself away then.
    """

    restore_requested = Signal()
    left = Signal()

    def __init__(self, page: DocumentPage, look: Look, shown: ReadVersion) -> None:
        super().__init__(page)
        self.shown = shown
        self.marks: dict[str | Connection, FrameItem | WireMarkItem] = {}
        self.changed: dict[str, str] = {}
        self._page, self._look = page, look
        self._ghosts: dict[str, FrameItem] = {}
        self.text = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.restore = QPushButton(render("versions.restore"))
        self.back = QPushButton(render("versions.leave"))
        self.restore.clicked.connect(self.restore_requested)
        self.back.clicked.connect(self.leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 5, 8, 5)
        row.setSpacing(10)
        row.addWidget(self.text, 1)
        row.addWidget(self.restore)
        row.addWidget(self.back)
        # Several edits in one turn of the loop are one difference.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.redraw)
        page.document.edited.connect(self._later.start)
        look.changed.connect(self._later.start)
        for watched in (page.view, page.view.viewport(), self.back, self.restore):
            watched.installEventFilter(self)
        page.rows.insertWidget(1, self)
        self.redraw()
        self.show()

    def redraw(self) -> None:
        """Compare anew, and show it."""
        self._clear()
        melody = self._page.document.document.melody
        found = difference(self.shown.melody, melody)
        self.changed = {
            each.node.id: "\n".join(map(edit_words, each.edits)) for each in found.changed
        }
        self._mark_nodes(found)
        self._mark_wires(found)
        self._reach()
        version = self.shown.version
        words = {"time": time_of(version), "words": summary(found)}
        self.text.setText(render("versions.compared", number=version.number, **words))
        self.setAccessibleName(self.text.text())
        self._color()

    def leave(self) -> None:
        """Show the melody alone again."""
        self._clear()
        for watched in (self._page.view, self._page.view.viewport()):
            watched.removeEventFilter(self)
        self.hide()
        self._page.view.setFocus()
        self.left.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if kind == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if kind == QEvent.Type.KeyPress:
                self.leave()
                return True
        if isinstance(event, QHelpEvent) and kind == QEvent.Type.ToolTip:
            words = self._tip(event)
            if words:
                QToolTip.showText(event.globalPos(), as_rich_text(words), self)
                return True
        return super().eventFilter(watched, event)

    # --- marks

    @property
    def _scene(self) -> CanvasScene:
        scene = self._page.view.scene()
        assert isinstance(scene, CanvasScene)
        return scene

    def _mark_nodes(self, found: Difference) -> None:
        rects = self._scene.layout.rects
        for node in found.added:
            self._frame(node.id, "added", rects[node.id])
        for each in found.changed:
            self._frame(each.node.id, "changed", rects[each.node.id])
        for node in found.removed:
            self._ghosts[node.id] = self._ghost(node)
        for note in found.notes_added:
            self._frame(note.id, "added", _rect(note))
        for changed in found.notes_changed:
            self._frame(changed.after.id, "changed", _rect(changed.after))
        for note in found.notes_removed:
            self._frame(note.id, "removed", _rect(note))

    def _mark_wires(self, found: Difference) -> None:
        curves = self._scene.layout.wires
        for connection in found.wires_added:
            if connection in curves:
                self._add(connection, WireMarkItem(self._theme, "added", curves[connection]))
        for each in found.wires_changed:
            if each.connection in curves:
                curve = curves[each.connection]
                self._add(each.connection, WireMarkItem(self._theme, "changed", curve))
        for connection in found.wires_removed:
            start = self._point(PortKey(connection.source, connection.output, True))
            end = self._point(PortKey(connection.target, connection.input, False))
            if start is not None and end is not None:
                self._add(connection, WireMarkItem(self._theme, "removed", wire(start, end)))

    def _frame(self, key: str, kind: Kind, rect: QRectF) -> None:
        self._add(key, FrameItem(self._theme, kind, rect))

    def _ghost(self, node: Node) -> FrameItem:
        lookup = self._scene.lookup
        touching = [w for w in self.shown.melody.connections if node.id in (w.source, w.target)]
        face = describe(node, lookup(node.player), touching, IDLE, ())
        rect = QRectF(node.x, node.y, face.layout.width, face.layout.height)
        item = FrameItem(self._theme, "removed", rect, face)
        self._add(node.id, item)
        return item

    def _point(self, key: PortKey) -> QPointF | None:
        ghost = self._ghosts.get(key.node)
        if ghost is None:
            return self._scene.layout.port_point(key)
        face = ghost.face
        place = face.layout.place(key.port, key.is_output) if face is not None else None
        return None if place is None else ghost.mapToScene(place.x, place.y)

    def _add(self, key: str | Connection, item: FrameItem | WireMarkItem) -> None:
        self.marks[key] = item
        self._scene.addItem(item)

    def _clear(self) -> None:
        for item in self.marks.values():
            self._scene.removeItem(item)
        self.marks, self._ghosts = {}, {}

    def _reach(self) -> None:
        """Let the canvas be scrolled to ghosts that stand far away."""
        whole = self._scene.sceneRect()
        items: list[QGraphicsItem] = list(self.marks.values())
        for item in items:
            whole = whole.united(item.sceneBoundingRect())
        if whole != self._scene.sceneRect():
            self._scene.setSceneRect(whole)

    # --- words and looks

    @property
    def _theme(self) -> Theme:
        return self._look.theme

    def _tip(self, event: QHelpEvent) -> str:
        """From what to what a node under the pointer was changed."""
        view = self._page.view
        hit = hit_at(self._scene.layout, view.mapToScene(event.pos()), self._scene.zoom.scale)
        if isinstance(hit, NodeHit):
            return self.changed.get(hit.node, "")
        return self.changed.get(hit.key.node, "") if isinstance(hit, PortHit) else ""

    def _color(self) -> None:
        theme = self._look.theme
        ground = mix(theme.accent, theme.panel, 0.14)
        line = mix(theme.accent, theme.panel, 0.5)
        self.setStyleSheet(
            f"Comparison {{ background: {ground}; border: 0; border-bottom: 1px solid {line}; }}"
        )
        self.text.setStyleSheet(f"color: {theme.text}; background: transparent;")


def _rect(note: Note) -> QRectF:
    return QRectF(note.x, note.y, note.width, note.height)

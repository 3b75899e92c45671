"""The canvas as a widget: a melody to look at, walk over and edit.

It turns events into gestures and intents, and tells the window what a person asks for. Every edit
is a Change through the document; the picture follows from `document.subscribe`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QToolTip, QWidget

from harmony.board.canvas.announcing import announce, describe_selection
from harmony.board.canvas.camera import Camera, prepare
from harmony.board.canvas.conducting import Echo, GestureRunner
from harmony.board.canvas.following import follow
from harmony.board.canvas.gestures import zoom
from harmony.board.canvas.gestures.choosing import for_menu
from harmony.board.canvas.gestures.gesture import LooseWire
from harmony.board.canvas.hit import Hit, NodeHit, NoteHit, hit_at
from harmony.board.canvas.keyboard import Keyboard, Stage
from harmony.board.canvas.keys import Add, Direction, Go, Nudge, Plain, intent
from harmony.board.canvas.overlays import Overlays
from harmony.board.canvas.paint.grid import paint_grid
from harmony.board.canvas.pointing import Pointing
from harmony.board.canvas.scene import CanvasScene, Lookup
from harmony.board.canvas.selection import EMPTY, Selection, everything, removal
from harmony.board.canvas.statuses import Statuses
from harmony.board.canvas.tips import as_rich_text, tip
from harmony.board.canvas.writing import NoteWriting
from harmony.board.status import NodeStatus
from harmony.board.theme.tokens import Theme
from harmony.foundation.words import translate
from harmony.melody.document import Document
from harmony.melody.findings import Finding
from harmony.melody.model import Connection

_PINCH: Final = Qt.NativeGestureType.ZoomNativeGesture
_PAUSE: Final = 1200
"""Milliseconds after which a further nudge by key is a step of its own to undo."""


class CanvasView(QGraphicsView):
    """Shows one document. `lookup` answers the spec of a Player's id, None when it is unknown.

    A typed letter asks to add as well; `typed_text` then holds it, for the field that opens.
    """

    selection_changed = Signal(tuple)
    node_activated = Signal(str)
    add_requested = Signal(QPointF, QPoint)
    connection_dropped = Signal(str, str, bool, QPointF, QPoint)
    refused = Signal(object)
    zoom_changed = Signal(float)
    context_menu_requested = Signal(object, QPointF, QPoint)

    def __init__(
        self, document: Document, lookup: Lookup, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.typed_text = ""
        self._lookup = lookup
        self._scene = CanvasScene(document, lookup, theme, self)
        self._camera = Camera(self)
        self._built = False
        self._told = EMPTY
        self.setScene(self._scene)
        self.setAccessibleName(translate("Canvas"))
        self.setAcceptDrops(True)
        prepare(self)
        self._overlays = Overlays(self, self._scene, self.centerOn)
        self._runner = GestureRunner(
            self._scene,
            Echo(
                selected=self._selected,
                refused=self._refuse,
                reason=self._overlays.reason,
                loose=self._loose,
                scroll=self._camera.scroll,
            ),
        )
        self._pointing = Pointing(self, self._scene, self._camera, self._runner)
        self._keyboard = Keyboard(
            self._scene, self._runner, Stage(self._camera.seen, self._camera.reveal, self._prompt)
        )
        self._writing = NoteWriting(self, self._scene, self._runner.apply)
        self._statuses = Statuses(self, self._scene, self._told_of_run)
        self._pause = QTimer(self, interval=_PAUSE, singleShot=True)
        self._pause.timeout.connect(self._keyboard.end_nudges)
        self._end_subscription = follow(document, self)
        self._built = True
        self._describe()

    # --- what the window calls

    def set_status(self, node_id: str, status: NodeStatus) -> None:
        """Show what a run says of a node."""
        self.set_statuses({node_id: status})

    def set_statuses(self, statuses: Mapping[str, NodeStatus]) -> None:
        """Show what a run says of nodes; painted once a frame, however often it is called."""
        self._statuses.tell(statuses)

    def status_of(self, node_id: str) -> NodeStatus:
        """What was last said of a node."""
        return self._statuses.of(node_id)

    def set_wire_counts(self, counts: Mapping[Connection, int]) -> None:
        """Show how many tasks each mapped wire makes."""
        self._scene.set_counts(counts)

    def select(self, ids: Iterable[str]) -> None:
        """Select the nodes and notes with these ids, and nothing else."""
        wanted = tuple(dict.fromkeys(ids))
        melody = self.document.melody
        self._runner.select(
            Selection(
                tuple(key for key in wanted if key in melody.nodes),
                tuple(key for key in wanted if key in melody.notes),
            )
        )

    def select_all(self) -> None:
        """Select every node and note."""
        self._runner.select(everything(self.document.melody.nodes, self.document.melody.notes))

    def selected_nodes(self) -> tuple[str, ...]:
        """The ids of the selected nodes, in the order of their selection."""
        return self._scene.selection.nodes

    def selected_notes(self) -> tuple[str, ...]:
        """The ids of the selected notes."""
        return self._scene.selection.notes

    def selected_connections(self) -> tuple[Connection, ...]:
        """The selected wires."""
        return self._scene.selection.wires

    def remove_selected(self) -> None:
        """Take out all that is selected, as one step."""
        change = removal(self._scene.selection)
        if self._pointing.can_edit and change is not None:
            self._runner.apply(change)

    def edit_note(self, note_id: str) -> None:
        """Write in a note."""
        if self._pointing.can_edit:
            self._writing.begin(note_id)

    def zoom_to_fit(self) -> None:
        """Bring the whole melody into view."""
        self._camera.fit(self._scene.layout.bounds())
        self._view_moved()

    def show_beginning(self) -> None:
        """Bring the whole melody into view; its left end where words would be too small."""
        self._camera.open(self._scene.layout.bounds(), self._scene.layout.leftmost())
        self._view_moved()

    def zoom_to_selection(self) -> None:
        """Bring what is selected into view; the whole melody when nothing is."""
        layout, selection = self._scene.layout, self._scene.selection
        rect = layout.bounds_of((*selection.nodes, *selection.notes))
        self._camera.take_hold()
        self._camera.fit(layout.bounds() if rect.isEmpty() else rect, 1.25)
        self._view_moved()

    def zoom(self) -> float:
        """The zoom; 1.0 is 100 %."""
        return self._camera.scale

    def zoom_in(self) -> None:
        """To the next larger round zoom."""
        self.zoom_to(zoom.next_stop(self._camera.scale, larger=True))

    def zoom_out(self) -> None:
        """To the next smaller round zoom."""
        self.zoom_to(zoom.next_stop(self._camera.scale, larger=False))

    def zoom_reset(self) -> None:
        """To 100 %."""
        self.zoom_to(1.0)

    def zoom_to(self, scale: float, still: QPoint | None = None) -> None:
        """Zoom; the place under `still` (pixels of the viewport, else the middle) stays there."""
        self._camera.take_hold()
        self._camera.zoom_to(scale, still)
        self._view_moved()

    def center_on(self, node_id: str) -> None:
        """Bring a node into the middle of the view."""
        rect = self._scene.layout.rects.get(node_id)
        if rect is not None:
            self._camera.take_hold()
            self.centerOn(rect.center())

    def reveal(self, node_id: str) -> None:
        """Scroll as little as is needed for the whole card of a node to be seen."""
        self._camera.reveal(self._scene.layout.rects[node_id])

    def node_rects(self) -> tuple[QRectF, ...]:
        """The cards of all nodes, in scene units."""
        return tuple(self._scene.layout.rects.values())

    def focus_next_node(self, backwards: bool = False) -> None:
        """Select the next node in reading order."""
        self._keyboard.next(-1 if backwards else 1)

    def focus_neighbour(self, direction: Direction, extend: bool = False) -> None:
        """Select the nearest node in a direction; `extend` keeps what is selected."""
        self._keyboard.go(direction, extend)

    def begin_keyboard_connection(self) -> None:
        """Connect the selected node by keyboard: arrows choose a port, Enter takes it."""
        if self._pointing.can_edit:
            self.setFocus()
            self._keyboard.begin_connection()

    def request_add(self, text: str = "") -> None:
        """Ask the window for a node to add beside the selected one, or in the middle."""
        if not self._pointing.can_edit:
            return
        self.typed_text = text
        place = self._keyboard.place_to_add()
        self._camera.reveal(QRectF(place.x(), place.y(), 1, 1))
        self.add_requested.emit(place, self._on_screen(place))
        self.typed_text = ""

    def set_permissions(self, can_edit: bool, can_move: bool) -> None:
        """Say what may be done here; a gesture that may not go on is dropped."""
        hand = self._pointing
        if (can_edit, can_move) == (hand.can_edit, hand.can_move):
            return
        hand.can_edit, hand.can_move = can_edit, can_move
        hand.stop()
        self._keyboard.end_connection()
        self.setAcceptDrops(can_edit)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._scene.set_theme(theme)
        self._overlays.set_theme(theme)
        self._writing.follow()
        self.viewport().update()

    def set_motion(self, moves: bool) -> None:
        """Say whether wires in use and arcs may move."""
        self._statuses.motion.allow(moves)

    def refresh(self) -> None:
        """Show everything anew, after Players came, went or changed."""
        self._scene.sync(everything=True)
        self._overlays.show_melody()

    def detach(self) -> None:
        """Stop following the document, before the view is thrown away."""
        self._writing.finish()
        self._end_subscription()

    # --- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._writing.finish()
        self._overlays.bubble.hide()
        self._keyboard.end_connection()
        self._keyboard.end_nudges()
        self._pointing.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointing.move(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointing.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pointer = self._pointing.pointer_at(event.position().toPoint(), event.modifiers())
        match self._pointing.hit(pointer):
            case NodeHit(node=node):
                self.node_activated.emit(node)
            case NoteHit(note=note):
                self.edit_note(note)
            case None if self._pointing.can_edit:
                self.typed_text = ""
                self.add_requested.emit(pointer.scene, pointer.screen)
            case _:
                pass
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._pointing.wheel(event)
        self._view_moved()
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == _PINCH:
            self._pointing.pinch(event)
            self._view_moved()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = as_rich_text(tip(self._hit(event.pos()), self._scene))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self._scene.hover(None)
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._pointing.stop()
        nodes = self._scene.selection.nodes
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            hit: Hit | None = NodeHit(nodes[-1]) if nodes else None
            seen = self._camera.seen()
            scene = (self._scene.layout.rects[nodes[-1]] if nodes else seen).center()
        else:
            hit, scene = self._hit(event.pos()), self.mapToScene(event.pos())
            self._runner.select(for_menu(hit, self._scene.selection))
        self.context_menu_requested.emit(hit, scene, self._on_screen(scene))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._pointing.drag_enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._pointing.drag_move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._pointing.stop()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        if self._pointing.drop(event):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- keyboard

    def focusNextPrevChild(self, next_child: bool) -> bool:
        # Tab asks to add a node; Shift+Tab leaves the canvas.
        return False if next_child else super().focusNextPrevChild(next_child)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._camera.take_hold()
        if self._keyboard.connection_key(event.key()):
            event.accept()
            return
        match intent(event.key(), event.modifiers(), event.text()):
            case Go(direction=direction, extend=extend):
                self._keyboard.go(direction, extend)
            case Nudge(across=across, down=down):
                if self._pointing.can_move:
                    self._keyboard.nudge(across, down)
                    self._pause.start()
            case Add(text=text):
                self.request_add(text)
            case str(plain):
                self._plain_key(plain, event)
            case None:
                super().keyPressEvent(event)

    def _plain_key(self, plain: Plain, event: QKeyEvent) -> None:
        match plain:
            case "escape":
                if not self._pointing.stop() and not self._keyboard.end_connection():
                    self._overlays.bubble.hide()
                    self._runner.select(EMPTY)
            case "remove":
                self.remove_selected()
            case "activate":
                self._activate()
            case "hand":
                self._pointing.hold_hand(True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._pointing.hold_hand(False)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._pointing.hold_hand(False)
        self._keyboard.end_nudges()
        super().focusOutEvent(event)

    # --- Qt asks

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        paint_grid(painter, self._scene.theme, QRectF(rect), self._camera.scale)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # Qt calls this while the view is still being built.
        if self._built:
            self._view_moved()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pointing.stop()
        super().hideEvent(event)

    # --- inside

    def _hit(self, at: QPoint) -> Hit | None:
        return hit_at(self._scene.layout, self.mapToScene(at), self._camera.scale)

    def _on_screen(self, scene: QPointF) -> QPoint:
        return self.viewport().mapToGlobal(self.mapFromScene(scene))

    def _settle(self) -> None:
        """Until someone works the view, it shows as much of the melody as can be read."""
        self._overlays.place()
        if self._camera.held or not self.isVisible():
            self._view_moved()
        else:
            self.show_beginning()

    def _view_moved(self) -> None:
        self._writing.follow()
        self._overlays.show_view(self._camera.seen())
        if self._camera.scale != self._scene.zoom.scale:
            self._scene.set_scale(self._camera.scale)
            self.zoom_changed.emit(self._camera.scale)

    def follow_document(self) -> None:
        """Show the melody as it is now. The document calls this after each edit."""
        # What a gesture set out from is no more: an undo came, or an edit from elsewhere.
        self._pointing.stop()
        self._keyboard.end_connection()
        self._scene.sync()
        self._overlays.show_melody()
        self._writing.follow()
        self._selected()

    def _told_of_run(self) -> None:
        self._overlays.show_melody()
        self._describe()

    def _selected(self) -> None:
        nodes = self._scene.selection.nodes
        self._describe()
        if self._scene.selection != self._told:
            self._told = self._scene.selection
            announce(self, self.accessibleDescription())
            self.selection_changed.emit(nodes)

    def _describe(self) -> None:
        self.setAccessibleDescription(describe_selection(self._scene))

    def _refuse(self, words: str, finding: Finding | None) -> None:
        pointer = self._pointing.pointer
        near = pointer.view if pointer is not None else self.rect().center()
        self._overlays.refuse(words, near)
        announce(self, words)
        if finding is not None:
            self.refused.emit(finding)

    def _loose(self, wire: LooseWire) -> None:
        origin = wire.origin
        self.connection_dropped.emit(
            origin.node, origin.port, origin.is_output, wire.at, wire.screen
        )

    def _prompt(self, words: str, place: QPointF) -> None:
        self._overlays.prompt(words, self.mapFromScene(place))
        announce(self, words)

    def _activate(self) -> None:
        selection = self._scene.selection
        if selection.nodes:
            self.node_activated.emit(selection.nodes[-1])
        elif selection.notes:
            self.edit_note(selection.notes[-1])

"""The scene: one item for each node, wire and note, kept in step with the document.

Little logic: it compares the melody with what is on show, and hands data to items. Where things
are is kept in a `CanvasLayout`, which the gestures ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from harmony.board.canvas.face import NodeFace, describe, with_status
from harmony.board.canvas.geometry import PortKey, PortPlace
from harmony.board.canvas.gestures.gesture import NOTHING, Ghost, Preview
from harmony.board.canvas.hit import Hit, NodeHit, NoteHit, PortHit, WireHit
from harmony.board.canvas.items import ChipItem, DraftItem, NodeItem, NoteItem, WireItem, Zoom
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.paint.node_painter import SHAPES_FROM, NodeLook
from harmony.board.canvas.paint.wire_painter import WireLook, WireUse, chip_text
from harmony.board.canvas.selection import EMPTY, Selection
from harmony.board.status import IDLE, NodeStatus
from harmony.board.theme.tokens import Theme
from harmony.melody.document import Document
from harmony.melody.findings import Finding
from harmony.melody.model import Connection, Dependency, Node, Note
from harmony.players.specs import PlayerSpec

Lookup = Callable[[str], PlayerSpec | None]


class CanvasScene(QGraphicsScene):
    """A document as painted items."""

    def __init__(self, document: Document, lookup: Lookup, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.document = document
        self.lookup = lookup
        self.theme = theme
        self.layout = CanvasLayout()
        self.selection = EMPTY
        self.statuses: dict[str, NodeStatus] = {}
        self.counts: dict[Connection, int] = {}
        self.values: dict[Connection, str] = {}
        self.zoom = Zoom()
        self.node_items: dict[str, NodeItem] = {}
        self.wire_items: dict[Connection, WireItem] = {}
        self.chip_items: dict[Connection, ChipItem] = {}
        self.note_items: dict[str, NoteItem] = {}
        self._nodes: dict[str, Node] = {}
        self._notes: dict[str, Note] = {}
        self._found: dict[str, tuple[Finding, ...]] = {}
        self._mapped: dict[str, bool] = {}
        self._parts: dict[str, PlayerSpec | None] = {}
        self._lenient: dict[Connection, Dependency] = {}
        self._preview = NOTHING
        self._shown_selected = EMPTY
        self._indexed = QRectF()
        self._hover: Hit | None = None
        self._draft = DraftItem(theme, self.zoom)
        self.addItem(self._draft)
        self.sync()

    # --- in step with the document

    def sync(self, everything: bool = False) -> None:
        """Show the melody as it is now. `everything`: Players may have changed as well.

        What is compared is cheap (which objects are the same); what is shown anew is only what an
        edit concerns.
        """
        melody, flow = self.document.melody, self.document.flow
        found = _by_node(self.document.findings)
        for node_id in [key for key in self._nodes if key not in melody.nodes]:
            self._drop_node(node_id)
        gone_wires = [key for key in self.wire_items if key not in melody.connections]
        for wire in gone_wires:
            self._drop_wire(wire)
        fresh_wires = [key for key in melody.connections if key not in self.wire_items]
        ends = {end for wire in gone_wires + fresh_wires for end in (wire.source, wire.target)}
        changed: list[str] = []
        for node_id, node in melody.nodes.items():
            mapped = bool(flow.mapped(node_id))
            if (
                everything
                or node is not self._nodes.get(node_id)
                or found.get(node_id, ()) != self._found.get(node_id, ())
                or mapped != self._mapped.get(node_id)
                or self._part_changed(node)
                or (node_id in ends and self.lookup(node.player) is None)
            ):
                self._nodes[node_id] = node
                self._mapped[node_id] = mapped
                self._found[node_id] = found.get(node_id, ())
                self._show_node(node)
                changed.append(node_id)
        for wire in fresh_wires:
            self._add_wire(wire)
        self._sync_notes()
        self._follow_wires()
        self._fit_index()
        self.selection = self.selection.within(melody)
        self.hover(None)
        concerned = {wire for node_id in changed for wire in self.layout.touching(node_id)}
        lenient = self.document.graph.lenient
        concerned.update(wire for wire, _ in self._lenient.items() ^ lenient.items())
        self._lenient = dict(lenient)
        for wire in concerned.union(fresh_wires):
            self._show_wire(wire)
        for node_id in changed:
            self._show_look(node_id)

    def _part_changed(self, node: Node) -> bool:
        """Whether a node places a part that has other ports, or another title, than were shown."""
        if node.part is None:
            return self._parts.pop(node.id, None) is not None
        spec, shown = self.lookup(node.player), self._parts.get(node.id)
        self._parts[node.id] = spec
        return spec != shown

    def _fit_index(self) -> None:
        """Keep Qt's index, which halves this rectangle, no larger than the melody needs."""
        bounds = self.layout.bounds()
        if not self._indexed.contains(bounds):
            self._indexed = bounds.adjusted(-2000, -2000, 2000, 2000)
            self.setSceneRect(self._indexed)

    def _show_node(self, node: Node) -> None:
        face = self._face(node)
        item = self.node_items.get(node.id)
        if item is None:
            item = NodeItem(self.theme, self.zoom, face)
            self.node_items[node.id] = item
            self.addItem(item)
        else:
            item.show_face(face)
        at = QPointF(node.x, node.y)
        item.setPos(at)
        self.layout.put_node(node.id, at, face.layout)
        self._follow_wires()

    def _face(self, node: Node) -> NodeFace:
        flow = self.document.flow
        return describe(
            node,
            self.lookup(node.player),
            [w for w in self.document.melody.connections if node.id in (w.source, w.target)]
            if self.lookup(node.player) is None
            else (),
            self.statuses.get(node.id, IDLE),
            self._found.get(node.id, ()),
            lambda output: flow.output_type(node.id, output),
        )

    def _drop_node(self, node_id: str) -> None:
        for wire in self.layout.touching(node_id):
            self._drop_wire(wire)
        self.layout.remove_node(node_id)
        self.removeItem(self.node_items.pop(node_id))
        for held in (self._nodes, self._mapped, self._found, self._parts, self.statuses):
            held.pop(node_id, None)

    def _add_wire(self, connection: Connection) -> None:
        self.layout.put_wire(connection)
        item = WireItem(
            self.theme, self.zoom, self.layout.wires[connection], WireLook(self.theme.muted)
        )
        self.wire_items[connection] = item
        self.addItem(item)

    def _drop_wire(self, connection: Connection) -> None:
        item = self.wire_items.pop(connection, None)
        if item is None:
            return
        self.layout.remove_wire(connection)
        self.removeItem(item)
        self.counts.pop(connection, None)
        self.values.pop(connection, None)
        chip = self.chip_items.pop(connection, None)
        if chip is not None:
            self.removeItem(chip)

    def _sync_notes(self) -> None:
        notes = self.document.melody.notes
        for note_id in [key for key in self._notes if key not in notes]:
            self.removeItem(self.note_items.pop(note_id))
            self.layout.remove_note(note_id)
            del self._notes[note_id]
        for note_id, note in notes.items():
            if note is self._notes.get(note_id):
                continue
            self._notes[note_id] = note
            item = self.note_items.get(note_id)
            if item is None:
                item = NoteItem(
                    self.theme, self.zoom, note.text, QRectF(0, 0, note.width, note.height)
                )
                self.note_items[note_id] = item
                self.addItem(item)
            item.text = note.text
            self._place_note(note_id, QRectF(note.x, note.y, note.width, note.height))
            item.update()

    # --- status, counts, theme

    def set_statuses(self, statuses: Mapping[str, NodeStatus]) -> set[str]:
        """Show what a run says of these nodes. Answers the nodes that are here and changed."""
        changed = {
            node_id
            for node_id, status in statuses.items()
            if node_id in self.node_items and status != self.statuses.get(node_id, IDLE)
        }
        for node_id in changed:
            before = self.statuses.get(node_id, IDLE).state
            self.statuses[node_id] = statuses[node_id]
            item = self.node_items[node_id]
            face = with_status(item.face, statuses[node_id])
            if face.layout != item.face.layout:
                self.layout.put_node(node_id, item.pos(), face.layout)
                self._follow_wires()
            item.show_face(face)
            if before != statuses[node_id].state:
                for wire in self.layout.touching(node_id):
                    self._show_wire(wire)
        return changed

    def set_counts(self, counts: Mapping[Connection, int]) -> None:
        """Show how many tasks each mapped wire makes."""
        for connection, count in counts.items():
            if connection in self.wire_items:
                self.counts[connection] = count
                self._show_wire(connection)

    def set_values(self, values: Mapping[Connection, str]) -> None:
        """Show in a few words what has passed these wires; an empty word takes the chip away."""
        for connection, words in values.items():
            if connection in self.wire_items and self.values.get(connection, "") != words:
                self.values[connection] = words
                self._show_wire(connection)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.theme = theme
        self._draft.theme = theme
        items = (self.node_items, self.chip_items, self.note_items)
        for held in items:
            for item in held.values():
                item.theme = theme
                item.update()
        for connection, wire_item in self.wire_items.items():
            wire_item.theme = theme
            self._show_wire(connection)
        self.update()

    # --- selection, hover, preview

    def select(self, selection: Selection) -> bool:
        """Select exactly this; answers whether that changed anything."""
        selection = selection.within(self.document.melody)
        if selection == self.selection:
            return False
        self.selection = selection
        self._show_selected(selection)
        return True

    def hover(self, hit: Hit | None) -> None:
        """Show what is under the pointer."""
        if hit == self._hover:
            return
        before, self._hover = self._hover, hit
        for one in (before, hit):
            match one:
                case PortHit(key=PortKey(node=node)) | NodeHit(node=node):
                    self._show_look(node)
                case WireHit(connection=wire):
                    self._show_wire(wire)
                case NoteHit(note=note) if note in self.note_items:
                    self.note_items[note].hovered = one is hit
                    self.note_items[note].update()

    def show_preview(self, preview: Preview) -> None:
        """Show what a gesture would do; `NOTHING` shows the document."""
        before, self._preview = self._preview, preview
        for key in before.positions.keys() - preview.positions.keys():
            self._move_back(key)
        for note_id in before.note_rects.keys() - preview.note_rects.keys():
            self._move_back(note_id)
        for key, (x, y) in preview.positions.items():
            if key in self.node_items:
                self._place_node(key, QPointF(x, y))
            elif key in self.note_items:
                self._place_note(key, QRectF(QPointF(x, y), self.note_items[key].size.size()))
        for note_id, rect in preview.note_rects.items():
            self._place_note(note_id, rect)
        self._follow_wires()
        self._draft.present(preview.draft, preview.band, self._ghost(preview.ghost))
        if (before.fits is None) != (preview.fits is None):
            for node_id in self.node_items:
                self._show_look(node_id)
        elif before.target_port != preview.target_port or preview.fits != before.fits:
            self._show_ports(before.target_port, preview.target_port)
        for wire in {before.hidden, preview.hidden, before.target_wire, preview.target_wire}:
            if wire in self.wire_items:
                self._show_wire(wire)
        if (before.fits is None) != (preview.fits is None):
            for wire in list(self.wire_items):
                self._show_wire(wire)
        if before.selection is not None or preview.selection is not None:
            self._show_selected(preview.selection or self.selection)

    def advance_motion(self, now: float, phase: float, turn: float) -> None:
        """Move what moves: dashes of wires in use, seconds and arcs of running nodes."""
        for node_id, status in self.statuses.items():
            if status.state == "running":
                item = self.node_items[node_id]
                item.look = replace(item.look, now=now, turn=turn)
                item.update()
        for item_of_wire in self.wire_items.values():
            if item_of_wire.look.use == "running" and item_of_wire.look.phase != phase:
                item_of_wire.look = replace(item_of_wire.look, phase=phase)
                item_of_wire.update()

    def set_scale(self, scale: float) -> None:
        """Hear of the zoom, on which the amount of detail depends."""
        before, self.zoom.scale = self.zoom.scale, scale
        if (before >= SHAPES_FROM) != (scale >= SHAPES_FROM):
            for item in self.node_items.values():
                item.keep_picture(scale >= SHAPES_FROM)

    def any_running(self) -> bool:
        """Whether any node is at work."""
        return any(status.state == "running" for status in self.statuses.values())

    def finding_text(self, node_id: str) -> str:
        """What validation says of a node; empty when nothing."""
        item = self.node_items.get(node_id)
        return item.face.finding_text if item is not None else ""

    # --- inside

    def _move_back(self, key: str) -> None:
        node = self._nodes.get(key)
        if node is not None and key in self.node_items:
            self._place_node(key, QPointF(node.x, node.y))
            self._follow_wires()
        note = self._notes.get(key)
        if note is not None and key in self.note_items:
            self._place_note(key, QRectF(note.x, note.y, note.width, note.height))

    def _place_node(self, node_id: str, at: QPointF) -> None:
        item = self.node_items[node_id]
        item.setPos(at)
        self.layout.put_node(node_id, at, item.face.layout)

    def _place_note(self, note_id: str, rect: QRectF) -> None:
        item = self.note_items[note_id]
        item.setPos(rect.topLeft())
        item.resize(QRectF(0, 0, rect.width(), rect.height()))
        self.layout.put_note(note_id, rect)

    def _follow_wires(self) -> None:
        for wire in self.layout.take_rerouted():
            item = self.wire_items.get(wire)
            if item is None:
                continue
            item.route(self.layout.wires[wire])
            chip = self.chip_items.get(wire)
            if chip is not None:
                chip.show_count(self.layout.wires[wire], chip.text)

    def _show_selected(self, selection: Selection) -> None:
        before, self._shown_selected = self._shown_selected, selection
        chosen = set(selection.nodes)
        for node_id in set(before.nodes) ^ chosen:
            item = self.node_items.get(node_id)
            if item is not None:
                item.look = replace(item.look, selected=node_id in chosen)
                item.update()
        for note_id in set(before.notes) ^ set(selection.notes):
            note_item = self.note_items.get(note_id)
            if note_item is not None:
                note_item.selected = note_id in selection.notes
                note_item.update()
        for wire in set(before.wires) ^ set(selection.wires):
            self._show_wire(wire)

    def _show_ports(self, *keys: PortKey | None) -> None:
        for node_id in {key.node for key in keys if key is not None}:
            self._show_look(node_id)

    def _show_look(self, node_id: str) -> None:
        item = self.node_items.get(node_id)
        if item is None:
            return
        hover = self._hover
        on_port = isinstance(hover, PortHit) and hover.key.node == node_id
        on_node = isinstance(hover, NodeHit) and hover.node == node_id
        pointed = self._preview.target_port
        if pointed is None and isinstance(hover, PortHit):
            pointed = hover.key
        port: PortPlace | None = None
        if pointed is not None and pointed.node == node_id:
            port = item.face.layout.place(pointed.port, pointed.is_output)
        fits = self._preview.fits
        look = NodeLook(
            selected=node_id in (self._preview.selection or self.selection).nodes,
            hovered=on_port or on_node,
            port=port,
            light=None
            if fits is None
            else lambda place: fits(PortKey(node_id, place.name, place.is_output)),
            now=item.look.now,
            turn=item.look.turn,
        )
        if fits is not None or look != item.look:
            item.look = look
            item.update()

    def _show_wire(self, connection: Connection) -> None:
        item = self.wire_items.get(connection)
        if item is None:
            return
        flow, preview = self.document.flow, self._preview
        mapped = flow.fit_of(connection) == "map"
        look = WireLook(
            hue=self.theme.port(flow.output_type(connection.source, connection.output)),
            mapped=mapped,
            use=_use(self.statuses.get(connection.source, IDLE)),
            selected=connection in (preview.selection or self.selection).wires,
            hovered=isinstance(self._hover, WireHit) and self._hover.connection == connection,
            target=connection == preview.target_wire,
            faded=preview.fits is not None,
            phase=item.look.phase,
            dependency=self.document.graph.lenient.get(connection, "hard"),
        )
        hidden = connection == preview.hidden
        item.setVisible(not hidden)
        if look != item.look:
            item.look = look
            item.update()
        carries = mapped or bool(self.values.get(connection))
        self._show_chip(connection, carries and not hidden, faded=look.faded)

    def _show_chip(self, connection: Connection, shown: bool, *, faded: bool) -> None:
        chip = self.chip_items.get(connection)
        if not shown:
            if chip is not None:
                del self.chip_items[connection]
                self.removeItem(chip)
            return
        mapped = self.document.flow.fit_of(connection) == "map"
        text = chip_text(self.counts.get(connection)) if mapped else self.values[connection]
        curve = self.layout.wires[connection]
        if chip is None:
            chip = ChipItem(self.theme, self.zoom, curve, text)
            self.chip_items[connection] = chip
            self.addItem(chip)
        chip.show_count(curve, text)
        chip.faded = faded
        chip.update()

    def _ghost(self, ghost: Ghost | None) -> tuple[NodeFace, QPointF] | None:
        if ghost is None:
            return None
        return describe(Node("", ghost.spec.id), ghost.spec, (), IDLE, ()), ghost.at


def _use(source: NodeStatus) -> WireUse:
    if source.state == "running":
        return "running"
    if source.state in ("waiting", "failed", "skipped", "cancelled"):
        return "dim"
    return "rest"


def _by_node(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        if finding.place is not None:
            found[finding.place] = (*found.get(finding.place, ()), finding)
    return found

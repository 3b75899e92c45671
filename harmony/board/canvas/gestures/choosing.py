"""Which gesture a press begins: read off what lies under the pointer and the keys held."""

from __future__ import annotations

from dataclasses import dataclass

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.gestures.connect import Connect
from harmony.board.canvas.gestures.gesture import Gesture, Pointer
from harmony.board.canvas.gestures.move_nodes import Click, MoveNodes
from harmony.board.canvas.gestures.reconnect import Reconnect
from harmony.board.canvas.gestures.resize_note import ResizeNote
from harmony.board.canvas.gestures.rubber_band import RubberBand
from harmony.board.canvas.hit import Hit, NodeHit, NoteHit, PortHit, WireHit
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.selection import EMPTY, Selection
from harmony.melody.document import Document
from harmony.melody.wire_rules import takes_many


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice depends on beside the pointer."""

    document: Document
    layout: CanvasLayout
    selection: Selection
    scale: float
    can_edit: bool
    can_move: bool


def choose(hit: Hit | None, pointer: Pointer, here: Situation) -> tuple[Gesture, Selection]:
    """The gesture that a press of the left button begins, and what is selected from then on."""
    match hit:
        case PortHit(key=key) if here.can_edit:
            return _from_port(key, pointer, here), here.selection
        case PortHit(key=key):
            return _press(Selection(nodes=(key.node,)), key.node, pointer, here)
        case NodeHit(node=node):
            return _press(Selection(nodes=(node,)), node, pointer, here)
        case NoteHit(note=note, corner=True) if here.can_edit:
            chosen = Selection(notes=(note,))
            return ResizeNote(here.document.melody.notes[note], pointer), chosen
        case NoteHit(note=note):
            return _press(Selection(notes=(note,)), note, pointer, here)
        case WireHit(connection=wire, end=end):
            chosen = Selection(wires=(wire,))
            if pointer.shift or pointer.control:
                toggled = here.selection.toggled(chosen)
                return Click(toggled), toggled
            if end is not None and here.can_edit:
                moving = Reconnect(here.document, here.layout, wire, end, pointer, here.scale)
                return moving, chosen
            return Click(chosen), chosen
        case None:
            return RubberBand(here.layout, here.selection, pointer), here.selection


def for_menu(hit: Hit | None, selection: Selection) -> Selection:
    """What is selected while a menu is open: what it is about; a selection that holds it stays."""
    match hit:
        case NodeHit(node=key) | PortHit(key=PortKey(node=key)):
            chosen, held = Selection(nodes=(key,)), selection.holds(key)
        case NoteHit(note=key):
            chosen, held = Selection(notes=(key,)), selection.holds(key)
        case WireHit(connection=wire):
            chosen, held = Selection(wires=(wire,)), selection.holds(wire)
        case None:
            return EMPTY
    return selection if held else chosen


def _from_port(key: PortKey, pointer: Pointer, here: Situation) -> Gesture:
    """From a single input that is taken one pulls its wire; from any other port a new one."""
    if not key.is_output and not takes_many(here.document.graph, key.node, key.port):
        for wire in here.layout.touching(key.node):
            if wire.target == key.node and wire.input == key.port:
                return Reconnect(here.document, here.layout, wire, "target", pointer, here.scale)
    return Connect(here.document, here.layout, key, pointer, here.scale)


def _press(
    pressed: Selection, key: str, pointer: Pointer, here: Situation
) -> tuple[Gesture, Selection]:
    """Press on a node or note: it is selected, and with it moves all that is."""
    held = here.selection.holds(key)
    if pointer.shift or pointer.control:
        toggled = here.selection.toggled(pressed)
        now = here.selection.joined(pressed)
        click = toggled
    else:
        now = here.selection if held else pressed
        click = pressed
    if not here.can_move:
        return Click(click), now
    return MoveNodes(here.document.melody, key, now, click, pointer), now

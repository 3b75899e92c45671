"""What a screen reader hears of the canvas: the selection in words, and what just happened."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from harmony.board.canvas.scene import CanvasScene
from harmony.board.status import IDLE, NodeState
from harmony.foundation.words import render, translate
from harmony.melody.model import Connection

_STATES: Final[dict[NodeState, str]] = {
    "idle": "",
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "reused": "reused",
    "failed": "failed",
    "skipped": "skipped",
    "cancelled": "stopped",
}


def announce(widget: QWidget, text: str) -> None:
    """Say `text` to whoever listens."""
    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


def describe_selection(scene: CanvasScene) -> str:
    """The selection in words."""
    selection, melody = scene.selection, scene.document.melody
    count = len(selection.nodes) + len(selection.notes) + len(selection.wires)
    if count == 1:
        for node_id in selection.nodes:
            return _node(scene, node_id)
        for note_id in selection.notes:
            return translate("Note: {text}").format(text=melody.notes[note_id].text)
        return _wire(scene, selection.wires[0])
    if count:
        return translate("{count} items selected").format(count=count)
    return translate("Nothing selected. {count} nodes.").format(count=len(melody.nodes))


def _node(scene: CanvasScene, node_id: str) -> str:
    face, status = scene.node_items[node_id].face, scene.statuses.get(node_id, IDLE)
    error = status.error if status.state == "failed" else ""
    state = translate(_STATES[status.state]) if _STATES[status.state] else ""
    mark = render("board.pinned") if face.pinned else ""
    parts = (face.title, state, mark, error, face.finding_text)
    return ", ".join(part for part in parts if part)


def _wire(scene: CanvasScene, wire: Connection) -> str:
    words = translate("Wire from {source} {output} to {target} {input}")
    return words.format(
        source=scene.node_items[wire.source].face.title,
        output=wire.output,
        target=scene.node_items[wire.target].face.title,
        input=wire.input,
    )

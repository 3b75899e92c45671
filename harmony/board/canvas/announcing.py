"""What a screen reader hears of the canvas: the selection in words, and what just happened."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from harmony.board.canvas.selection import Selection
from harmony.board.status import NodeStatus
from harmony.foundation.words import translate
from harmony.melody.document import Document
from harmony.players.specs import PlayerSpec

_STATES = {
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


def describe_selection(
    selection: Selection,
    document: Document,
    spec: PlayerSpec | None,
    status: NodeStatus,
    finding: str,
) -> str:
    """The selection in words. The last three are those of the node, when one alone is selected."""
    melody = document.melody
    if len(selection.nodes) == 1 and not selection.notes:
        node = melody.nodes[selection.nodes[0]]
        title = node.title or (spec.title if spec is not None else node.player)
        state = translate(_STATES[status.state])
        parts = (title, state, status.error if status.state == "failed" else "", finding)
        return ", ".join(part for part in parts if part)
    if len(selection.notes) == 1 and not selection.nodes:
        return translate("Note: {text}").format(text=melody.notes[selection.notes[0]].text)
    if len(selection.wires) == 1 and not selection.nodes:
        wire = selection.wires[0]
        words = translate("Wire from {source} {output} to {target} {input}")
        return words.format(
            source=wire.source, output=wire.output, target=wire.target, input=wire.input
        )
    count = len(selection.nodes) + len(selection.notes) + len(selection.wires)
    if count:
        return translate("{count} items selected").format(count=count)
    return translate("Nothing selected. {count} nodes.").format(count=len(melody.nodes))

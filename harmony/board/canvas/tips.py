"""What a tool tip on the canvas says: a port's type and help, a finding, what had to be cut."""

from __future__ import annotations

from html import escape
from typing import Final

from harmony.board.canvas.face import port_label
from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.hit import Hit, NodeHit, PortHit, WireHit
from harmony.board.canvas.scene import CanvasScene
from harmony.board.status import IDLE
from harmony.foundation.words import render, translate
from harmony.melody.model import Connection, Dependency, Node
from harmony.players.specs import PlayerSpec


def tip(hit: Hit | None, scene: CanvasScene) -> str:
    """The words for what is under the pointer; empty for none."""
    match hit:
        case PortHit(key=key):
            return _port(key, scene)
        case NodeHit(node=node):
            return _node(node, scene)
        case WireHit(connection=wire):
            return _wire(wire, scene)
        case _:
            return ""


def as_rich_text(words: str) -> str:
    """Words as a tool tip that breaks its lines. What they hold is never taken for markup."""
    return f"<p>{escape(words)}</p>".replace("\n", "<br>") if words else ""


def _port(key: PortKey, scene: CanvasScene) -> str:
    spec = scene.lookup(scene.document.melody.nodes[key.node].player)
    flow = scene.document.flow
    if key.is_output:
        kind = flow.output_type(key.node, key.port)
        port = spec.output(key.port) if spec is not None else None
    else:
        kind = flow.input_type(key.node, key.port)
        port = spec.input(key.port) if spec is not None else None
    optional = port is not None and not key.is_output and not port.required
    words = translate("{port}: {type} (optional)") if optional else "{port}: {type}"
    head = words.format(port=port_label(key.port), type=kind)
    return f"{head}\n{port.help}" if port is not None and port.help else head


def _node(node_id: str, scene: CanvasScene) -> str:
    node, status = scene.document.melody.nodes[node_id], scene.statuses.get(node_id, IDLE)
    spec = scene.lookup(node.player)
    finding = scene.node_items[node_id].face.finding_text
    if status.state == "failed" and status.error:
        return "\n\n".join(word for word in (status.error, status.bottleneck) if word)
    is_pinned = render("board.pinned_help") if node.pins else ""
    told = (is_pinned, status.damaged, status.reason, status.bottleneck)
    if any(told):
        return "\n\n".join((node_title(node, spec), *(word for word in told if word)))
    if finding:
        return finding
    if spec is None:
        return translate("The Player {player} is not installed.").format(player=node.player)
    return f"{node_title(node, spec)}\n{spec.summary}" if spec.summary else ""


def node_title(node: Node, spec: PlayerSpec | None) -> str:
    """What a node is called."""
    return node.title or (spec.title if spec is not None else node.player)


def _wire(wire: Connection, scene: CanvasScene) -> str:
    flow = scene.document.flow
    words = kind = flow.output_type(wire.source, wire.output)
    if flow.fit_of(wire) == "map":
        words = translate("{type}: one task for each item").format(type=kind)
    dependency = scene.document.graph.lenient.get(wire)
    if dependency is None:
        return words
    return f"{words}\n{render(_ASKS[dependency])}\n\n{render('board.wire_legend')}"


_ASKS: Final[dict[Dependency, str]] = {
    "soft": "board.wire_soft_help",
    "optional": "board.wire_optional_help",
}

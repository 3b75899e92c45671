"""What a tool tip on the canvas says: a port's type and help, a finding, what had to be cut."""

from __future__ import annotations

from harmony.board.canvas.face import port_label
from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.hit import Hit, NodeHit, PortHit, WireHit
from harmony.board.status import IDLE, NodeStatus
from harmony.foundation.words import translate
from harmony.melody.document import Document
from harmony.players.specs import PlayerSpec


def tip(
    hit: Hit | None,
    document: Document,
    spec: PlayerSpec | None,
    status: NodeStatus | None,
    finding: str,
) -> str:
    """The words for what is under the pointer; empty for none. `spec`, `status` and `finding` are
    those of the node under the pointer."""
    match hit:
        case PortHit(key=key):
            return _port(key, document, spec)
        case NodeHit():
            return _node(document, hit.node, spec, status or IDLE, finding)
        case WireHit(connection=wire):
            kind = document.flow.output_type(wire.source, wire.output)
            if document.flow.fit_of(wire) == "map":
                each = translate("{type}: one task for each item")
                return each.format(type=kind)
            return kind
        case _:
            return ""


def _port(key: PortKey, document: Document, spec: PlayerSpec | None) -> str:
    if key.is_output:
        kind = document.flow.output_type(key.node, key.port)
        port = spec.output(key.port) if spec is not None else None
    else:
        kind = document.flow.input_type(key.node, key.port)
        port = spec.input(key.port) if spec is not None else None
    optional = port is not None and not key.is_output and not port.required
    head = f"{port_label(key.port)}: {kind}" + (translate(" (optional)") if optional else "")
    return f"{head}\n{port.help}" if port is not None and port.help else head


def _node(
    document: Document, node_id: str, spec: PlayerSpec | None, status: NodeStatus, finding: str
) -> str:
    if status.state == "failed" and status.error:
        return status.error
    if finding:
        return finding
    node = document.melody.nodes[node_id]
    if spec is None:
        return translate("The Player {player} is not installed.").format(player=node.player)
    return f"{node.title or spec.title}\n{spec.summary}" if spec.summary else ""

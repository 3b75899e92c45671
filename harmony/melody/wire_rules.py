"""What speaks against a wire: asked while it is dragged, so the answer costs microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from harmony.melody.findings import Finding
from harmony.melody.graph import Graph
from harmony.melody.model import Connection
from harmony.players.ports import fit, item_type
from harmony.players.specs import PortSpec

_SHOWN_OF_A_PATH: Final = 9


def refusal(
    graph: Graph, connection: Connection, replacing: Connection | None = None
) -> Finding | None:
    """Why this wire is not possible, or None when it is.

    `replacing` is a wire that would go when this one comes (its end is dragged to another port).
    Ports of unknown Players are taken at their word.
    """
    with graph.without(replacing):
        return (
            _ends(graph, connection)
            or _ports(graph, connection)
            or _circle(graph, connection)
            or _room(graph, connection)
            or _types(graph, connection)
        )


def type_mismatch(graph: Graph, connection: Connection) -> Finding:
    """The finding for a wire whose value does not fit the port it leads to."""
    flow = graph.flow
    facts = ends(connection) | {
        "source_type": flow.output_type(connection.source, connection.output),
        "target_type": flow.input_type(connection.target, connection.input),
    }
    return Finding(
        "melody.type_mismatch", "error", connection.target, connection.input, None, facts
    )


def list_of_lists(node: str, outputs: Sequence[str]) -> Finding:
    """The finding for a node that would run once an item and answer a list each time."""
    facts = {"outputs": ", ".join(outputs)}
    return Finding("melody.list_of_lists", "error", node, outputs[0], None, facts)


def unknown_output(graph: Graph, connection: Connection) -> Finding | None:
    """The finding for a wire from a port that its node does not have."""
    spec = graph.specs[connection.source]
    if spec is None or _named(spec.outputs, connection.output):
        return None
    facts = ends(connection) | {"player": spec.id, "matches": _names(spec.outputs)}
    return Finding(
        "melody.output_unknown", "error", connection.source, connection.output, None, facts
    )


def unknown_input(graph: Graph, connection: Connection) -> Finding | None:
    """The finding for a wire to a port that its node does not have."""
    spec = graph.specs[connection.target]
    if spec is None or _named(spec.inputs, connection.input):
        return None
    facts = ends(connection) | {"player": spec.id, "matches": _names(spec.inputs)}
    return Finding(
        "melody.input_unknown", "error", connection.target, connection.input, None, facts
    )


def takes_many(graph: Graph, node: str, port: str) -> bool:
    """Whether an input port takes more than one wire: a list port does, and an unknown one."""
    spec = graph.specs[node]
    declared = spec.input(port) if spec is not None else None
    return declared is None or item_type(declared.type) is not None


def cycle(path: Sequence[str]) -> Finding:
    """The finding for a circle; a long way round is shown by its ends."""
    shown = list(path)
    if len(shown) > _SHOWN_OF_A_PATH:
        half = _SHOWN_OF_A_PATH // 2
        shown = [*shown[:half], "…", *shown[-half:]]
    facts = {"path": " → ".join(shown), "nodes": list(path[:-1])}
    return Finding("melody.cycle", "error", path[0], None, None, facts)


def ends(connection: Connection) -> dict[str, Any]:
    """The four names of a connection, as facts for a finding."""
    return {
        "source": connection.source,
        "output": connection.output,
        "target": connection.target,
        "input": connection.input,
    }


def _ends(graph: Graph, connection: Connection) -> Finding | None:
    for node in (connection.source, connection.target):
        if node not in graph.specs:
            return Finding("melody.no_such_node", "error", node, None, None, ends(connection))
    if connection in graph.wiring.out_of(connection.source):
        return Finding(
            "melody.duplicate_connection",
            "error",
            connection.target,
            connection.input,
            None,
            ends(connection),
        )
    return None


def _ports(graph: Graph, connection: Connection) -> Finding | None:
    return unknown_output(graph, connection) or unknown_input(graph, connection)


def _room(graph: Graph, connection: Connection) -> Finding | None:
    if takes_many(graph, connection.target, connection.input):
        return None
    for wire in graph.wiring.into(connection.target):
        if wire.input == connection.input:
            facts = ends(connection) | {"sources": f"{wire.source}.{wire.output}"}
            return Finding(
                "melody.input_taken", "error", connection.target, connection.input, None, facts
            )
    return None


def _circle(graph: Graph, connection: Connection) -> Finding | None:
    path = graph.order.would_cycle(connection.source, connection.target)
    return None if path is None else cycle(path)


def _types(graph: Graph, connection: Connection) -> Finding | None:
    flow = graph.flow
    leaving = flow.output_type(connection.source, connection.output)
    if graph.specs[connection.target] is None:
        return None
    if fit(leaving, flow.input_type(connection.target, connection.input)) is None:
        return type_mismatch(graph, connection)
    nested = flow.would_nest(connection)
    return None if nested is None else list_of_lists(*nested)


def _named(ports: Sequence[PortSpec], name: str) -> bool:
    """Whether a port has this name. A plain loop: it is asked twice for each wire of a melody."""
    for port in ports:  # noqa: SIM110 - a generator takes three times as long
        if port.name == name:
            return True
    return False


def _names(ports: Sequence[PortSpec]) -> str:
    return ", ".join(port.name for port in ports)

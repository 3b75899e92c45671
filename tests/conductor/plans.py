"""Plans and melodies for tests, written in a line: `plan(a="", b="a", c="a b")`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harmony.pit.dag.plan import Plan, PlannedInput, PlannedNode, PlannedRepeat, Source


def node(
    name: str,
    sources: tuple[str, ...] = (),
    successors: tuple[str, ...] = (),
    **changes: Any,
) -> PlannedNode:
    """A node with one input per source (`name*` maps over a list, `name+` gathers, `name~` is soft
    and `name?` optional)."""
    inputs = []
    for source in sources:
        plain = source.rstrip("*+~?")
        dependency = {"~": "soft", "?": "optional"}.get(source[-1], "hard")
        inputs.append(
            PlannedInput(
                port=f"from_{plain}",
                type="list[text]" if source.endswith("+") else "text",
                required=dependency == "hard",
                sources=(Source(plain, "result", dependency),),
                gathers=source.endswith("+"),
                maps=source.endswith("*"),
            )
        )
    values: dict[str, Any] = {
        "id": name,
        "player": f"test/{name}",
        "package": "test",
        "package_hash": "0",
        "package_source": "test",
        "parameters": {},
        "secrets": (),
        "files": (),
        "paths": (),
        "inputs": tuple(inputs),
        "outputs": {"result": "text"},
        "deterministic": True,
        "effects": False,
        "waits": False,
        "priority": 0,
        "retries": 0,
        "predecessors": tuple(
            source.rstrip("*+~") for source in sources if not source.endswith("?")
        ),
        "successors": successors,
        "rank": 1,
    }
    return PlannedNode(**{**values, **changes})


def plan(changes: dict[str, dict[str, Any]] | None = None, /, **nodes: str) -> Plan:
    """A plan from `name="sources"`; `changes` sets further fields of a node."""
    successors: dict[str, list[str]] = {name: [] for name in nodes}
    for name, sources in nodes.items():
        for source in sources.split():
            if not source.endswith("?"):
                successors[source.rstrip("*+~")].append(name)
    return Plan(
        {
            name: node(
                name,
                tuple(sources.split()),
                tuple(successors[name]),
                **(changes or {}).get(name, {}),
            )
            for name, sources in nodes.items()
        }
    )


def loop(
    body: Plan, until: str, at_most: int = 10, feeds: dict[str, str] | None = None, **outputs: str
) -> dict[str, Any]:
    """Changes that make a node a loop around `body`. `feeds`: inner node -> the name of what comes
    in at a port of the same name; outputs: name -> the inner node whose result it is."""
    nodes = dict(body.nodes)
    for name, outer in (feeds or {}).items():
        port = PlannedInput(outer, "text", False, (), gathers=False, maps=False, outer=outer)
        nodes[name] = replace(nodes[name], inputs=(*nodes[name].inputs, port))
    return {
        "outputs": dict.fromkeys(outputs, "text"),
        "repeat": PlannedRepeat(
            until,
            at_most,
            Plan(nodes),
            {name: Source(inner, "result") for name, inner in outputs.items()},
        ),
    }


def text(value: str) -> dict[str, Any]:
    """A reference to a stored text."""
    return {"type": "text", "hash": f"hash-{value}", "size": len(value), "value": value}


def texts(*values: str) -> dict[str, Any]:
    """A reference to a stored list of texts."""
    return {
        "type": "list[text]",
        "hash": "list",
        "size": 4,
        "items": [text(value) for value in values],
    }


NOTHING: dict[str, Any] = {"type": "text", "nothing": True}


def melody(name: str = "Trial", **nodes: tuple[str, dict[str, Any], dict[str, str]]) -> Any:
    """A melody from `name=(player, parameters, {input: "node.output …"})`."""
    from harmony.melody.model import Connection, Melody, Node

    drawn = Melody(id="trial", name=name)
    for node, (player, parameters, _) in nodes.items():
        drawn.nodes[node] = Node(node, f"players/{player}", parameters=parameters)
    for node, (_, _, inputs) in nodes.items():
        for port, sources in inputs.items():
            for source in sources.split():
                before, _, output = source.partition(".")
                connection = Connection(before, output or "text", node, port)
                drawn.connections[connection] = "hard"
    return drawn

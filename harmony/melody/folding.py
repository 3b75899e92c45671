"""Folding a selection into a part, and unfolding a part into its nodes: each one step for a person.

A run does the same before and after. Wires that cross the border of the selection become exposed
ports; at every list port the items keep their order, and where they could not, folding says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from harmony.foundation import words
from harmony.melody.change_kinds import (
    AddNode,
    AddNote,
    AddPart,
    Change,
    Connect,
    Group,
    RemoveNode,
    RemovePart,
)
from harmony.melody.change_parts import copied
from harmony.melody.changes import apply
from harmony.melody.errors import ChangeError
from harmony.melody.flow import Lookup
from harmony.melody.graph import Graph
from harmony.melody.model import (
    PART_PREFIX,
    Connection,
    Dependency,
    Exposed,
    Melody,
    Node,
    Note,
)
from harmony.melody.naming import base_of_player, fresh_id, is_taken
from harmony.melody.parts import handed_on
from harmony.melody.validation import findings_of_node, no_players

_Wires = list[tuple[Connection, Dependency]]


def fold(
    melody: Melody, node_ids: Iterable[str], lookup: Lookup, title: str = ""
) -> tuple[Group, str]:
    """The Change that puts nodes into a part of their own and places it, and the id of its node.

    What crosses the border is exposed under the name of the inner port; so are the outputs of nodes
    at whose end nothing follows. Raises ChangeError, with a finding where there is one, when a wire
    would lead out of the part and back in, or when a run would do something else afterwards.
    """
    chosen = {node: melody.nodes[node] for node in melody.nodes if node in set(node_ids)}
    if not chosen:
        raise ChangeError("melody.fold_nothing")
    _refuse_way_back(melody, chosen)
    _refuse_other_order(melody, chosen)
    title = title or words.render("melody.part.title")
    name = _fresh_part(melody, title)
    placed = fresh_id(name, lambda each: is_taken(melody, each))

    entries: dict[tuple[str, str], str] = {}
    exits: dict[tuple[str, str], str] = {}
    inside: _Wires = []
    outside: _Wires = []
    for wire, dependency in melody.connections.items():
        if wire.source in chosen and wire.target in chosen:
            inside.append((wire, dependency))
        elif wire.target in chosen:
            port = _exposed(entries, (wire.target, wire.input))
            outside.append((wire._replace(target=placed, input=port), dependency))
        elif wire.source in chosen:
            port = _exposed(exits, (wire.source, wire.output))
            outside.append((wire._replace(source=placed, output=port), dependency))
        else:
            outside.append((wire, dependency))
    for end in _open_ends(melody, chosen, lookup):
        _exposed(exits, end)
    part = Melody(
        name,
        title,
        nodes=dict(chosen),
        connections=dict(inside),
        inputs=_ports(entries),
        outputs=_ports(exits),
    )
    x, y = min(node.x for node in chosen.values()), min(node.y for node in chosen.values())
    node = Node(placed, PART_PREFIX + name, x=x, y=y)
    kept = {wire for wire in melody.connections if not {wire.source, wire.target} & chosen.keys()}
    group = Group(
        words.render("melody.label.fold"),
        (
            *(RemoveNode(each) for each in chosen),
            AddPart(part),
            AddNode(node),
            *_connected(outside, kept),
        ),
    )
    _refuse_other_flow(melody, group, placed, lookup)
    return group, placed


def unfold(melody: Melody, node_id: str) -> tuple[Group, tuple[str, ...]]:
    """The Change that puts the nodes of a part in place of the node that places it, and their ids.

    The part goes when nothing else places it. Raises ChangeError for a node that places none, or
    that repeats it.
    """
    node = melody.nodes.get(node_id)
    if node is None:
        raise ChangeError("melody.no_such_node", node=node_id)
    if node.part is None or node.part not in melody.parts:
        raise ChangeError("melody.unfold_no_part", node=node_id)
    if node.repeat is not None:
        raise ChangeError("melody.unfold_repeats", node=node_id)
    part = melody.parts[node.part]
    ids = _fresh_ids(melody, part, node_id)
    entries = {port.name: (ids[port.node], port.port) for port in part.inputs if port.node in ids}
    exits = {port.name: (ids[port.node], port.port) for port in part.outputs if port.node in ids}
    inside: _Wires = [
        (wire._replace(source=ids[wire.source], target=ids[wire.target]), dependency)
        for wire, dependency in part.connections.items()
    ]
    wires: _Wires = []
    for wire, dependency in melody.connections.items():
        start, end = (wire.source, wire.output), (wire.target, wire.input)
        if node_id in (wire.source, wire.target):
            # Wires from inside come before those from outside, as in a run.
            wires += inside
            inside = []
        if wire.source == node_id:
            start = exits.get(wire.output, ("", ""))
        if wire.target == node_id:
            end = entries.get(wire.input, ("", ""))
        if start[0] and end[0]:
            wires.append((Connection(*start, *end), dependency))
    wires += inside
    kept = {wire for wire in melody.connections if node_id not in (wire.source, wire.target)}
    at = list(melody.nodes).index(node_id)
    changes: list[Change] = [RemoveNode(node_id)]
    changes += _unpacked(part, node, ids, at)
    changes += _connected(wires, kept)
    if not _is_placed_elsewhere(melody, node):
        changes.append(RemovePart(node.part))
    label = words.render("melody.label.unfold", node=node.title or part.name or node.part)
    return Group(label, tuple(changes)), tuple(ids[each] for each in part.nodes)


def _unpacked(
    part: Melody, outer: Node, ids: Mapping[str, str], at: int
) -> Iterable[AddNode | AddNote]:
    items: list[Node | Note] = [*part.nodes.values(), *part.notes.values()]
    left = min((item.x for item in items), default=0.0)
    top = min((item.y for item in items), default=0.0)
    for number, inner in enumerate(part.nodes.values()):
        x, y = outer.x + inner.x - left, outer.y + inner.y - top
        placed = replace(handed_on(inner, outer), id=ids[inner.id], x=x, y=y)
        yield AddNode(placed, at + number)
    for note in part.notes.values():
        x, y = outer.x + note.x - left, outer.y + note.y - top
        yield AddNote(replace(note, id=ids[note.id], x=x, y=y))


def _connected(wires: _Wires, there: set[Connection]) -> Iterable[Connect]:
    """The wires that are not there yet, each at the place where it is to stand in the end."""
    for at, (wire, dependency) in enumerate(wires):
        if wire not in there:
            yield Connect(wire, at, dependency)


def _exposed(ports: dict[tuple[str, str], str], end: tuple[str, str]) -> str:
    """The name under which an inner port is shown outside: its own, numbered where it is taken."""
    if end not in ports:
        taken = set(ports.values())
        ports[end] = fresh_id(end[1], taken.__contains__)
    return ports[end]


def _ports(named: Mapping[tuple[str, str], str]) -> tuple[Exposed, ...]:
    return tuple(Exposed(name, node, port) for (node, port), name in named.items())


def _open_ends(
    melody: Melody, chosen: Mapping[str, Node], lookup: Lookup
) -> Iterable[tuple[str, str]]:
    """The outputs of nodes that nothing follows: what the selection is there for, by the look."""
    graph = Graph.of(melody, lookup)
    for node in chosen:
        spec = graph.specs[node]
        if spec is not None and not graph.wiring.out_of(node):
            yield from ((node, port.name) for port in spec.outputs if port.type != "view")


def _refuse_way_back(melody: Melody, chosen: Mapping[str, Node]) -> None:
    after: dict[str, list[str]] = {}
    for wire in melody.connections:
        after.setdefault(wire.source, []).append(wire.target)
    waiting = [node for start in chosen for node in after.get(start, ()) if node not in chosen]
    seen = set(waiting)
    while waiting:
        at = waiting.pop()
        for node in after.get(at, ()):
            if node in chosen:
                raise ChangeError("melody.fold_way_back", node=at, inner=node)
            if node not in seen:
                seen.add(node)
                waiting.append(node)


def _refuse_other_order(melody: Melody, chosen: Mapping[str, Node]) -> None:
    """At a list port inside, items from inside come before those from outside, afterwards."""
    from_outside: dict[tuple[str, str], str] = {}
    for wire in melody.connections:
        if wire.target not in chosen:
            continue
        port = (wire.target, wire.input)
        if wire.source not in chosen:
            from_outside.setdefault(port, wire.source)
        elif port in from_outside:
            facts = {"inner": wire.source, "outer": from_outside[port]}
            raise ChangeError("melody.fold_order", node=wire.target, port=wire.input, **facts)


def _refuse_other_flow(melody: Melody, group: Group, placed: str, lookup: Lookup) -> None:
    tried = copied(melody)
    apply(tried, group)
    graph = Graph.of(tried, lookup)
    for finding in findings_of_node(tried.nodes[placed], graph, no_players, {}):
        if finding.code in ("melody.part_not_itemwise", "melody.list_of_lists"):
            raise ChangeError.refused(finding)


def _is_placed_elsewhere(melody: Melody, node: Node) -> bool:
    everywhere = [melody, *melody.parts.values()]
    return any(
        other.player == node.player and other is not node
        for place in everywhere
        for other in place.nodes.values()
    )


def _fresh_part(melody: Melody, title: str) -> str:
    return fresh_id(base_of_player(title), melody.parts.__contains__)


def _fresh_ids(melody: Melody, part: Melody, leaving: str) -> dict[str, str]:
    ids: dict[str, str] = {}
    given: set[str] = set()

    def taken(name: str) -> bool:
        return name in given or (name != leaving and is_taken(melody, name))

    for old in (*part.nodes, *part.notes):
        ids[old] = fresh_id(old, taken)
        given.add(ids[old])
    return ids

"""Any Change, and a melody to do it to: what the tests of Changes and differences draw from."""

from __future__ import annotations

from hypothesis import strategies as st

from harmony.melody.changes import (
    UNSET,
    AddNode,
    AddNote,
    AddPart,
    Connect,
    DescribeMelody,
    Disconnect,
    EditNote,
    EditPart,
    Group,
    MoveNodes,
    RemoveNode,
    RemoveNote,
    RemovePart,
    RenameNode,
    RenamePart,
    ReplacePlayer,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPolicy,
    SetRepeat,
)
from harmony.melody.model import (
    Connection,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    Policy,
    Repeat,
)

IDS = ("a", "b", "c", "d", "e")
PORTS = ("x", "y")

ids = st.sampled_from(IDS)
note_ids = st.sampled_from(("n1", "n2", "a"))
places = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 2))
texts = st.text(st.characters(codec="utf-8"), max_size=8)
indexes = st.none() | st.integers(0, 6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | places | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
seconds = st.floats(-10, 1e6, allow_nan=False).map(lambda value: round(value, 3))
players = st.sampled_from(("test/one", "test/two", "melody:p1", "melody:p2"))
policies = st.builds(
    Policy,
    retry_base=seconds,
    retry_errors=st.lists(texts.filter(bool), max_size=2).map(tuple),
    timeout=st.none() | seconds,
    adaptive=st.booleans(),
    fallback=texts,
    on_failure=st.sampled_from(("fail", "skip", "halt")),
    parallel=st.integers(-1, 9),
)
repeats = st.none() | st.builds(Repeat, st.sampled_from(PORTS), st.integers(-1, 2000))
dependencies = st.sampled_from(("hard", "soft", "optional"))
nodes = st.builds(
    Node,
    id=ids,
    player=players,
    title=texts,
    x=places,
    y=places,
    parameters=st.dictionaries(st.sampled_from(("p", "q")), values, max_size=2),
    priority=st.integers(-5, 5),
    retries=st.integers(0, 3),
    policy=policies | st.just(Policy()),
    repeat=repeats,
)
notes = st.builds(Note, id=note_ids, text=texts, x=places, y=places)
wires = st.builds(
    Connection,
    source=ids,
    output=st.sampled_from(PORTS),
    target=ids,
    input=st.sampled_from(PORTS),
)
part_names = st.sampled_from(("p1", "p2", "p3"))
exposed = st.lists(
    st.builds(Exposed, st.sampled_from(("in", "out")), ids, st.sampled_from(PORTS)),
    max_size=2,
    unique_by=lambda port: port.name,
).map(tuple)
limits = st.builds(Limits, st.none() | st.integers(0, 9), st.none() | st.just(2.5))


def _part(
    name: str, placed: list[Node], first: Connection, kind: str, ports: tuple[Exposed, ...]
) -> Melody:
    part = Melody(name, "A part", nodes={node.id: node for node in placed}, inputs=ports)
    if first.source in part.nodes and first.target in part.nodes:
        part.connections[first] = kind
    return part


parts = st.builds(
    _part,
    part_names,
    st.lists(nodes, max_size=2, unique_by=lambda node: node.id),
    wires,
    dependencies,
    exposed,
)
inner = st.one_of(
    st.builds(AddNode, nodes, indexes),
    st.builds(RemoveNode, ids),
    st.builds(Connect, wires, indexes, dependencies),
    st.builds(SetParameter, ids, st.sampled_from(("p", "q")), values),
    st.builds(SetExposed, exposed, exposed),
    st.builds(SetLimits, limits),
)
simple = st.one_of(
    st.builds(SetPolicy, ids, policies),
    st.builds(SetRepeat, ids, repeats),
    st.builds(SetDependency, wires, dependencies),
    st.builds(SetLimits, limits),
    st.builds(SetExposed, exposed, exposed),
    st.builds(AddPart, parts, indexes),
    st.builds(AddPart, parts),
    st.builds(RemovePart, part_names),
    st.builds(RenamePart, part_names, part_names),
    st.builds(EditPart, part_names, inner | st.builds(Group, texts, st.lists(inner).map(tuple))),
    st.builds(Connect, wires, indexes, dependencies),
    st.builds(AddNode, nodes, indexes),
    st.builds(AddNode, nodes),
    st.builds(RemoveNode, ids),
    st.builds(Connect, wires, indexes),
    st.builds(Connect, wires),
    st.builds(Connect, wires),
    st.builds(Disconnect, wires),
    st.builds(SetParameter, ids, st.sampled_from(("p", "q")), values | st.just(UNSET)),
    st.builds(MoveNodes, st.dictionaries(ids | note_ids, st.tuples(places, places), max_size=3)),
    st.builds(RenameNode, ids, texts),
    st.builds(SetNodeOption, ids, st.sampled_from(("priority", "retries")), st.integers(-1, 5)),
    st.builds(ReplacePlayer, ids, players),
    st.builds(AddNote, notes, indexes),
    st.builds(RemoveNote, note_ids),
    st.builds(EditNote, notes),
    st.builds(DescribeMelody, texts, texts),
)
change_strategy = simple | st.builds(Group, texts, st.lists(simple, max_size=5).map(tuple))


def image(melody: Melody) -> tuple[object, ...]:
    """Everything in a melody, its orders included."""
    return (
        melody.id,
        melody.name,
        melody.description,
        melody.limits,
        melody.inputs,
        melody.outputs,
        list(melody.nodes.items()),
        list(melody.connections.items()),
        list(melody.notes.items()),
        [(name, image(part)) for name, part in melody.parts.items()],
    )


def loaded(melody: Melody) -> None:
    for identifier in ("a", "b", "c"):
        melody.nodes[identifier] = Node(identifier, "test/one")
    for source, target in (("a", "b"), ("b", "c"), ("a", "c")):
        melody.connections[Connection(source, "x", target, "y")] = "hard"
    melody.connections[Connection("a", "x", "c", "y")] = "soft"
    melody.notes["n1"] = Note("n1", "note")
    part = Melody("p1", "Part", nodes={"a": Node("a", "test/one"), "b": Node("b", "melody:p2")})
    part.connections[Connection("a", "x", "b", "y")] = "optional"
    melody.parts["p1"] = part

"""What a Change must fulfil before it is applied: names, places, values and the room there is.

The same limits as those of a file (`limits.py`), so that whatever can be drawn can be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from harmony.melody.errors import ChangeError
from harmony.melody.limits import (
    MAXIMUM_EXPOSED,
    MAXIMUM_PRIORITY,
    MAXIMUM_RETRIES,
    MAXIMUM_RETRY_ERRORS,
    flaw_of_value,
    is_coordinate,
    is_identifier,
    is_text,
)
from harmony.melody.model import (
    DEFAULT_POLICY,
    Connection,
    Dependency,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    OnFailure,
    Policy,
    Reference,
    Repeat,
)


def node_of(melody: Melody, identifier: str) -> Node:
    """The node with this id."""
    node = melody.nodes.get(identifier)
    if node is None:
        raise ChangeError("melody.no_such_node", node=identifier)
    return node


def check_node(node: Node) -> None:
    """A node that may stand in a melody."""
    check_id(node.id)
    check_name("player", node.player)
    check_text("title", node.title)
    check_place(node.id, node.x, node.y)
    check_option(node.id, "priority", node.priority)
    check_option(node.id, "retries", node.retries)
    for name, value in node.parameters.items():
        check_name("parameter", name)
        check_value(node.id, name, value)
    if node.policy is not DEFAULT_POLICY:
        check_policy(node.id, node.policy)
    if node.repeat is not None:
        check_repeat(node.id, node.repeat)


def check_note(note: Note) -> None:
    """A note that may stand in a melody."""
    check_id(note.id)
    check_text("text", note.text)
    check_place(note.id, note.x, note.y)
    if not (is_coordinate(note.width) and is_coordinate(note.height)):
        raise ChangeError("melody.bad_place", node=note.id, x=note.width, y=note.height)
    if note.width <= 0 or note.height <= 0:
        raise ChangeError("melody.bad_place", node=note.id, x=note.width, y=note.height)


def check_id(identifier: str) -> None:
    """An id of a node, a note or a part."""
    if not is_identifier(identifier):
        raise ChangeError("melody.bad_id", id=identifier)


def check_fresh(melody: Melody, identifier: str, fresh: set[str]) -> None:
    """An id that nothing has."""
    # Nodes and notes share one space of names, since MoveNodes moves both.
    if identifier in melody.nodes or identifier in melody.notes or identifier in fresh:
        raise ChangeError("melody.duplicate_id", id=identifier)


def check_room(size: int, index: int | None, limit: int) -> None:
    """Room for one more, at a place that is there."""
    if size >= limit:
        raise ChangeError("melody.too_many", limit=limit)
    if index is not None and not 0 <= index <= size:
        raise ChangeError("melody.bad_index", index=index, size=size)


def check_ends(melody: Melody, wire: Connection, fresh: set[str]) -> None:
    """A wire between nodes that are there."""
    for identifier in (wire.source, wire.target):
        if identifier not in melody.nodes and identifier not in fresh:
            raise ChangeError("melody.no_such_node", node=identifier)
    check_name("port", wire.output)
    check_name("port", wire.input)


def check_name(what: str, name: str) -> None:
    """A name that is not empty."""
    if not name or not is_text(name):
        raise ChangeError("melody.bad_name", what=what, value=repr(name))


def check_text(what: str, text: str) -> None:
    """Text that can be written."""
    if not is_text(text):
        raise ChangeError("melody.bad_name", what=what, value=repr(text))


def check_place(identifier: str, x: float, y: float) -> None:
    """A place on the canvas."""
    if not (is_coordinate(x) and is_coordinate(y)):
        raise ChangeError("melody.bad_place", node=identifier, x=x, y=y)


def check_value(identifier: str, name: str, value: object) -> None:
    """A value that can be written as JSON."""
    flaw = flaw_of_value(value)
    if flaw is not None:
        raise ChangeError("melody.bad_value", node=identifier, parameter=name, why=flaw[0])


def check_option(identifier: str, option: str, value: object) -> None:
    """A value of `priority` or `retries`."""
    limits = {
        "priority": (-MAXIMUM_PRIORITY, MAXIMUM_PRIORITY),
        "retries": (0, MAXIMUM_RETRIES),
    }
    if option not in limits:
        raise ChangeError("melody.no_such_option", node=identifier, option=option)
    low, high = limits[option]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ChangeError(
            "melody.bad_option", node=identifier, option=option, value=value, low=low, high=high
        )


def ends_of(wire: Connection) -> dict[str, str]:
    """The four names of a wire, as facts for an error."""
    return {
        "source": wire.source,
        "output": wire.output,
        "target": wire.target,
        "input": wire.input,
    }


def check_policy(identifier: str, policy: Policy) -> None:
    """A policy that can be written; whether its figures make sense is a finding's business."""
    for what in ("retry_base", "retry_cap"):
        _check_setting(identifier, what, getattr(policy, what), _is_number)
    for what in ("timeout", "heartbeat"):
        value = getattr(policy, what)
        if value is not None:
            _check_setting(identifier, what, value, _is_number)
    for what in ("parallel", "quorum"):
        _check_setting(identifier, what, getattr(policy, what), _is_count)
    for what in ("adaptive", "notify"):
        _check_setting(identifier, what, getattr(policy, what), lambda v: isinstance(v, bool))
    for what in ("fallback", "compensate"):
        _check_setting(identifier, what, getattr(policy, what), is_text)
    _check_setting(identifier, "on_failure", policy.on_failure, get_args(OnFailure).__contains__)
    _check_setting(identifier, "retry_errors", policy.retry_errors, _are_names)


def check_repeat(identifier: str, repeat: Repeat) -> None:
    """A repetition that can be written."""
    check_name("port", repeat.until)
    _check_setting(identifier, "at_most", repeat.at_most, _is_count)


def check_pins(identifier: str, pins: Mapping[str, Reference]) -> None:
    """Pinned values that can be written, each with its type."""
    for port, reference in pins.items():
        check_name("port", port)
        check_value(identifier, port, reference)
        if not isinstance(reference.get("type"), str):
            raise ChangeError(
                "melody.bad_value", node=identifier, parameter=port, why="no type is given"
            )


def check_dependency(wire: Connection, dependency: Dependency) -> None:
    """A kind of dependency that there is."""
    known = get_args(Dependency).__contains__
    _check_setting(wire.target, "dependency", dependency, known)


def check_limits(melody: Melody, limits: Limits) -> None:
    """Limits that can be written."""
    for what in ("tokens", "memory_mb"):
        value = getattr(limits, what)
        if value is not None:
            _check_setting(melody.id, what, value, lambda v: _is_count(v) and v >= 0)
    if limits.money is not None:
        _check_setting(melody.id, "money", limits.money, lambda v: _is_number(v) and v >= 0)


def check_exposed(exposed: tuple[Exposed, ...]) -> None:
    """Ports to show outside: each name once."""
    if len(exposed) > MAXIMUM_EXPOSED:
        raise ChangeError("melody.too_many", limit=MAXIMUM_EXPOSED)
    seen: set[str] = set()
    for port in exposed:
        check_name("port", port.name)
        check_id(port.node)
        check_name("port", port.port)
        if port.name in seen:
            raise ChangeError("melody.duplicate_port", port=port.name)
        seen.add(port.name)


def _check_setting(identifier: str, what: str, value: object, good: Callable[[Any], bool]) -> None:
    if not good(value):
        raise ChangeError("melody.bad_setting", node=identifier, what=what, value=value)


def _is_number(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain and flaw_of_value(value) is None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _are_names(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) <= MAXIMUM_RETRY_ERRORS
        and all(bool(name) and is_text(name) for name in value)
    )

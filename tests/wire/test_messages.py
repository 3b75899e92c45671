"""Each message as the table has it, and a refusal that names the field for everything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.wire.errors import MessageError
from harmony.wire.messages import Direction, check, check_closely, kinds
from harmony.wire.quick import is_plainly_right

ERROR = {
    "type": "ValueError",
    "message": "no",
    "hint": "",
    "traceback": "",
    "file": "/p/a.py",
    "line": 3,
    "cancelled": False,
}
TASK = {"task": "read", "attempt": 1}
HASH = "0f" * 32
EXAMPLES: dict[Direction, dict[str, dict[str, Any]]] = {
    "to_child": {
        "challenge": {"nonce": "a" * 32, "versions": [1]},
        "welcome": {"proof": "b" * 64, "version": 1},
        "run": {
            **TASK,
            "player": "harmony/read_table",
            "inputs": {"table": {"type": "table", "path": "/a/b", "hash": HASH, "size": 3}},
            "parameters": {"delimiter": ","},
            "secrets": {"key": "value"},
            "scratch": "/s",
            "staging": "/t",
        },
        "cancel": TASK,
        "ping": {"number": 0},
        "shutdown": {},
        "resume": {"received": 0},
        "acknowledge": {"received": 64},
    },
    "to_parent": {
        "hello": {
            "process": "player-1",
            "nonce": "c" * 32,
            "proof": "d" * 64,
            "pid": 12,
            "version": 1,
            "capabilities": [],
        },
        "ready": {"players": ["harmony/read_table"]},
        "started": TASK,
        "progress": {**TASK, "fraction": 0.5, "message": "half"},
        "log": {**TASK, "level": "info", "text": "line"},
        "partial": {**TASK, "output": "text", "value": {"type": "text", "value": "so far"}},
        "result": {
            **TASK,
            "outputs": {"table": {"type": "table", "staged": "t.parquet", "summary": {"rows": 1}}},
            "seconds": 0.25,
            "usage": {"cpu_seconds": 0.25, "memory_mb": 31.5},
        },
        "failure": {**TASK, "error": ERROR},
        "save": {**TASK, "value": {"type": "json", "value": {"page": 3}}},
        "heartbeat": TASK,
        "spent": {**TASK, "tokens": 12, "money": 0.01},
        "pong": {"number": 0},
        "resume": {"received": 3},
        "acknowledge": {"received": 64},
    },
}
ALL = [(way, kind) for way, messages in EXAMPLES.items() for kind in messages]


def example(direction: Direction, kind: str) -> dict[str, Any]:
    return {"kind": kind, **EXAMPLES[direction][kind]}


def refused(message: Any, direction: Direction) -> MessageError:
    with pytest.raises(MessageError) as caught:
        check(message, direction)
    assert str(caught.value), "there are words for it"
    assert "wire." not in str(caught.value)
    return caught.value


def test_there_is_an_example_of_every_kind() -> None:
    for direction, messages in EXAMPLES.items():
        assert set(messages) == set(kinds(direction))


@pytest.mark.parametrize(("direction", "kind"), ALL)
def test_every_kind_is_let_through_in_its_direction_only(direction: Direction, kind: str) -> None:
    check(example(direction, kind), direction)
    if kind in ("resume", "acknowledge"):
        return  # both sides say these
    other: Direction = "to_parent" if direction == "to_child" else "to_child"
    assert refused(example(direction, kind), other).code == "wire.kind_unknown"


@pytest.mark.parametrize(("direction", "kind"), ALL)
def test_a_missing_an_unknown_and_a_wrong_field_are_named(direction: Direction, kind: str) -> None:
    whole = example(direction, kind)
    error = refused({**whole, "extra": 1}, direction)
    assert (error.code, error.parameters["field"]) == ("wire.field_unknown", "extra")
    for name in whole.keys() - {"kind"}:
        error = refused({key: value for key, value in whole.items() if key != name}, direction)
        assert (error.code, error.parameters["field"]) == ("wire.field_missing", name)
        # No field takes an object inside a list.
        error = refused({**whole, name: [{"no": "such"}]}, direction)
        assert (error.code, error.parameters["field"]) == ("wire.field_invalid", name)


OPTIONAL: list[tuple[Direction, str, str, Any, list[Any]]] = [
    (
        "to_child",
        "run",
        "saved",
        {"type": "json", "path": "/kept", "hash": HASH, "size": 9},
        [None, {}, {"type": "json", "staged": "x"}],
    ),
    (
        "to_child",
        "run",
        "quota",
        {"memory_mb": 100, "cpu_seconds": 0.5, "open_files": 9, "wall_seconds": 3},
        [None, {"memory_mb": 0}, {"memory_mb": 1.5}, {"cpu_seconds": -1}, {"tokens": 3}],
    ),
]


@pytest.mark.parametrize(("direction", "kind", "name", "right", "wrong"), OPTIONAL)
def test_a_field_that_may_be_left_out_is_checked_when_it_is_there(
    direction: Direction, kind: str, name: str, right: Any, wrong: list[Any]
) -> None:
    whole = {key: what for key, what in example(direction, kind).items() if key != name}
    check(whole, direction)
    check({**whole, name: right}, direction)
    for value in wrong:
        assert refused({**whole, name: value}, direction).parameters["field"] == name


def test_a_failure_may_carry_the_code_of_the_programs_own_words_for_it() -> None:
    failure = example("to_parent", "failure")
    check({**failure, "error": {**ERROR, "code": "quota_memory"}}, "to_parent")
    for code in ("", "Quota", "a b", "x" * 200, None, 3):
        wrong = {**failure, "error": {**ERROR, "code": code}}
        assert refused(wrong, "to_parent").parameters["field"] == "error"


@pytest.mark.parametrize("kind", [None, 3, [], {}, "", "sing", "run\0"])
def test_a_message_without_a_known_kind_is_refused(kind: Any) -> None:
    assert refused({"kind": kind}, "to_parent").code == "wire.kind_unknown"
    assert refused({}, "to_parent").code == "wire.kind_unknown"


@pytest.mark.parametrize(
    ("kind", "field", "values"),
    [
        ("progress", "fraction", [-0.1, 1.1, True, "0.5", float("nan"), float("inf")]),
        ("progress", "message", ["x" * 2_001, None]),
        ("log", "level", ["fatal", "", None]),
        ("log", "text", ["x" * 65_537]),
        ("started", "attempt", [0, -1, 1.0, True, 2**60]),
        ("started", "task", ["", "x" * 513, 7]),
        ("result", "usage", [None, {}, {"cpu_seconds": 1}, {"cpu_seconds": -1, "memory_mb": 1}]),
        ("result", "seconds", [-1, "1", float("inf"), True]),
        ("hello", "nonce", ["a" * 31, "A" * 32, "g" * 32, "a" * 32 + "\n"]),
        ("hello", "proof", ["a" * 63, "a" * 65]),
        ("hello", "capabilities", [["x"] * 65, [1], "x"]),
        ("ready", "players", [["x"] * 10_001, [""], "x"]),
        ("failure", "error", [{**ERROR, "line": -1}, {**ERROR, "more": 1}, {"type": "X"}, None]),
    ],
)
def test_a_value_over_its_cap_is_refused(kind: str, field: str, values: list[Any]) -> None:
    for value in values:
        error = refused({**example("to_parent", kind), field: value}, "to_parent")
        assert error.parameters["field"] == field


@pytest.mark.parametrize(
    "staged", ["", ".", "..", "a/b", "../a", "/etc/passwd", "a\\b", "a\0b", "C:x", "x" * 256, 5]
)
def test_a_staged_name_cannot_lead_out_of_the_staging_folder(staged: Any) -> None:
    for reference in (
        {"type": "table", "staged": staged},
        {"type": "list[table]", "items": [{"type": "table", "staged": staged}]},
    ):
        message = {**example("to_parent", "result"), "outputs": {"out": reference}}
        assert refused(message, "to_parent").parameters["field"] == "outputs"
        partial = {**example("to_parent", "partial"), "value": reference}
        assert refused(partial, "to_parent").parameters["field"] == "value"


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "text", "path": "/etc/passwd", "hash": HASH, "size": 1},
        {"type": "text"},
        {"type": "text", "value": "x", "staged": "y"},
        {"type": "text", "value": "x" * 65_537},
        {"type": "json", "value": ["x" * 70_000]},
        {"type": "Text", "value": "x"},
        {"type": "list[text]", "value": []},
        {"type": "list[text]", "items": "x"},
        {"type": "list[list[text]]", "items": []},
        {"type": "list[text]", "items": [{"type": "list[text]", "items": []}]},
        {"type": "text", "items": []},
        {"type": "text", "value": "x", "summary": {"head": "x" * 5_000}},
        {"type": "text", "value": "x", "summary": []},
        {"type": "text", "value": "x", "hash": "short"},
        {"type": "text", "nothing": False},
        {"type": "text", "nothing": True, "value": "x"},
        {"value": "x"},
        "text",
        None,
    ],
)
def test_a_child_cannot_refer_to_anything_but_values_and_staged_files(reference: Any) -> None:
    message = {**example("to_parent", "result"), "outputs": {"out": reference}}
    assert refused(message, "to_parent").parameters["field"] == "outputs"


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "text", "value": "x" * 65_000},
        {"type": "json", "value": None},
        {"type": "text", "value": "x", "summary": {"characters": 1, "head": "x"}},
        {"type": "list[text]", "items": [], "summary": {"count": 0}},
        {"type": "list[table]", "items": [{"type": "table", "staged": "a.parquet"}]},
        {"type": "table", "nothing": True},
    ],
)
def test_the_forms_of_the_architecture_are_let_through(reference: Any) -> None:
    check({**example("to_parent", "result"), "outputs": {"out": reference}}, "to_parent")


@pytest.mark.parametrize("path", ["relative", "", "a/../b", "/a\0b", "/" + "x" * 4096, 7])
def test_a_path_to_a_child_is_absolute(path: Any) -> None:
    for changed in (
        {"inputs": {"table": {"type": "table", "path": path}}},
        {"scratch": path},
        {"staging": path},
    ):
        refused({**example("to_child", "run"), **changed}, "to_child")


@given(
    st.sampled_from(ALL),
    st.dictionaries(
        st.sampled_from(["kind", "task", "attempt", "error", "outputs", "value", "players", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["type", "value", "items", "staged", "summary", "x"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ),
    ),
)
def test_whatever_comes_is_let_through_or_refused_and_nothing_else_happens(
    chosen: tuple[Direction, str], changed: dict[str, Any]
) -> None:
    direction, kind = chosen
    try:
        check({**example(direction, kind), **changed}, direction)
    except MessageError as error:
        assert str(error)


PLAIN: list[tuple[Direction, dict[str, Any]]] = [
    ("to_child", {"kind": "ping", "number": 0}),
    (
        "to_child",
        {
            "kind": "run",
            **TASK,
            "player": "harmony/text",
            "inputs": {
                "a": {"type": "text", "value": "x"},
                "b": {"type": "json", "value": [1], "hash": HASH, "size": 3},
                "c": {"type": "table", "path": "/a/b", "hash": HASH, "size": 3},
            },
            "parameters": {"by": 3},
            "secrets": {},
            "scratch": "/s",
            "staging": "/t",
        },
    ),
    ("to_parent", {"kind": "started", **TASK}),
    ("to_parent", {"kind": "heartbeat", **TASK}),
    ("to_parent", {"kind": "pong", "number": 7}),
    (
        "to_parent",
        {
            "kind": "result",
            **TASK,
            "outputs": {"text": {"type": "text", "value": "x", "summary": {"characters": 1}}},
            "seconds": 0.5,
            "usage": {"cpu_seconds": 0.25, "memory_mb": 31.5},
        },
    ),
]


@pytest.mark.parametrize(("direction", "message"), PLAIN)
def test_the_messages_of_every_task_are_recognised_at_one_look(
    direction: Direction, message: dict[str, Any]
) -> None:
    assert is_plainly_right(message, direction, 400)
    assert not is_plainly_right(message, direction, 5_000), "it could hold too much"
    check(message, direction, 5_000)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 1 << 54)
    | st.floats()
    | st.sampled_from(["", "text", "list[text]", "Text", "x", HASH, "/a", "a", "/a\0", "x" * 513]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "value", "path", "hash", "size", "summary", "nothing"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


def changed_somewhere(value: Any, path: list[int], new: Any) -> Any:
    """The value with one place in it replaced, taken away or added."""
    if not isinstance(value, dict) or not path or not value:
        return new
    names = sorted(value)
    name = names[path[0] % len(names)]
    if len(path) == 1 and path[0] % 7 == 0:
        return {key: what for key, what in value.items() if key != name}
    if len(path) == 1 and path[0] % 7 == 1:
        return {**value, "more": new}
    return {**value, name: changed_somewhere(value[name], path[1:], new)}


@given(st.sampled_from(PLAIN), st.lists(st.integers(0, 50), min_size=1, max_size=4), VALUES)
def test_one_look_never_lets_through_what_a_closer_one_refuses(
    chosen: tuple[Direction, dict[str, Any]], path: list[int], new: Any
) -> None:
    direction, message = chosen
    changed = changed_somewhere(message, path, new)
    if isinstance(changed, dict) and is_plainly_right(changed, direction, 400):
        check_closely(changed, direction, 400)

"""What fits what: the one table that wires, forms and the conductor follow."""

from __future__ import annotations

from itertools import product

import pytest

from harmony.players.ports import (
    SCALAR_TYPES,
    fit,
    is_port_type,
    item_type,
    list_of,
    natural_name,
)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("text", "text", "direct"),
        ("text", "json", "direct"),
        ("image", "bytes", "direct"),
        ("table", "any", "direct"),
        ("any", "table", "direct"),
        ("list[file]", "file", "map"),
        ("list[text]", "json", "map"),
        ("file", "list[file]", "gather"),
        ("list[file]", "list[file]", "direct"),
        ("list[any]", "list[text]", "direct"),
        ("text", "number", None),
        ("json", "text", None),
        ("bytes", "image", None),
        ("text", "table", None),
        ("list[text]", "table", None),
        ("list[text]", "list[table]", None),
        ("table", "list[text]", None),
    ],
)
def test_a_value_enters_a_port_in_one_way_or_not_at_all(
    source: str, target: str, expected: str | None
) -> None:
    assert fit(source, target) == expected


def test_every_type_fits_itself_and_any() -> None:
    for name in SCALAR_TYPES:
        assert fit(name, name) == fit(name, "any") == fit("any", name) == "direct"
        assert fit(list_of(name), name) in ("map", "direct")
        assert fit(name, list_of(name)) in ("gather", "direct")


def test_lists_of_lists_are_no_type() -> None:
    assert all(is_port_type(name) and is_port_type(list_of(name)) for name in SCALAR_TYPES)
    assert not is_port_type("list[list[text]]")
    assert not is_port_type("opera")
    assert item_type("text") is None
    assert item_type(list_of("text")) == "text"


def test_no_two_types_give_outputs_of_one_name_by_accident() -> None:
    names = {}
    for name, many in product(SCALAR_TYPES, (False, True)):
        names.setdefault(natural_name(list_of(name) if many else name), []).append((name, many))
    shared = {name for name, types in names.items() if len(types) > 1}
    assert shared == {"result", "results", "bytes"}

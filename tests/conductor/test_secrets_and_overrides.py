"""What is given to a run from outside: secrets by name, parameters by `--set`."""

from __future__ import annotations

from typing import Any

import pytest
from plans import melody

from harmony.conductor.errors import ConductorError
from harmony.conductor.overrides import nodes_by_way, override_value, with_overrides
from harmony.conductor.secrets import known_values, resolve
from harmony.melody.model import Melody, Node
from harmony.melody.parts import MAXIMUM_PART_DEPTH, flatten
from harmony.players.specs import ParameterSpec, PlayerSpec

FIELDS = ("text", "integer", "number", "boolean", "choice")
SPEC = PlayerSpec(
    id="players/all",
    kind="operator",
    title="All",
    category="Test",
    function="m:all",
    parameters=tuple(ParameterSpec(kind, kind) for kind in FIELDS),  # type: ignore[arg-type]
)


def drawn() -> Any:
    return melody(a=("all", {"text": "before"}, {}))


def spec_of(player: str) -> PlayerSpec | None:
    return SPEC if player == SPEC.id else None


def test_a_secret_is_read_from_the_environment_by_its_name() -> None:
    environment = {"HARMONY_SECRET_OPENAI_KEY": "abcd"}
    assert resolve("secret:openai-key", environment) == "abcd"
    assert resolve("", environment) == ""


def test_a_secret_that_is_not_set_is_named_with_its_variable() -> None:
    with pytest.raises(ConductorError, match="HARMONY_SECRET_TOKEN"):
        resolve("secret:token", {})


def test_a_secret_in_the_open_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConductorError) as refusal:
        resolve("hunter2", {})
    assert "hunter2" not in str(refusal.value)


def test_every_secret_of_the_environment_is_known_for_redaction() -> None:
    environment = {"HARMONY_SECRET_A": "one", "HARMONY_SECRET_B": "", "PATH": "/bin"}
    assert known_values(environment) == ("one",)


@pytest.mark.parametrize(
    ("target", "text", "value"),
    [
        ("a.text", "12", "12"),
        ("a.integer", "12", 12),
        ("a.integer", "-3", -3),
        ("a.number", "12", 12),
        ("a.number", "1.5", 1.5),
        ("a.boolean", "true", True),
        ("a.boolean", "No", False),
        ("a.choice", "red", "red"),
    ],
)
def test_a_value_is_read_as_its_parameter_asks_for(target: str, text: str, value: Any) -> None:
    found = override_value(drawn(), spec_of, target, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("a.integer", "1.5"),
        ("a.number", "many"),
        ("a.number", "nan"),
        ("a.number", "inf"),
        ("a.boolean", "perhaps"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_was_given(target: str, text: str) -> None:
    with pytest.raises(ConductorError, match=text):
        override_value(drawn(), spec_of, target, text)


def test_overrides_change_a_copy() -> None:
    original = drawn()
    changed = with_overrides(original, spec_of, {"a.text": "after"})
    assert changed.nodes["a"].parameters == {"text": "after"}
    assert original.nodes["a"].parameters == {"text": "before"}


@pytest.mark.parametrize("target", ["b.text", "a.colour", "a", ".text"])
def test_an_override_of_nothing_names_what_there_is(target: str) -> None:
    with pytest.raises(ConductorError, match="a\\.…"):
        with_overrides(drawn(), spec_of, {target: "x"})


def part_placed_twice() -> Melody:
    """`left` and `right` place `outer`, and `outer/inner/a` is the drawn node."""
    middle = Melody("m")
    middle.nodes["inner"] = Node("inner", "melody:drawn")
    whole = Melody("w", parts={"outer": middle, "drawn": drawn()})
    for name in ("left", "right"):
        whole.nodes[name] = Node(name, "melody:outer")
    return whole


def test_a_node_in_a_part_is_set_where_it_is_placed_and_nowhere_else() -> None:
    original = part_placed_twice()
    changed = with_overrides(original, spec_of, {"left/inner/a.text": "after"})
    flat = flatten(changed, spec_of).nodes
    assert flat["left/inner/a"].parameters == {"text": "after"}
    assert flat["right/inner/a"].parameters == {"text": "before"}
    assert flatten(original, spec_of).nodes["left/inner/a"].parameters == {"text": "before"}


def test_several_settings_in_one_part_all_hold() -> None:
    given = {"left/inner/a.text": "after", "left/inner/a.integer": 7, "right/inner/a.integer": 8}
    flat = flatten(with_overrides(part_placed_twice(), spec_of, given), spec_of).nodes
    assert flat["left/inner/a"].parameters == {"text": "after", "integer": 7}
    assert flat["right/inner/a"].parameters == {"text": "before", "integer": 8}


@pytest.mark.parametrize("target", ["left/a.text", "left/inner/b.text", "inner/a.text", "left/.x"])
def test_a_way_that_leads_nowhere_names_those_there_are(target: str) -> None:
    with pytest.raises(ConductorError, match="right/inner/a\\.…"):
        with_overrides(part_placed_twice(), spec_of, {target: "x"})


def test_a_part_that_contains_itself_is_not_gone_into_for_ever() -> None:
    endless = Melody("e")
    endless.nodes["again"] = Node("again", "melody:endless")
    whole = Melody("w", parts={"endless": endless})
    whole.nodes["first"] = Node("first", "melody:endless")
    assert len(list(nodes_by_way(whole))) == MAXIMUM_PART_DEPTH + 1

"""What a node does when it fails, and what a wire asks: whether it can be done, with the cure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harmony.melody.changes import SetDependency, SetPolicy
from harmony.melody.document import Document
from harmony.melody.model import Connection, Node, Policy
from harmony.melody.policy_rules import BOUNDS, LABELS
from harmony.melody.validation import validate

WIRE = Connection("a", "text", "b", "text")


@pytest.fixture
def known(players):
    """The Players of the tests; two of them deterministic, one of those with effects."""
    upper = players["test/upper"]
    return players | {
        "test/sure": replace(upper, id="test/sure", deterministic=True),
        "test/sends": replace(upper, id="test/sends", deterministic=True, effects=True),
    }


def found(known, melody_of, player="upper", **policy):
    melody = melody_of("a:say", f"b:{player}", "a.text > b.text")
    melody.nodes["b"] = replace(melody.nodes["b"], policy=Policy(**policy))
    findings = validate(melody, known.get, known.keys)
    for finding in findings:
        assert finding.node == "b"
        assert not finding.message.startswith("melody."), "the catalogue has a sentence for it"
        assert not finding.cure.startswith("melody."), "the catalogue has a cure for it"
        assert "{" not in finding.message + finding.cure, "every fact of the sentence is there"
    return findings


def test_a_policy_that_can_be_followed_has_no_findings(known, melody_of):
    policy = {
        "retry_base": 0.0,
        "retry_cap": 0.0,
        "retry_errors": ("TimeoutError",),
        "timeout": 60.0,
        "heartbeat": 5.0,
        "adaptive": True,
        "fallback": "test/maybe",
        "on_failure": "halt",
        "notify": True,
        "compensate": "test/upper",
        "parallel": 4,
        "quorum": 2,
    }
    assert found(known, melody_of, "sure", **policy) == []


@pytest.mark.parametrize("setting", BOUNDS)
def test_a_figure_out_of_bounds_is_named_with_the_bounds(known, melody_of, setting):
    whole = setting in ("parallel", "quorum")
    bounds = BOUNDS[setting]
    others = {"retry_base": {"retry_cap": bounds.most}, "retry_cap": {"retry_base": 0.0}}

    def judged(figure):
        policy = {setting: int(figure) if whole else figure, **others.get(setting, {})}
        return found(known, melody_of, "sure", **policy)

    assert judged(bounds.least) == []
    assert judged(bounds.most) == []
    for figure in (bounds.least - 1, bounds.most + 1):
        finding = judged(figure)[0]
        assert (finding.code, finding.parameter) == ("melody.policy_bounds", f"policy.{setting}")


def test_the_first_wait_is_not_longer_than_the_longest(known, melody_of):
    (finding,) = found(known, melody_of, retry_base=10.0, retry_cap=5.0)
    assert (finding.code, finding.parameter) == ("melody.policy_waits", "policy.retry_cap")
    assert "10 s or more" in finding.cure


@pytest.mark.parametrize(
    ("player", "code"),
    [("upper", "quorum_not_deterministic"), ("sends", "quorum_effects")],
)
def test_only_what_always_answers_the_same_can_vote(known, melody_of, player, code):
    (finding,) = found(known, melody_of, player, quorum=1)
    assert (finding.code, finding.parameter) == (f"melody.{code}", "policy.quorum")
    assert f"test/{player}" in finding.message


def test_items_of_a_list_cannot_vote(known, melody_of):
    melody = melody_of("a:list_texts", "b:sure", "a.texts > b.text")
    melody.nodes["b"] = Node("b", "test/sure", policy=Policy(quorum=1))
    (finding,) = validate(melody, known.get)
    assert finding.code == "melody.quorum_mapped"


def test_what_one_item_of_a_list_did_cannot_be_taken_back(known, melody_of):
    melody = melody_of("a:list_texts", "b:sure", "a.texts > b.text")
    melody.nodes["b"] = Node("b", "test/sure", policy=Policy(compensate="test/sure"))
    assert [finding.code for finding in validate(melody, known.get)] == ["melody.compensate_mapped"]


@pytest.mark.parametrize(
    ("policy", "code", "says"),
    [
        ({"fallback": "test/uper"}, "policy_player_unknown", "test/upper"),
        ({"compensate": "test/uper"}, "policy_player_unknown", "test/upper"),
        ({"fallback": "melody:x"}, "policy_part", "Choose a Player"),
        ({"compensate": "melody:x"}, "policy_part", "Choose a Player"),
        ({"fallback": "test/read"}, "fallback_ports", "text (text)"),
        ({"fallback": "test/both"}, "fallback_ports", "text (text)"),
        ({"compensate": "test/count"}, "compensate_ports", "inputs and outputs of b"),
    ],
)
def test_another_player_that_cannot_stand_in_is_named(known, melody_of, policy, code, says):
    (finding,) = found(known, melody_of, **policy)
    assert finding.code == f"melody.{code}"
    assert finding.parameter == f"policy.{next(iter(policy))}"
    assert says in finding.cure


def test_every_setting_has_a_name_for_people():
    assert set(Policy.__dataclass_fields__) | {"retries"} == set(LABELS)


@pytest.mark.parametrize("dependency", ["soft", "optional"])
def test_a_required_input_needs_a_wire_that_must_deliver(known, melody_of, dependency):
    melody = melody_of("a:say", "b:upper", "a.text > b.text")
    melody.connections[WIRE] = dependency
    (finding,) = validate(melody, known.get)
    assert (finding.code, finding.node, finding.port) == ("melody.input_unsure", "b", "text")
    assert dependency in finding.message
    melody.nodes["b"] = Node("b", "test/maybe")
    assert validate(melody, known.get) == []


def test_a_second_wire_that_must_deliver_is_enough(known, melody_of):
    melody = melody_of("a:say", "c:say", "b:join", "a.text > b.texts", "c.text > b.texts")
    first, second = melody.connections
    melody.connections[first] = "soft"
    assert validate(melody, known.get) == []
    melody.connections[second] = "optional"
    assert [finding.code for finding in validate(melody, known.get)] == ["melody.input_unsure"]


def test_findings_follow_the_policy_and_the_wires_as_they_are_edited(known, melody_of):
    document = Document(melody_of("a:say", "b:upper", "a.text > b.text"), known.get)
    for change in (
        SetDependency(WIRE, "soft"),
        SetPolicy("b", Policy(quorum=1)),
        SetPolicy("b", Policy(timeout=0)),
        SetDependency(WIRE, "hard"),
        SetPolicy("b", Policy()),
    ):
        document.apply(change)
        assert document.findings == validate(document.melody, known.get)
    assert document.findings == []
    document.undo()
    document.undo()
    assert [finding.code for finding in document.findings] == [
        "melody.input_unsure",
        "melody.policy_bounds",
    ]

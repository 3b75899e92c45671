"""The decorators leave a function what it is, and hold its two hooks."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from harmony.players import Number, Text, instrument, motif, operator
from harmony.players.declare import Declaration, declaration_of
from harmony.players.errors import SignatureError
from harmony.players.signature import player_spec
from harmony.wire.launch import Quota


def test_a_declared_function_is_still_the_function() -> None:
    @operator("Shout", category="Text", deterministic=True)
    def shout(text: Text) -> Text:
        """loud"""
        return text.upper()

    assert shout("a") == "A"
    assert shout.__name__ == "shout"
    assert shout.__doc__ == "loud"
    assert declaration_of(shout) == Declaration("operator", "Shout", "Text", deterministic=True)


def test_each_decorator_declares_its_kind() -> None:
    def work() -> Text:
        return ""

    kinds = []
    for decorator in (operator, instrument, motif):
        found = declaration_of(decorator("Work", category="Text")(work))
        assert found is not None
        kinds.append(found.kind)
    assert kinds == ["operator", "instrument", "motif"]


@pytest.mark.parametrize("value", [print, Declaration, 5, None, object()])
def test_what_is_not_declared_is_no_player(value: object) -> None:
    assert declaration_of(value) is None


def test_what_is_costly_is_loaded_once_and_released_once() -> None:
    events: list[str] = []

    @instrument("Classify", category="Text")
    def classify(text: Text) -> Text:
        return f"{classify.loaded()}: {text}"

    @classify.warm
    def load() -> str:
        events.append("loaded")
        return "model"

    @classify.close
    def release(model: str) -> None:
        events.append(f"released {model}")

    classify.release()
    assert (classify("a"), classify("b")) == ("model: a", "model: b")
    classify.release()
    classify.release()
    assert events == ["loaded", "released model"]
    assert classify("c") == "model: c"


def test_a_player_without_hooks_has_nothing_loaded() -> None:
    @operator("Work", category="Text")
    def work() -> None: ...

    assert work.loaded() is None
    work.release()


def test_a_player_promises_nothing_it_does_not_say_and_a_motif_is_deterministic() -> None:
    def work() -> None: ...

    assert declaration_of(operator("Work", category="Test")(work)) == Declaration(
        "operator", "Work", "Test"
    )
    shown = declaration_of(motif("Show", category="Test")(work))
    assert shown is not None
    assert shown.deterministic


def test_what_one_task_may_take_is_declared_beside_the_signature() -> None:
    @operator(
        "Work",
        category="Test",
        prefetch=8,
        memory_mb=512,
        cpu_seconds=2,
        open_files=64,
        wall_seconds=30,
        tokens=1000,
        money=0.5,
    )
    def work(text: Text) -> Text:
        return text

    spec = player_spec(work, "test", "work")
    assert spec.prefetch == 8
    assert spec.quota == Quota(memory_mb=512, cpu_seconds=2, open_files=64, wall_seconds=30)
    assert (spec.tokens, spec.money) == (1000, 0.5)
    assert spec.quota.fields() == {
        "memory_mb": 512,
        "cpu_seconds": 2,
        "open_files": 64,
        "wall_seconds": 30,
    }


class Answer(NamedTuple):
    text: Text
    number: Number


def test_an_example_stands_for_each_output() -> None:
    @operator("Ask", category="Test", effects=True, example={"text": "yes", "number": 1})
    def ask() -> Answer:
        raise AssertionError("it is described, not called")

    assert player_spec(ask, "test", "ask").example == {"text": "yes", "number": 1}


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ({"text": "yes"}, "Give a value for each output: text, number"),
        ({"text": "yes", "number": "1"}, "does not fit number"),
        ({"text": "yes", "number": float("nan")}, "does not fit number"),
        ({"text": ["yes"], "number": 1}, "does not fit text"),
    ],
)
def test_an_example_that_does_not_fit_its_outputs_is_refused(
    example: dict[str, Any], words: str
) -> None:
    @operator("Ask", category="Test", effects=True, example=example)
    def ask() -> Answer:
        raise AssertionError("it is described, not called")

    with pytest.raises(SignatureError, match=words):
        player_spec(ask, "test", "ask")


@pytest.mark.parametrize(
    ("promises", "words"),
    [
        ({"prefetch": 33}, "prefetch cannot be 33. Write 0 for none, or a whole number from 1 to"),
        ({"prefetch": 1.5}, "prefetch cannot be 1.5"),
        ({"prefetch": True}, "prefetch cannot be True"),
        ({"memory_mb": 31}, "memory_mb cannot be 31. Write .* a whole number from 32 to"),
        ({"memory_mb": "512"}, "memory_mb cannot be '512'"),
        ({"open_files": 3}, "open_files cannot be 3"),
        ({"cpu_seconds": -1}, "cpu_seconds cannot be -1. Write 0 for none, or a number from"),
        ({"wall_seconds": float("inf")}, "wall_seconds cannot be inf"),
        ({"money": float("nan")}, "money cannot be nan"),
        ({"tokens": 0.5}, "tokens cannot be 0.5"),
    ],
)
def test_a_promise_out_of_bounds_is_refused_with_what_is_allowed(
    promises: dict[str, Any], words: str
) -> None:
    @operator("Work", category="Test", **promises)
    def work() -> None: ...

    with pytest.raises(SignatureError, match=words):
        player_spec(work, "test", "work")

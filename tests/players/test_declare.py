"""The decorators leave a function what it is, and hold its two hooks."""

from __future__ import annotations

import pytest

from harmony.players import Text, instrument, motif, operator
from harmony.players.declare import Declaration, declaration_of


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

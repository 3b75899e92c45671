"""What one run may use at most, as the command line says it."""

from __future__ import annotations

import pytest

from harmony.cli.limits import LimitError, limited
from harmony.melody.model import Limits


def test_a_limit_of_the_command_line_stands_in_for_that_of_the_melody() -> None:
    given = limited(Limits(tokens=5, money=1.0), ["tokens=1000", "memory_mb=512"])
    assert given == Limits(tokens=1000, money=1.0, memory_mb=512)


@pytest.mark.parametrize("text", ["tokens", "tokens=", "tokens=many", "tokens=-1", "money=inf"])
def test_a_limit_that_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(LimitError, match="write a number"):
        limited(Limits(), [text])


def test_an_unknown_limit_is_refused_with_those_there_are() -> None:
    with pytest.raises(LimitError, match="tokens, money, memory_mb"):
        limited(Limits(), ["time=3"])

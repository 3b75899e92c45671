"""Whatever breaks, and however often: each message arrives once, and in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.wire.delivery import ACKNOWLEDGE_BYTES, ACKNOWLEDGE_MESSAGES, Delivery
from harmony.wire.errors import DeliveryError


class Side:
    """One end: what it sends, what is on its way to it, what it got."""

    def __init__(self) -> None:
        self.delivery = Delivery()
        self.sent: list[bytes] = []
        self.coming: list[bytes] = []
        self.got: list[bytes] = []

    def say(self, other: Side, frame: bytes) -> None:
        self.sent.append(frame)
        self.delivery.keep(frame)
        other.coming.append(frame)

    def take(self, count: int) -> None:
        taken, self.coming = self.coming[:count], self.coming[count:]
        self.got += taken
        self.delivery.took(len(taken), sum(map(len, taken)))


def reconnect(left: Side, right: Side) -> None:
    """The socket broke: what was on its way is gone; both tell what they have."""
    left.coming.clear()
    right.coming.clear()
    for side, other in ((left, right), (right, left)):
        missing = side.delivery.missing(other.delivery.tell())
        other.coming += [missing[at : at + 4] for at in range(0, len(missing), 4)]


MOVES = st.sampled_from(["left says", "right says", "left takes", "right takes", "break", "tell"])


@given(st.lists(st.tuples(MOVES, st.integers(0, 5)), max_size=60))
def test_each_message_arrives_once_and_in_order(moves: list[tuple[str, int]]) -> None:
    left, right = Side(), Side()
    number = 0
    for move, count in moves:
        if move in ("left says", "right says"):
            side, other = (left, right) if move.startswith("left") else (right, left)
            for _ in range(count):
                number += 1
                side.say(other, number.to_bytes(4, "big"))
        elif move == "left takes":
            left.take(count)
        elif move == "right takes":
            right.take(count)
        elif move == "break":
            reconnect(left, right)
        else:
            left.delivery.acknowledged(right.delivery.tell())
    reconnect(left, right)
    left.take(len(left.coming))
    right.take(len(right.coming))
    assert left.got == right.sent
    assert right.got == left.sent


def test_only_what_was_not_acknowledged_is_kept_and_said_again() -> None:
    delivery = Delivery()
    for frame in (b"one", b"two", b"three"):
        delivery.keep(frame)
    delivery.acknowledged(1)
    assert delivery.kept == 2
    assert delivery.missing(2) == b"three"
    assert delivery.missing(2) == b"three", "a reconnection may break again"
    delivery.forget()
    assert delivery.missing(3) == b""


@pytest.mark.parametrize("received", [0, 4])
def test_a_side_that_has_more_than_was_sent_or_less_than_it_had_is_not_believed(
    received: int,
) -> None:
    delivery = Delivery()
    for frame in (b"one", b"two", b"three"):
        delivery.keep(frame)
    delivery.acknowledged(2)
    with pytest.raises(DeliveryError, match="3 were sent, and it had 2 before"):
        delivery.acknowledged(received)


def test_it_is_time_to_tell_after_so_many_messages_or_bytes() -> None:
    delivery = Delivery()
    assert not delivery.took(ACKNOWLEDGE_MESSAGES - 1, 100)
    assert delivery.took(1, 100)
    assert delivery.tell() == ACKNOWLEDGE_MESSAGES
    assert not delivery.took(1, ACKNOWLEDGE_BYTES - 1)
    assert delivery.took(1, 1)

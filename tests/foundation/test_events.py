"""The event stream: everyone hears, a failing listener harms nobody, the last events are kept."""

from __future__ import annotations

from dataclasses import dataclass

from harmony.foundation.events import EventStream


@dataclass(frozen=True)
class Ticked:
    number: int


class Listening:
    def __init__(self, capacity: int = 1000) -> None:
        self.errors: list[tuple[BaseException, Ticked]] = []
        self.stream: EventStream[Ticked] = EventStream(
            lambda error, event: self.errors.append((error, event)), capacity
        )


def test_every_subscriber_hears_every_event_in_order() -> None:
    listening = Listening()
    first: list[int] = []
    second: list[int] = []
    listening.stream.subscribe(lambda event: first.append(event.number))
    listening.stream.publish(Ticked(1))
    listening.stream.subscribe(lambda event: second.append(event.number))
    listening.stream.publish(Ticked(2))
    assert (first, second) == ([1, 2], [2])


def test_a_subscriber_that_fails_is_reported_and_the_others_still_hear() -> None:
    listening = Listening()
    heard: list[int] = []

    def fail(event: Ticked) -> None:
        raise RuntimeError(f"cannot bear {event.number}")

    listening.stream.subscribe(fail)
    listening.stream.subscribe(lambda event: heard.append(event.number))
    listening.stream.publish(Ticked(1))
    listening.stream.publish(Ticked(2))
    assert heard == [1, 2]
    assert [(str(error), event.number) for error, event in listening.errors] == [
        ("cannot bear 1", 1),
        ("cannot bear 2", 2),
    ]


def test_who_has_left_hears_no_more_and_may_leave_twice() -> None:
    listening = Listening()
    heard: list[int] = []
    leave = listening.stream.subscribe(lambda event: heard.append(event.number))
    listening.stream.publish(Ticked(1))
    leave()
    leave()
    listening.stream.publish(Ticked(2))
    assert heard == [1]


def test_who_is_sent_away_while_an_event_is_told_does_not_hear_it() -> None:
    listening = Listening()
    heard: list[str] = []
    leaving = []
    listening.stream.subscribe(lambda event: leaving[0]())
    leaving.append(listening.stream.subscribe(lambda event: heard.append("too late")))
    listening.stream.subscribe(lambda event: heard.append("still here"))
    listening.stream.publish(Ticked(1))
    assert heard == ["still here"]


def test_the_same_callback_twice_is_called_twice_and_leaves_once() -> None:
    listening = Listening()
    heard: list[int] = []

    def hear(event: Ticked) -> None:
        heard.append(event.number)

    leave = listening.stream.subscribe(hear)
    listening.stream.subscribe(hear)
    listening.stream.publish(Ticked(1))
    leave()
    listening.stream.publish(Ticked(2))
    assert heard == [1, 1, 2]


def test_the_last_events_can_be_read_again() -> None:
    listening = Listening(capacity=3)
    for number in range(5):
        listening.stream.publish(Ticked(number))
    assert [event.number for event in listening.stream.recent()] == [2, 3, 4]
    assert [event.number for event in listening.stream.recent(2)] == [3, 4]
    assert [event.number for event in listening.stream.recent(10)] == [2, 3, 4]
    assert listening.stream.recent(0) == ()


def test_a_stream_knows_whether_anyone_listens() -> None:
    stream = EventStream[str](lambda error, event: None)
    assert not stream.has_subscribers
    leave = stream.subscribe(print)
    assert stream.has_subscribers
    leave()
    assert not stream.has_subscribers

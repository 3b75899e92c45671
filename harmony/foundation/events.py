"""What happened, told to whoever listens: a stream of plain events in this process.

An event is a frozen dataclass defined by the room that publishes it. It is published after what it
tells is on disk (DESIGN.md section 5, decide → append → commit → publish), so a listener that
fails can lose nothing; it is reported, and the others still hear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Event = TypeVar("Event")
Subscriber = Callable[[Event], None]
ErrorReport = Callable[[BaseException, Event], None]


class EventStream(Generic[Event]):
    """A stream with subscribers and a ring of the last `capacity` events.

    `report_error` is called with the error and the event when a subscriber fails. Subscribers are
    called in the order they came, in the thread that publishes.
    """

    __slots__ = ("_recent", "_report_error", "_subscribers")

    def __init__(self, report_error: ErrorReport[Event], capacity: int = 1000) -> None:
        self._report_error = report_error
        self._recent: deque[Event] = deque(maxlen=capacity)
        self._subscribers: tuple[_Subscription[Event], ...] = ()

    @property
    def has_subscribers(self) -> bool:
        """Whether anyone would hear an event now: without them, many need not even be made."""
        return bool(self._subscribers)

    def publish(self, event: Event) -> None:
        """Tell every subscriber that is there now; one that leaves meanwhile is left out."""
        self._recent.append(event)
        for subscription in self._subscribers:
            if subscription.ended:
                continue
            try:
                subscription.callback(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
                self._report_error(error, event)

    def subscribe(self, callback: Subscriber[Event]) -> Callable[[], None]:
        """Call `callback` with each event from now on, until the function returned is called.

        That function may be called twice. The same callback may subscribe several times and is
        then called as often.
        """
        subscription = _Subscription(callback)
        # A new tuple each time: a publication under way goes on over the old one undisturbed.
        self._subscribers = (*self._subscribers, subscription)

        def unsubscribe() -> None:
            subscription.ended = True
            self._subscribers = tuple(
                other for other in self._subscribers if other is not subscription
            )

        return unsubscribe

    def recent(self, count: int | None = None) -> tuple[Event, ...]:
        """The last `count` events, oldest first; all that the ring holds when not given."""
        events = tuple(self._recent)
        if count is None:
            return events
        return events[-count:] if count > 0 else ()


class _Subscription(Generic[Event]):
    """One subscriber; marked when it has ended, since it may end while an event is being told."""

    __slots__ = ("callback", "ended")

    def __init__(self, callback: Subscriber[Event]) -> None:
        self.callback = callback
        self.ended = False

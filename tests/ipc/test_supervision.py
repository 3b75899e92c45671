"""The promises of supervision, without a process: bytes, a clock, and whoever listens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.ipc.supervision import HEALTH_SECONDS, SLOW_SECONDS, Patience, Supervision
from harmony.wire.connection import ClientConnection, ServerConnection
from harmony.wire.launch import Exit, Launch

PING = {"kind": "ping", "number": 1}


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def ready(self, players: tuple[str, ...]) -> None:
        self.heard.append(("ready", players))

    def received(self, message: Mapping[str, Any]) -> None:
        self.heard.append(message)

    def output(self, stream: str, data: bytes) -> None:
        self.heard.append((stream, data))

    def exited(self, ending: Exit, /) -> None:
        self.heard.append(ending)


class Scene:
    """A supervised process whose child is a ClientConnection in this test."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.listener = Listener()
        self.kills = 0
        launch = Launch("player-1", "p", "p", "python", Path("/"))
        self.supervision = Supervision(
            launch, self.listener, self.clock, Patience(start=30.0, stop=3.0), self.kill
        )
        self.server = ServerConnection(
            self.clock, {"player-1": self.supervision.secret}.get, seconds=60
        )
        self.client = ClientConnection(self.clock, "player-1", self.supervision.secret, 7)
        self.to_child: list[dict[str, Any]] = []

    def kill(self) -> None:
        self.kills += 1

    def connect(self) -> None:
        self.client.start()
        _, hello = self.client.receive(self.server.start())
        _, welcome = self.server.receive(hello)
        self.client.receive(welcome)
        self.supervision.connected(self.server, self.write)

    def write(self, data: bytes) -> None:
        self.to_child += self.client.receive(data)[0]

    def child_says(self, **message: Any) -> None:
        self.supervision.received(self.server.receive(self.client.send(message))[0])

    def pass_time(self, seconds: float) -> None:
        """Let time pass as an adapter would: ringing at each deadline on the way."""
        end = self.clock.monotonic() + seconds
        while (due := self.supervision.deadline()) is not None and due <= end:
            self.clock.advance(max(0.0, due - self.clock.monotonic()))
            self.supervision.expire()
        self.clock.advance(end - self.clock.monotonic())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def ready(scene: Scene) -> Scene:
    scene.connect()
    scene.child_says(kind="ready", players=["p/a"])
    return scene


def test_what_was_sent_too_early_goes_out_first_and_in_order(scene: Scene) -> None:
    for number in range(3):
        scene.supervision.send({"kind": "ping", "number": number})
    scene.connect()
    scene.supervision.send({"kind": "ping", "number": 3})
    assert [message["number"] for message in scene.to_child] == [0, 1, 2, 3]


def test_a_child_that_is_not_ready_in_time_is_killed_with_the_reason(scene: Scene) -> None:
    scene.pass_time(29.9)
    assert scene.kills == 0
    scene.pass_time(0.1)
    assert scene.kills == 1
    scene.supervision.ended(None, 9)
    assert scene.listener.heard == [Exit(None, 9, "The process was not ready within 30 seconds.")]


def test_a_connection_alone_is_not_enough_to_be_ready(scene: Scene) -> None:
    scene.connect()
    scene.pass_time(30)
    assert scene.kills == 1


def test_a_ready_child_may_take_its_time(scene: Scene) -> None:
    ready(scene)
    scene.pass_time(3600)
    assert scene.kills == 0


def test_stopping_asks_first_and_kills_after_the_grace(scene: Scene) -> None:
    ready(scene)
    scene.supervision.stop()
    scene.supervision.stop()
    assert scene.to_child == [{"kind": "shutdown"}]
    scene.pass_time(2.9)
    assert scene.kills == 0
    scene.pass_time(0.1)
    assert scene.kills == 1


def test_an_exit_is_told_once_and_nothing_after_it(scene: Scene) -> None:
    ready(scene)
    scene.supervision.output("stderr", b"last words\n")
    scene.supervision.ended(3)
    scene.supervision.ended(4)
    scene.supervision.output("stderr", b"from the grave")
    scene.supervision.send(PING)
    scene.supervision.stop()
    assert scene.listener.heard[-1] == Exit(3, None, "last words")
    assert scene.listener.heard.count(Exit(3, None, "last words")) == 1
    assert scene.supervision.deadline() is None


def test_only_the_end_of_a_long_stderr_is_kept(scene: Scene) -> None:
    for number in range(10_000):
        scene.supervision.output("stderr", f"line {number}\n".encode())
    scene.supervision.ended(1)
    tail = scene.listener.heard[-1].stderr_tail
    assert len(tail) <= 8 * 1024
    assert tail.endswith("line 9999")


def test_saying_ready_twice_or_too_late_breaks_the_protocol(scene: Scene) -> None:
    scene.connect()
    scene.child_says(kind="pong", number=1)
    assert scene.kills == 1
    ready_twice = ready(Scene())
    ready_twice.child_says(kind="ready", players=[])
    assert ready_twice.kills == 1


def test_a_healthy_child_is_asked_every_few_seconds_and_nobody_hears_of_it(scene: Scene) -> None:
    ready(scene)
    for _ in range(3):
        scene.pass_time(HEALTH_SECONDS)
        ping = scene.to_child[-1]
        assert ping["kind"] == "ping"
        scene.child_says(kind="pong", number=ping["number"])
        assert scene.supervision.connection_state == "Connected"
    assert len(scene.to_child) == 3
    assert scene.listener.heard == [("ready", ("p/a",))]


def test_a_child_that_does_not_answer_makes_its_connection_degraded_until_it_does(
    scene: Scene,
) -> None:
    ready(scene)
    scene.pass_time(HEALTH_SECONDS * 5)
    assert scene.supervision.connection_state == "Degraded"
    assert scene.kills == 0, "a library may be at work that does not let Python answer"
    assert len(scene.to_child) == 1, "one question is open, no more"
    scene.child_says(kind="pong", number=scene.to_child[-1]["number"])
    assert scene.supervision.connection_state == "Degraded", "the answer was late"
    scene.pass_time(HEALTH_SECONDS)
    scene.child_says(kind="pong", number=scene.to_child[-1]["number"])
    assert scene.supervision.connection_state == "Connected"


def test_a_slow_answer_makes_a_connection_degraded(scene: Scene) -> None:
    ready(scene)
    scene.pass_time(HEALTH_SECONDS)
    scene.pass_time(SLOW_SECONDS * 1.5)
    scene.child_says(kind="pong", number=scene.to_child[-1]["number"])
    assert scene.supervision.connection_state == "Degraded"


def test_a_degraded_connection_still_carries_messages(scene: Scene) -> None:
    ready(scene)
    scene.pass_time(HEALTH_SECONDS * 3)
    scene.supervision.send(PING)
    assert scene.to_child[-1] == PING
    scene.child_says(kind="pong", number=1)
    assert scene.listener.heard[-1] == {"kind": "pong", "number": 1}


def test_the_connection_is_told_by_its_chart_from_start_to_end(scene: Scene) -> None:
    seen = [scene.supervision.connection_state]
    scene.connect()
    seen.append(scene.supervision.connection_state)
    scene.supervision.lost()
    seen.append(scene.supervision.connection_state)
    assert seen == ["Connecting", "Connected", "Disconnected"]
    assert scene.kills == 1

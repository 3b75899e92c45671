"""The promises of supervision, without a process: bytes, a clock, and whoever listens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.ipc import health
from harmony.ipc.chatter import MESSAGES_A_SECOND, MESSAGES_AT_ONCE, PRINTED_BYTES
from harmony.ipc.health import HEALTH_SECONDS, SAMPLES, SILENT_SECONDS, SLOW_SECONDS
from harmony.ipc.supervision import Patience, Supervision
from harmony.wire.client import ClientConnection, frame_for_parent
from harmony.wire.connection import ServerConnection
from harmony.wire.launch import Exit, Launch

PING = {"kind": "ping", "number": 1}
TASK = {"task": "t", "attempt": 1}
USAGE = {"cpu_seconds": 0.0, "memory_mb": 1.0}
RESULT = {"kind": "result", **TASK, "outputs": {}, "seconds": 1.0, "usage": USAGE}


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

    def __init__(self, *capabilities: str) -> None:
        self.clock = ManualClock()
        self.listener = Listener()
        self.kills = 0
        self.alarm: float | None = None
        self.capabilities = capabilities
        launch = Launch("player-1", "p", "p", "python", Path("/"))
        self.supervision = Supervision(
            launch,
            self.listener,
            self.clock,
            Patience(start=30.0, stop=3.0, reconnect=5.0),
            self.kill,
            self.set_alarm,
        )
        self.to_child: list[dict[str, Any]] = []

    def kill(self) -> None:
        self.kills += 1

    def set_alarm(self) -> None:
        """As an adapter does: it will ring when it was due as this was called."""
        self.alarm = self.supervision.deadline()

    def connect(self) -> None:
        self.server = ServerConnection(
            self.clock, {"player-1": self.supervision.secret}.get, seconds=60
        )
        self.client = ClientConnection(
            "player-1",
            self.supervision.secret,
            7,
            capabilities=self.capabilities,
        )
        _, hello = self.client.receive(self.server.start())
        _, welcome = self.server.receive(hello)
        self.client.receive(welcome)
        self.supervision.connected(self.server, self.write)

    def write(self, data: bytes) -> None:
        self.to_child += self.client.receive(data)[0]

    def child_says(self, **message: Any) -> None:
        self.supervision.received(self.server.receive(frame_for_parent(message))[0])

    def run(self, task: str = "t", **more: Any) -> None:
        self.supervision.send(
            {
                "kind": "run",
                "task": task,
                "attempt": 1,
                "player": "p/a",
                "inputs": {},
                "parameters": {},
                "secrets": {},
                "scratch": "/s",
                "staging": "/t",
                **more,
            }
        )

    def answer(self, after: float) -> None:
        """Answer the last health check so many seconds after it was asked."""
        ping = self.to_child[-1]
        assert ping["kind"] == "ping"
        self.clock.advance(after)
        self.child_says(kind="pong", number=ping["number"])

    def wait_for_question(self) -> None:
        """Let time pass until the next health check."""
        asked = len(self.to_child)
        while len(self.to_child) == asked:
            due = self.supervision.deadline()
            assert due is not None
            self.pass_time(max(0.0, due - self.clock.monotonic()))

    def heard(self, kind: str) -> list[Any]:
        """The messages of a kind that the listener heard."""
        found = [each for each in self.listener.heard if isinstance(each, dict)]
        return [each for each in found if each["kind"] == kind]

    @property
    def state(self) -> str:
        return self.supervision.connection_state

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
    scene.run()
    for _ in range(100):
        scene.pass_time(HEALTH_SECONDS)
        scene.answer(0.0)
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


# -- health --------------------------------------------------------------------------------------


def test_a_healthy_child_is_asked_every_few_seconds_and_nobody_hears_of_it(scene: Scene) -> None:
    ready(scene)
    for _ in range(3):
        scene.pass_time(HEALTH_SECONDS)
        scene.answer(SLOW_SECONDS / 2)
        assert scene.state == "Connected"
    assert len(scene.to_child) == 3
    assert scene.listener.heard == [("ready", ("p/a",))]
    assert scene.supervision.health.round_trip == pytest.approx(SLOW_SECONDS / 2)


def test_a_child_that_talks_is_not_asked(scene: Scene) -> None:
    ready(scene)
    scene.run()
    for _ in range(20):
        scene.pass_time(HEALTH_SECONDS - 1)
        scene.child_says(kind="heartbeat", **TASK)
    assert [message["kind"] for message in scene.to_child] == ["run"]


def test_one_slow_answer_is_looked_into_and_changes_nothing(scene: Scene) -> None:
    ready(scene)
    scene.pass_time(HEALTH_SECONDS)
    scene.answer(SLOW_SECONDS * 50)
    asked = len(scene.to_child)
    scene.pass_time(1.0)
    assert len(scene.to_child) == asked + 1, "sooner than usual"
    scene.answer(SLOW_SECONDS / 2)
    assert scene.state == "Connected"


def test_answers_that_stay_slow_make_a_connection_degraded_until_they_are_fast(
    scene: Scene,
) -> None:
    ready(scene)
    for _ in range(SAMPLES):
        assert scene.state == "Connected"
        scene.wait_for_question()
        scene.answer(SLOW_SECONDS * 1.5)
    assert scene.state == "Degraded"
    for _ in range(SAMPLES // 2 + 1):
        assert scene.state == "Degraded"
        scene.wait_for_question()
        scene.answer(SLOW_SECONDS / 2)
    assert scene.state == "Connected"


def test_slow_answers_of_a_child_at_work_are_no_sign_of_a_bad_connection(scene: Scene) -> None:
    ready(scene)
    scene.run()
    for _ in range(SAMPLES * 2):
        scene.wait_for_question()
        scene.answer(SLOW_SECONDS * 20)
    assert scene.state == "Connected"
    assert scene.supervision.health.round_trip is None


def test_a_question_without_an_answer_makes_a_connection_degraded_until_it_comes(
    scene: Scene,
) -> None:
    ready(scene)
    scene.run()
    scene.pass_time(HEALTH_SECONDS * 2)
    assert scene.state == "Degraded"
    assert [message["kind"] for message in scene.to_child] == ["run", "ping"], "one open question"
    scene.answer(0.0)
    assert scene.state == "Connected"
    assert scene.kills == 0


def test_a_degraded_connection_still_carries_messages(scene: Scene) -> None:
    ready(scene)
    scene.pass_time(HEALTH_SECONDS * 3)
    assert scene.state == "Degraded"
    scene.supervision.send(PING)
    assert scene.to_child[-1] == PING
    scene.child_says(kind="pong", number=1)
    assert scene.listener.heard[-1] == {"kind": "pong", "number": 1}


def test_a_silent_child_that_does_nothing_is_lost_and_not_before_its_time(scene: Scene) -> None:
    ready(scene)
    scene.run()
    scene.pass_time(SILENT_SECONDS - 1)
    assert scene.kills == 0
    scene.pass_time(HEALTH_SECONDS + 2)
    assert scene.kills == 1
    assert scene.state == "Disconnected"
    scene.supervision.ended(None, 9)
    assert "stopped, or it hangs" in scene.listener.heard[-1].stderr_tail


def test_a_silent_child_that_uses_the_processor_is_left_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr(health, "processor_ticks", lambda pid: next(ticks))
    ready(scene)
    scene.run()
    scene.pass_time(3600)
    assert scene.kills == 0
    assert scene.state == "Degraded"


def test_whoever_rings_is_told_when_a_connected_child_is_to_be_asked(scene: Scene) -> None:
    scene.connect()
    assert scene.alarm == scene.clock.monotonic() + HEALTH_SECONDS


# -- a connection that breaks --------------------------------------------------------------------


def broken(scene: Scene) -> Scene:
    """A child at work whose socket was closed."""
    ready(scene)
    scene.run()
    scene.supervision.lost()
    return scene


def test_a_child_that_cannot_reconnect_is_ended_when_its_socket_closes() -> None:
    scene = broken(Scene())
    assert scene.kills == 1
    assert scene.state == "Disconnected"


def test_a_child_that_comes_back_gets_what_it_missed_once_and_in_order() -> None:
    scene = broken(Scene("reconnect"))
    assert (scene.kills, scene.state) == (0, "Reconnecting")
    assert scene.supervision.expects_connection
    scene.to_child.clear()
    scene.supervision.send({"kind": "ping", "number": 1})
    scene.connect()
    assert scene.state == "Connected"
    assert not scene.supervision.expects_connection
    assert scene.to_child == [{"kind": "resume", "received": 1}], "and no more before it answers"
    scene.supervision.send({"kind": "ping", "number": 2})
    scene.child_says(kind="resume", received=1)
    assert scene.to_child[1:] == [
        {"kind": "ping", "number": 1},
        {"kind": "ping", "number": 2},
    ]
    scene.child_says(**RESULT)
    assert scene.heard("result") == [RESULT]
    assert scene.supervision.health.reconnections == 1
    assert scene.kills == 0


def test_a_child_that_does_not_come_back_is_lost_after_a_while() -> None:
    scene = broken(Scene("reconnect"))
    scene.pass_time(4.9)
    assert scene.kills == 0
    scene.pass_time(0.2)
    assert scene.kills == 1
    scene.supervision.ended(None, 9)
    assert "did not come back within 5 seconds" in scene.listener.heard[-1].stderr_tail


def test_a_connection_may_break_more_than_once() -> None:
    scene = broken(Scene("reconnect"))
    for count in range(1, 6):
        scene.connect()
        scene.child_says(kind="resume", received=1)
        assert scene.supervision.health.reconnections == count
        scene.supervision.lost()
    scene.connect()
    scene.child_says(kind="resume", received=1)
    scene.pass_time(HEALTH_SECONDS - 1)
    assert (scene.kills, scene.state) == (0, "Connected")


@pytest.mark.parametrize("received", [0, 2, 99])
def test_a_child_that_miscounts_what_it_has_got_is_ended(received: int) -> None:
    scene = Scene("reconnect")
    ready(scene)
    scene.run()
    scene.child_says(kind="acknowledge", received=1)
    scene.supervision.lost()
    scene.connect()
    scene.child_says(kind="resume", received=received)
    assert scene.kills == 1


def test_a_child_that_speaks_of_a_reconnection_where_there_was_none_is_ended() -> None:
    scene = ready(Scene("reconnect"))
    scene.child_says(kind="resume", received=0)
    assert scene.kills == 1


def test_what_was_acknowledged_is_not_kept() -> None:
    scene = ready(Scene("reconnect"))
    for number in range(10):
        scene.supervision.send({"kind": "ping", "number": number})
    scene.child_says(kind="acknowledge", received=7)
    assert scene.supervision.health.unacknowledged == 3


def test_the_program_acknowledges_what_it_has_got_now_and_then() -> None:
    scene = ready(Scene("reconnect"))
    scene.run()
    for _ in range(200):
        scene.child_says(kind="heartbeat", **TASK)
    told = [each["received"] for each in scene.to_child if each["kind"] == "acknowledge"]
    assert told == [64, 128, 192]


# -- capabilities --------------------------------------------------------------------------------


def test_tasks_wait_their_turn_for_a_child_that_cannot_be_sent_them_ahead() -> None:
    scene = ready(Scene())
    for task in ("t", "second", "third"):
        scene.run(task)
    assert [message["task"] for message in scene.to_child] == ["t"]
    scene.child_says(**RESULT)
    assert [message["task"] for message in scene.to_child] == ["t", "second"]
    scene.child_says(**{**RESULT, "task": "second"})
    assert [message["task"] for message in scene.to_child] == ["t", "second", "third"]
    able = ready(Scene("prefetch"))
    for task in ("t", "second", "third"):
        able.run(task)
    assert [message["task"] for message in able.to_child] == ["t", "second", "third"]


def test_a_child_is_told_only_what_it_said_that_it_understands() -> None:
    more = {"saved": {"type": "json", "value": 1}, "quota": {"memory_mb": 100}}
    told = []
    for capabilities in ((), ("save",), ("quota",), ("quota", "save")):
        scene = ready(Scene(*capabilities))
        scene.run(**more)
        told.append(sorted(scene.to_child[-1].keys() & more.keys()))
    assert told == [[], ["saved"], ["quota"], ["quota", "saved"]]


# -- what a child says too much ------------------------------------------------------------------


def test_what_is_said_of_a_task_that_it_does_not_have_is_dropped(scene: Scene) -> None:
    ready(scene)
    scene.child_says(**RESULT)
    scene.run()
    scene.child_says(**{**RESULT, "attempt": 2})
    assert scene.heard("result") == []
    scene.child_says(**RESULT)
    scene.child_says(**RESULT)
    scene.child_says(kind="log", **TASK, level="info", text="from the grave")
    assert scene.heard("result") == [RESULT]
    assert scene.heard("log") == []
    assert scene.supervision.health.stale == 4


def test_a_chatty_child_is_cut_short_told_so_once_and_its_result_arrives(scene: Scene) -> None:
    ready(scene)
    scene.run()
    for number in range(MESSAGES_AT_ONCE + 1_000):
        scene.child_says(kind="log", **TASK, level="info", text=str(number))
    for number in range(1_000):
        scene.child_says(kind="progress", **TASK, fraction=number / 1_000, message="")
    scene.child_says(**RESULT)
    logs = scene.heard("log")
    assert [each["text"] for each in logs[:-1]] == [str(n) for n in range(MESSAGES_AT_ONCE)]
    assert "left out" in logs[-1]["text"]
    assert [each["fraction"] for each in scene.heard("progress")] == [0.999], "the newest"
    assert scene.heard("result") == [RESULT]
    assert [each["kind"] for each in scene.listener.heard[-2:]] == ["progress", "result"]
    assert scene.supervision.health.left_out == 1_999


def test_a_child_that_says_less_is_heard_again(scene: Scene) -> None:
    ready(scene)
    scene.run()
    for _ in range(MESSAGES_AT_ONCE + 1):
        scene.child_says(kind="log", **TASK, level="info", text="fast")
    scene.clock.advance(0.5)
    for _ in range(MESSAGES_A_SECOND // 2):
        scene.child_says(kind="log", **TASK, level="info", text="slow")
    assert len([each for each in scene.heard("log") if each["text"] == "slow"]) == 500


def test_what_a_task_prints_is_handed_on_up_to_a_limit_and_what_was_cut_is_said(
    scene: Scene,
) -> None:
    ready(scene)
    block = b"x" * (1 << 20)
    for _ in range(100):
        scene.supervision.output("stdout", block)
    scene.supervision.drained()
    scene.supervision.output("stdout", b"of the next task")
    printed = [each[1] for each in scene.listener.heard if each[0] in ("stdout", "stderr")]
    assert sum(map(len, printed[:-2])) == PRINTED_BYTES
    cut = 100 * len(block) - PRINTED_BYTES
    assert f"{cut:,} more bytes" in printed[-2].decode()
    assert printed[-1] == b"of the next task"
    assert scene.supervision.health.cut == cut


def test_the_connection_is_told_by_its_chart_from_start_to_end() -> None:
    scene = Scene("reconnect")
    seen = [scene.state]
    scene.connect()
    seen.append(scene.state)
    scene.supervision.lost()
    seen.append(scene.state)
    scene.connect()
    scene.supervision.ended(0)
    seen.append(scene.state)
    assert seen == ["Connecting", "Connected", "Reconnecting", "Disconnected"]
    assert [record.to_state for record in scene.supervision.machine.history] == [
        "Connecting", "Authenticating", "Connected", "Reconnecting", "Connecting",
        "Authenticating", "Connected", "Disconnected",
    ]  # fmt: skip

"""Whoever connects without being the one that is expected is refused, and hurts nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from harmony.ipc.supervision import Patience
from harmony.wire.frames import frame

ROGUE = Path(__file__).parent / "rogue.py"


@pytest.fixture
def rogue(stage: Any) -> Any:
    """Start a child that does not keep to the protocol, in the way that is named."""
    program = stage.folder / "rogue"
    program.write_text(f"#!{sys.executable}\n{ROGUE.read_text()}")
    program.chmod(0o700)

    def start(way: str) -> Any:
        return stage.start(python=str(program), environment={"ROGUE": way})

    return start


@pytest.mark.parametrize("way", ["wrong_secret", "replay", "mirror", "eager", "other_version"])
async def test_a_false_proof_is_refused_and_a_true_one_still_taken(rogue: Any, way: str) -> None:
    _, ears = rogue(way)
    assert await ears.first("ready") == ("refused",)


async def test_a_second_connection_for_a_connected_process_is_refused(rogue: Any) -> None:
    process, ears = rogue("twice")
    assert await ears.first("ready") == ("welcome, refused",)
    process.kill()
    await ears.ended()


@pytest.mark.host(patience=Patience(start=1.0, stop=1.0))
async def test_a_child_that_never_connects_is_ended_with_the_reason(rogue: Any) -> None:
    _, ears = rogue("never_connects")
    ending = await ears.ended()
    assert ending.signal == signal.SIGKILL
    assert "not ready within 1 seconds" in ending.stderr_tail


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("talks_too_soon", "before it said that it is ready"),
        ("garbage_later", "over the limit"),
        ("nested_later", "deeper"),
        ("wrong_field_later", "'number'"),
        ("escapes_later", "'outputs'"),
        ("oversized_later", "over the limit"),
        ("truncated_later", ""),
        ("hangs_up", ""),
    ],
)
async def test_a_child_that_breaks_the_protocol_is_ended_with_the_reason(
    rogue: Any, way: str, reason: str
) -> None:
    _, ears = rogue(way)
    ending = await ears.ended()
    assert ending.signal == signal.SIGKILL
    assert reason in ending.stderr_tail
    assert ears.all("result") == []


async def test_a_child_that_speaks_a_byte_at_a_time_is_understood(rogue: Any) -> None:
    process, ears = rogue("slow")
    await ears.first("ready")
    process.stop()
    assert (await ears.ended()).clean


async def test_what_is_said_twice_or_of_another_attempt_is_heard_once(
    stage: Any, rogue: Any
) -> None:
    process, ears = rogue("repeats_itself")
    await ears.first("ready")
    stage.run(process, "anything")
    await ears.first("pong")
    assert [message["attempt"] for message in ears.all("result")] == [1]
    assert [message["attempt"] for message in ears.all("started")] == [1]
    assert process.health.stale == 10
    process.stop()
    assert (await ears.ended()).clean


@pytest.mark.host(patience=Patience(start=60.0, stop=0.1))
async def test_a_child_that_does_not_read_is_ended_all_the_same(rogue: Any) -> None:
    process, ears = rogue("deaf")
    await ears.first("ready")
    for number in range(20_000):
        process.send({"kind": "ping", "number": number})
    process.stop()
    assert (await ears.ended()).signal == signal.SIGKILL


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\0",
        b"\xff" * 100,
        frame(b"not json at all"),
        frame(b'{"kind":"hello","kind":"hello"}'),
        frame(b"[" * 10_000),
        frame(b'{"kind":' + b"[" * 8_000 + b"]" * 8_000 + b"}"),
        frame(b'{"kind":"hello","pid":NaN}'),
        frame(b"x" * 20_000),
        frame(json.dumps({"kind": "ready", "players": []}).encode()),
        frame(json.dumps({"kind": "run"}).encode()),
        frame(b'"text"'),
        frame(b"\xff\xfe{\0}\0"),
    ],
)
async def test_garbage_of_a_stranger_ends_its_own_connection_only(stage: Any, said: bytes) -> None:
    process, ears = stage.start()
    await ears.first("ready")
    assert await asyncio.to_thread(outcome_of, stage, said) == b""
    stage.run(process, "greet")
    assert (await ears.outcome())["kind"] == "result"


async def test_the_right_proof_from_another_process_is_refused(stage: Any) -> None:
    """Even whoever has stolen the secret is not the process that was started."""
    from harmony.wire.handshake import Transcript, new_nonce, prove

    process, ears = stage.start()

    def impostor() -> bytes:
        with connected(stage) as stranger:
            challenge = json.loads(stranger.recv(65536)[4:])
            nonce = new_nonce()
            transcript = Transcript("player-1", challenge["nonce"], nonce, process.pid, 1, ())
            hello = {
                "kind": "hello",
                "process": "player-1",
                "nonce": nonce,
                "proof": prove(process.supervision.secret, "child", transcript),
                "pid": process.pid,
                "version": 1,
                "capabilities": [],
            }
            stranger.sendall(frame(json.dumps(hello).encode()))
            return rest_of(stranger)

    assert await asyncio.to_thread(impostor) == b""
    await ears.first("ready")


@pytest.mark.host(handshake_seconds=3.0)
async def test_a_stranger_that_dawdles_is_shown_the_door(stage: Any) -> None:
    process, ears = stage.start()
    await ears.first("ready")

    def dawdle() -> bytes:
        with connected(stage) as stranger:
            stranger.sendall(b"\0\0\0\x20{")
            return rest_of(stranger)

    assert await asyncio.to_thread(dawdle) != b"", "only the challenge"
    stage.run(process, "greet")
    assert (await ears.outcome())["kind"] == "result"


async def test_strangers_beyond_a_number_are_turned_away_at_once(stage: Any) -> None:
    _, ears = stage.start()
    await ears.first("ready")

    def crowd() -> int:
        strangers = [connected(stage) for _ in range(80)]
        try:
            return sum(1 for stranger in strangers if stranger.recv(65536) == b"")
        finally:
            for stranger in strangers:
                stranger.close()

    assert await asyncio.to_thread(crowd) == 16
    _, more = stage.start()
    await more.first("ready")


async def test_the_socket_is_for_its_user_alone(stage: Any) -> None:
    _, ears = stage.start()
    await ears.first("ready")
    path = stage.host.socket_path
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert path.parent == stage.runtime_folder / str(os.getpid())


def connected(stage: Any) -> socket.socket:
    stranger = socket.socket(socket.AF_UNIX)
    stranger.connect(str(stage.host.socket_path))
    stranger.settimeout(30)
    return stranger


def outcome_of(stage: Any, said: bytes) -> bytes:
    """What a stranger hears after the challenge when it says something; nothing if refused."""
    with connected(stage) as stranger:
        challenge = stranger.recv(65536)
        assert b"challenge" in challenge
        stranger.sendall(said)
        return rest_of(stranger)


def rest_of(stranger: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    heard = b""
    while True:
        try:
            piece = stranger.recv(65536)
        except ConnectionResetError:
            return heard
        if not piece:
            return heard
        heard += piece

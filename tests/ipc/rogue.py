"""A child that does not keep to the protocol. The environment says in which way.

A test makes it executable and starts it in the place of Python, so that it gets the errand, and its
pid is the one that is expected: only what it says on the socket is wrong.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

from harmony.wire.frames import frame
from harmony.wire.handshake import Transcript, new_nonce, prove

errand: dict[str, Any] = json.loads(sys.stdin.readline())
secret = bytes.fromhex(errand["secret"])


class Connection:
    """A connection that was challenged."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(errand["socket"])
        self.challenge = self.read()

    def read(self) -> dict[str, Any] | None:
        header = self.exactly(4)
        if header is None:
            return None
        body = self.exactly(int.from_bytes(header, "big"))
        return None if body is None else json.loads(body)

    def exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionError:
                return None
            if not piece:
                return None
            data += piece
        return data

    def send(self, *messages: dict[str, Any]) -> None:
        self.socket.sendall(b"".join(frame(json.dumps(each).encode()) for each in messages))

    def hello(self, key: bytes = secret, **changed: Any) -> dict[str, Any]:
        assert self.challenge is not None
        nonce = new_nonce()
        transcript = Transcript(
            errand["process"], self.challenge["nonce"], nonce, os.getpid(), 1, ()
        )
        return {
            "kind": "hello",
            "process": errand["process"],
            "nonce": nonce,
            "proof": prove(key, "child", transcript),
            "pid": os.getpid(),
            "version": 1,
            "capabilities": [],
            **changed,
        }


def answered(connection: Connection, *messages: dict[str, Any]) -> str:
    """What became of a connection after it said something."""
    connection.send(*messages)
    found = connection.read()
    return "refused" if found is None else found["kind"]


def never_connects() -> None:
    time.sleep(3600)


def wrong_secret() -> None:
    connection = Connection()
    report(answered(connection, connection.hello(key=bytes(32))))


def replay() -> None:
    first = Connection()
    heard = first.hello()
    report(answered(Connection(), heard))


def mirror() -> None:
    connection = Connection()
    assert connection.challenge is not None
    report(answered(connection, connection.hello(nonce=connection.challenge["nonce"])))


def eager() -> None:
    connection = Connection()
    report(answered(connection, connection.hello(), {"kind": "ready", "players": []}))


def other_version() -> None:
    connection = Connection()
    report(answered(connection, connection.hello(version=99)))


def twice() -> None:
    first = Connection()
    first_outcome = answered(first, first.hello())
    second = Connection()
    outcome = f"{first_outcome}, {answered(second, second.hello())}"
    first.send({"kind": "ready", "players": [outcome]})
    time.sleep(3600)


def talks_too_soon() -> None:
    connection = Connection()
    connection.send(connection.hello())
    connection.read()
    connection.send({"kind": "pong", "number": 1})
    time.sleep(3600)


def garbage_later() -> None:
    connection = welcomed()
    connection.socket.sendall(b"\xff" * 64)
    time.sleep(3600)


def nested_later() -> None:
    connection = welcomed()
    connection.socket.sendall(frame(b'{"kind":"pong","number":' + b"[" * 100_000))
    time.sleep(3600)


def wrong_field_later() -> None:
    connection = welcomed()
    connection.send({"kind": "pong", "number": "one"})
    time.sleep(3600)


def escapes_later() -> None:
    connection = welcomed()
    outputs = {"table": {"type": "table", "staged": "../../elsewhere.parquet"}}
    connection.send(
        {
            "kind": "result",
            "task": "t",
            "attempt": 1,
            "outputs": outputs,
            "seconds": 1.0,
            "usage": {"cpu_seconds": 0.0, "memory_mb": 1.0},
        }
    )
    time.sleep(3600)


def oversized_later() -> None:
    connection = welcomed()
    connection.socket.sendall((9 << 20).to_bytes(4, "big") + b"{")
    time.sleep(3600)


def truncated_later() -> None:
    connection = welcomed()
    connection.socket.sendall(frame(b'{"kind":"pong","number":1}')[:-5])
    connection.socket.close()
    time.sleep(3600)


def slow() -> None:
    """Right in all it says, a byte at a time."""
    connection = Connection()
    messages = [connection.hello(), {"kind": "ready", "players": []}]
    for message in messages:
        for byte in frame(json.dumps(message).encode()):
            connection.socket.sendall(bytes([byte]))
        if message["kind"] == "hello":
            assert connection.read() is not None
    assert connection.read() == {"kind": "shutdown"}


def repeats_itself() -> None:
    """Says each thing twice, and also of an attempt that nobody asked for."""
    connection = welcomed()
    run = connection.read()
    assert run is not None
    usage = {"cpu_seconds": 0.0, "memory_mb": 1.0}
    for attempt in (7, run["attempt"], run["attempt"], 8):
        name = {"task": run["task"], "attempt": attempt}
        result = {"kind": "result", **name, "outputs": {}, "seconds": 0.0, "usage": usage}
        connection.send({"kind": "started", **name}, result, result)
    connection.send({"kind": "pong", "number": 1})
    assert connection.read() == {"kind": "shutdown"}


def hangs_up() -> None:
    welcomed().socket.close()
    time.sleep(3600)


def deaf() -> None:
    """Ready, but reads nothing any more and does not end when it is asked to."""
    connection = welcomed()
    assert connection.challenge is not None
    time.sleep(3600)


def welcomed() -> Connection:
    connection = Connection()
    connection.send(connection.hello())
    assert connection.read() is not None
    connection.send({"kind": "ready", "players": []})
    return connection


def report(outcome: str) -> None:
    """Connect as one should, and tell how it went before."""
    connection = Connection()
    connection.send(connection.hello())
    connection.read()
    connection.send({"kind": "ready", "players": [outcome]})
    assert connection.read() == {"kind": "shutdown"}


globals()[os.environ["ROGUE"]]()

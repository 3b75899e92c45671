"""Both ends talk to each other, without a socket, and nobody else gets a word in."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.foundation.clock import ManualClock
from harmony.wire.client import ClientConnection, frame_for_parent
from harmony.wire.codec import encode
from harmony.wire.connection import ServerConnection
from harmony.wire.errors import HandshakeError, WireError
from harmony.wire.handshake import (
    SECRET_SIZE,
    Role,
    Transcript,
    hmac_sha256,
    new_nonce,
    prove,
    verify,
)
from harmony.wire.messages import kinds

SECRET = bytes(range(SECRET_SIZE))
NAME = "player-1"
STARTED = {"kind": "started", "task": "read", "attempt": 1}
PING = {"kind": "ping", "number": 5}


def server(secrets: dict[str, bytes] | None = None, clock: ManualClock | None = None) -> Any:
    known = {NAME: SECRET} if secrets is None else secrets
    return ServerConnection(clock or ManualClock(), known.get, parse=msgspec.json.decode)


def client(secret: bytes = SECRET, name: str = NAME) -> Any:
    return ClientConnection(name, secret, 4711)


def shaken() -> tuple[Any, Any]:
    """A server and a client that have shaken hands."""
    parent, child = server(), client()
    _, hello = child.receive(parent.start())
    _, welcome = parent.receive(hello)
    assert child.receive(welcome) == ([], b"")
    return parent, child


def states(connection: Any) -> list[str]:
    return [record.to_state for record in connection.machine.history]


def test_both_ends_follow_the_connection_chart_to_connected() -> None:
    parent, child = shaken()
    assert states(parent) == ["Connecting", "Authenticating", "Connected"]
    assert (parent.state, child.proved) == ("Connected", True)
    assert (parent.process, parent.pid) == (NAME, 4711)


def test_messages_pass_both_ways_after_the_handshake() -> None:
    parent, child = shaken()
    assert child.receive(parent.send(PING)) == ([PING], b"")
    assert parent.receive(frame_for_parent(STARTED) + frame_for_parent(STARTED)) == (
        [STARTED, STARTED],
        b"",
    )


def test_a_message_right_behind_the_welcome_is_not_lost() -> None:
    parent, child = server(), client()
    _, hello = child.receive(parent.start())
    _, welcome = parent.receive(hello)
    assert child.receive(welcome + parent.send(PING)) == ([PING], b"")


def test_the_handshake_survives_coming_byte_by_byte() -> None:
    parent, child = server(), client()
    to_child, to_parent = parent.start(), b""
    while to_child or to_parent:
        for byte in to_child:
            to_parent += child.receive(bytes([byte]))[1]
        to_child = b""
        for byte in to_parent:
            to_child += parent.receive(bytes([byte]))[1]
        to_parent = b""
    assert (parent.state, child.proved) == ("Connected", True)


def test_a_wrong_secret_is_refused() -> None:
    parent, child = server(), client(secret=bytes(SECRET_SIZE))
    _, hello = child.receive(parent.start())
    with pytest.raises(HandshakeError, match="did not know its secret"):
        parent.receive(hello)
    assert parent.state == "Disconnected"


def test_a_process_that_nobody_expects_is_refused() -> None:
    parent, child = server(secrets={}), client()
    _, hello = child.receive(parent.start())
    with pytest.raises(HandshakeError, match="nobody expected"):
        parent.receive(hello)


def test_an_answer_that_was_heard_before_is_refused_on_a_new_connection() -> None:
    first, child = server(), client()
    _, hello = child.receive(first.start())
    first.receive(hello)
    again = server()
    again.start()
    with pytest.raises(HandshakeError, match="did not know its secret"):
        again.receive(hello)


def test_a_welcome_that_was_heard_before_does_not_fool_a_child() -> None:
    parent, child = server(), client()
    challenge = parent.start()
    _, hello = child.receive(challenge)
    _, welcome = parent.receive(hello)
    # Whoever recorded all of it plays the parent to a new child of the same name.
    victim = client()
    victim.receive(challenge)
    with pytest.raises(HandshakeError, match="did not know its secret"):
        victim.receive(welcome)


def test_a_parent_that_does_not_know_the_secret_is_refused_by_the_child() -> None:
    parent, child = server(secrets={NAME: bytes(SECRET_SIZE)}), client()
    _, hello = child.receive(parent.start())
    with pytest.raises(WireError):
        child.receive(parent.receive(hello)[1])


def test_one_role_cannot_answer_with_the_proof_of_the_other() -> None:
    transcript = Transcript(NAME, new_nonce(), new_nonce(), 1, 1, ())
    proof = prove(SECRET, "child", transcript)
    verify(SECRET, "child", transcript, proof)
    with pytest.raises(HandshakeError):
        verify(SECRET, "parent", transcript, proof)


@given(
    st.sampled_from(["process", "parent_nonce", "child_nonce", "pid", "version", "capabilities"])
)
def test_a_proof_is_bound_to_everything_that_was_said(field: str) -> None:
    transcript = Transcript(NAME, "a" * 32, "b" * 32, 1, 1, ("one",))
    other = {
        "process": "player-2",
        "parent_nonce": "c" * 32,
        "child_nonce": "d" * 32,
        "pid": 2,
        "version": 2,
        "capabilities": ("on", "e"),
    }[field]
    proof = prove(SECRET, "child", transcript)
    with pytest.raises(HandshakeError):
        verify(SECRET, "child", transcript._replace(**{field: other}), proof)


def test_the_parents_own_nonce_sent_back_is_refused() -> None:
    transcript = Transcript(NAME, "a" * 32, "a" * 32, 1, 1, ())
    with pytest.raises(HandshakeError, match="own nonce"):
        verify(SECRET, "child", transcript, prove(SECRET, "child", transcript))


def test_nothing_is_taken_between_hello_and_welcome() -> None:
    parent, child = server(), client()
    _, hello = child.receive(parent.start())
    with pytest.raises(HandshakeError, match="before it was welcomed"):
        parent.receive(hello + encode(STARTED))


@pytest.mark.parametrize("message", [STARTED, {"kind": "ready", "players": []}])
def test_a_child_has_to_begin_with_a_hello(message: dict[str, Any]) -> None:
    parent = server()
    parent.start()
    with pytest.raises(HandshakeError, match="instead of a hello"):
        parent.receive(encode(message))


def test_a_program_has_to_begin_with_a_challenge() -> None:
    child = client()
    with pytest.raises(HandshakeError, match="instead of a challenge"):
        child.receive(encode(PING))


def test_a_second_handshake_on_one_connection_is_refused() -> None:
    parent, child = shaken()
    hello = {
        "kind": "hello",
        "process": NAME,
        "nonce": "a" * 32,
        "proof": "b" * 64,
        "pid": 1,
        "version": 1,
        "capabilities": [],
    }
    with pytest.raises(HandshakeError, match="after the handshake"):
        parent.receive(encode(hello))
    with pytest.raises(HandshakeError, match="after the handshake"):
        child.receive(encode({"kind": "challenge", "nonce": "a" * 32, "versions": [1]}))


def test_versions_without_a_common_one_are_refused_by_the_child() -> None:
    child = client()
    with pytest.raises(HandshakeError, match="same version"):
        child.receive(encode({"kind": "challenge", "nonce": "a" * 32, "versions": [98, 99]}))


def test_a_large_frame_is_refused_before_the_handshake_and_taken_after_it() -> None:
    stranger = server()
    stranger.start()
    with pytest.raises(WireError, match="over the limit"):
        stranger.receive((100_000).to_bytes(4, "big"))
    parent, _ = shaken()
    message = {"kind": "log", "task": "t", "attempt": 1, "level": "info", "text": "é" * 60_000}
    assert parent.receive(frame_for_parent(message)) == ([message], b"")


def test_a_handshake_has_a_deadline_that_ends_with_it() -> None:
    clock = ManualClock()
    parent = server(clock=clock)
    parent.start()
    deadline = parent.deadline()
    assert deadline is not None
    parent.check_deadline()
    clock.advance(deadline - clock.monotonic())
    with pytest.raises(HandshakeError, match="in time"):
        parent.check_deadline()
    assert parent.state == "Disconnected"
    assert shaken()[0].deadline() is None


def test_nothing_is_sent_on_a_connection_that_is_none() -> None:
    parent = server()
    with pytest.raises(HandshakeError, match="Connecting"):
        parent.send(PING)
    parent, _ = shaken()
    parent.lost()
    assert parent.state == "Disconnected"
    assert not parent.open
    with pytest.raises(HandshakeError, match="Disconnected"):
        parent.send(PING)


def test_a_message_that_may_not_be_sent_leaves_the_connection_as_it_is() -> None:
    parent, child = shaken()
    with pytest.raises(WireError):
        parent.send(STARTED)
    assert child.receive(parent.send(PING)) == ([PING], b"")


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=80), max_size=6), st.booleans())
def test_garbage_never_gets_anywhere(pieces: list[bytes], authenticated: bool) -> None:
    parent = shaken()[0] if authenticated else server()
    if not authenticated:
        parent.start()
    for piece in pieces:
        try:
            messages, answer = parent.receive(piece)
        except WireError:
            assert parent.state == "Disconnected"
            return
        assert (messages, answer) == ([], b"")


def test_the_proofs_are_those_of_the_protocols_test_vector() -> None:
    """What docs/protocol.md promises to a child in another language."""
    told = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
    transcript = Transcript("player-1", "a" * 32, "b" * 32, 4711, 1, ())
    roles: tuple[Role, ...] = ("child", "parent")
    for role in roles:
        assert f"{role:7} {prove(SECRET, role, transcript)}" in told


def test_the_protocols_description_names_every_kind_of_message() -> None:
    told = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
    for kind in (*kinds("to_child"), *kinds("to_parent")):
        assert f"`{kind}`" in told or f'"{kind}"' in told


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_the_proofs_are_made_as_the_standard_library_makes_them(key: bytes, text: bytes) -> None:
    assert hmac_sha256(key, text) == hmac.new(key, text, "sha256").hexdigest()

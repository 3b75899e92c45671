"""The child's end of a connection, without the socket: bytes in, messages and bytes out.

What the parent says is checked here until it has proved itself. What it sends later it has checked
itself (`connection.frame_for_child`), and a child has better things to do. What a child sends is
checked before it goes out: an author is told of a mistake where it was made.

Chart 6 is kept by the parent (connection.py); a child only knows whether it may speak. It loads no
more than it needs, since the start of a process waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harmony.wire.codec import decode, decode_plainly, decode_strictly, encode
from harmony.wire.errors import CodecError, HandshakeError
from harmony.wire.frames import FRAME_LIMIT, FRAME_LIMIT_TO_CHILD, FrameDecoder
from harmony.wire.handshake import Transcript, choose_version, new_nonce, prove, verify
from harmony.wire.messages import check

Message = dict[str, Any]


class ClientConnection:
    """One socket of a child. After an error it must not be used again."""

    def __init__(
        self,
        process: str,
        secret: bytes,
        pid: int,
        *,
        capabilities: tuple[str, ...] = (),
    ) -> None:
        self._secret = secret
        self._process = process
        self._pid = pid
        self._capabilities = capabilities
        self._transcript: Transcript | None = None
        self._decoder = FrameDecoder(FRAME_LIMIT_TO_CHILD)
        self.proved = False
        """Whether the parent has proved itself, and messages can pass."""

    def receive(self, data: bytes) -> tuple[list[Message], bytes]:
        """The checked messages in what was read, and what to write back. Raises WireError."""
        try:
            return self._receive(data)
        except (ValueError, RecursionError) as error:
            raise CodecError("wire.not_json", reason=str(error)) from error

    def _receive(self, data: bytes) -> tuple[list[Message], bytes]:
        frames = self._decoder.feed(data)
        answer = b""
        position = 0
        while not self.proved and position < len(frames):
            message = decode(frames[position], decode_strictly)
            check(message, "to_child")
            answer += self._handshake(message)
            position += 1
        messages = []
        for payload in frames[position:]:
            message = decode_plainly(payload)
            if message.get("kind") in _HANDSHAKE_KINDS:
                raise HandshakeError("wire.handshake_repeated", kind=message["kind"])
            messages.append(message)
        return messages, answer

    def _handshake(self, message: Message) -> bytes:
        if self._transcript is None:
            if message["kind"] != "challenge":
                raise HandshakeError("wire.challenge_expected", kind=message["kind"])
            self._transcript = Transcript(
                self._process,
                message["nonce"],
                new_nonce(),
                self._pid,
                choose_version(message["versions"]),
                self._capabilities,
            )
            return encode(
                {
                    "kind": "hello",
                    "process": self._process,
                    "nonce": self._transcript.child_nonce,
                    "proof": prove(self._secret, "child", self._transcript),
                    "pid": self._pid,
                    "version": self._transcript.version,
                    "capabilities": list(self._capabilities),
                }
            )
        if message["kind"] != "welcome":
            raise HandshakeError("wire.welcome_expected", kind=message["kind"])
        verify(self._secret, "parent", self._transcript, message["proof"])
        if message["version"] != self._transcript.version:
            raise HandshakeError("wire.no_common_version", offered=[message["version"]], spoken=[])
        self.proved = True
        return b""


def frame_for_parent(message: Mapping[str, Any]) -> bytes:
    """A checked message from a child, as a frame. Raises WireError."""
    framed = encode(message, FRAME_LIMIT)
    check(message, "to_parent", len(framed))
    return framed


_HANDSHAKE_KINDS: Final = frozenset({"challenge", "hello", "welcome"})

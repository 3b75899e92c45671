"""How both sides prove that they know the secret, without saying it (DESIGN.md section 5).

The parent gives a child 32 random bytes through its standard input. On the socket each side sends a
nonce of its own and an HMAC-SHA256 over both nonces and all that was said, bound to the process and
to the role of the one who proves. An answer that was heard before is worth nothing: the nonce is
new for each connection. An answer sent back as in a mirror is worth nothing: the role is part of
it.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from harmony.wire.errors import HandshakeError

VERSION: Final = 1
VERSIONS: Final = (VERSION,)
"""The versions of the protocol that this program speaks, best last."""

SECRET_SIZE: Final = 32
NONCE_SIZE: Final = 16

Role = Literal["parent", "child"]

_PURPOSE: Final = b"harmony player socket"


class Transcript(NamedTuple):
    """What both sides have said, as far as a proof covers it. Nonces are hexadecimal text."""

    process: str
    parent_nonce: str
    child_nonce: str
    pid: int
    version: int
    capabilities: tuple[str, ...]


def new_secret() -> bytes:
    """A secret for one process."""
    return os.urandom(SECRET_SIZE)


def new_nonce() -> str:
    """A number used once, as hexadecimal text."""
    return os.urandom(NONCE_SIZE).hex()


def prove(secret: bytes, role: Role, transcript: Transcript) -> str:
    """The proof of one side, as hexadecimal text. ValueError for a secret of a wrong size."""
    if len(secret) != SECRET_SIZE:
        raise ValueError(f"a secret has {SECRET_SIZE} bytes")
    parts = (
        _PURPOSE,
        role.encode(),
        transcript.process.encode(),
        transcript.parent_nonce.encode(),
        transcript.child_nonce.encode(),
        str(transcript.pid).encode(),
        str(transcript.version).encode(),
        *(name.encode() for name in transcript.capabilities),
    )
    # The length goes before each part, so that no two transcripts read the same.
    text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(secret, text, "sha256").hexdigest()


def verify(secret: bytes, role: Role, transcript: Transcript, proof: str) -> None:
    """Check the other side's proof, in a time that does not tell how much of it was right.

    Raises HandshakeError.
    """
    if transcript.parent_nonce == transcript.child_nonce:
        raise HandshakeError("wire.nonce_repeated")
    expected = prove(secret, role, transcript)
    if not hmac.compare_digest(expected.encode(), proof.encode("utf-8", "replace")):
        raise HandshakeError("wire.proof_wrong", process=transcript.process)


def choose_version(offered: Sequence[int]) -> int:
    """The best version that both sides speak. Raises HandshakeError when there is none."""
    shared = set(VERSIONS).intersection(offered)
    if not shared:
        raise HandshakeError("wire.no_common_version", offered=list(offered), spoken=list(VERSIONS))
    return max(shared)

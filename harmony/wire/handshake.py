"""How both sides prove that they know the secret, without saying it (DESIGN.md section 5).

The parent gives a child 32 random bytes through its standard input. On the socket each side sends a
nonce of its own and an HMAC-SHA256 over both nonces and all that was said, bound to the process and
to the role of the one who proves. An answer that was heard before is worth nothing: the nonce is
new for each connection. An answer sent back as in a mirror is worth nothing: the role is part of
it.
"""

from __future__ import annotations

import os
import sys
from _operator import _compare_digest as compare_digest
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from harmony.wire.errors import HandshakeError

# Python's own SHA-256. `hmac` and `hashlib` would load OpenSSL for it, and every Player process
# would wait for that: a quarter of its start.
if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256  # type: ignore[import-not-found]

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


def hmac_sha256(key: bytes, text: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) as hexadecimal text; the key has at most 64 bytes."""
    block = key.ljust(64, b"\0")
    inner = sha256(block.translate(_INNER) + text).digest()
    return str(sha256(block.translate(_OUTER) + inner).hexdigest())


_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


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
    return hmac_sha256(secret, text)


def verify(secret: bytes, role: Role, transcript: Transcript, proof: str) -> None:
    """Check the other side's proof, in a time that does not tell how much of it was right.

    Raises HandshakeError.
    """
    if transcript.parent_nonce == transcript.child_nonce:
        raise HandshakeError("wire.nonce_repeated")
    expected = prove(secret, role, transcript)
    if not compare_digest(expected.encode(), proof.encode("utf-8", "replace")):
        raise HandshakeError("wire.proof_wrong", process=transcript.process)


def choose_version(offered: Sequence[int]) -> int:
    """The best version that both sides speak. Raises HandshakeError when there is none."""
    shared = set(VERSIONS).intersection(offered)
    if not shared:
        raise HandshakeError("wire.no_common_version", offered=list(offered), spoken=list(VERSIONS))
    return max(shared)

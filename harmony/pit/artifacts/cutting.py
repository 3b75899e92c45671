"""A file as content-defined chunks, and each chunk in the form in which it takes the least room.

Where a chunk ends is decided by the bytes before that place alone (FastCDC), so an edit changes the
chunks that it touches and no others: two versions of a file share the rest. Compression is tried on
three samples of a file first, since much of what is large (Parquet, images) is dense already.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from blake3 import blake3

AVERAGE: Final = 64 << 10
"""Bytes of a chunk on average. Smaller ones share more and cost more rows and more reading."""

RAW: Final = "raw"
ZSTD: Final = "zstd"

_SAMPLE: Final = 64 << 10
_LEVEL: Final = (
    1  # on tables as text it saves as much as the default level, at four times the speed
)
_WORTH_IT: Final = 0.9  # what saves less than a tenth stays as it is


def cut(path: Path) -> Iterator[memoryview]:
    """The chunks of a file, in order; of an empty one, one empty chunk.

    Each is only valid until the next is asked for.
    """
    from pyfastcdc import FastCDC

    cutter = FastCDC(AVERAGE, min_size=AVERAGE // 4, max_size=AVERAGE * 4, normalized_chunking=2)
    if not path.stat().st_size:
        yield memoryview(b"")
        return
    with path.open("rb", buffering=0) as file:
        for chunk in cutter.cut_stream(file):
            yield chunk.data


def chunk_hash(data: bytes | memoryview) -> bytes:
    """What a chunk is known by: 32 bytes."""
    return bytes(blake3(data).digest())


def pays_to_compress(path: Path) -> bool:
    """Whether three samples of a file become smaller by a tenth or more."""
    from backports import zstd

    size = path.stat().st_size
    taken = compressed = 0
    with path.open("rb") as file:
        for place in (0, max(0, size // 2 - _SAMPLE // 2), max(0, size - _SAMPLE)):
            file.seek(place)
            sample = file.read(_SAMPLE)
            taken += len(sample)
            compressed += len(zstd.compress(sample, level=_LEVEL))
    return compressed <= taken * _WORTH_IT


def encode(data: bytes, compressing: bool) -> tuple[bytes, str]:
    """A chunk as it is stored, and how (`raw` or `zstd`)."""
    if compressing:
        from backports import zstd

        small = zstd.compress(data, level=_LEVEL)
        if len(small) <= len(data) * _WORTH_IT:
            return small, ZSTD
    return data, RAW


def decode(stored: bytes, codec: str, size: int) -> bytes | None:
    """The content of a stored chunk; None when it is none of that size."""
    if codec == RAW:
        return stored if len(stored) == size else None
    if codec != ZSTD:
        return None  # it was found damaged before
    from backports import zstd

    decoder = zstd.ZstdDecompressor()
    try:
        content = decoder.decompress(stored, max_length=size + 1)
    except zstd.ZstdError:
        return None
    return content if len(content) == size and decoder.eof else None

"""Which chunks an artifact is made of, and in which pack each of them lies.

A chunk is kept once a tier however many artifacts have it; a pack is a file that holds many chunks.
The files are written and synced before a row here names them, and go after the last row that did
(pit/artifacts/chunks.py). A chunk that was found damaged stays in the artifacts that have it, is
taken by no new one, and is whole again for all of them when someone brings the same content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from harmony.polyphony.schema import fetch

DAMAGED: Final = "damaged"
"""The codec of a chunk whose bytes are not what its hash says."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of content. `length` bytes at `offset` of its pack are `size` bytes of content.

    `codec` is `raw`, `zstd` or `damaged`.
    """

    hash: bytes
    pack: str
    offset: int
    length: int
    size: int
    codec: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A file of chunks: its name, and how many bytes it has."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PackUse:
    """A pack, and how many of its bytes belong to chunks that some artifact still has."""

    name: str
    size: int
    used: int


def known(connection: apsw.Connection, tier: str, hashes: Iterable[bytes]) -> dict[bytes, Chunk]:
    """Those of these chunks that lie undamaged in a tier's packs, by hash."""
    rows = fetch(
        connection,
        "SELECT hash, pack, offset, length, size, codec FROM chunks"
        f" WHERE tier = ? AND codec <> '{DAMAGED}'"
        " AND hash IN (SELECT unhex(value) FROM json_each(?))",
        tier,
        json.dumps([digest.hex() for digest in hashes]),
    )
    return {row[0]: Chunk(*row) for row in rows}


def recipe(connection: apsw.Connection, artifact: str) -> list[Chunk]:
    """The chunks of an artifact in their order; empty when it lies whole, or is gone."""
    rows = fetch(
        connection,
        "SELECT hash, pack, offset, length, size, codec FROM artifact_chunks"
        " JOIN chunks ON id = chunk WHERE artifact = ? ORDER BY place",
        artifact,
    )
    return [Chunk(*row) for row in rows]


def is_packed(connection: apsw.Connection, artifact: str) -> bool:
    """Whether an artifact lies in packs."""
    return bool(
        fetch(connection, "SELECT 1 FROM artifact_chunks WHERE artifact = ? LIMIT 1", artifact)
    )


def add(
    connection: apsw.Connection,
    tier: str,
    packs: Sequence[Pack],
    chunks: Sequence[Chunk],
    recipes: Mapping[str, Sequence[bytes]],
    at: float,
) -> set[str]:
    """Note new packs with their chunks, then what artifacts are made of.

    Returns the artifacts all of whose chunks are there. A chunk that was counted on may have been
    removed meanwhile; then the artifact it was for is left as it was.
    """
    connection.execute(
        "INSERT INTO packs SELECT value->>0, ?1, value->>1, ?2 FROM json_each(?3)",
        (tier, at, json.dumps([(pack.name, pack.size) for pack in packs])),
    )
    rows = [(c.hash.hex(), c.pack, c.offset, c.length, c.size, c.codec) for c in chunks]
    connection.execute(
        "INSERT INTO chunks (hash, tier, pack, offset, length, size, codec)"
        " SELECT unhex(value->>0), ?1, value->>1, value->>2, value->>3, value->>4, value->>5"
        " FROM json_each(?2) WHERE true ON CONFLICT (hash, tier) DO UPDATE SET"
        " pack = excluded.pack, offset = excluded.offset, length = excluded.length,"
        f" codec = excluded.codec WHERE chunks.codec = '{DAMAGED}'",
        (tier, json.dumps(rows)),
    )
    complete = set()
    for artifact, hashes in recipes.items():
        wanted = json.dumps([digest.hex() for digest in hashes])
        found = fetch(
            connection,
            "SELECT count(*) FROM json_each(?1) JOIN chunks"
            f" ON hash = unhex(value) AND tier = ?2 AND codec <> '{DAMAGED}'",
            wanted,
            tier,
        )
        if found[0][0] != len(hashes):
            continue
        forget_recipe(connection, artifact)
        connection.execute(
            "INSERT INTO artifact_chunks SELECT ?1, key, chunks.id FROM json_each(?2) JOIN chunks"
            " ON hash = unhex(value) AND tier = ?3",
            (artifact, wanted, tier),
        )
        complete.add(artifact)
    return complete


def forget_recipe(connection: apsw.Connection, artifact: str) -> None:
    """The artifact lies whole again, or nowhere: it needs no chunks any more."""
    connection.execute("DELETE FROM artifact_chunks WHERE artifact = ?", (artifact,))


def mark_damaged(connection: apsw.Connection, tier: str, chunks: Iterable[Chunk]) -> None:
    """These chunks are not what their hashes say: no further artifact may share them.

    One that lies in another pack by now was written anew, and is left as it is.
    """
    connection.execute(
        f"UPDATE chunks SET codec = '{DAMAGED}' FROM json_each(?2) AS wrong"
        " WHERE tier = ?1 AND hash = unhex(wrong.value->>0) AND pack = wrong.value->>1",
        (tier, json.dumps([(chunk.hash.hex(), chunk.pack) for chunk in chunks])),
    )


def forget_unused(connection: apsw.Connection, tier: str) -> list[PackUse]:
    """Forget the chunks of a tier that no artifact has; every pack with how much of it is used."""
    connection.execute(
        "DELETE FROM chunks WHERE tier = ? AND id NOT IN (SELECT chunk FROM artifact_chunks)",
        (tier,),
    )
    rows = fetch(
        connection,
        "SELECT name, packs.size, coalesce(sum(length), 0) FROM packs"
        " LEFT JOIN chunks ON pack = name WHERE packs.tier = ? GROUP BY name ORDER BY name",
        tier,
    )
    return [PackUse(*row) for row in rows]


def chunks_in(connection: apsw.Connection, pack: str) -> list[Chunk]:
    """The chunks of a pack in the order in which they lie in it."""
    rows = fetch(
        connection,
        "SELECT hash, pack, offset, length, size, codec FROM chunks WHERE pack = ? ORDER BY offset",
        pack,
    )
    return [Chunk(*row) for row in rows]


def replace_pack(
    connection: apsw.Connection, tier: str, old: str, new: Pack, chunks: Sequence[Chunk], at: float
) -> bool:
    """Chunks of a pack lie in a new one from now on. False when the old one changed meanwhile."""
    places = [(chunk.hash.hex(), chunk.offset) for chunk in chunks]
    remaining = {chunk.hash for chunk in chunks_in(connection, old)}
    if not remaining <= {chunk.hash for chunk in chunks}:
        return False
    connection.execute("INSERT INTO packs VALUES (?, ?, ?, ?)", (new.name, tier, new.size, at))
    connection.execute(
        "UPDATE chunks SET pack = ?1, offset = new.value->>1 FROM json_each(?2) AS new"
        " WHERE hash = unhex(new.value->>0) AND pack = ?3",
        (new.name, json.dumps(places), old),
    )
    connection.execute("DELETE FROM packs WHERE name = ?", (old,))
    return True


def forget_pack(connection: apsw.Connection, name: str) -> bool:
    """Forget a pack none of whose chunks is used; False when one is (again)."""
    if fetch(connection, "SELECT 1 FROM chunks WHERE pack = ? LIMIT 1", name):
        return False
    connection.execute("DELETE FROM packs WHERE name = ?", (name,))
    return True


def pack_names(connection: apsw.Connection, tier: str) -> set[str]:
    """The packs of a tier."""
    return {row[0] for row in fetch(connection, "SELECT name FROM packs WHERE tier = ?", tier)}

"""Files in packs: versions share chunks, what comes out is what went in, damage is found."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3

from harmony.foundation.clock import ManualClock
from harmony.pit.artifacts.chunks import ChunkStore
from harmony.pit.artifacts.cutting import AVERAGE, cut, pays_to_compress
from harmony.pit.artifacts.errors import ChunksDamagedError, PackUnreadableError
from harmony.pit.artifacts.pack_places import LocalPacks
from harmony.polyphony import chunk_index
from harmony.polyphony.records import ArtifactRow, Commit
from harmony.polyphony.store import Store

WARM = "HDD_Warm"
Put = Callable[[bytes], str]


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return tmp_path / "packs"


@pytest.fixture
def chunks(store: Store, packs: Path, clock: ManualClock) -> ChunkStore:
    return ChunkStore(store, {WARM: LocalPacks(packs)}, packs, clock)


@pytest.fixture
def put(chunks: ChunkStore, store: Store, tmp_path: Path) -> Put:
    """Put content into packs, as an artifact of the warm tier; its hash."""

    def put(content: bytes) -> str:
        digest = blake3(content).hexdigest()
        path = tmp_path / digest
        path.write_bytes(content)
        packed = chunks.pack({digest: path}, WARM)
        store.commit_and_wait(Commit(artifacts=[ArtifactRow(digest, "bytes", len(content))]))
        complete = store.in_transaction(
            lambda c: chunk_index.add(c, WARM, packed.packs, packed.chunks, packed.recipes, 0)
        )
        assert complete == {digest}
        return digest

    return put


def table(rows: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [f"{row},{chance.random():.9f},{chance.randrange(10**9)}\n" for row in range(rows)]


def size_of(packs: Path) -> int:
    return sum(path.stat().st_size for path in packs.glob("*.pack"))


def got(chunks: ChunkStore, digest: str, tmp_path: Path) -> bytes:
    target = tmp_path / "restored"
    chunks.restore(digest, WARM, target)
    return target.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 1000, 3_000_000])
def test_content_comes_out_of_packs_as_it_went_in(
    chunks: ChunkStore, put: Put, tmp_path: Path, size: int
) -> None:
    content = random.Random(size).randbytes(size)
    assert got(chunks, put(content), tmp_path) == content


def test_cuts_depend_on_content_so_an_insertion_changes_only_its_surroundings(
    tmp_path: Path,
) -> None:
    content = random.Random(3).randbytes(6_000_000)
    path = tmp_path / "file"
    path.write_bytes(content)
    before = [bytes(view) for view in cut(path)]
    assert b"".join(before) == content
    path.write_bytes(b"inserted" + content)
    after = [bytes(view) for view in cut(path)]
    assert len(set(after) - set(before)) <= 3
    assert max(map(len, before)) <= 4 * AVERAGE


def test_the_next_version_of_a_table_takes_little_more_room(
    chunks: ChunkStore, put: Put, packs: Path, tmp_path: Path
) -> None:
    rows = table(200_000)
    first = "".join(rows).encode()
    put(first)
    alone = size_of(packs)
    rows[100_000] = "edited,0,0\n"
    second = "".join(rows).encode()
    digest = put(second)
    assert size_of(packs) - alone < 0.1 * alone
    assert got(chunks, digest, tmp_path) == second


def test_what_compresses_is_compressed_and_what_does_not_is_left(
    put: Put, packs: Path, tmp_path: Path
) -> None:
    text, noise = "".join(table(100_000)).encode(), random.Random(5).randbytes(3_000_000)
    put(text)
    assert size_of(packs) < 0.7 * len(text)
    before = size_of(packs)
    put(noise)
    assert size_of(packs) - before == len(noise)
    path = tmp_path / "floats"
    path.write_bytes(noise)
    assert not pays_to_compress(path)


def test_a_file_that_is_not_what_its_hash_says_gets_no_recipe(
    chunks: ChunkStore, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    wrong = blake3(b"y").hexdigest()
    packed = chunks.pack({wrong: path}, WARM)
    assert packed.damaged == [wrong]
    assert packed.recipes == {}


def flip(packs: Path, place: int = 10) -> None:
    (pack,) = packs.glob("*.pack")
    content = bytearray(pack.read_bytes())
    content[place] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)


def test_a_flipped_bit_in_a_pack_is_found_and_what_can_be_read_is_there(
    chunks: ChunkStore, put: Put, packs: Path, tmp_path: Path
) -> None:
    content = random.Random(7).randbytes(1_000_000)
    digest = put(content)
    flip(packs)
    with pytest.raises(ChunksDamagedError) as caught:
        got(chunks, digest, tmp_path)
    (wrong,) = caught.value.chunks
    rescued = (tmp_path / "restored").read_bytes()
    assert len(rescued) == len(content)
    assert rescued[wrong.size :] == content[wrong.size :]


def test_a_damaged_chunk_is_not_shared_but_written_anew_and_mends_who_has_it(
    chunks: ChunkStore, put: Put, packs: Path, store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    content = random.Random(8).randbytes(1_000_000)
    old = put(content)
    flip(packs)
    fresh = ChunkStore(store, {WARM: LocalPacks(packs)}, packs, clock)  # has checked nothing yet
    longer = content + b"more"
    path = tmp_path / "longer"
    path.write_bytes(longer)
    digest = blake3(longer).hexdigest()
    packed = fresh.pack({digest: path}, WARM)
    store.in_transaction(
        lambda c: chunk_index.add(c, WARM, packed.packs, packed.chunks, packed.recipes, 0)
    )
    assert got(fresh, digest, tmp_path) == longer
    assert got(fresh, old, tmp_path) == content


def test_a_chunk_that_went_while_it_was_counted_on_leaves_the_artifact_where_it_was(
    chunks: ChunkStore, put: Put, store: Store, tmp_path: Path
) -> None:
    content = random.Random(9).randbytes(500_000)
    first = put(content)
    path = tmp_path / "longer"
    path.write_bytes(content + b"more")
    digest = blake3(content + b"more").hexdigest()
    packed = chunks.pack({digest: path}, WARM)
    store.in_transaction(lambda c: chunk_index.forget_recipe(c, first))
    chunks.tidy()
    complete = store.in_transaction(
        lambda c: chunk_index.add(c, WARM, packed.packs, packed.chunks, packed.recipes, 0)
    )
    assert complete == set()
    assert store.reading(lambda c: chunk_index.recipe(c, digest)) == []


def test_packs_that_nothing_needs_go_and_half_empty_ones_are_written_anew(
    chunks: ChunkStore, put: Put, packs: Path, store: Store, tmp_path: Path
) -> None:
    rows = table(100_000)
    first = put("".join(rows).encode())
    second = put("".join(rows[:30_000]).encode())
    whole = size_of(packs)
    assert chunks.tidy() == []
    store.in_transaction(lambda c: chunk_index.forget_recipe(c, first))
    assert len(chunks.tidy()) >= 1
    assert size_of(packs) < 0.5 * whole
    assert got(chunks, second, tmp_path) == "".join(rows[:30_000]).encode()
    store.in_transaction(lambda c: chunk_index.forget_recipe(c, second))
    chunks.tidy()
    assert list(packs.iterdir()) == []


def test_a_pack_no_row_names_is_removed_a_day_after_it_was_made(
    chunks: ChunkStore, packs: Path, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    chunks.pack({blake3(b"x" * 10).hexdigest(): path}, WARM)  # and then the program was killed
    half = packs / "half.arriving"
    half.touch()
    os.utime(half, (clock.wall(), clock.wall()))
    clock.advance(3600)
    assert chunks.tidy() == []
    assert half.exists()
    clock.advance(86_400)
    assert len(chunks.tidy()) == 1
    assert list(packs.iterdir()) == []


def test_a_pack_that_is_gone_is_named(chunks: ChunkStore, put: Put, packs: Path) -> None:
    digest = put(b"content" * 1000)
    (pack,) = packs.glob("*.pack")
    pack.unlink()
    with pytest.raises(PackUnreadableError, match=pack.stem):
        chunks.restore(digest, WARM, packs / "restored")

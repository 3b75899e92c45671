"""Frames: any splitting of any bytes gives the frames or an error; no more than one is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.wire.errors import FrameError
from harmony.wire.frames import FrameDecoder, frame

payloads = st.lists(st.binary(min_size=1, max_size=300), max_size=20)


@given(payloads, st.data())
def test_frames_survive_being_split_at_any_byte(sent: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=40)))
    decoder = FrameDecoder()
    received: list[bytes] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += decoder.feed(stream[start:stop])
    assert received == sent
    assert decoder.buffered == 0


@given(payloads)
def test_frames_survive_coming_byte_by_byte(sent: list[bytes]) -> None:
    decoder = FrameDecoder()
    received = []
    for byte in b"".join(map(frame, sent)):
        received += decoder.feed(bytes([byte]))
    assert received == sent


@given(st.binary(min_size=1, max_size=100), st.integers(1, 103))
def test_a_frame_cut_short_gives_nothing_yet(payload: bytes, missing: int) -> None:
    whole = frame(payload)
    decoder = FrameDecoder()
    cut = whole[: max(0, len(whole) - missing)]
    assert decoder.feed(cut) == []
    assert decoder.feed(whole[len(cut) :]) == [payload]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_garbage_gives_frames_within_the_limit_or_an_error(pieces: list[bytes]) -> None:
    decoder = FrameDecoder(limit=64)
    for piece in pieces:
        try:
            frames = decoder.feed(piece)
        except FrameError:
            return
        assert all(0 < len(payload) <= 64 for payload in frames)
        assert decoder.buffered < 4 + 64, "no more than one unfinished frame is held"


def test_a_frame_over_the_limit_is_refused_before_its_content_came() -> None:
    decoder = FrameDecoder(limit=100)
    with pytest.raises(FrameError) as caught:
        decoder.feed((101).to_bytes(4, "big"))
    assert caught.value.code == "wire.frame_too_large"
    assert caught.value.parameters == {"size": 101, "limit": 100}
    assert decoder.buffered == 0


def test_a_frame_of_exactly_the_limit_is_taken() -> None:
    assert FrameDecoder(limit=100).feed(frame(b"x" * 100)) == [b"x" * 100]


def test_an_empty_frame_is_refused_on_both_sides() -> None:
    with pytest.raises(FrameError, match="no bytes"):
        frame(b"")
    with pytest.raises(FrameError, match="no bytes"):
        FrameDecoder().feed(bytes(4))


def test_a_payload_over_the_limit_is_not_sent() -> None:
    with pytest.raises(FrameError, match="stage them"):
        frame(b"x" * 101, limit=100)

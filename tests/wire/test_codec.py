"""JSON in and out, with both parsers: the same limits, the same refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.wire.codec import DEPTH_LIMIT, ITEM_LIMIT, decode, decode_strictly, encode, measure
from harmony.wire.errors import CodecError

Parse = Callable[[bytes], Any]

texts = st.text(st.characters(exclude_categories=("Cs",)))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=30,
)


@pytest.fixture(params=[decode_strictly, msgspec.json.decode], ids=["json", "msgspec"])
def parse(request: pytest.FixtureRequest) -> Parse:
    """The parser of the child, and that of the parent."""
    return request.param  # type: ignore[no-any-return]


@given(st.dictionaries(texts, json_values))
def test_what_is_encoded_comes_back_on_both_sides(message: dict[str, Any]) -> None:
    payload = encode(message)[4:]
    assert decode(payload, decode_strictly) == message
    assert decode(payload, msgspec.json.decode) == message


@given(st.binary(max_size=300))
def test_garbage_is_an_object_or_an_error(payload: bytes) -> None:
    for parse in (decode_strictly, msgspec.json.decode):
        try:
            found = decode(payload, parse)
        except CodecError:
            continue
        assert isinstance(found, dict)


@given(st.dictionaries(st.text(max_size=5), json_values, min_size=1), st.data())
def test_a_message_cut_short_is_an_error(message: dict[str, Any], data: st.DataObject) -> None:
    payload = json.dumps(message).encode()
    cut = data.draw(st.integers(0, len(payload) - 1))
    for parse in (decode_strictly, msgspec.json.decode):
        with pytest.raises(CodecError):
            decode(payload[:cut], parse)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":1} {"b":2}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":"\n"}',
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"",
    ],
)
def test_what_is_no_json_is_refused(parse: Parse, payload: bytes) -> None:
    with pytest.raises(CodecError) as caught:
        decode(payload, parse)
    assert caught.value.code == "wire.not_json"


@pytest.mark.parametrize("payload", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_what_is_no_object_is_refused(parse: Parse, payload: bytes) -> None:
    with pytest.raises(CodecError, match="must be a JSON object"):
        decode(payload, parse)


@pytest.mark.parametrize(
    "payload", [b'{"a":1,"a":2}', b'{"x":{"a":1,"a":1}}', b'[{"a":1,"\\u0061":2}]']
)
def test_a_key_given_twice_is_refused_by_the_strict_parser(payload: bytes) -> None:
    with pytest.raises(ValueError, match="twice"):
        decode_strictly(payload)


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """An object with `depth` levels in all."""
    return b'{"a":' + opening * (depth - 1) + closing * (depth - 1) + b"}"


def test_depth_is_allowed_up_to_the_limit_and_not_beyond(parse: Parse) -> None:
    assert decode(nested(DEPTH_LIMIT), parse)
    for depth in (DEPTH_LIMIT + 1, 1_000, 500_000):
        with pytest.raises(CodecError) as caught:
            decode(nested(depth), parse)
        assert caught.value.code in ("wire.too_deep", "wire.too_many_items")


def test_nesting_in_objects_counts_as_well(parse: Parse) -> None:
    with pytest.raises(CodecError, match="deeper"):
        decode(nested(100, b'{"a":', b"}").replace(b'{"a":}', b"{}"), parse)


def test_unfinished_nesting_never_reaches_the_parser(parse: Parse) -> None:
    with pytest.raises(CodecError, match="deeper"):
        decode(b"[" * 100_000, parse)


def test_many_shallow_brackets_are_not_taken_for_depth(parse: Parse) -> None:
    assert decode(b'{"a":[' + b"[]," * 1_000 + b"[]]}", parse)


def test_brackets_and_commas_in_a_text_count_for_nothing(parse: Parse) -> None:
    text = '[{,"\\' * 200_000
    assert decode(json.dumps({"a": text}).encode(), parse) == {"a": text}


def test_too_many_values_are_refused_before_they_are_built(parse: Parse) -> None:
    with pytest.raises(CodecError, match="more than"):
        decode(b'{"a":[' + b"[]," * ITEM_LIMIT + b"[]]}", parse)
    assert decode(b'{"a":[' + b"0," * (ITEM_LIMIT - 10) + b"0]}", parse)


@pytest.mark.parametrize(
    "hostile", [b'{"a":"' + b"\\" * 2_000_001, b'{"a":"' + b'\\"' * 1_000_000, b'"' * 2_000_001]
)
def test_measuring_takes_one_pass_whatever_the_text(hostile: bytes) -> None:
    """Quadratic work on these would take hours: that the test ends is the assertion."""
    measure(hostile + b"[" * 65)


def test_what_json_has_no_form_for_is_not_sent() -> None:
    for value in (float("nan"), float("inf"), b"bytes", {1, 2}, "half a \ud800 pair"):
        with pytest.raises(CodecError) as caught:
            encode({"kind": "log", "text": value})
        assert caught.value.code == "wire.not_sendable"

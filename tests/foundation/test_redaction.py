"""No secret comes through, and what is none stays readable."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.foundation.redaction import MASK, Redactor

PLAIN = Redactor()


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    redactor = Redactor(["hunter2-secret"])
    assert redactor.text("xhunter2-secretx and hunter2-secret") == f"x{MASK}x and {MASK}"


def test_the_longest_secret_is_masked_first_so_that_no_tail_is_left() -> None:
    redactor = Redactor(["abcd", "abcdefgh"])
    assert redactor.text("abcdefgh abcd") == f"{MASK} {MASK}"


def test_a_very_short_secret_is_masked_only_as_a_whole_value() -> None:
    redactor = Redactor(["abc", ""])
    assert redactor.text("abcabc is abc") == "abcabc is abc"
    assert redactor.text("abc") == MASK
    assert redactor.value({"pin": "abc", "word": "abcd"}) == {"pin": MASK, "word": "abcd"}


def test_a_secret_may_hold_signs_that_mean_something_in_a_pattern() -> None:
    assert Redactor(["a.*b(c"]).text("a.*b(c axxb") == f"{MASK} axxb"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MASK}"),
        ("authorization: Basic dXNlcjpwYXNz", f"authorization: Basic {MASK}"),
        ('{"Authorization": "Token abcdef"}', f'{{"Authorization": "Token {MASK}"}}'),
        ("sent Bearer abcdefgh1234", f"sent Bearer {MASK}"),
        ("api_key=12345678", f"api_key={MASK}"),
        ("API-KEY: 12345678", f"API-KEY: {MASK}"),
        ("OPENAI_API_KEY=abcdefgh", f"OPENAI_API_KEY={MASK}"),
        ('"apikey": "xyzw"', f'"apikey": "{MASK}"'),
        ("https://x.example/?token=abcd1234&page=2", f"https://x.example/?token={MASK}&page=2"),
        ("password = 'pa55word'", f"password = '{MASK}'"),
        ("secret: abcdef", f"secret: {MASK}"),
        ("my_secret:abcdef", f"my_secret:{MASK}"),
        ("client_secret: abcdef", f"client_secret: {MASK}"),
        ("key sk-abcdefghijklmnopqrst used", f"key {MASK} used"),
        ("ghp_abcdefghijklmnopqrstuvwxyz012345", MASK),
        ("AKIAIOSFODNN7EXAMPLE", MASK),
        ("https://user:pa55@host/path", f"https://user:{MASK}@host/path"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", MASK),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert PLAIN.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The token of my love",
        "tokens: many",
        "a password is needed",
        "the basic idea of a bearer",
        "risk-free and task-oriented",
        "https://host/path?page=2",
        "mail me@host.example",
        "api_key=secret:OPENAI",
        "secret:OPENAI",
        "token: keyword",
        "max_tokens=1024",
        "keyboard=qwerty",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert PLAIN.text(text) == text


def test_bytes_are_masked_and_those_that_are_no_text_pass_unchanged() -> None:
    redactor = Redactor(["geheimnis"])
    assert redactor.bytes(b"\xff\xfegeheimnis\x00\xff") == b"\xff\xfe" + MASK.encode() + b"\x00\xff"


def test_secrets_are_found_at_every_depth_of_a_value_and_types_are_kept() -> None:
    redactor = Redactor(["hunter2"])
    value = {
        "a": ["hunter2", {"hunter2": (1, 2.5, None, True, b"hunter2")}],
        "headers": {"Authorization": "Bearer abc"},
        "api_key": "abcdef",
        "text": "a hunter2 b",
        "password": "secret:MAIL",
        "token": "word",
    }
    assert redactor.value(value) == {
        "a": [MASK, {MASK: (1, 2.5, None, True, MASK.encode())}],
        "headers": {"Authorization": MASK},
        "api_key": MASK,
        "text": f"a {MASK} b",
        "password": "secret:MAIL",
        "token": "word",
    }


@given(
    secret=st.text(string.ascii_letters + string.digits + "._-+/", min_size=4, max_size=40),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_a_known_secret_never_comes_through(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    shown = redactor.text(before + secret + after)
    assert secret not in shown
    assert secret not in str(redactor.value({"x": [before + secret + after]}))


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = Redactor(["secret-word"]).text(text)
    assert Redactor(["secret-word"]).text(once) == once


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["api_key=abcdef123", "hunter2", "abc", "Bearer abcdef123", "f" * 64]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["password", "key"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from([(), ("hunter2",), ("abc", "f" * 64)]))
def test_what_is_spared_would_have_come_back_as_it_is(
    value: object, secrets: tuple[str, ...]
) -> None:
    redactor = Redactor(secrets)
    if redactor.spares(value):
        assert redactor.value(value) == value


@pytest.mark.parametrize(
    "value", [{}, {"outputs": {"a": {"hash": "0" * 64, "size": 1}}}, ["hello you"]]
)
def test_what_holds_no_secret_is_spared(value: object) -> None:
    assert PLAIN.spares(value)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"bytes", {1: 2}, {"a": [float("inf")]}])
def test_what_is_no_json_is_never_spared(value: object) -> None:
    assert not PLAIN.spares(value)


def test_a_value_under_the_name_of_a_secret_is_not_spared() -> None:
    assert not PLAIN.spares({"api_key": "abc"})
    assert not Redactor(["abc"]).spares({"pin": "abc"})
    assert not Redactor(["f" * 64]).spares({"pin": "f" * 64})

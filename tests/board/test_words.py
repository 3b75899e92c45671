"""Every code that the Board says has words, and no words are left over."""

from __future__ import annotations

import re
from pathlib import Path

from harmony.foundation.words import templates

BOARD = Path(__file__).resolve().parents[2] / "harmony" / "board"
SOURCES = {path: path.read_text(encoding="utf-8") for path in BOARD.rglob("*.py")}
CODE = re.compile(r'"(board\.[a-z_.]+)"')
MADE = re.compile(r'f"(board\.[^"]*)"')


def test_every_code_in_the_source_has_words() -> None:
    known = set(templates("board"))
    missing = {
        code
        for text in SOURCES.values()
        for code in CODE.findall(text)
        if not code.endswith(".qss")
        and code not in known
        and not any(name.startswith(code) for name in known)
    }
    assert not missing


def test_no_words_are_left_over() -> None:
    plain = {code for text in SOURCES.values() for code in CODE.findall(text)}
    patterns = [
        re.compile(re.sub(r"\\\{.*?\\\}", "[a-z_.]+", re.escape(made)))
        for text in SOURCES.values()
        for made in MADE.findall(text)
    ]
    unused = {
        code
        for code in templates("board")
        if code not in plain and not any(p.fullmatch(code) for p in patterns)
    }
    assert not unused

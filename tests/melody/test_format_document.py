"""The page that describes the format shows a melody that the program reads."""

from __future__ import annotations

import re
from pathlib import Path

from harmony.melody import file

PAGE = Path(__file__).parents[2] / "docs" / "melody-format.md"


def test_the_example_on_the_page_is_a_melody_as_the_program_writes_it():
    text = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    assert file.dumps(file.loads(text[1].encode(), PAGE.name)).decode() == text[1]

"""Every code of this room has words, and no words stand there for a code that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import harmony.melody
from harmony.foundation.catalogue.melody import TEMPLATES
from harmony.melody.parameters import parameter_finding
from harmony.players.specs import ParameterSpec

FOLDER = Path(harmony.melody.__file__).parent
CODE = re.compile(r'"(melody\.[a-z_]+(?:\.[a-z_]+)*)"')
PARAMETER = re.compile(r'_finding\("([a-z_]+)"')
NO_CODES = {"melody.save"}


def _codes() -> set[str]:
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.update(CODE.findall(text))
        found.update(f"melody.parameter_{what}" for what in PARAMETER.findall(text))
    return found - NO_CODES


def test_every_code_has_words():
    assert _codes() - TEMPLATES.keys() == set()


def test_every_file_error_and_every_finding_has_a_cure():
    findings = {"cycle", "empty", "type_mismatch", "list_of_lists", "input_missing", "input_taken"}
    needing = {code for code in _codes() if code.startswith(("melody.file_", "melody.parameter_"))}
    needing |= {f"melody.{name}" for name in findings}
    assert {code for code in needing if f"{code}.cure" not in TEMPLATES} == set()


def test_no_words_are_left_for_codes_that_are_gone():
    bases = {re.sub(r"\.cure(\.matches)?$", "", code) for code in TEMPLATES}
    assert bases - _codes() == set()


def test_a_parameter_is_called_by_its_label_in_the_sentence():
    spec = ParameterSpec("size", "number", maximum=10, label="Page size")
    finding = parameter_finding("node", spec, 11)
    assert finding is not None
    assert finding.message == "Page size of node is 11; the most is 10."
    assert finding.cure == "Enter 10 or less."

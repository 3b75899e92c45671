"""An error is a code with parameters; its sentence comes from the catalogue."""

from __future__ import annotations

import gettext
import json
import pickle
import string
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.foundation import words
from harmony.foundation.errors import HarmonyError
from harmony.foundation.settings import SettingsError


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.use_language("/nowhere", [])


def test_an_error_reads_as_the_sentence_of_its_code() -> None:
    error = HarmonyError("foundation.settings_unreadable", path="/a/settings.json", reason="no")
    assert str(error).startswith("The settings file /a/settings.json cannot be read: no.")
    assert (error.code, error.parameters["reason"]) == ("foundation.settings_unreadable", "no")


def test_an_unknown_code_still_shows_every_fact() -> None:
    assert words.render("melody.no_such_code", node="read", port=3) == (
        "melody.no_such_code (node='read', port=3)"
    )
    assert words.render("nowhere.at_all") == "nowhere.at_all"
    assert words.render("") == ""


def test_a_missing_parameter_shows_as_its_name_and_too_many_do_no_harm() -> None:
    text = words.render("foundation.settings_unreadable", path="/x", colour="red")
    assert "/x" in text and "{reason}" in text


def test_a_list_among_the_parameters_reads_like_one() -> None:
    code = "states.illegal_event"
    shown = words.render(code, machine="m", state="A", event="e", legal=("go", "stop"))
    assert shown == "m cannot take 'e' while it is A. Possible now: go, stop."
    assert words.render(code, machine="m", state="A", event="e", legal=()).endswith("now: nothing.")


def test_parameters_may_have_any_name() -> None:
    assert "code='x'" in words.render("nowhere.at_all", code="x", self="y")


@given(
    code=st.text(max_size=30),
    parameters=st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1, max_size=8).filter(lambda n: n != "code"),
        st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.integers())),
        max_size=4,
    ),
)
def test_rendering_never_raises(code: str, parameters: dict[str, object]) -> None:
    assert isinstance(words.render(code, **parameters), str)
    assert isinstance(words.render("foundation.settings_value_invalid", **parameters), str)


def test_a_parameter_that_cannot_be_shown_does_not_hide_the_error() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    assert words.render("nowhere.at_all", thing=Broken()) == "nowhere.at_all (thing=<Broken>)"


def test_an_error_as_json_holds_code_parameters_and_sentence() -> None:
    error = HarmonyError(
        "nowhere.at_all", path=Path("/x"), names=("a", "b"), count=2, extra={1: {3}}
    )
    shown = json.loads(json.dumps(error.to_json()))
    assert shown["code"] == "nowhere.at_all"
    assert shown["parameters"] == {
        "path": "/x",
        "names": ["a", "b"],
        "count": 2,
        "extra": {"1": [3]},
    }
    assert shown["message"] == str(error)


def test_an_error_survives_pickling_with_its_kind() -> None:
    error = SettingsError("foundation.settings_unreadable", path="/x", reason="y")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.parameters) == (
        SettingsError,
        error.code,
        error.parameters,
    )


@pytest.mark.parametrize("room", words.ROOMS)
def test_every_template_belongs_to_its_room_and_can_be_filled_in(room: str) -> None:
    for code, template in words.templates(room).items():
        assert code.partition(".")[0] == room, code
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        assert all(name.isidentifier() for name in names), code
        filled = words.render(code, **{name: f"<{name}>" for name in names})
        if not any(spec for _, _, spec, _ in string.Formatter().parse(template)):
            assert all(f"<{name}>" in filled for name in names), code


def test_every_module_of_the_catalogue_belongs_to_a_room() -> None:
    folder = Path(words.__file__).parent / "catalogue"
    assert {path.stem for path in folder.glob("[a-z]*.py")} <= set(words.ROOMS)


def test_only_the_words_of_the_room_that_speaks_are_loaded() -> None:
    program = (
        "import sys; from harmony.foundation import words;"
        "words.render('states.illegal_event');"
        "print([n for n in sys.modules if n.startswith('harmony.foundation.catalogue.')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "['harmony.foundation.catalogue.states']"


def test_a_translation_is_taken_from_a_gettext_folder(tmp_path: Path) -> None:
    source = words.templates("states")["states.unknown_chart"]
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    german = "Es gibt keinen Automaten {name!r}. Es gibt: {known}."
    (folder / "harmony.mo").write_bytes(_catalogue_file({source: german}))
    words.use_language(str(tmp_path), ["de"])
    shown = words.render("states.unknown_chart", name="x", known="task")
    assert shown == "Es gibt keinen Automaten 'x'. Es gibt: task."
    assert words.translate("never translated") == "never translated"


def test_a_language_that_is_not_there_gives_english(tmp_path: Path) -> None:
    words.use_language(str(tmp_path), ["xx"])
    assert words.translate("from") == "from"
    assert words.translate("") == ""


def _catalogue_file(entries: dict[str, str]) -> bytes:
    """A compiled gettext file, laid out as its manual says."""
    header = "Content-Type: text/plain; charset=UTF-8\n"
    pairs = sorted({"": header, **entries}.items())
    keys = [key.encode() for key, _ in pairs]
    values = [value.encode() for _, value in pairs]
    start = 28 + 16 * len(pairs)
    tables, body = [b"", b""], b""
    for index, texts in enumerate((keys, values)):
        for text in texts:
            tables[index] += struct.pack("<II", len(text), start + len(body))
            body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    data = head + tables[0] + tables[1] + body
    assert gettext  # the reader under test is the standard library's
    return data

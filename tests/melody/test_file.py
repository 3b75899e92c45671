"""Melody files: written so that diffs read well, read back the same, never left half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harmony.foundation.failpoints import KNOWN
from harmony.foundation.resources import resource_path, resources_folder
from harmony.melody import file
from harmony.melody.changes import MoveNodes, SetParameter, apply
from harmony.melody.errors import MelodyFileError
from harmony.melody.model import (
    Connection,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    Policy,
    Repeat,
)
from harmony.melody.schema import FILE_NAME, schema_text

EXPECTED = """\
{
  "format": "harmony.melody",
  "version": 1,
  "id": "m-1",
  "name": "Weather",
  "description": "What the weather was",
  "nodes": [
    {
      "id": "read-table",
      "player": "library/read_table",
      "title": "Read",
      "x": 24,
      "y": 48.5,
      "parameters": {
        "path": "wetter/März.csv",
        "rows": 10
      }
    },
    {
      "id": "filter-rows",
      "player": "library/filter_rows",
      "x": 300,
      "y": 48,
      "priority": 2,
      "retries": 3
    }
  ],
  "connections": [
    { "source": "read-table", "output": "table", "target": "filter-rows", "input": "table" }
  ],
  "notes": [
    {
      "id": "note",
      "text": "**Why**\\nbecause",
      "x": 0,
      "y": -100,
      "width": 208,
      "height": 88
    }
  ]
}
"""


@pytest.fixture
def weather() -> Melody:
    melody = Melody("m-1", "Weather", "What the weather was")
    melody.nodes["read-table"] = Node(
        "read-table", "library/read_table", "Read", 24.0, 48.5,
        {"rows": 10.0, "path": "wetter/März.csv"},
    )  # fmt: skip
    melody.nodes["filter-rows"] = Node(
        "filter-rows", "library/filter_rows", x=300, y=48, priority=2, retries=3
    )
    melody.connections[Connection("read-table", "table", "filter-rows", "table")] = "hard"
    melody.notes["note"] = Note("note", "**Why**\nbecause", 0, -100)
    return melody


def test_the_written_form_is_tidy_and_stable(weather):
    assert file.dumps(weather).decode() == EXPECTED


def test_what_was_written_reads_back_the_same(weather, tmp_path):
    path = tmp_path / "weather.melody"
    file.save(path, weather)
    assert path.read_bytes() == EXPECTED.encode()
    again = file.load(path)
    assert again == weather
    assert list(again.nodes) == ["read-table", "filter-rows"]


VERSION_2 = """\
{
  "format": "harmony.melody",
  "version": 2,
  "id": "m-2",
  "name": "",
  "description": "",
  "limits": {"tokens": 1000, "money": 2.5},
  "nodes": [
    {
      "id": "ask",
      "player": "library/ask",
      "x": 0,
      "y": 0,
      "policy": {
        "retry_base": 2,
        "retry_errors": [
          "TimeoutError"
        ],
        "timeout": 30,
        "on_failure": "skip"
      }
    },
    {
      "id": "again",
      "player": "melody:refine",
      "x": 200,
      "y": 0,
      "repeat": {
        "until": "good",
        "at_most": 5
      }
    }
  ],
  "connections": [
    { "source": "ask", "output": "text", "target": "again", "input": "text", "dependency": "soft" }
  ],
  "notes": [],
  "parts": {
    "refine": {
      "name": "Refine",
      "inputs": [
        { "name": "text", "node": "better", "port": "text" }
      ],
      "outputs": [
        { "name": "good", "node": "better", "port": "good" }
      ],
      "nodes": [
        {
          "id": "better",
          "player": "library/better",
          "x": 0,
          "y": 0
        }
      ],
      "connections": [],
      "notes": []
    }
  }
}
"""


def full() -> Melody:
    """A melody with everything that version 2 of the format brought."""
    melody = Melody("m-2", limits=Limits(tokens=1000, money=2.5))
    policy = Policy(2.0, retry_errors=("TimeoutError",), timeout=30.0, on_failure="skip")
    melody.nodes["ask"] = Node("ask", "library/ask", policy=policy)
    melody.nodes["again"] = Node("again", "melody:refine", x=200, repeat=Repeat("good", 5))
    melody.connections[Connection("ask", "text", "again", "text")] = "soft"
    melody.parts["refine"] = Melody(
        "refine",
        "Refine",
        nodes={"better": Node("better", "library/better")},
        inputs=(Exposed("text", "better", "text"),),
        outputs=(Exposed("good", "better", "good"),),
    )
    return melody


def test_policies_dependencies_and_parts_are_written_and_read_back():
    assert file.dumps(full()).decode() == VERSION_2
    assert file.loads(VERSION_2.encode(), "m") == full()


@pytest.mark.parametrize(
    "newer",
    [
        Melody("m", limits=Limits(memory_mb=1)),
        Melody("m", inputs=(Exposed("x", "n", "x"),)),
        Melody("m", parts={"p": Melody("p")}),
        Melody("m", nodes={"n": Node("n", "library/a", policy=Policy(notify=True))}),
        Melody("m", nodes={"n": Node("n", "library/a", repeat=Repeat("x"))}),
        Melody(
            "m",
            nodes={"n": Node("n", "library/a"), "o": Node("o", "library/a")},
            connections={Connection("n", "x", "o", "y"): "optional"},
        ),
    ],
)
def test_only_what_needs_the_second_version_of_the_format_says_so(newer):
    data = file.dumps(newer)
    assert b'"version": 2' in data
    assert file.loads(data, "m") == newer
    with pytest.raises(MelodyFileError) as caught:
        file.loads(data.replace(b'"version": 2', b'"version": 1'), "m")
    assert caught.value.code == "melody.file_version_too_low"
    assert caught.value.place == "$.version"
    assert '"version": 2' in caught.value.cure


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('"timeout": 30', '"timeout": "30"', "wrong_type", "$.nodes[0].policy.timeout"),
        ('"timeout": 30', '"timeout": NaN', "number", "$.nodes[0].policy.timeout"),
        ('"timeout": 30', '"patience": 30', "unknown_key", "$.nodes[0].policy.patience"),
        ('"on_failure": "skip"', '"on_failure": 3', "wrong_type", "$.nodes[0].policy.on_failure"),
        ('"at_most": 5', '"at_most": 5.5', "wrong_type", "$.nodes[1].repeat.at_most"),
        ('"until": "good",', "", "missing_key", "$.nodes[1].repeat"),
        ('"soft"', '"firm"', "wrong_type", "$.connections[0].dependency"),
        ('"tokens": 1000', '"tokens": -1', "wrong_type", "$.limits.tokens"),
        ('"refine": {', '"re fine": {', "bad_id", '$.parts["re fine"]'),
        ('"better",\n', '"bet.ter",\n', "bad_id", "$.parts.refine.nodes[0].id"),
        (
            '"name": "good", "node": "better", "port": "good" }',
            (
                '"name": "good", "node": "better", "port": "good" },'
                '{ "name": "good", "node": "better", "port": "bad" }'
            ),
            "duplicate_port",
            "$.parts.refine.outputs[1].name",
        ),
        (
            '"connections": [],\n      "notes": []',
            '"connections": [], "parts": {}',
            "unknown_key",
            "$.parts.refine.parts",
        ),
        (
            '"connections": [],\n      "notes": []',
            '"connections": [{"source": "x", "output": "x", "target": "better", "input": "y"}]',
            "no_such_node",
            "$.parts.refine.connections[0].source",
        ),
    ],
)
def test_what_is_wrong_in_the_new_keys_is_named_with_its_place(old, new, code, place):
    assert old in VERSION_2
    with pytest.raises(MelodyFileError) as caught:
        file.loads(VERSION_2.replace(old, new, 1).encode(), "m")
    assert (caught.value.code, caught.value.place) == (f"melody.file_{code}", place)
    assert caught.value.line is not None
    assert "{" not in str(caught.value)


def test_one_edit_changes_few_lines(weather):
    before = file.dumps(weather).splitlines()
    apply(weather, MoveNodes({"filter-rows": (310, 48)}))
    apply(weather, SetParameter("read-table", "rows", 20))
    after = file.dumps(weather).splitlines()
    changed = [line.strip() for line, old in zip(after, before, strict=True) if line != old]
    assert changed == [b'"rows": 20', b'"x": 310,']


def test_an_empty_melody_is_written_and_read(tmp_path):
    assert file.loads(file.dumps(Melody("m")), "m") == Melody("m")


def test_keys_may_come_in_any_order_and_layout():
    text = (
        '{"nodes":[{"y":2,"x":1,"player":"library/a","id":"a"}],"connections":[],"id":"m",'
        '"version":1,"format":"harmony.melody"}'
    )
    assert file.loads(text.encode(), "m").nodes["a"] == Node("a", "library/a", x=1, y=2)


def test_what_the_canvas_can_show_is_no_error_of_reading():
    """An unknown Player, a circle, a missing input, a bad parameter: such a file opens."""
    melody = Melody("m")
    for name in "ab":
        melody.nodes[name] = Node(name, "nobody/knows_this", parameters={"x": [1, {"y": None}]})
    melody.connections[Connection("a", "o", "b", "i")] = "hard"
    melody.connections[Connection("b", "o", "a", "i")] = "hard"
    assert file.loads(file.dumps(melody), "m") == melody


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(MelodyFileError) as caught:
        file.load(tmp_path / "gone.melody")
    assert caught.value.code == "melody.file_missing"
    assert "gone.melody" in str(caught.value)


def test_a_folder_or_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.melody")
    for path in (tmp_path, tmp_path / "pipe.melody"):
        with pytest.raises(MelodyFileError) as caught:
            file.load(path)
        assert caught.value.code == "melody.file_unreadable"
        assert str(path) in str(caught.value)


def test_a_file_that_is_too_large_is_refused_without_being_parsed(tmp_path):
    path = tmp_path / "huge.melody"
    with path.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(MelodyFileError) as caught:
        file.load(path)
    assert caught.value.code == "melody.file_too_large"


def test_saving_where_it_is_not_possible_says_so_and_leaves_the_rest(weather, tmp_path):
    with pytest.raises(MelodyFileError) as caught:
        file.save(tmp_path / "no" / "folder.melody", weather)
    assert caught.value.code == "melody.file_not_saved"
    assert "folder.melody" in str(caught.value)


def test_reading_does_not_import_pydantic_before_there_is_something_to_read():
    code = (
        "import sys\n"
        "import harmony.melody.document, harmony.melody.file, harmony.melody.clipboard\n"
        "import harmony.melody.changes, harmony.melody.validation\n"
        "loaded = {'pydantic', 'networkx', 'PySide6', 'asyncio'} & set(sys.modules)\n"
        "sys.exit(f'{loaded} is loaded' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


SAVE = """
import sys
from harmony.foundation import failpoints
from harmony.melody import file
from harmony.melody.changes import AddNode, apply
from harmony.melody.model import Node
melody = file.load(sys.argv[1])
failpoints.arm_from_environment()
for at in range(200):
    apply(melody, AddNode(Node(f"new-{at}", "library/say")))
file.save(sys.argv[1], melody)
"""
PASSED_BY_A_SAVE = [name for name in KNOWN if name.startswith(("melody.", "durable."))]


@pytest.mark.parametrize("name", PASSED_BY_A_SAVE)
def test_a_program_killed_while_saving_leaves_the_old_file_or_the_new_never_a_part(
    name, weather, tmp_path
):
    path = tmp_path / "weather.melody"
    file.save(path, weather)
    old = path.read_bytes()
    environment = {**os.environ, "HARMONY_FAILPOINT": name}
    done = subprocess.run([sys.executable, "-c", SAVE, str(path)], env=environment, timeout=60)
    assert done.returncode == -9, "the failpoint was passed"
    found = file.load(path)
    if path.read_bytes() != old:
        assert len(found.nodes) == 202
        assert len(path.read_bytes()) > len(old)
    expected_new = name in ("durable.renamed", "durable.done")
    assert (path.read_bytes() != old) == expected_new


def test_the_schema_that_ships_is_the_one_the_program_reads_by():
    shipped = resource_path(f"schemas/{FILE_NAME}").read_text(encoding="utf-8")
    assert shipped == schema_text(), "run: python -m harmony.melody.schema resources/schemas"


def test_every_example_that_ships_satisfies_the_format():
    for path in _examples():
        melody = file.load(path)
        assert melody.nodes, f"{path} is empty"
        assert file.loads(file.dumps(melody), str(path)) == melody


def _examples() -> list[Path]:
    return sorted((resources_folder() / "melodies").glob("**/*.melody"))

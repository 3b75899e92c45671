"""Two hundred broken melody files, made from a seed: each is refused with a clear error that names
the file, the kind of fault, the place where there is one, and what to do."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harmony.melody import file
from harmony.melody.errors import MelodyFileError
from harmony.melody.model import Connection, Melody, Node, Note

SEED = 20261121
WRONG_VALUE = ("melody.file_wrong_type", "melody.file_bad_id")


@dataclass(frozen=True)
class Broken:
    """A broken file: which error it must give, and where (None: the place is not asked for)."""

    about: str
    data: bytes
    codes: tuple[str, ...]
    place: str | None = None


def sound(dice: random.Random) -> Melody:
    melody = Melody(f"melody-{dice.randrange(1000)}", "Wörk", "a description")
    count = dice.randint(3, 8)
    for at in range(count):
        parameters = {"path": f"data-{at}.csv", "count": dice.randint(0, 99), "list": [1, [2]]}
        melody.nodes[f"node-{at}"] = Node(
            f"node-{at}", "library/read_table", x=at * 200, y=dice.randint(0, 500),
            parameters=parameters, priority=at, retries=1,
        )  # fmt: skip
        if at:
            wire = Connection(f"node-{dice.randrange(at)}", "table", f"node-{at}", "table")
            melody.connections[wire] = "hard"
    melody.notes["note"] = Note("note", "a note")
    return melody


def _value(dice: random.Random) -> tuple[dict, str]:
    value = json.loads(file.dumps(sound(dice)))
    return value, f"nodes[{dice.randrange(len(value['nodes']))}]"


def _bytes(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def truncated(dice: random.Random) -> Broken:
    data = file.dumps(sound(dice))
    cut = dice.randint(1, len(data) - 3)
    return Broken("truncated", data[:cut], ("melody.file_truncated", "melody.file_encoding"), "")


def wrong_type(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    wrong = {
        "id": [7, None, "", "has space", "dot.ted", "x" * 101, ["a"]],
        "player": [7, None, "", {}],
        "title": [7, None, []],
        "x": ["24", None, True, [1], 1e12],
        "y": ["24", None, False, {}],
        "parameters": [[], "x", None, 3],
        "priority": ["1", 1.5, None, True, 10**6],
        "retries": ["1", -1, 1.5, None, 10**6],
    }
    key = dice.choice(list(wrong))
    value["nodes"][at][key] = dice.choice(wrong[key])
    place = f"$.nodes[{at}].{key}"
    return Broken(f"wrong {key}", _bytes(value), WRONG_VALUE, place)


def wrong_top(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    key = dice.choice(["id", "name", "description", "nodes", "connections", "notes"])
    value[key] = dice.choice([7, None, True, 1.5])
    return Broken(f"wrong {key}", _bytes(value), ("melody.file_wrong_type",), f"$.{key}")


def wrong_wire(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["connections"]))
    key = dice.choice(["source", "output", "target", "input"])
    value["connections"][at][key] = dice.choice([None, 3, "", [], {}])
    place = f"$.connections[{at}].{key}"
    return Broken("wrong wire", _bytes(value), WRONG_VALUE, place)


def no_object(dice: random.Random) -> Broken:
    value = dice.choice([[], None, 3, "text", True, [{"format": "harmony.melody"}]])
    return Broken("no object", _bytes(value), ("melody.file_not_a_melody",), "$")


def other_format(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    value["format"] = dice.choice(["harmony.fragment", "melody", "", 3, {"a": 1}])
    return Broken("other format", _bytes(value), ("melody.file_not_a_melody",), "$.format")


def missing_key(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    places = {
        "$": (value, ["version", "id", "nodes", "connections"]),
        f"$.nodes[{at}]": (value["nodes"][at], ["id", "player", "x", "y"]),
        "$.connections[0]": (value["connections"][0], ["source", "output", "target", "input"]),
        "$.notes[0]": (value["notes"][0], ["id", "text", "x", "y"]),
    }
    place = dice.choice(list(places))
    holder, keys = places[place]
    del holder[dice.choice(keys)]
    return Broken("missing key", _bytes(value), ("melody.file_missing_key",), place)


def unknown_key(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    key = dice.choice(["colour", "nodse", "Player", "__proto__", "with space"])
    shown = f".{key}" if " " not in key else f'["{key}"]'
    places = {
        "$": value,
        f"$.nodes[{at}]": value["nodes"][at],
        "$.connections[0]": value["connections"][0],
        "$.notes[0]": value["notes"][0],
    }
    place = dice.choice(list(places))
    places[place][key] = 1
    return Broken("unknown key", _bytes(value), ("melody.file_unknown_key",), place + shown)


def no_number(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    place, holder, key = dice.choice(
        [
            (f"$.nodes[{at}].x", value["nodes"][at], "x"),
            (f"$.nodes[{at}].parameters.count", value["nodes"][at]["parameters"], "count"),
            (f"$.nodes[{at}].parameters.list[0]", value["nodes"][at]["parameters"]["list"], 0),
            ("$.notes[0].width", value["notes"][0], "width"),
        ]
    )
    holder[key] = "@"
    text = dice.choice(["NaN", "Infinity", "-Infinity", "1e999", "-1e400", "9" * 40, "9" * 9000])
    data = _bytes(value).replace(b'"@"', text.encode())
    return Broken(f"number {text[:9]}", data, ("melody.file_number",), place)


def duplicate_key(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    place, old = dice.choice(
        [
            ("$.version", '"version": 1'),
            (f"$.nodes[{at}].id", f'"id": "node-{at}"'),
            ("$.notes[0].text", '"text": "a note"'),
            (f"$.nodes[{at}].parameters.path", f'"path": "data-{at}.csv"'),
        ]
    )
    data = _bytes(value).replace(old.encode(), f"{old}, {old}".encode(), 1)
    return Broken("duplicate key", data, ("melody.file_duplicate_key",), place)


def deep(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    value["nodes"][at]["parameters"]["deep"] = "@"
    depth = dice.choice([70, 300, 5_000, 100_000])
    opening, closing = dice.choice([("[", "]"), ('{"a":', "}")])
    nested = opening * depth + "1" + closing * depth
    data = _bytes(value).replace(b'"@"', nested.encode())
    return Broken(f"{depth} levels", data, ("melody.file_too_deep",))


def only_brackets(dice: random.Random) -> Broken:
    data = dice.choice([b"[", b'{"a":']) * dice.choice([1_000, 200_000])
    codes = ("melody.file_too_deep", "melody.file_truncated")
    return Broken("only brackets", data, codes, "")


def huge(dice: random.Random) -> Broken:
    filler = dice.choice([b" ", b"[", b"0", b"\n"])
    data = file.dumps(sound(dice)) + filler * (64 * 1024 * 1024)
    return Broken("huge", data, ("melody.file_too_large",), "")


def too_many_nodes(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    value["nodes"] = [0] * (100_001 + dice.randrange(5))
    return Broken("too many", json.dumps(value).encode(), ("melody.file_too_many",), "$.nodes")


def binary(dice: random.Random) -> Broken:
    start = dice.choice(
        [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"SQLite format 3\0", b"\x80\x04\x95"]
    )
    data = start + dice.randbytes(dice.randint(1, 4000))
    return Broken("binary", data, ("melody.file_encoding",), "")


def other_encoding(dice: random.Random) -> Broken:
    text = file.dumps(sound(dice)).decode()
    encoding = dice.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig"])
    return Broken(encoding, text.encode(encoding), ("melody.file_encoding",), "")


def half_character(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["nodes"]))
    place, holder, key = dice.choice(
        [
            ("$.name", value, "name"),
            (f"$.nodes[{at}].title", value["nodes"][at], "title"),
            (f"$.nodes[{at}].parameters.path", value["nodes"][at]["parameters"], "path"),
        ]
    )
    holder[key] = dice.choice(["\ud800", "ab\udfffcd", "\udc00\ud800"])
    return Broken("half a character", _bytes(value), ("melody.file_text",), place)


def wrong_version(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    value["version"] = dice.choice([0, -1, 1.5, "1", None, True, [1]])
    return Broken("wrong version", _bytes(value), ("melody.file_version",), "$.version")


def newer_version(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    value["version"] = dice.choice([file.VERSION + 1, 9, 1000])
    value["something_new"] = True
    return Broken("newer version", _bytes(value), ("melody.file_newer",), "$.version")


def syntax(dice: random.Random) -> Broken:
    text = file.dumps(sound(dice)).decode()
    old, new = dice.choice(
        [
            ('"nodes": [', '"nodes" ['),
            ('"nodes": [', "nodes: ["),
            ("},\n    {", "}\n    {"),
            ('"version": 1,', '"version": 1,,'),
            ('"format"', "'format'"),
            ("{\n  ", "{\n  // a comment\n  "),
            ('"version": 1', '"version": 01'),
            ('"version": 1', '"version": .5'),
        ]
    )
    return Broken("syntax", text.replace(old, new, 1).encode(), ("melody.file_syntax",), "")


def something_behind(dice: random.Random) -> Broken:
    data = file.dumps(sound(dice)) + dice.choice([b"}", b"{}", b"rubbish", b"1"])
    return Broken("something behind", data, ("melody.file_syntax",), "")


def empty(dice: random.Random) -> Broken:
    return Broken("empty", dice.choice([b"", b" ", b"\n\n\t "]), ("melody.file_empty",), "")


def duplicate_id(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    if dice.random() < 0.5:
        value["nodes"].append(value["nodes"][0])
        place = f"$.nodes[{len(value['nodes']) - 1}].id"
    else:
        value["notes"][0]["id"] = "node-1"
        place = "$.notes[0].id"
    return Broken("duplicate id", _bytes(value), ("melody.file_duplicate_id",), place)


def wire_to_nowhere(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    at = dice.randrange(len(value["connections"]))
    key = dice.choice(["source", "target"])
    value["connections"][at][key] = dice.choice(["nobody", "note", "node-99"])
    place = f"$.connections[{at}].{key}"
    return Broken("wire to nowhere", _bytes(value), ("melody.file_no_such_node",), place)


def duplicate_wire(dice: random.Random) -> Broken:
    value, _ = _value(dice)
    value["connections"].append(value["connections"][0])
    place = f"$.connections[{len(value['connections']) - 1}]"
    return Broken("duplicate wire", _bytes(value), ("melody.file_duplicate_connection",), place)


CLASSES: list[tuple[Callable[[random.Random], Broken], int]] = [
    (truncated, 25), (wrong_type, 30), (wrong_top, 8), (wrong_wire, 8), (no_object, 6),
    (other_format, 4), (missing_key, 14), (unknown_key, 12), (no_number, 16),
    (duplicate_key, 10), (deep, 10), (only_brackets, 4), (huge, 2), (too_many_nodes, 2),
    (binary, 8), (other_encoding, 12), (half_character, 6), (wrong_version, 5),
    (newer_version, 3), (syntax, 10), (something_behind, 4), (empty, 3), (duplicate_id, 4),
    (wire_to_nowhere, 4), (duplicate_wire, 2),
]  # fmt: skip


def cases() -> list[tuple[Callable[[random.Random], Broken], int]]:
    return [(make, SEED + number) for make, count in CLASSES for number in range(count)]


def test_there_are_at_least_two_hundred_of_them():
    assert len(cases()) >= 200


@pytest.mark.parametrize(
    ("make", "seed"), cases(), ids=[f"{make.__name__}-{seed - SEED}" for make, seed in cases()]
)
def test_a_broken_file_is_refused_with_its_name_its_place_and_a_cure(make, seed, tmp_path):
    broken = make(random.Random(seed))
    path = tmp_path / f"{make.__name__}.melody"
    path.write_bytes(broken.data)
    with pytest.raises(MelodyFileError) as caught:
        file.load(path)
    error = caught.value
    assert error.code in broken.codes, f"{broken.about}: {error}"
    if broken.place is not None:
        assert error.place == broken.place, f"{broken.about}: {error}"
    words = str(error)
    assert words.startswith(str(path))
    assert error.cure in words
    assert not error.cure.startswith("melody."), "the catalogue has a cure for it"
    assert "{" not in words, "every fact of the sentence is there"
    assert len(words) < 1000, "a reader sees a sentence, not the file"
    if error.place:
        assert error.place in words
        assert error.line is not None
        assert 1 <= error.line <= broken.data.count(b"\n") + 1


def test_the_line_is_that_of_the_value():
    lines = [
        "{",
        '  "format": "harmony.melody", "version": 1, "id": "m",',
        '  "connections": [],',
        '  "nodes": [',
        '    {"id": "a", "player": "x/y", "x": 1, "y": 2},',
        '    {"id": "b", "player": "x/y",',
        '     "parameters": {"nodes": [[], {"x": 0}], "x": "{[,\\"x\\":"},',
        '     "x": "1",',
        '     "y": 2}',
        "  ]",
        "}",
    ]
    with pytest.raises(MelodyFileError) as caught:
        file.loads("\n".join(lines).encode(), "some.melody")
    assert (caught.value.place, caught.value.line) == ("$.nodes[1].x", 8)
    assert str(caught.value).startswith("some.melody, line 8 ($.nodes[1].x): ")

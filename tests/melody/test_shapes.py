"""The quick shapes let pass what the shapes of the format let pass: no more and no less.

Were it more, a broken file would open; were it less, a sound one would wait for pydantic.
"""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from typing import Any

import pytest
from msgspec import Struct, ValidationError, convert
from msgspec.structs import fields
from pydantic import BaseModel
from pydantic import ValidationError as Refused

from harmony.foundation.resources import resources_folder
from harmony.melody import file, file_format, quick_shapes
from harmony.melody.model import Note

EVERYTHING: dict[str, Any] = {
    "format": "harmony.melody",
    "version": 2,
    "id": "m-1",
    "name": "Wörk",
    "description": "",
    "limits": {"tokens": 10, "money": 1, "memory_mb": None},
    "inputs": [{"name": "in", "node": "a", "port": "text"}],
    "outputs": [],
    "nodes": [
        {
            "id": "a",
            "player": "test/upper",
            "title": "A",
            "x": 1,
            "y": -2.5,
            "parameters": {"path": "x", "list": [1, None], "table": {"": 1}},
            "priority": 3,
            "retries": 1,
            "policy": {
                "retry_base": 0.5,
                "retry_cap": 2,
                "retry_errors": ["OSError"],
                "timeout": None,
                "heartbeat": 3,
                "adaptive": True,
                "fallback": "test/say",
                "on_failure": "skip",
                "notify": False,
                "compensate": "",
                "parallel": 2,
                "quorum": 1,
            },
        },
        {"id": "b", "player": "melody:p", "x": 1e7, "y": 0, "repeat": {"until": "k", "at_most": 3}},
    ],
    "connections": [
        {"source": "a", "output": "o", "target": "b", "input": "i", "dependency": "soft"}
    ],
    "notes": [{"id": "n", "text": "", "x": 0, "y": 0, "width": 2, "height": 3.5}],
    "parts": {
        "p": {
            "name": "",
            "description": "",
            "inputs": [],
            "outputs": [],
            "nodes": [{"id": "c", "player": "x/y", "x": 0, "y": 0}],
            "connections": [],
            "notes": [],
        }
    },
}
ODD = (
    None, True, False, 0, 1, 2, 3, -1, 1001, 2**53, 0.0, 1.0, 1.5, -0.5, 1e7, 1.1e7, "", "a", "1",
    "hard", "firm", "fail", "a\n", "dot.ted", "ä", "x" * 101, "harmony.melody", [], ["a"], [""],
    [1], [[]], {}, {"": 1}, {"a": 1}, {"a b": {}}, [None], {"until": "x"},
)  # fmt: skip
SHAPES = sorted(
    name
    for name, kind in vars(quick_shapes).items()
    if isinstance(kind, type) and issubclass(kind, Struct) and name not in ("Struct", "Shape")
)


def disturbed(dice: random.Random) -> dict[str, Any]:
    """The melody that has everything, with one to three things changed somewhere in it."""
    value = copy.deepcopy(EVERYTHING)
    for _ in range(dice.randint(1, 3)):
        holder: Any = value
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = dice.choice(keys)
            if isinstance(holder[key], (dict, list)) and dice.random() < 0.8:
                holder = holder[key]
                continue
            change = dice.randrange(5)
            if change == 0:
                del holder[key]
            elif change == 1 and isinstance(holder, dict):
                holder[dice.choice(["", "extra", "a b", "dependency", "parts"])] = dice.choice(ODD)
            elif change == 2 and isinstance(holder, dict):
                holder[dice.choice(["", "x", "q" * 101, "id", "name\n"])] = holder.pop(key)
            else:
                holder[key] = copy.deepcopy(dice.choice(ODD))
            break
    return value


def quick_lets_pass(value: object, shape: str = "MelodyShape") -> bool:
    try:
        convert(value, getattr(quick_shapes, shape))
    except ValidationError:
        return False
    return True


def slow_lets_pass(value: object, shape: str = "MelodyShape") -> bool:
    try:
        getattr(file_format, shape).model_validate(value)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("seed", range(8))
def test_both_let_pass_and_refuse_the_same(seed):
    dice = random.Random(seed)
    verdicts = {True: 0, False: 0}
    for _ in range(1500):
        value = json.loads(json.dumps(disturbed(dice)))
        if isinstance(value.get("version"), (float, bool)):
            continue  # 1.0 and true are refused before a shape is looked at
        verdict = slow_lets_pass(value)
        verdicts[verdict] += 1
        assert quick_lets_pass(value) == verdict, json.dumps(value)
    assert min(verdicts.values()) > 100, "some disturbances do harm, some do none"


def test_both_let_pass_what_has_everything():
    assert quick_lets_pass(EVERYTHING)
    assert slow_lets_pass(EVERYTHING)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_have_the_same_keys_in_each_shape(shape):
    model: type[BaseModel] = getattr(file_format, shape)
    quick = {field.name: field.required for field in fields(getattr(quick_shapes, shape))}
    assert quick == {name: field.is_required() for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("shape", "key", "most"),
    [
        ("PolicyShape", "retry_errors", 100),
        ("MelodyShape", "inputs", 1_000),
        ("MelodyShape", "notes", 10_000),
        ("MelodyShape", "parts", 1_000),
    ],
)
def test_both_count_to_the_same_number(shape, key, most):
    kinds = {
        "retry_errors": ["OSError"],
        "inputs": EVERYTHING["inputs"],
        "notes": EVERYTHING["notes"],
    }
    for count in (most, most + 1):
        if key == "parts":
            part = EVERYTHING["parts"]["p"]
            many: object = {f"p{number}": part for number in range(count)}
        else:
            many = kinds[key] * count
        value = {key: many} if shape == "PolicyShape" else {**EVERYTHING, key: many}
        assert quick_lets_pass(value, shape) == slow_lets_pass(value, shape) == (count == most)


def test_a_note_may_leave_out_its_size():
    data = json.dumps({**EVERYTHING, "notes": [{"id": "n", "text": "t", "x": 1, "y": 2}]}).encode()
    assert file.loads(data, "m").notes == {"n": Note("n", "t", 1.0, 2.0, 208.0, 88.0)}


READING = """
import json, sys
from pathlib import Path
from harmony.melody import clipboard, file
from harmony.melody.change_json import from_json, to_json
from harmony.melody.changes import apply
for path in sys.argv[1:]:
    melody = file.load(path)
    change = clipboard.paste(melody, clipboard.copy(melody, melody.nodes, melody.notes))
    apply(melody, from_json(to_json(change)))
assert "pydantic" not in sys.modules, "a sound file needs no pydantic"
from harmony.melody.errors import MelodyFileError
try:
    file.loads(Path(sys.argv[1]).read_bytes().replace(b'"nodes"', b'"nodse"'), "m")
except MelodyFileError as error:
    assert error.code == "melody.file_missing_key", error
    assert "pydantic" in sys.modules
else:
    sys.exit("a broken file was read")
"""


def test_only_a_broken_file_brings_pydantic_in():
    paths = sorted(map(str, (resources_folder() / "melodies").glob("*.melody")))
    done = subprocess.run(
        [sys.executable, "-c", READING, *paths], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr

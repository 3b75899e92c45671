"""Recorded workflows become melodies that replay them; a file that is broken is refused."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from recorded_workflows import instance, large, ten

from harmony.foundation.resources import resource_path
from harmony.melody import file, replay, wfformat
from harmony.melody.errors import MelodyFileError
from harmony.melody.layout import NODE_WIDTH, card_height
from harmony.melody.limits import MAXIMUM_FILE_BYTES
from harmony.melody.model import Connection, Melody
from harmony.melody.validation import validate
from harmony.players.specs import PlayerSpec, manifest_from_json

SMALL = {
    "first": (2.5, []),
    "left": (4.0, ["first"]),
    "right": (3.0, ["first"]),
    "last": (1.0, ["left", "right"]),
}
TEN = ten()


def read(value: object) -> wfformat.Trace:
    return wfformat.loads(json.dumps(value, indent=1).encode(), "trace.json")


def melody_of(value: object, scale: float = 1.0) -> Melody:
    return replay.melody_of(read(value), "imported", scale)


@pytest.fixture(scope="module")
def library() -> Callable[[str], PlayerSpec | None]:
    """The Players that ship with the program, by id."""
    text = resource_path("manifests/harmony.json").read_text(encoding="utf-8")
    players = {player.id: player for player in manifest_from_json(json.loads(text)).players}
    return players.get


# --- what becomes of an instance


@pytest.mark.parametrize("version", ["1.5", "1.6"])
def test_a_task_becomes_a_node_and_a_dependency_a_wire(version: str) -> None:
    melody = melody_of(instance(SMALL, version))
    assert list(melody.nodes) == ["first", "left", "right", "last"]
    assert list(melody.connections) == [
        Connection("first", "result", "left", "after"),
        Connection("first", "result", "right", "after"),
        Connection("left", "result", "last", "after"),
        Connection("right", "result", "last", "after"),
    ]
    assert melody.id == "imported"
    assert melody.name == "made-up"
    last = melody.nodes["last"]
    assert (last.player, last.title) == ("harmony/replay", "last")
    assert last.parameters == {
        "runtime": 1.0,
        "name": "last",
        "input_files": "1037 left.out\n1074 right.out",
        "output_files": "1111 last.out",
    }


def test_the_description_is_the_instance_s_own_and_says_where_it_came_from() -> None:
    words = melody_of(instance(SMALL, "1.6")).description
    assert words.startswith("A workflow of the shape of made-up.")
    for part in ("WfFormat 1.6", "4 tasks", "Maker 2.0", "2026-11-21T08:00:00", "123.5 s"):
        assert part in words


def test_the_clock_can_be_scaled() -> None:
    assert "scale" not in melody_of(instance(SMALL)).nodes["left"].parameters
    assert melody_of(instance(SMALL), 0.01).nodes["left"].parameters["scale"] == 0.01


def test_what_keeps_most_waiting_goes_first_when_slots_are_short() -> None:
    nodes = melody_of(instance(SMALL)).nodes.values()
    assert {node.id: node.priority for node in nodes} == {
        "first": 1000,  # 7.5 s to the end, by left
        "left": 667,
        "right": 533,
        "last": 133,
    }
    late = melody_of(instance({"quick": (1.0, []), "slow": (9.0, [])}))
    assert list(late.nodes) == ["slow", "quick"], "they are ready together, and ask in this order"


def test_a_dependency_that_one_of_its_two_tasks_states_holds() -> None:
    whole = instance(SMALL)
    by_parents, by_children = copy.deepcopy(whole), copy.deepcopy(whole)
    for task in by_parents["workflow"]["specification"]["tasks"]:
        task["children"] = []
    for task in by_children["workflow"]["specification"]["tasks"]:
        task["parents"] = []
    wanted = set(melody_of(whole).connections)
    assert set(melody_of(by_parents).connections) == wanted
    assert set(melody_of(by_children).connections) == wanted


def test_ids_that_a_node_may_not_have_are_made_fit_and_stay_apart() -> None:
    long = "LAB." * 40
    tasks = {"a.b": (1.0, []), "a-b": (1.0, ["a.b"]), f"{long}1": (1.0, ["a-b"]), "…": (1.0, [])}
    melody = melody_of(instance(tasks))
    assert list(melody.nodes)[:2] == ["a-b", "a-b-2"]
    assert [node.title for node in melody.nodes.values()] == list(tasks)
    assert file.loads(file.dumps(melody), "m") == melody, "each may stand in a file"


def test_what_the_trace_does_not_tell_is_not_made_up() -> None:
    value = instance(SMALL)
    del value["workflow"]["execution"]["tasks"][1]
    del value["workflow"]["specification"]["files"][0]
    trace = read(value)
    assert trace.untimed == 1
    assert trace.tasks["left"].runtime is None
    assert trace.tasks["left"].reads[0].size is None
    parameters = replay.melody_of(trace, "m").nodes["left"].parameters
    assert parameters["runtime"] == 0.0
    assert parameters["input_files"] == "- first.out"
    del value["workflow"]["execution"], value["workflow"]["specification"]["files"]
    assert read(value).untimed == 4, "a workflow that was only specified"


def test_keys_that_the_format_allows_beside_its_own_are_let_be() -> None:
    value = instance(SMALL)
    value["workflow"]["repo"] = "https://example.org"
    value["workflow"]["specification"]["tasks"][0]["color"] = "green"
    assert len(read(value).tasks) == 4


@pytest.mark.parametrize("name", TEN)
def test_workflows_of_real_shapes_are_valid_melodies_with_room_for_each_node(
    name: str, library: Callable[[str], PlayerSpec | None]
) -> None:
    specification = TEN[name]["workflow"]["specification"]
    melody = melody_of(TEN[name])
    assert len(melody.nodes) == len(specification["tasks"])
    assert len(melody.connections) == sum(len(task["parents"]) for task in specification["tasks"])
    assert validate(melody, library) == []
    assert file.loads(file.dumps(melody), name) == melody
    height = card_height(1, 1, has_field=True)
    for one, other in combinations(melody.nodes.values(), 2):
        apart = abs(one.x - other.x) >= NODE_WIDTH or abs(one.y - other.y) >= height
        assert apart, f"{one.id} and {other.id} lie on each other"
    for wire in melody.connections:
        assert melody.nodes[wire.source].x < melody.nodes[wire.target].x


def test_two_thousand_tasks_with_six_thousand_dependencies_are_imported(
    library: Callable[[str], PlayerSpec | None],
) -> None:
    melody = melody_of(large())
    assert (len(melody.nodes), len(melody.connections)) == (2_000, 6_000)
    assert validate(melody, library) == []


# --- what is refused


def tasks_of(value: dict[str, Any]) -> list[dict[str, Any]]:
    return value["workflow"]["specification"]["tasks"]


def executed_in(value: dict[str, Any]) -> list[dict[str, Any]]:
    return value["workflow"]["execution"]["tasks"]


def twice(value: dict[str, Any]) -> None:
    tasks_of(value)[2]["id"] = "left"


def executed_twice(value: dict[str, Any]) -> None:
    executed_in(value)[2]["id"] = "left"


def executed_only(value: dict[str, Any]) -> None:
    executed_in(value)[2]["id"] = "stranger"


def dangling_parent(value: dict[str, Any]) -> None:
    tasks_of(value)[3]["parents"].append("stranger")


def dangling_child(value: dict[str, Any]) -> None:
    tasks_of(value)[3]["children"].append("stranger")


def circle(value: dict[str, Any]) -> None:
    tasks_of(value)[0]["parents"].append("last")


def own_parent(value: dict[str, Any]) -> None:
    tasks_of(value)[1]["parents"].append("left")


def negative(value: dict[str, Any]) -> None:
    executed_in(value)[1]["runtimeInSeconds"] = -1


def text_for_number(value: dict[str, Any]) -> None:
    executed_in(value)[1]["runtimeInSeconds"] = "4.0"


def yes_for_number(value: dict[str, Any]) -> None:
    value["workflow"]["specification"]["files"][0]["sizeInBytes"] = True


def no_runtime(value: dict[str, Any]) -> None:
    del executed_in(value)[1]["runtimeInSeconds"]


def no_parents(value: dict[str, Any]) -> None:
    del tasks_of(value)[1]["parents"]


def no_tasks(value: dict[str, Any]) -> None:
    tasks_of(value).clear()


def two_sizes(value: dict[str, Any]) -> None:
    value["workflow"]["specification"]["files"].append({"id": "left.out", "sizeInBytes": 1})


def older(value: dict[str, Any]) -> None:
    value["schemaVersion"] = "1.4"


def unversioned(value: dict[str, Any]) -> None:
    del value["schemaVersion"]


def no_workflow(value: dict[str, Any]) -> None:
    del value["workflow"]


def workflow_of_text(value: dict[str, Any]) -> None:
    value["workflow"] = "none"


TASKS = "$.workflow.specification.tasks"
EXECUTED = "$.workflow.execution.tasks"
FILES = "$.workflow.specification.files"


@pytest.mark.parametrize(
    ("breaking", "code", "place", "words"),
    [
        (twice, "trace_twice", f"{TASKS}[2].id", "left"),
        (executed_twice, "trace_twice", f"{EXECUTED}[2].id", "left"),
        (executed_only, "trace_not_specified", f"{EXECUTED}[2].id", "stranger"),
        (dangling_parent, "trace_no_such_task", f"{TASKS}[3].parents[2]", "last names 'stranger'"),
        (dangling_child, "trace_no_such_task", f"{TASKS}[3].children[0]", "'stranger'"),
        (circle, "trace_circle", f"{TASKS}[0]", "first → left → last → first"),
        (own_parent, "trace_circle", f"{TASKS}[1]", "left → left"),
        (negative, "trace_wrong_type", f"{EXECUTED}[1].runtimeInSeconds", "-1"),
        (text_for_number, "trace_wrong_type", f"{EXECUTED}[1].runtimeInSeconds", '"4.0"'),
        (yes_for_number, "trace_wrong_type", f"{FILES}[0].sizeInBytes", "true"),
        (no_runtime, "trace_missing_key", f"{EXECUTED}[1]", "runtimeInSeconds"),
        (no_parents, "trace_missing_key", f"{TASKS}[1]", "parents"),
        (no_tasks, "trace_wrong_type", TASKS, "at least 1"),
        (two_sizes, "trace_two_sizes", f"{FILES}[4]", "left.out"),
        (older, "trace_version", "$.schemaVersion", '"1.4"'),
        (unversioned, "trace_version", "$", "not given"),
        (no_workflow, "trace_not_one", "$", "no WfCommons instance"),
        (workflow_of_text, "trace_wrong_type", "$.workflow", '"none"'),
    ],
)
def test_an_instance_that_is_wrong_is_refused_with_the_place_and_the_cure(
    breaking: Callable[[dict[str, Any]], None], code: str, place: str, words: str
) -> None:
    value = instance(SMALL)
    breaking(value)
    with pytest.raises(MelodyFileError) as raised:
        read(value)
    error = raised.value
    assert (error.code, error.place) == (f"melody.{code}", place)
    assert words in str(error)
    assert error.cure in str(error)
    assert str(error).startswith("trace.json, line ")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" \n", "trace_empty"),
        (b"[]", "trace_not_one"),
        (b"42", "trace_not_one"),
        (b'{"workflow": {', "file_truncated"),
        (b"{'workflow': 1}", "file_syntax"),
        (b'{"workflow": {}, "workflow": {}}', "file_duplicate_key"),
        (b'{"workflow": NaN}', "file_number"),
        (b'{"workflow": 1e999}', "file_number"),
        (b'{"workflow": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "file_too_deep"),
        (b'{"name": "\xff\xfe"}', "file_encoding"),
        (b'{"workflow": "\\ud800"}', "file_text"),
        (b" " * (MAXIMUM_FILE_BYTES + 1), "trace_too_large"),
    ],
)
def test_what_is_no_instance_at_all_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(MelodyFileError) as raised:
        wfformat.loads(data, "trace.json")
    assert raised.value.code == f"melody.{code}"
    assert raised.value.cure in str(raised.value)


def test_more_tasks_than_a_melody_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wfformat, "MAXIMUM_NODES", 3)
    with pytest.raises(MelodyFileError, match="4 tasks"):
        read(instance(SMALL))
    monkeypatch.setattr(wfformat, "MAXIMUM_NODES", 4)
    monkeypatch.setattr(wfformat, "MAXIMUM_CONNECTIONS", 3)
    with pytest.raises(MelodyFileError, match="4 dependencies"):
        read(instance(SMALL))


def test_a_long_circle_is_told_in_short() -> None:
    tasks = {f"t{n}": (1.0, [f"t{n - 1}"] if n else []) for n in range(1_000)}
    value = instance(tasks)
    tasks_of(value)[0]["parents"].append("t999")
    with pytest.raises(MelodyFileError, match=r"t0 → t1 → t2 → t3 → … → t998 → t999 → t0\."):
        read(value)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "gone.json"):
        with pytest.raises(MelodyFileError) as raised:
            wfformat.load(path)
        assert raised.value.name == str(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(instance(SMALL)), encoding="utf-8")
    assert list(wfformat.load(path).tasks) == list(SMALL)

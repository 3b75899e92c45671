"""A recorded workflow is imported, opened and replayed by the real command."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from recorded_workflows import instance, ten

from harmony.melody.file import load

Harmony = Any

TEN = ten()
DIAMOND = {
    "first": (20.0, []),
    "left": (40.0, ["first"]),
    "right": (30.0, ["first"]),
    "last": (10.0, ["left", "right"]),
}


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture
def diamond(tmp_path: Path, harmony: Harmony) -> Path:
    """The melody of four tasks, imported."""
    target = tmp_path / "diamond.melody"
    done = harmony("import", write(tmp_path / "d.json", instance(DIAMOND, "1.6")), "-o", target)
    assert done.status == 0, done.err
    return target


def executing(events: list[dict[str, Any]]) -> list[int]:
    """How many tasks were under way after each event."""
    running: set[str] = set()
    counts = []
    for event in events:
        if event["event"] == "task_changed":
            if event["state"] == "Executing":
                running.add(event["task"])
            elif event["from_state"] == "Executing":
                running.discard(event["task"])
        counts.append(len(running))
    return counts


def test_a_replay_takes_the_scaled_run_times_and_its_makespan_is_told(
    harmony: Harmony, diamond: Path
) -> None:
    done = harmony("run", "--json", diamond, "--slots", "8", "--set", "*.scale=0.01")
    assert done.status == 0, done.err
    last = done.events[-1]
    assert last["event"] == "finished"
    assert last["makespan"] >= 0.7, "first, left and last wait for each other"
    task = {task["id"]: task for task in harmony("show", last["run"], "--json").json["tasks"]}
    assert {name: found["state"] for name, found in task.items()} == dict.fromkeys(
        DIAMOND, "Completed"
    )
    for name, (runtime, _) in DIAMOND.items():
        assert task[name]["seconds"] >= runtime * 0.01
    spans = [task[name]["attempts"][0] for name in ("first", "left", "last")]
    assert all(before["ended"] <= after["started"] for before, after in pairwise(spans))


def test_a_replay_is_a_replay_the_second_time_too(harmony: Harmony, diamond: Path) -> None:
    for _ in range(2):
        run = harmony("run", "--json", diamond, "--set", "*.scale=0").events[-1]["run"]
        tasks = harmony("show", run, "--json").json["tasks"]
        assert not any(task["reused"] for task in tasks)


def test_a_person_is_told_the_makespan_too(harmony: Harmony, diamond: Path) -> None:
    assert "makespan 0." in harmony("run", diamond, "--set", "*.scale=0.001").err


@pytest.mark.parametrize("slots", [1, 3])
def test_no_more_tasks_run_at_once_than_there_are_slots(
    harmony: Harmony, tmp_path: Path, slots: int
) -> None:
    target = tmp_path / "wide.melody"
    wide = instance({f"t{number}": (1.0, []) for number in range(9)})
    harmony("import", write(tmp_path / "wide.json", wide), "-o", target, "--scale", "0.05")
    done = harmony("run", "--json", target, "--slots", str(slots))
    assert done.status == 0, done.err
    assert max(executing(done.events)) == slots


def test_what_keeps_others_waiting_longest_goes_first(harmony: Harmony, tmp_path: Path) -> None:
    target = tmp_path / "three.melody"
    tasks = {"short": (1.0, []), "long": (3.0, []), "parent": (1.5, []), "child": (2.5, ["parent"])}
    harmony("import", write(tmp_path / "three.json", instance(tasks)), "-o", target)
    events = harmony("run", "--json", target, "--slots", "1", "--set", "*.scale=0.001").events
    began = [
        e["task"] for e in events if e["event"] == "task_changed" and e["state"] == "Executing"
    ]
    assert began == ["parent", "long", "child", "short"]


def test_a_scale_given_at_import_stands_in_the_melody_and_one_node_may_differ_in_a_run(
    harmony: Harmony, tmp_path: Path
) -> None:
    target = tmp_path / "scaled.melody"
    source = write(tmp_path / "d.json", instance(DIAMOND))
    assert harmony("import", source, "-o", target, "--scale", "0.01").status == 0
    assert {node.parameters["scale"] for node in load(target).nodes.values()} == {0.01}
    sets = ("--set", "*.scale=0", "--set", "left.scale=0.02")
    run = harmony("run", "--json", target, *sets).events[-1]["run"]
    tasks = {task["id"]: task for task in harmony("show", run, "--json").json["tasks"]}
    assert {name: task["parameters"]["scale"] for name, task in tasks.items()} == {
        "first": 0,
        "left": 0.02,
        "right": 0,
        "last": 0,
    }


def test_a_parameter_that_no_node_has_cannot_be_set_for_all(
    harmony: Harmony, diamond: Path
) -> None:
    done = harmony("run", diamond, "--set", "*.speed=2")
    assert done.status == 2
    assert "speed" in done.err


def test_workflows_of_real_shapes_are_imported_and_found_valid(
    harmony: Harmony, tmp_path: Path
) -> None:
    for name, value in TEN.items():
        target = tmp_path / f"{name}.melody"
        done = harmony("import", write(tmp_path / f"{name}.json", value), "-o", target, "--json")
        tasks = value["workflow"]["specification"]["tasks"]
        assert done.json == {
            "file": str(target),
            "name": name,
            "tasks": len(tasks),
            "connections": sum(len(task["parents"]) for task in tasks),
            "untimed": 0,
        }
    checked = harmony("check", target, "--json")
    assert (checked.status, checked.json) == (0, [])


def test_without_a_name_it_is_written_beside_nothing_that_is_there(
    harmony: Harmony, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    source = write(tmp_path / "trace.json", instance(DIAMOND))
    assert harmony("import", source).status == 0
    written = (folder / "trace.melody").read_bytes()
    again = harmony("import", source)
    assert again.status == 1
    assert "-o" in again.err
    assert (folder / "trace.melody").read_bytes() == written


def test_tasks_without_a_run_time_are_told_of(harmony: Harmony, tmp_path: Path) -> None:
    value = instance(DIAMOND)
    del value["workflow"]["execution"]
    source = write(tmp_path / "plan.json", value)
    assert "4 tasks have no run time" in harmony("import", source, "-o", tmp_path / "p.melody").err


def test_a_broken_trace_is_refused_and_nothing_is_written(harmony: Harmony, tmp_path: Path) -> None:
    value = instance(DIAMOND)
    value["workflow"]["specification"]["tasks"][1]["parents"] = ["nobody"]
    source, target = write(tmp_path / "broken.json", value), tmp_path / "broken.melody"
    done = harmony("import", source, "-o", target, "--json")
    assert done.status == 1
    assert done.json["code"] == "melody.trace_no_such_task"
    assert "$.workflow.specification.tasks[1].parents[0]" in done.err
    assert not target.exists()
    assert harmony("import", tmp_path / "gone.json").status == 1
    assert harmony("import", source, "--scale", "fast").status == 2

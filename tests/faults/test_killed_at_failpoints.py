"""The whole program killed at a named place in a run, started again, and the run resumed.

Whatever the place: the run ends with the same results as an undisturbed one, no task that was
recorded as finished runs again, and none runs more often than once more than there were kills.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from killing import Story, events_of, harmony, live, prepared_home, stored_runs

from harmony.foundation.failpoints import KNOWN
from harmony.foundation.processes import is_alive, process_start_time
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

# A task of each kind: a list, mapped items, a gathered list, a table that is stored as a file,
# one that fails at first and is tried again.
NODES: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "words": ("say_afresh", {"text": "one two three"}, {}),
    "split": ("split", {}, {"text": "words.text"}),
    "upper": ("upper", {}, {"text": "split.texts"}),
    "join": ("join", {}, {"texts": "upper.text"}),
    "table": ("rows", {"number": 500}, {}),
    "flaky": ("fail_until", {}, {"text": "join.text"}),
}
TALLIED = ("words", "upper", "join")

PLACES = [
    ("run.created", 1),
    ("run.decided", 1),
    ("run.decided", 6),
    ("run.committed", 1),
    ("run.committed", 5),
    ("run.looked_up", 1),
    ("run.looked_up", 4),
    ("run.slot_granted", 2),
    ("run.dispatching", 1),
    ("run.dispatched", 1),
    ("run.dispatched", 6),
    ("run.started", 2),
    ("run.result_received", 1),
    ("run.output_kept", 1),
    ("run.output_kept", 5),
    ("run.retry_scheduled", 1),
    ("run.finished", 1),
    ("store.before_commit", 2),
    ("store.before_commit", 7),
    ("store.after_commit", 2),
    ("store.after_high_water", 3),
    ("rename.started", 1),
    ("rename.renamed", 1),
    ("rename.done", 1),
]


def drawn_melody(place: Path) -> Path:
    """The melody as a file in a new folder, and the trial Players in the catalogue beside it."""
    prepared_home(place)
    drawn = Melody(id="trial", name="Trial")
    for name, (player, parameters, inputs) in NODES.items():
        fields = dict(parameters)
        if name in TALLIED:
            fields["tally"] = str(place / "tally")
        if name == "flaky":
            fields["path"] = str(place / "there")
        retries = 3 if name == "flaky" else 0
        drawn.nodes[name] = Node(name, f"players/{player}", parameters=fields, retries=retries)
        for port, source in inputs.items():
            before, _, output = source.partition(".")
            drawn.connections[Connection(before, output, name, port)] = "hard"
    path = place / "trial.melody"
    save(path, drawn)
    return path


def lived(place: Path, failpoint: str) -> Story:
    """The story of the melody in a folder of its own."""
    melody = drawn_melody(place)
    return live(place / "home", melody, place / "tally", failpoint)


@pytest.fixture(scope="module")
def stories(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Story]]]:
    """The story of each place that is tested, lived two at a time: most of it is waiting."""
    places = [
        item.callspec.params["place"]  # type: ignore[attr-defined]
        for item in request.session.items
        if item.path == Path(__file__) and "place" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {
            place: pool.submit(lived, tmp_path_factory.mktemp("killed"), place) for place in places
        }
        pool.shutdown(cancel_futures=True)


def test_every_place_is_a_failpoint_of_the_program() -> None:
    assert {name for name, _ in PLACES} <= set(KNOWN)
    assert len({name for name, _ in PLACES}) >= 16
    assert len(PLACES) >= 20


@pytest.mark.parametrize("place", [f"{name}:{hit}" for name, hit in PLACES])
def test_a_run_survives_a_kill_at(place: str, stories: dict[str, Future[Story]]) -> None:
    story = stories[place].result()
    assert story.killed.returncode == -signal.SIGKILL, story.killed.stderr

    finished: set[str] = set()
    if not story.after_the_kill:
        # Killed before the run was acknowledged: nobody was told that there is one.
        assert "run_changed" not in story.killed.stdout
    elif story.again is not None:
        [left] = story.after_the_kill
        assert left.interrupted
        finished = left.tasks_in(TaskState.COMPLETED)
        told = events_of(story.killed, TaskState.COMPLETED)
        assert told <= finished, "a task was shown as done that is not on disk"

    if story.again is not None:
        assert story.again.returncode == 0, story.again.stderr
        ran_again = events_of(story.again, TaskState.EXECUTING)
        assert not ran_again & finished, "a finished task ran again"

    [run] = story.in_the_end
    assert run.detail.state == RunState.COMPLETED
    assert not run.interrupted
    values = {task.id: task.outputs for task in run.detail.tasks.values()}
    assert values["join"]["text"]["value"] == "ONE+TWO+THREE"
    assert values["flaky"]["text"]["value"] == "ONE+TWO+THREE"
    assert values["table"]["table"]["summary"]["rows"] == 500
    counts = [story.tally.count(line) for line in set(story.tally)]
    assert max(counts) <= 2, "a task ran more often than once more than there were kills"


def test_a_player_process_that_survived_the_program_is_ended_before_its_run_goes_on(
    tmp_path: Path,
) -> None:
    drawn_melody(tmp_path)
    home = tmp_path / "home"
    gate, tally = tmp_path / "gate", tmp_path / "tally"
    drawn = Melody(id="waiting", name="Waiting")
    drawn.nodes["text"] = Node("text", "players/say")
    drawn.nodes["wait"] = Node(
        "wait", "players/hold_on", parameters={"path": str(gate), "tally": str(tally)}
    )
    drawn.connections[Connection("text", "text", "wait", "text")] = "hard"
    path = tmp_path / "waiting.melody"
    save(path, drawn)
    program = subprocess.Popen(
        [sys.executable, "-m", "harmony", "run", "--json", str(path), "--home", str(home)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    for line in program.stdout:
        if json.loads(line)["event"] == "task_progress":
            break
    survivor = int(tally.read_text().split()[1])
    survivor_started = process_start_time(survivor)
    assert survivor_started is not None
    program.kill()
    program.wait()
    program.stdout.close()
    gate.touch()
    [run] = stored_runs(home)
    assert run.interrupted
    resumed = harmony(home, "resume", run.id, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert not is_alive(survivor, survivor_started), "the old Player process is still there"

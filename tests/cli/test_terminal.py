"""A person at a terminal, from a first run to a repaired one."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from terminal_melodies import write_melody

from harmony.foundation.paths import data_folder

Harmony = Any


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A melody of two nodes that counts the words of a text."""
    return write_melody(
        tmp_path / "words.melody",
        text=("harmony/text_value", {"value": "to be or not to be"}, {}),
        count=("harmony/word_count", {}, {"text": "text.text"}),
    )


def test_a_melody_runs_and_the_command_says_so(harmony: Harmony, words: Path) -> None:
    done = harmony("run", words)
    assert done.status == 0, done.err
    assert "Completed" in done.err
    listed = harmony("runs", "--json").json
    assert [run["state"] for run in listed] == ["Completed"]
    assert listed[0]["interrupted"] is False


def test_events_are_streamed_one_a_line(harmony: Harmony, words: Path) -> None:
    events = harmony("run", "--json", words).events
    assert {"run_changed", "task_changed", "finished"} <= {event["event"] for event in events}
    last = events[-1]
    assert (last["event"], last["state"]) == ("finished", "Completed")
    finished = [e for e in events if e["event"] == "task_changed" and e["state"] == "Completed"]
    assert {event["task"] for event in finished} == {"text", "count"}


def test_a_second_run_reuses_everything_and_a_changed_parameter_runs_what_hangs_on_it(
    harmony: Harmony, words: Path
) -> None:
    harmony("run", words)
    again = harmony("run", "--json", words).events[-1]["run"]
    assert all(task["reused"] for task in harmony("show", again, "--json").json["tasks"])
    changed = harmony("run", "--json", words, "--set", "text.value=brave new world").events[-1][
        "run"
    ]
    assert not any(task["reused"] for task in harmony("show", changed, "--json").json["tasks"])


def test_a_failure_is_told_with_its_reason_and_status_1_and_can_be_repaired(
    harmony: Harmony, tmp_path: Path
) -> None:
    def drawn(code: str) -> Path:
        return write_melody(
            tmp_path / "failing.melody",
            text=("harmony/text_value", {"value": "4"}, {}),
            snippet=("harmony/python_snippet", {"code": code}, {"first": "text.text"}),
        )

    failed = harmony("run", "--json", drawn("half = 1\nresult = int(first) / 0"))
    assert failed.status == 1
    run = failed.events[-1]["run"]
    shown = harmony("show", run, "--json").json
    task = next(task for task in shown["tasks"] if task["id"] == "snippet")
    assert task["state"] == "Failed"
    assert task["error"]["type"] == "ZeroDivisionError"
    assert "line 2" in task["error"]["traceback"]
    assert "ZeroDivisionError" in harmony("show", run).out

    repaired = harmony("retry", run, drawn("result = int(first) / 2"), "--json")
    assert repaired.status == 0, repaired.err
    child = harmony("show", repaired.events[-1]["run"], "--json").json
    assert child["parent"] == run
    assert {task["id"]: task["reused"] for task in child["tasks"]} == {
        "text": True,
        "snippet": False,
    }


def test_check_names_every_problem_and_runs_nothing(harmony: Harmony, tmp_path: Path) -> None:
    broken = write_melody(
        tmp_path / "broken.melody",
        count=("harmony/word_count", {}, {}),
        unknown=("harmony/word_cuont", {}, {}),
    )
    done = harmony("check", broken, "--json")
    assert done.status == 1
    assert {finding["node"] for finding in done.json} == {"count", "unknown"}
    assert "word_count" in harmony("check", broken).out, "a close match is suggested"
    assert harmony("runs", "--json").json == []


def test_an_unknown_parameter_file_or_run_is_a_clear_error(harmony: Harmony, words: Path) -> None:
    assert "text.colour" in harmony("run", words, "--set", "text.colour=red").err
    missing = harmony("run", words.with_name("gone.melody"))
    assert missing.status == 1
    assert "gone.melody" in missing.err
    unknown = harmony("show", "zzzz")
    assert unknown.status == 1
    assert "harmony runs" in unknown.err


def test_the_state_machines_are_listed_for_people_and_programs(harmony: Harmony) -> None:
    charts = harmony("states", "--format", "json").json
    assert len(charts) == 12
    task = next(chart for chart in charts if chart["name"] == "task")
    assert {"from": "Pending", "event": "dependencies_complete", "to": "Ready"} in task[
        "transitions"
    ]
    assert "stateDiagram-v2" in harmony("states", "task", "--format", "mermaid").out


def test_doctor_checks_each_part(harmony: Harmony) -> None:
    done = harmony("doctor", "--json")
    assert done.status == 0, done.err
    assert {probe["probe"] for probe in done.json} >= {"Polyphony Store", "Player process"}
    assert all(probe["healthy"] for probe in done.json)


def test_own_players_are_added_listed_and_removed(harmony: Harmony, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "shout.py").write_text(
        "from harmony.players import Text, operator\n\n"
        '@operator("Shout", category="Mine", deterministic=True)\n'
        "def shout(text: Text) -> Text:\n"
        '    "Loud."\n'
        "    return text.upper()\n",
        encoding="utf-8",
    )
    (folder / "broken.py").write_text("def oops(:\n", encoding="utf-8")
    added = harmony("players", "add", folder)
    assert "mine/shout" in added.out
    assert "broken.py" in added.err, "what is wrong in one file is told, the other still loads"
    melody = write_melody(
        tmp_path / "shout.melody",
        text=("harmony/text_value", {"value": "hush"}, {}),
        shout=("mine/shout", {}, {"text": "text.text"}),
    )
    assert harmony("run", melody).status == 0
    assert "mine/shout" not in harmony("players", "remove", folder).out


def test_a_data_folder_is_chosen_by_option_before_the_environment(
    harmony: Harmony, words: Path, tmp_path: Path
) -> None:
    assert harmony("run", words, "--home", tmp_path / "other").status == 0
    assert harmony("runs", "--json").json == []
    assert len(harmony("runs", "--json", "--home", tmp_path / "other").json) == 1


NO_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6", "qasync"):
            raise ImportError(f"{name} is forbidden here")
sys.meta_path.insert(0, NoQt())
from harmony.cli import main
main(sys.argv[1:])
"""


def test_a_run_needs_no_qt(words: Path, harmony_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_QT, "run", "--json", str(words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "Completed"


def test_a_run_stopped_by_ctrl_c_can_be_resumed(trial: Harmony, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    melody = write_melody(
        tmp_path / "waiting.melody",
        text=("harmony/text_value", {"value": "x"}, {}),
        wait=("players/wait_for", {"path": str(gate)}, {"text": "text.text"}),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony", "run", "--json", str(melody)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "task_progress":
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "harmony resume" in said
    [run] = trial("runs", "--json").json
    assert run["interrupted"] is True
    gate.touch()
    assert trial("resume", run["id"]).status == 0


FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from harmony.cli import main
main(sys.argv[2:])
"""


@pytest.fixture
def waiting_for_room(
    trial: Harmony, tmp_path: Path, harmony_home: Path
) -> Iterator[subprocess.Popen[str]]:
    """A program whose run waits, since no file of its may grow any more."""
    nodes = {
        f"n{number}": ("players/say_afresh", {"text": "x" * 900 + str(number)}, {})
        for number in range(120)
    }
    melody = write_melody(tmp_path / "large.melody", **nodes)
    trial("runs")  # makes the database
    allowed = max(path.stat().st_size for path in harmony_home.iterdir()) + 1_200_000
    process = subprocess.Popen(
        [sys.executable, "-c", FULL_DISK, str(allowed), "run", "--json", str(melody)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = (json.loads(line) for line in process.stdout)
    notice = next(event for event in said if event["event"] == "problem_noticed")
    assert "goes on by itself as soon as there is room" in notice["message"]
    yield process
    process.kill()
    process.communicate()


def test_a_run_waits_while_the_disk_is_full_and_goes_on_when_there_is_room(
    trial: Harmony, waiting_for_room: subprocess.Popen[str]
) -> None:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(waiting_for_room.pid, resource.RLIMIT_FSIZE, unlimited)
    out, _ = waiting_for_room.communicate(timeout=60)
    assert json.loads(out.splitlines()[-1])["state"] == "Completed"
    [run] = trial("runs", "--json").json
    assert (run["completed"], run["interrupted"]) == (120, False)


def test_a_run_that_waits_for_room_can_be_stopped_and_resumed(
    trial: Harmony, waiting_for_room: subprocess.Popen[str]
) -> None:
    waiting_for_room.send_signal(signal.SIGINT)
    _, said = waiting_for_room.communicate(timeout=60)
    assert waiting_for_room.returncode == 130
    assert "harmony resume" in said
    [run] = trial("runs", "--json").json
    assert run["interrupted"] is True
    assert trial("resume", run["id"]).status == 0


def test_a_run_whose_words_nobody_reads_stops_and_can_be_resumed(
    trial: Harmony, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    melody = write_melody(
        tmp_path / "waiting.melody",
        text=("harmony/text_value", {"value": "x"}, {}),
        wait=("players/wait_for", {"path": str(gate)}, {"text": "text.text"}),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony", "run", "--json", str(melody)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "resumed" in process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    [run] = trial("runs", "--json").json
    gate.touch()
    assert trial("resume", run["id"]).status == 0


def test_what_has_ended_is_not_resumed(harmony: Harmony, words: Path) -> None:
    run = harmony("run", "--json", words).events[-1]["run"]
    done = harmony("resume", run)
    assert done.status == 1
    assert "nothing to resume" in done.err


def test_doctor_finds_history_that_was_changed(harmony: Harmony, words: Path) -> None:
    harmony("run", words)
    with apsw.Connection(str(data_folder().database)) as connection:
        connection.execute("UPDATE journal SET record = replace(record, 'Ready', 'ready')")
    done = harmony("doctor", "--json")
    assert done.status == 1
    [sick] = [probe for probe in done.json if not probe["healthy"]]
    assert sick["probe"] == "History"

"""`harmony task`: one task of a past run again, as a real process that starts a real Player."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from terminal_melodies import write_melody

from harmony.melody.file import load, save

Harmony = Any

PLAYERS = """
import os, sys
from pathlib import Path
from harmony.players import PlayerError, Secret, Table, Text, File, operator
from harmony.players.context import Context


@operator("Shout", category="Test")
def shout(text: Text, *, bad: str = "", times: int = 1) -> Text:
    print("shouting", text)
    if text == bad:
        raise ValueError("it is " + bad)
    return Text(text.upper() * times)


@operator("Try", category="Test")
def attempts(text: Text, *, context: Context) -> Text:
    before = context.saved or 0
    context.save(before + 1)
    context.log("tried " + str(before), level="warning")
    raise PlayerError("not yet", hint="Wait.")


@operator("Vanish", category="Test")
def vanish(text: Text, *, flag: str) -> Text:
    if Path(flag).exists():
        os._exit(7)
    return text


@operator("Wait", category="Test")
def wait(text: Text, *, told: str) -> Text:
    import subprocess, time
    inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if Path(told).exists():
        Path(told).write_text(str(os.getpid()) + " " + str(inner.pid))
        print("waiting", flush=True)
        time.sleep(600)
    inner.kill()
    inner.wait()
    return text


@operator("Whisper", category="Test")
def whisper(*, word: Secret = "") -> Text:
    return Text(str(len(word)))
"""


@pytest.fixture
def players(tmp_path: Path, harmony_home: Path, harmony: Harmony) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "mine.py").write_text(PLAYERS, encoding="utf-8")
    assert harmony("players", "add", folder).status == 0
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Every file of a data folder by its content, the index and log of the database aside."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
    }


def shouted(harmony: Harmony, tmp_path: Path, **parameters: Any) -> None:
    file = write_melody(
        tmp_path / "shout.melody",
        text=("harmony/text_value", {"value": "hey"}, {}),
        loud=("mine/shout", parameters, {"text": "text.text"}),
    )
    harmony("run", file)


def test_a_task_is_done_again_with_what_it_was_given(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    shouted(harmony, tmp_path, times=2)
    before = harmony("show", "last", "--json").json
    done = harmony("task", "last", "loud")
    assert done.status == 0, done.err
    assert "shouting hey" in done.out
    assert "Done in" in done.out
    assert "HEYHEY" in done.out
    after = harmony("show", "last", "--json").json
    assert after == before, "nothing is written into the run"
    assert len(harmony("runs", "--json").json) == 1


def test_nothing_of_the_data_folder_changes_and_the_work_is_left_only_when_asked(
    harmony: Harmony, players: Path, tmp_path: Path, harmony_home: Path
) -> None:
    shouted(harmony, tmp_path)
    harmony("show", "last")
    before = contents(harmony_home / "runs") if (harmony_home / "runs").exists() else {}
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    where = {"TMPDIR": str(temporary)}
    assert harmony("task", "last", "loud", environment=where).status == 0
    assert list(temporary.iterdir()) == []
    kept = harmony("task", "last", "loud", "--keep", environment=where)
    (folder,) = temporary.iterdir()
    assert str(folder) in kept.out
    assert (folder / "scratch").is_dir()
    after = contents(harmony_home / "runs") if (harmony_home / "runs").exists() else {}
    assert after == before


def test_a_failure_prints_the_players_own_lines_and_exits_with_one(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    shouted(harmony, tmp_path, bad="hey")
    done = harmony("task", "last", "loud")
    assert done.status == 1
    assert f'File "{players / "mine.py"}", line' in done.err
    assert "Failed: it is hey" in done.err


def test_json_is_alone_on_standard_output(harmony: Harmony, players: Path, tmp_path: Path) -> None:
    shouted(harmony, tmp_path, bad="hey")
    done = harmony("task", "last", "loud", "--json")
    assert done.status == 1
    assert done.json["error"]["message"] == "it is hey"
    assert (done.json["task"], done.json["attempt"], done.json["done"]) == ("loud", 1, False)
    assert "shouting hey" in done.err


def test_changed_players_are_named_and_run_only_when_asked(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    shouted(harmony, tmp_path, bad="hey")
    file = players / "mine.py"
    file.write_text(PLAYERS.replace("it is ", "now it is "), encoding="utf-8")
    refused = harmony("task", "last", "loud")
    assert refused.status == 2
    assert "have changed since" in refused.err
    assert "--present" in refused.err
    done = harmony("task", "last", "loud", "--present")
    assert done.status == 1
    assert "now it is hey" in done.err


def test_an_attempt_gets_the_state_that_was_saved_before_it(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    file = write_melody(
        tmp_path / "try.melody",
        text=("harmony/text_value", {"value": "hey"}, {}),
        again=("mine/attempts", {}, {"text": "text.text"}),
    )
    melody = load(file)
    again = melody.nodes["again"]
    melody.nodes["again"] = replace(again, retries=2, policy=replace(again.policy, retry_base=0.0))
    save(file, melody)
    harmony("run", file)
    for attempt, saved in ((1, 0), (2, 1)):
        done = harmony("task", "last", "again", "--attempt", str(attempt))
        assert (done.status, f"tried {saved}" in done.out) == (1, True), done
    assert "tried 2" in harmony("task", "last", "again").out
    unknown = harmony("task", "last", "again", "--attempt", "9")
    assert unknown.status == 2
    assert "the last one is 3" in unknown.err


def test_a_process_that_ends_without_a_word_is_told(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    file = write_melody(
        tmp_path / "vanish.melody",
        text=("harmony/text_value", {"value": "hey"}, {}),
        gone=("mine/vanish", {"flag": str(flag)}, {"text": "text.text"}),
    )
    assert harmony("run", file).status == 0
    flag.touch()
    done = harmony("task", "last", "gone")
    assert done.status == 1
    assert "exit code 7" in done.err


def test_a_secret_comes_from_the_environment_again(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    file = write_melody(
        tmp_path / "whisper.melody", low=("mine/whisper", {"word": "secret:word"}, {})
    )
    assert harmony("run", file, environment={"HARMONY_SECRET_WORD": "pssst"}).status == 0
    done = harmony("task", "last", "low", environment={"HARMONY_SECRET_WORD": "pst"})
    assert "'3'" in done.out
    missing = harmony("task", "last", "low")
    assert missing.status == 2
    assert "HARMONY_SECRET_WORD" in missing.err


def test_what_was_never_given_to_a_player_cannot_be_repeated(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    file = write_melody(
        tmp_path / "skip.melody",
        text=("harmony/text_value", {"value": "hey"}, {}),
        loud=("mine/shout", {"bad": "hey"}, {"text": "text.text"}),
        after=("mine/shout", {}, {"text": "loud.text"}),
    )
    harmony("run", file)
    skipped = harmony("task", "last", "after")
    assert (skipped.status, "never given to its Player" in skipped.err) == (2, True)
    unknown = harmony("task", "last", "lout")
    assert (unknown.status, "loud" in unknown.err) == (2, True)


def test_stopping_it_ends_the_player_and_what_the_player_started(
    harmony: Harmony, players: Path, tmp_path: Path, harmony_home: Path
) -> None:
    told = tmp_path / "told"
    file = write_melody(
        tmp_path / "wait.melody",
        text=("harmony/text_value", {"value": "hey"}, {}),
        slow=("mine/wait", {"told": str(told)}, {"text": "text.text"}),
    )
    assert harmony("run", file).status == 0
    told.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "harmony", "task", "last", "slow"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HARMONY_HOME": str(harmony_home)},
    )
    assert process.stdout is not None
    while "waiting" not in process.stdout.readline():
        assert process.poll() is None
    numbers = [int(number) for number in told.read_text().split()]
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130
    assert process.stdout.read() == "", "nobody holds the pipe any more"
    process.stdout.close()
    for number in numbers:
        assert not _lives(number)


def _lives(number: int) -> bool:
    """Whether a process still runs; one that waits to be reaped does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_debugger_that_is_missing_is_named_with_the_way_to_get_it(
    harmony: Harmony, players: Path, tmp_path: Path
) -> None:
    shouted(harmony, tmp_path)
    without = tmp_path / "without"
    without.mkdir()
    # As if it were not installed, whether it is here or not.
    (without / "sitecustomize.py").write_text(
        "import sys\nsys.modules['debugpy'] = None\n",
        encoding="utf-8",
    )
    done = harmony("task", "last", "loud", "--debug", environment={"PYTHONPATH": str(without)})
    assert done.status == 2
    assert "harmony-board[debug]" in done.err

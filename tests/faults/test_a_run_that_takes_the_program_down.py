"""A run under which the program ends suddenly again and again is set aside, not tried for ever."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from killing import harmony, prepared_home, stored_runs

from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node
from harmony.states.melody_execution import RunState


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    melody = Melody("chain")
    melody.nodes["first"] = Node("first", "players/say_afresh", parameters={"text": "one"})
    melody.nodes["second"] = Node("second", "players/upper")
    melody.connections[Connection("first", "text", "second", "text")] = "hard"
    path = tmp_path / "chain.melody"
    save(path, melody)
    return path


def test_after_three_sudden_ends_it_is_resumed_only_when_asked_twice(
    tmp_path: Path, chain: Path
) -> None:
    home = prepared_home(tmp_path)
    killed = harmony(home, "run", str(chain), failpoint="run.started:1")
    for _ in range(2):
        assert killed.returncode == -signal.SIGKILL
        [run] = stored_runs(home)
        assert run.interrupted
        killed = harmony(home, "resume", run.id, failpoint="run.started:1")
    assert killed.returncode == -signal.SIGKILL
    refused = harmony(home, "resume", run.id)
    assert refused.returncode == 1
    assert "ended suddenly under it 3 times" in refused.stderr
    assert stored_runs(home)[0].interrupted, "it is as it was"
    assert harmony(home, "resume", run.id, "--anyway").returncode == 0
    assert stored_runs(home)[0].detail.state == RunState.COMPLETED

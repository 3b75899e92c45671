"""A killed program leaves no Player process; one that stays is ended by the next program."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.processes import boot_id, process_start_time
from harmony.ipc.records import ProcessRecord, end_survivors, owner_folder

PROGRAM = Path(__file__).parent / "program.py"
PLAYERS = Path(__file__).parent / "players"


class Running:
    """A program, its Player process, and what that one started."""

    def __init__(self, runtime_folder: Path) -> None:
        self.program = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(runtime_folder), str(PLAYERS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        self.player, self.grandchild = map(int, line.split())
        self.handles = {pid: os.pidfd_open(pid) for pid in (self.player, self.grandchild)}

    def kill_program(self) -> None:
        self.program.kill()
        self.program.wait()

    def stop_player(self) -> None:
        """Stop the Player process, so that it sees nothing of the end of the program."""
        os.kill(self.player, signal.SIGSTOP)
        threads = Path(f"/proc/{self.player}/task")
        while not all(stat_of(thread) == "T" for thread in threads.iterdir()):
            pass  # the stop reaches one thread after the other

    def lives(self, pid: int) -> bool:
        return not select.select([self.handles[pid]], [], [], 0)[0]

    def wait_for_end(self, pid: int) -> bool:
        return bool(select.select([self.handles[pid]], [], [], 60)[0])

    def close(self) -> None:
        self.kill_program()
        assert self.program.stdout is not None
        self.program.stdout.close()
        for pid, handle in self.handles.items():
            if self.lives(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)


def stat_of(thread: Path) -> str:
    """The state of a thread, as one letter."""
    return (thread / "stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def running(runtime_folder: Path) -> Iterator[Any]:
    """A program that runs a Player."""
    made = Running(runtime_folder)
    yield made
    made.close()


def test_all_processes_end_with_the_program_that_started_them(running: Running) -> None:
    running.kill_program()
    assert running.wait_for_end(running.player)
    assert running.wait_for_end(running.grandchild)


def test_a_stopped_player_survives_and_is_ended_by_the_next_program(
    running: Running, runtime_folder: Path
) -> None:
    running.stop_player()
    running.kill_program()
    assert running.lives(running.player)
    assert running.lives(running.grandchild)
    assert set(end_survivors(runtime_folder)) == {running.player, running.grandchild}
    assert not running.lives(running.player)
    assert not running.lives(running.grandchild)
    assert list(runtime_folder.iterdir()) == []
    assert end_survivors(runtime_folder) == []


def test_what_a_player_left_behind_is_ended_even_when_the_player_is_gone(
    running: Running, runtime_folder: Path
) -> None:
    running.stop_player()
    running.kill_program()
    os.kill(running.player, signal.SIGKILL)
    assert running.wait_for_end(running.player)
    assert running.lives(running.grandchild)
    assert end_survivors(runtime_folder) == [running.grandchild]
    assert not running.lives(running.grandchild)


def test_processes_of_a_program_that_runs_are_left_alone(
    running: Running, runtime_folder: Path
) -> None:
    assert end_survivors(runtime_folder) == []
    assert running.lives(running.player)
    assert (runtime_folder / str(running.program.pid) / "owner.json").exists()


def noted(folder: Path, record: ProcessRecord, owner: ProcessRecord) -> None:
    """Write the notes of a program as a crash would leave them."""
    place = folder / str(owner.pid)
    place.mkdir()
    for name, each in (("owner.json", owner), (f"{record.pid}.json", record)):
        fields = {key: getattr(each, key) for key in ("pid", "start_time", "boot", "mark")}
        (place / name).write_text(json.dumps(fields))


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any of this, in a group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    yield process
    process.communicate(b"\n")


def test_a_pid_that_was_given_to_another_process_is_left_alone(
    runtime_folder: Path, bystander: subprocess.Popen[bytes]
) -> None:
    dead = ProcessRecord(2**22 - 1, "1", boot_id())
    noted(runtime_folder, ProcessRecord(bystander.pid, "1", boot_id(), "mark"), dead)
    assert end_survivors(runtime_folder) == []
    assert bystander.poll() is None


def test_notes_from_before_the_machine_was_started_again_mean_nothing(
    runtime_folder: Path, bystander: subprocess.Popen[bytes]
) -> None:
    start_time = process_start_time(bystander.pid)
    assert start_time is not None
    dead = ProcessRecord(2**22 - 1, "1", "another boot")
    noted(runtime_folder, ProcessRecord(bystander.pid, start_time, "another boot", "m"), dead)
    assert end_survivors(runtime_folder) == []
    assert bystander.poll() is None
    assert list(runtime_folder.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', "null"])
def test_a_note_that_was_cut_short_stops_nobody(runtime_folder: Path, content: str) -> None:
    folder = runtime_folder / "4194302"
    folder.mkdir()
    (folder / "owner.json").write_text(content)
    (folder / "17.json").write_text(content)
    (folder / "0.socket").write_text("")
    assert end_survivors(runtime_folder) == []
    assert list(runtime_folder.iterdir()) == []


def test_the_folder_of_an_older_program_with_the_same_pid_is_taken_over(
    runtime_folder: Path,
) -> None:
    folder = runtime_folder / str(os.getpid())
    folder.mkdir()
    (folder / "owner.json").write_text("{}")
    (folder / "old.socket").write_text("")
    assert owner_folder(runtime_folder) == folder
    assert [path.name for path in folder.iterdir()] == ["owner.json"]
    assert owner_folder(runtime_folder) == folder


def test_without_a_runtime_folder_there_is_nothing_to_end(tmp_path: Path) -> None:
    assert end_survivors(tmp_path / "missing") == []

"""What a Player process may do or suffer: one clear ending, and nothing is left. All for real."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.processes import group_is_alive, process_start_time
from harmony.ipc.chatter import MESSAGES_AT_ONCE
from harmony.ipc.supervision import Patience

STRANGER = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
    print("challenged" if s.recv(65536) else "refused")
except PermissionError:
    print("not let in")
"""


def no_process_left(process: Any, *others: int) -> bool:
    """Whether the group of a process and these others are gone, now."""
    return not group_is_alive(process.pid) and all(
        process_start_time(pid) is None or _is_zombie(pid) for pid in others
    )


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# -- a connection that breaks --------------------------------------------------------------------


async def test_an_attempt_goes_on_when_its_connection_breaks_and_nothing_is_lost_or_doubled(
    stage: Any,
) -> None:
    process, ears = stage.start()
    stage.run(process, "sever", times=3, lines=200)
    result = await ears.outcome()
    assert result["outputs"]["result"]["value"] == 600
    said = [message["text"] for message in ears.all("log")]
    assert said == [f"{number} {line}" for number in range(3) for line in range(200)]
    assert len(ears.all("started")) == len(ears.all("result")) == 1
    assert 1 <= process.health.reconnections <= 3
    assert process.health.connection == "Connected"
    stage.run(process, "greet", task="next")
    assert (await ears.outcome("next"))["kind"] == "result"


async def test_what_is_sent_while_the_connection_is_broken_arrives_once(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "sever", task="first", lines=20)
    await ears.first("log")
    for number in range(5):
        stage.run(process, "greet", task=f"task-{number}")
    for number in range(5):
        await ears.outcome(f"task-{number}")
    ended = [message["task"] for message in ears.all("result")]
    assert ended == ["first", *(f"task-{number}" for number in range(5))]


async def test_the_capabilities_of_a_child_are_known_once_it_is_ready(stage: Any) -> None:
    process, ears = stage.start()
    assert process.capabilities == frozenset()
    await ears.first("ready")
    assert process.capabilities >= {"prefetch", "save", "heartbeat", "quota", "reconnect"}
    assert process.health.capabilities == process.capabilities


# -- sudden ends ---------------------------------------------------------------------------------


async def test_a_crash_in_c_is_told_with_its_signal_and_where_it_was(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "crash")
    ending = await ears.ended()
    assert ending.signal == signal.SIGSEGV
    assert "Segmentation fault" in ending.stderr_tail
    assert "breaking.py" in ending.stderr_tail
    assert no_process_left(process)


async def test_a_killed_player_is_seen_though_an_orphan_holds_its_socket_and_pipes(
    stage: Any,
) -> None:
    process, ears = stage.start()
    stage.run(process, "leave_an_orphan")
    orphan = int((await ears.first("log"))["text"])
    os.kill(process.pid, signal.SIGKILL)
    assert (await ears.ended()).signal == signal.SIGKILL
    assert no_process_left(process, orphan), "found by its mark, though it left the group"


async def test_a_program_that_left_the_group_ends_with_its_process(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "leave_a_daemon")
    daemon = (await ears.outcome())["outputs"]["result"]["value"]
    assert process_start_time(daemon) is not None
    process.stop()
    assert (await ears.ended()).clean
    assert no_process_left(process, daemon)


@pytest.mark.host(patience=Patience(start=60.0, stop=5.0, silent=1.0))
async def test_a_stopped_process_is_lost_after_the_time_that_is_declared(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "stop")
    ending = await ears.ended()
    assert ending.signal == signal.SIGKILL
    assert "answered nothing" in ending.stderr_tail
    assert no_process_left(process)


@pytest.mark.host(patience=Patience(start=60.0, stop=5.0, silent=0.5))
async def test_a_process_that_works_without_answering_is_left_alone(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "hold_the_interpreter", ten_millions=20)
    assert (await ears.outcome())["kind"] == "result"


# -- too much and too late -----------------------------------------------------------------------


async def test_a_chatty_player_is_cut_short_and_its_result_arrives(stage: Any) -> None:
    process, ears = stage.start()
    await ears.first("ready")
    stage.run(process, "chatter", count=60_000)
    assert (await ears.outcome())["outputs"]["result"]["value"] == 60_000
    logs = ears.all("log")
    assert len(logs) < 60_000
    assert [message["text"] for message in logs[:MESSAGES_AT_ONCE]] == [
        str(number) for number in range(MESSAGES_AT_ONCE)
    ]
    assert sum("left out" in message["text"] for message in logs) == 1
    assert process.health.left_out == 60_000 - (len(logs) - 1)


async def test_what_is_said_after_a_tasks_end_reaches_nobody(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "speak_later")
    await ears.outcome()
    # The thread speaks before this is answered, or the count below would not be reached.
    while process.health.stale == 0:
        process.send({"kind": "ping", "number": 1})
        await asyncio.sleep(0.01)
    assert ears.all("log") == []


async def test_after_a_fault_other_processes_go_on(stage: Any) -> None:
    broken, broken_ears = stage.start()
    other, other_ears = stage.start()
    stage.run(other, "talk", task="talk", lines=100)
    stage.run(broken, "kill_itself", task="kill")
    await broken_ears.ended()
    assert (await other_ears.outcome("talk"))["outputs"]["result"]["value"] == 100
    assert other.health.connection == "Connected"
    assert other.health.reconnections == 0


# -- strangers -----------------------------------------------------------------------------------


async def test_another_user_is_not_let_in(stage: Any) -> None:
    _, ears = stage.start()
    await ears.first("ready")
    if os.getuid() != 0:
        print("not run with a real second user: only root can start a process as another one")
        assert stage.host.socket_path.stat().st_mode & 0o077 == 0
        return
    # Even when the folder and the socket were open to all, the credentials say who it is.
    for path in (stage.runtime_folder, stage.host.socket_path.parent, stage.host.socket_path):
        path.chmod(0o777)
    found = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", "-c", STRANGER, str(stage.host.socket_path)],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    said = found.stdout.strip()
    assert said in ("refused", "not let in"), found.stderr

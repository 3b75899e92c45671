"""Which process a pid means, and the end of a group: with real processes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harmony.foundation.processes import (
    boot_id,
    group_is_alive,
    is_alive,
    kill_group,
    process_start_time,
)

PARENT_AND_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@contextmanager
def _process(program: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_process_is_known_by_pid_and_start_time() -> None:
    start = process_start_time(os.getpid())
    assert start is not None and start == process_start_time(os.getpid())
    assert is_alive(os.getpid(), start)
    assert not is_alive(os.getpid(), start + "0")


def test_a_process_that_has_ended_is_not_alive_even_before_it_is_reaped() -> None:
    with _process("print('up', flush=True); import sys; sys.stdin.read()") as process:
        assert process.stdout is not None
        process.stdout.readline()
        start = process_start_time(process.pid)
        assert start is not None and is_alive(process.pid, start)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not yet reaped
        assert not is_alive(process.pid, start)
        process.wait(timeout=60)
        assert process_start_time(process.pid) is None
        assert not is_alive(process.pid, start)


@pytest.mark.parametrize("pid", [0, -1, 2**22 + 1])
def test_a_pid_that_nobody_has_has_no_start_time(pid: int) -> None:
    assert process_start_time(pid) is None


def test_a_name_with_spaces_and_parentheses_does_not_confuse_the_start_time() -> None:
    program = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'a) R (b c', 0, 0, 0);"
        "print('up', flush=True); sys.stdin.read()"
    )
    with _process(program) as process:
        before = process_start_time(process.pid)
        assert process.stdout is not None
        process.stdout.readline()
        assert before is not None and before.isdecimal()
        assert process_start_time(process.pid) == before


def test_the_boot_has_a_name_that_stays() -> None:
    assert boot_id() == boot_id() != ""


def test_a_whole_group_ends_with_what_its_members_started() -> None:
    with _process(PARENT_AND_CHILD) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        start = process_start_time(grandchild)
        assert start is not None and group_is_alive(process.pid)
        ending = os.pidfd_open(grandchild)
        try:
            assert kill_group(process.pid)
            assert process.wait(timeout=60) == -signal.SIGKILL
            # A pidfd can be read when its process has ended.
            assert select.select([ending], [], [], 60)[0]
        finally:
            os.close(ending)
        assert not is_alive(grandchild, start)


def test_a_group_that_is_gone_is_no_error() -> None:
    with _process("pass") as process:
        process.wait(timeout=60)
        assert not kill_group(process.pid)
        assert not group_is_alive(process.pid)


@pytest.mark.parametrize("group", [-1, 0, 1])
def test_groups_that_would_mean_everyone_are_refused(group: int) -> None:
    with pytest.raises(ValueError, match="no process group"):
        kill_group(group)
    with pytest.raises(ValueError, match="no process group"):
        group_is_alive(group)


def test_a_process_does_not_end_its_own_group() -> None:
    with pytest.raises(ValueError, match="its own group"):
        kill_group(os.getpgrp())

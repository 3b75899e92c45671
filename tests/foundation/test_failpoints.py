"""Failpoints kill the process where they are armed, and do nothing else, ever."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harmony
from harmony.foundation import failpoints
from harmony.foundation.failpoints import FailpointError, arm_from_environment, failpoint

COUNTING = """
from harmony.foundation.failpoints import arm_from_environment, failpoint
arm_from_environment()
for number in range(1, 6):
    failpoint("durable.written")
    failpoint("durable.synced")
    print(number, flush=True)
"""


@pytest.fixture(autouse=True)
def _harmless_again() -> Iterator[None]:
    yield
    failpoints.disarm()


def _count(value: str | None) -> subprocess.CompletedProcess[str]:
    environment = {key: text for key, text in os.environ.items() if key != failpoints.VARIABLE}
    if value is not None:
        environment[failpoints.VARIABLE] = value
    return subprocess.run(
        [sys.executable, "-c", COUNTING],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_happens_when_none_is_armed(value: str | None) -> None:
    finished = _count(value)
    assert (finished.returncode, finished.stdout.split()) == (0, ["1", "2", "3", "4", "5"])


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("durable.written", []),
        ("durable.written:1", []),
        ("durable.synced:3", ["1", "2"]),
        ("durable.written:5", ["1", "2", "3", "4"]),
    ],
)
def test_the_process_dies_at_the_hit_that_was_asked_for(value: str, printed: list[str]) -> None:
    finished = _count(value)
    assert finished.returncode == -signal.SIGKILL
    assert finished.stdout.split() == printed


def test_a_hit_that_never_comes_kills_nothing() -> None:
    assert _count("durable.written:6").returncode == 0


def test_another_failpoint_is_not_the_one_that_is_armed() -> None:
    arm_from_environment({"HARMONY_FAILPOINT": "durable.written"})
    failpoint("durable.synced")
    failpoint("durable.written.not")


def test_a_name_that_no_failpoint_has_is_refused() -> None:
    with pytest.raises(FailpointError, match=r"durable\.wirtten"):
        arm_from_environment({"HARMONY_FAILPOINT": "durable.wirtten"})


@pytest.mark.parametrize("value", ["durable.written:0", "durable.written:", "durable.written:-1"])
def test_a_hit_that_is_no_count_is_refused(value: str) -> None:
    with pytest.raises(FailpointError, match="count from 1"):
        arm_from_environment({"HARMONY_FAILPOINT": value})


def test_every_failpoint_of_the_program_is_known_and_every_known_one_exists() -> None:
    used: set[str] = set()
    for path in Path(harmony.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name == "failpoint" and call.args and isinstance(call.args[0], ast.Constant):
                used.add(str(call.args[0].value))
    assert used == set(failpoints.KNOWN)
    assert len(set(failpoints.KNOWN)) == len(failpoints.KNOWN)

"""The child process itself, seen from a parent that is nothing but a socket."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harmony.players.host.errand import Errand, write_errand
from harmony.wire.handshake import new_secret

FORBIDDEN = (
    "PySide6",
    "apsw",
    "asyncio",
    "blake3",
    "dask",
    "duckdb",
    "httpx",
    "msgspec",
    "networkx",
    "numpy",
    "pandas",
    "pydantic",
    "pytest",
    "qasync",
    "rich",
    "shiboken6",
)
BLOCKER = f"""
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ImportError(f"the wall: {{name}} has no place in a child")

sys.meta_path.insert(0, Wall())
"""
PLAYERS = '''
import os, sys
from harmony.players import Json, Text, operator
from harmony.players.context import Context

print("imported")

@operator("Modules", category="Test")
def modules() -> Json:
    return sorted(sys.modules)

@operator("Fork", category="Test")
def fork_and_leave() -> Json:
    """A forked copy that lives on has no hold on the socket."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        held = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                if os.path.islink(f"/proc/self/fd/{fd}")]
        os.write(writing, str(sum(name.startswith("socket:") for name in held)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return int(os.read(reading, 10))

@operator("Warm", category="Test")
def warmed() -> Text:
    return warmed.loaded()

@warmed.warm
def load() -> str:
    print("warming")
    return "warm"

@warmed.close
def release(value: str) -> None:
    print("released", value, flush=True)
'''


@pytest.fixture
def folder(folder: Path) -> Path:
    """The folder with Players and a wall in it."""
    (folder / "own" / "things.py").write_text(PLAYERS)
    (folder / "wall").mkdir()
    (folder / "wall" / "sitecustomize.py").write_text(BLOCKER)
    return folder


def test_a_child_is_ready_and_works_with_every_forbidden_module_behind_a_wall(
    start: Any, folder: Path
) -> None:
    parent = start("harmony.players.library", PYTHONPATH=str(folder / "wall"))
    parent.accept()
    assert "harmony/text_template" in parent.hear("ready")["players"]
    result = parent.run("harmony/python_snippet", code="result = 6 * 7")
    assert result["outputs"]["result"]["value"] == 42


def test_a_child_has_imported_none_of_them_by_its_first_task(start: Any) -> None:
    parent = start()
    parent.accept()
    parent.hear("ready")
    reference = parent.run("own/modules")["outputs"]["result"]
    loaded = reference.get("value")
    assert "harmony.players.host.execution" in loaded
    assert {name.partition(".")[0] for name in loaded} & set(FORBIDDEN) == set()


def test_the_wall_is_one(folder: Path) -> None:
    """Without this, the test with the wall would prove nothing."""
    for name in ("msgspec", "asyncio"):
        tried = subprocess.run(
            [sys.executable, "-P", "-s", "-c", f"import {name}"],
            env={"PYTHONPATH": str(folder / "wall")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "the wall" in tried.stderr


def test_an_authors_file_is_first_imported_for_a_task(start: Any) -> None:
    parent = start()
    parent.accept()
    assert set(parent.hear("ready")["players"]) == {
        "own/modules",
        "own/fork_and_leave",
        "own/warmed",
    }
    parent.say(kind="shutdown")
    assert parent.ended() == (0, "", "")


def test_a_costly_part_is_loaded_once_and_released_at_the_end(start: Any) -> None:
    parent = start()
    parent.accept()
    parent.hear("ready")
    for _ in range(2):
        assert parent.run("own/warmed")["outputs"]["text"]["value"] == "warm"
    parent.say(kind="shutdown")
    assert parent.ended() == (0, "imported\nwarming\nreleased warm\n", "")


def test_a_forked_copy_does_not_hold_the_socket(start: Any) -> None:
    parent = start()
    parent.accept()
    parent.hear("ready")
    assert parent.run("own/fork_and_leave")["outputs"]["result"]["value"] == 0


def test_a_child_whose_parent_hangs_up_ends_its_whole_group(start: Any) -> None:
    parent = start()
    parent.accept()
    parent.hear("ready")
    parent.socket.close()
    assert parent.ended()[0] == -signal.SIGKILL


def test_a_child_whose_parent_hangs_up_before_the_welcome_ends(start: Any) -> None:
    parent = start()
    parent.listening.accept()[0].close()
    status, _, words = parent.ended()
    assert status != 0
    assert "cannot be reached" in words


def test_a_child_whose_parent_does_not_listen_ends(start: Any, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    errand = Errand(str(folder / "nobody"), "p", new_secret(), str(folder / "own"))
    tried = subprocess.run(
        [sys.executable, "-m", "harmony.players.host"],
        input=write_errand(errand),
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert tried.returncode == 69
    assert b"cannot be reached" in tried.stderr


@pytest.mark.parametrize("given", [b"", b'{"socket": "/s"'])
def test_a_child_without_an_errand_says_what_it_is(given: bytes) -> None:
    tried = subprocess.run(
        [sys.executable, "-m", "harmony.players.host"],
        input=given,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert tried.returncode == 64
    assert b"started by Harmony Board" in tried.stderr

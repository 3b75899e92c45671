"""The program as a person starts it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harmony.board.main import main
from harmony.foundation.resources import resource_path

START = [sys.executable, "-c", "import sys; from harmony.board.main import main; sys.exit(main())"]
PATIENCE = 60.0


@pytest.fixture
def melody(tmp_path: Path) -> Path:
    path = tmp_path / "own.melody"
    shutil.copyfile(resource_path("melodies") / "weather.melody", path)
    return path


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*START, *arguments],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for what another process does to its files, as long as it lives."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def recent(home: Path) -> list[str]:
    settings = home / "settings.json"
    return json.loads(settings.read_text()).get("recent_files", []) if settings.exists() else []


def test_a_second_start_opens_its_file_in_the_first_window(
    start: Callable[..., subprocess.Popen[str]], melody: Path, harmony_home: Path
) -> None:
    other = melody.with_name("other.melody")
    shutil.copyfile(melody, other)
    first = start(str(melody))
    until(lambda: recent(harmony_home) == [str(melody)], first)
    second = start(str(other))
    assert second.communicate(timeout=PATIENCE)[0] == ""
    assert second.returncode == 0
    until(lambda: recent(harmony_home) == [str(other), str(melody)], first)
    first.send_signal(signal.SIGTERM)
    assert "Traceback" not in first.communicate(timeout=PATIENCE)[0]


def test_a_signal_closes_the_window_in_order_and_its_layout_is_kept(
    start: Callable[..., subprocess.Popen[str]], melody: Path, harmony_home: Path
) -> None:
    process = start(str(melody))
    until(lambda: recent(harmony_home) == [str(melody)], process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0, process.communicate()[0]
    layout = json.loads((harmony_home / "window-layout.json").read_text())
    assert layout["open_files"] == [str(melody)]


def test_a_data_folder_that_cannot_be_used_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], qapp: object
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["--home", str(blocked)]) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_unknown_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--no-such-option"])
    assert ended.value.code == 2
    assert "no-such-option" in capsys.readouterr().err

"""Ways that are taken or not, snippets and commands."""

from __future__ import annotations

import os
import select
import signal
import traceback
from pathlib import Path
from typing import Any

import pytest

from harmony.players import NOTHING, File, Folder, PlayerError, Table
from harmony.players.context import Context
from harmony.players.library.code import SNIPPET_NAME, python_snippet, run_command
from harmony.players.library.control import compare, either, if_else


@pytest.mark.parametrize(
    ("value", "test", "compare_with", "holds"),
    [
        ("", "is not empty", "", False),
        (None, "is not empty", "", False),
        (0, "is not empty", "", True),
        ([], "is not empty", "", False),
        (True, "is true", "", True),
        ("true", "is true", "", True),
        (1, "is true", "", False),
        (3.0, "is equal to", "3", True),
        ("rain", "is equal to", "rain", True),
        ("rain in May", "contains", "rain", True),
        (["a", "b"], "contains", "b", True),
        (5, "is greater than", "4.5", True),
        ("12", "is less than", "4", False),
        ([1, 2, 3], "is greater than", "2", True),
        ("abc", "fits the pattern", "^a.c$", True),
    ],
)
def test_one_of_two_ways_is_taken(value: Any, test: Any, compare_with: str, holds: bool) -> None:
    ways = if_else(value, test=test, compare_with=compare_with)
    taken, other = (ways.then, ways.otherwise) if holds else (ways.otherwise, ways.then)
    assert taken is value
    assert other is NOTHING


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a", None, "a"),
        (None, "b", "b"),
        (NOTHING, "b", "b"),
        ("a", "b", "a"),
        (0, "b", 0),
        (False, None, False),
        (None, NOTHING, NOTHING),
        (None, None, NOTHING),
    ],
)
def test_of_two_ways_the_one_that_came_goes_on(first: Any, second: Any, expected: Any) -> None:
    assert either(first, second) is expected


@pytest.mark.parametrize(
    ("value", "test", "compare_with", "holds"),
    [
        (3, "is at least", "3", True),
        (2.5, "is at least", "3", False),
        ("7", "is at most", "7.5", True),
        ([1, 2], "is at most", "1", False),
        ("", "is empty", "", True),
        ([0], "is empty", "", False),
        ("rain", "is not equal to", "snow", True),
        (3, "is not equal to", "3.0", False),
        (True, "is equal to", "true", True),
        (False, "is equal to", "true", False),
        ("rain in May", "contains", "snow", False),
    ],
)
def test_a_comparison_says_true_or_false(
    value: Any, test: Any, compare_with: str, holds: bool
) -> None:
    assert compare(value, test=test, compare_with=compare_with).holds is holds


@pytest.mark.parametrize(
    ("value", "test", "other", "holds"),
    [
        (3, "is greater than", 2.5, True),
        (3, "is at most", [1, 2, 3], True),
        ("rain", "is equal to", "rain", True),
        ([1, 2], "is equal to", [2, 1], False),
        ([1, 2], "is not equal to", [2, 1], True),
        (True, "is equal to", True, True),
        ("rain in May", "contains", "May", True),
        (0.1 + 0.2, "is equal to", 0.1 + 0.2, True),
    ],
)
def test_what_a_wire_brings_is_compared_with_instead_of_the_form(
    value: Any, test: Any, other: Any, holds: bool
) -> None:
    assert compare(value, other, test=test, compare_with="nonsense").holds is holds


def test_a_comparison_that_cannot_be_made_says_why() -> None:
    with pytest.raises(PlayerError, match="is no number"):
        compare("many", test="is at least", compare_with="3")


def test_a_table_without_rows_is_empty() -> None:
    assert if_else(Table.from_rows([], ["a"])).then is NOTHING
    assert if_else(Table.from_rows([{"a": 1}])).otherwise is NOTHING


def test_something_else_may_decide() -> None:
    assert if_else("report", 7, test="is greater than", compare_with="5").then == "report"


@pytest.mark.parametrize(
    ("value", "test", "compare_with", "words"),
    [
        ("abc", "is greater than", "5", "is no number"),
        (5, "is less than", "many", "no number to compare with"),
        ("abc", "fits the pattern", "(", "cannot be read"),
    ],
)
def test_a_test_that_cannot_be_made_is_explained(
    value: Any, test: Any, compare_with: str, words: str
) -> None:
    with pytest.raises(PlayerError, match=words):
        if_else(value, test=test, compare_with=compare_with)


def test_a_snippet_computes_its_result(weather: Table) -> None:
    code = "result = {'rows': first.row_count, 'sum': second + third}"
    assert python_snippet(weather, 2, 3, code=code) == {"rows": 1461, "sum": 5}


def test_a_snippet_makes_a_table() -> None:
    table = python_snippet(code="result = Table.from_rows([{'a': n} for n in range(3)])")
    assert [row["a"] for row in table.rows()] == [0, 1, 2]


def test_the_traceback_of_a_snippet_shows_its_own_line() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        python_snippet(code="value = 0\nresult = 1 / value\n")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == (SNIPPET_NAME, 2, "result = 1 / value")


def test_a_snippet_that_is_no_python_names_its_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        python_snippet(code="result = 1\nresult = = 2")
    assert (caught.value.filename, caught.value.lineno) == (SNIPPET_NAME, 2)


def test_a_snippet_without_a_result_is_told_to_set_one() -> None:
    with pytest.raises(PlayerError, match="sets no “result”"):
        python_snippet(code="first")


def test_a_command_gets_text_and_gives_what_it_prints(tmp_path: Path) -> None:
    file = tmp_path / "a b.txt"
    file.write_text("from the file")
    text, status = run_command("from the wire\n", File(file), command='cat - "$FILE"')
    assert (text, status) == ("from the wire\nfrom the file", 0)


def test_a_command_that_fails_says_how(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PlayerError, match="exit status 3") as caught:
        run_command(command="echo 'no such thing' >&2; exit 3")
    assert caught.value.hint == "no such thing"
    assert "no such thing" in capfd.readouterr().err


def test_a_command_may_be_allowed_to_fail() -> None:
    assert run_command(command="echo half; exit 3", on_error="go on") == ("half\n", 3)


def test_a_command_that_does_not_read_its_input_is_no_error() -> None:
    assert run_command("x" * 1_000_000, command="true").status == 0


def test_a_command_may_print_more_than_a_pipe_holds() -> None:
    text = "0123456789" * 100_000
    assert run_command(text, command="cat").text == text


def test_a_command_runs_in_a_folder_of_its_own(scratch: Path, tmp_path: Path) -> None:
    assert run_command(command="pwd").text.strip() == str(scratch)
    assert run_command(command="pwd", folder=Folder(tmp_path)).text.strip() == str(tmp_path)


def test_a_command_that_takes_too_long_ends_with_what_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(PlayerError, match="was stopped after 1 second"):
        run_command(command=f"sleep 600 & echo $! > {pid}; wait", timeout=1)
    assert has_ended(int(pid.read_text()))


def test_a_cancelled_task_ends_its_command(tmp_path: Path) -> None:
    context = Context()
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    # The command says that it runs; only then is it cancelled.
    watcher = os.fork()
    if watcher == 0:
        with ready.open() as stream:
            stream.read()
        os.kill(os.getppid(), signal.SIGUSR1)
        os._exit(0)
    before = signal.signal(signal.SIGUSR1, lambda *_: context.cancel())
    try:
        with pytest.raises(PlayerError, match="by the signal 9"):
            run_command(command=f"echo go > {ready}; sleep 600", context=context)
    finally:
        signal.signal(signal.SIGUSR1, before)
        os.waitpid(watcher, 0)


def has_ended(pid: int) -> bool:
    """Whether a process ends within a generous while; waits for its end, not for a time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)

"""Several runs wait in one process; each says when it begins, what it prints, and what it used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

PLAYERS = """
import os, subprocess, sys, time
from typing import NamedTuple
from harmony.players import Json, Number, Text, operator
from harmony.players.context import Context

class Both(NamedTuple):
    left: Text
    right: Text

@operator("Echo", category="Test", prefetch=8)
def echo(*, text: str) -> Text:
    print("said", text)
    print("warned", text, file=sys.stderr)
    return text

@operator("Wait for a file", category="Test", prefetch=8)
def wait_for(*, path: str) -> Text:
    while not os.path.exists(path):
        time.sleep(0.005)
    return "seen"

@operator("Die", category="Test", prefetch=8)
def die() -> None:
    os._exit(3)

@operator("Flood", category="Test")
def flood(*, megabytes: int) -> Text:
    for _ in range(megabytes):
        print("x" * (1024 * 1024 - 1))
    return "done"

@operator("Bytes", category="Test")
def write_bytes() -> Text:
    sys.stdout.buffer.write(b"raw bytes\\n")
    print("no line", end="")
    subprocess.run(["echo", "from another program"])
    return "done"

@operator("Keep", category="Test")
def keep(context: Context, *, fail: bool) -> Json:
    before = context.saved
    context.save({"step": 0 if before is None else before["step"] + 1})
    context.heartbeat()
    context.spend(tokens=7, money=0.5)
    if fail:
        raise RuntimeError("on purpose")
    return before

@operator("Keep much", category="Test")
def keep_much(context: Context) -> None:
    context.save("x" * 100_000)

@operator("Two outputs", category="Test")
def both(*, right: bool) -> Both:
    return Both("l", "r") if right else "no tuple"

@operator("Wrong", category="Test")
def wrong(number: Number) -> Text:
    return 5
"""


@pytest.fixture
def child(start: Any, folder: Path) -> Any:
    """A child of these Players that is ready."""
    (folder / "own" / "ahead.py").write_text(PLAYERS)
    parent = start()
    parent.begin()
    return parent


def test_runs_that_are_sent_ahead_are_done_in_their_order_and_each_begins_when_it_does(
    child: Any,
) -> None:
    for task in ("a", "b", "c"):
        child.send("own/echo", task=task, parameters={"text": task})
    said = [child.hear("started", "result") for _ in range(6)]
    assert [(message["kind"], message["task"]) for message in said] == [
        (kind, task) for task in ("a", "b", "c") for kind in ("started", "result")
    ]
    assert all(set(m["usage"]) == {"cpu_seconds", "memory_mb"} for m in said[1::2])


def test_what_is_printed_by_tasks_sent_ahead_is_told_as_their_own(child: Any) -> None:
    for number in range(20):
        child.send("own/echo", task=f"t{number}", parameters={"text": str(number)})
    logs: dict[str, list[tuple[str, str]]] = {}
    for _ in range(40):
        message = child.hear("log")
        logs.setdefault(message["task"], []).append((message["level"], message["text"]))
    for number in range(20):
        expected = [("info", f"said {number}"), ("warning", f"warned {number}")]
        assert sorted(logs[f"t{number}"]) == expected


def test_a_run_that_waits_behind_another_can_be_cancelled_before_it_begins(
    child: Any, folder: Path
) -> None:
    gate = folder / "open"
    child.send("own/wait_for", task="first", parameters={"path": str(gate)})
    child.hear("started")
    child.send("own/echo", task="second", parameters={"text": "never"})
    child.say(kind="cancel", task="second", attempt=1)
    # A ping that is answered tells that both have been heard, while the first still runs.
    child.say(kind="ping", number=1)
    child.hear("pong")
    gate.touch()
    assert child.hear("result")["task"] == "first"
    failure = child.hear("failure", "log")
    assert (failure["task"], failure["error"]["cancelled"]) == ("second", True)


def test_a_crash_was_told_to_be_that_of_the_task_that_ran(child: Any) -> None:
    for task, player in (("a", "echo"), ("b", "die"), ("c", "echo")):
        parameters = {"text": task} if player == "echo" else {}
        child.send(f"own/{player}", task=task, parameters=parameters)
    heard = [child.hear("started", "result") for _ in range(3)]
    assert [(m["kind"], m["task"]) for m in heard] == [
        ("started", "a"),
        ("result", "a"),
        ("started", "b"),
    ]
    assert child.ended()[0] == 3
    assert [message["kind"] for message in child.waiting] == []


def test_the_next_attempt_gets_what_the_last_one_saved(child: Any) -> None:
    child.send("own/keep", parameters={"fail": True})
    saved = child.hear("save")["value"]
    assert saved == {"type": "json", "value": {"step": 0}}
    assert child.hear("heartbeat")["task"] == "t"
    spent = child.hear("spent")
    assert (spent["tokens"], spent["money"]) == (7, 0.5)
    assert child.hear("failure")["error"]["message"] == "on purpose"
    child.send("own/keep", task="again", parameters={"fail": False}, saved=saved)
    assert child.hear("save")["value"]["value"] == {"step": 1}
    assert child.hear("result")["outputs"]["result"]["value"] == {"step": 0}


def test_a_large_state_is_staged_and_only_its_name_travels(child: Any, folder: Path) -> None:
    child.send("own/keep_much")
    value = child.hear("save")["value"]
    assert (folder / value["staged"]).stat().st_size == 100_002
    assert child.hear("result")


def test_a_flood_is_cut_here_and_the_log_says_how_much_is_missing(child: Any) -> None:
    printed: list[bytes] = []
    reading = threading.Thread(target=lambda: printed.append(child.child.stdout.read()))
    reading.start()
    assert child.run("own/flood", megabytes=100)["kind"] == "result"
    child.say(kind="shutdown")
    reading.join()
    assert 8 * 1024 * 1024 < len(printed[0]) < 9 * 1024 * 1024
    words = f"\n… {92 * 1024 * 1024:,} more bytes were printed, and are left out.\n"
    assert printed[0].endswith(words.encode())


def test_bytes_half_lines_and_other_programs_are_heard_too(child: Any) -> None:
    assert child.run("own/write_bytes")["kind"] == "result"
    child.say(kind="shutdown")
    out = child.ended()[1]
    assert sorted(out.replace("no line", "no line\n").split("\n")) == [
        "", "from another program", "no line", "raw bytes",
    ]  # fmt: skip


def test_what_is_returned_is_checked_and_the_output_is_named(child: Any) -> None:
    assert child.run("own/both", right=True)["outputs"]["right"]["value"] == "r"
    message = child.error("own/both", right=False)["message"]
    assert "left, right" in message
    assert "str" in message
    child.send("own/wrong", inputs={"number": {"type": "number", "value": 1}})
    assert "“text” has to be a text" in child.hear("failure")["error"]["message"]


def test_an_input_of_another_type_is_refused_before_the_player_runs(child: Any) -> None:
    child.send("own/wrong", inputs={"number": {"type": "text", "value": "one"}})
    message = child.hear("failure")["error"]["message"]
    assert "“number” has to be number" in message

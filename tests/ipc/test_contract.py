"""What a Player process host promises, whichever loop it runs on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.processes import group_is_alive, process_start_time
from harmony.ipc.chatter import PRINTED_BYTES
from harmony.ipc.supervision import Patience
from harmony.wire.errors import WireError
from harmony.wire.launch import Quota


async def test_a_process_starts_runs_a_player_and_hands_back_its_result(stage: Any) -> None:
    process, ears = stage.start()
    await ears.first("ready")
    stage.run(process, "greet", inputs={"name": {"type": "text", "value": "Ada"}}, times=2)
    result = await ears.outcome()
    assert result["kind"] == "result"
    assert result["outputs"]["text"]["value"] == "Hello, Ada! Hello, Ada!"
    assert result["seconds"] >= 0
    assert [kind for kind, _ in ears.heard] == ["ready", "started", "result"]
    assert "players/greet" in ears.players


async def test_what_is_sent_before_the_process_is_up_arrives_all_the_same(stage: Any) -> None:
    process, ears = stage.start()
    for number in range(3):
        stage.run(process, "greet", task=f"task-{number}", times=number)
    for number in range(3):
        result = await ears.outcome(f"task-{number}")
        assert result["outputs"]["text"]["value"] == " ".join(["Hello, world!"] * number)
    assert [message["task"] for message in ears.all("result")] == ["task-0", "task-1", "task-2"]


async def test_log_progress_and_prints_reach_the_listener_before_the_result(stage: Any) -> None:
    result, ears = await stage.perform("talk", lines=3)
    assert result["outputs"]["result"]["value"] == 3
    assert [message["text"] for message in ears.all("log")] == ["line 0", "line 1", "line 2"]
    assert ears.all("progress")[-1]["fraction"] == 1.0
    assert ears.text("stdout") == "out 0\nout 1\nout 2\n"
    assert ears.text("stderr") == "err 0\nerr 1\nerr 2\n"
    assert ears.heard[-1][0] == "result"


async def test_draining_when_a_task_ends_attributes_each_print_to_its_task(stage: Any) -> None:
    process, ears = stage.start()
    for task in ("one", "two", "three"):
        stage.run(process, "talk", task=task, lines=40)
        await ears.outcome(task)
    printed = {"one": 0, "two": 0, "three": 0}
    ended: list[str] = []
    for kind, what in ears.heard:
        if kind == "result":
            ended.append(what["task"])
        elif kind == "stdout":
            # What comes before the end of the first task is the first task's, and so on.
            printed[("one", "two", "three")[len(ended)]] += what.count(b"\n")
    assert printed == {"one": 40, "two": 40, "three": 40}


async def test_what_c_code_printed_and_an_unfinished_line_are_not_lost(stage: Any) -> None:
    _, ears = await stage.perform("print_from_c")
    assert "printed by C\n" in ears.text("stdout")
    assert "no line end" in ears.text("stdout")


async def test_a_generator_shows_its_output_as_it_grows(stage: Any) -> None:
    result, ears = await stage.perform("grow", words=3)
    shown = [(message["output"], message["value"]["value"]) for message in ears.all("partial")]
    assert shown == [("text", "0 "), ("text", "0 1 "), ("text", "0 1 2 ")]
    assert result["outputs"]["text"]["value"] == "0 1 2 "


async def test_a_large_output_comes_back_as_the_name_of_a_staged_file(stage: Any) -> None:
    result, _ = await stage.perform("stage")
    name = result["outputs"]["text"]["staged"]
    assert (stage.folder / "task" / "staging" / name).read_text() == "a large text"


async def test_progress_is_thinned_out_but_the_last_word_always_arrives(stage: Any) -> None:
    result, ears = await stage.perform("hurry", count=20_000)
    said = ears.all("progress")
    assert (said[-1]["fraction"], said[-1]["message"]) == (1.0, "the last one")
    assert len(said) <= 3 + result["seconds"] * 31


async def test_two_thousand_messages_in_one_go_all_arrive_in_order(stage: Any) -> None:
    result, ears = await stage.perform("babble", count=2_000)
    assert result["kind"] == "result"
    assert [message["text"] for message in ears.all("log")] == [str(n) for n in range(2_000)]


async def test_two_thousand_pings_are_all_answered(stage: Any) -> None:
    process, ears = stage.start()
    await ears.first("ready")
    for number in range(2_000):
        process.send({"kind": "ping", "number": number})
    await ears.until(lambda: len(ears.all("pong")) == 2_000)
    assert [message["number"] for message in ears.all("pong")] == list(range(2_000))


async def test_a_ping_is_answered_while_a_player_works(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "spin")
    await ears.first("log")
    process.send({"kind": "ping", "number": 7})
    assert (await ears.first("pong"))["number"] == 7


async def test_a_flood_of_output_is_handed_on_in_pieces_up_to_a_limit(stage: Any) -> None:
    result, ears = await stage.perform("flood", megabytes=1024)
    assert result["outputs"]["result"]["value"] == 1024
    pieces = ears.all("stdout")
    assert sum(map(len, pieces)) == PRINTED_BYTES
    assert max(map(len, pieces)) <= 1 << 20
    cut = (1024 << 20) - PRINTED_BYTES
    assert f"[{cut:,} more bytes were printed and left out]" in ears.text("stderr")
    assert ears.process.health.cut == cut


# -- failures ------------------------------------------------------------------------------------


async def test_an_error_carries_the_players_own_line(stage: Any) -> None:
    failure, _ = await stage.perform("divide", by=0)
    error = failure["error"]
    assert (error["type"], error["cancelled"]) == ("ZeroDivisionError", False)
    assert error["file"].endswith("failing.py")
    assert "# the line that fails" in line_of(error["file"], error["line"])
    assert error["traceback"].count("  File ") == 1, "no line of the program itself is shown"


async def test_the_process_goes_on_after_a_failure(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "divide", task="first")
    stage.run(process, "greet", task="second")
    assert (await ears.outcome("first"))["kind"] == "failure"
    assert (await ears.outcome("second"))["kind"] == "result"


@pytest.mark.parametrize(
    ("player", "kind", "words"),
    [
        ("leave", "SystemExit", "exit"),
        ("interrupt", "KeyboardInterrupt", "interrupted"),
        ("recurse", "RecursionError", "too deeply"),
        ("devour", "MemoryError", "memory"),
        ("unprintable", "MuteError", "RuntimeError"),
        ("wrong_type", "ValueTypeError", "text"),
        ("undecodable", "ValueError", "udcff"),
        ("broken", "NameError", "undefined_name"),
        ("nowhere", "SourceError", "nowhere"),
    ],
)
async def test_whatever_a_player_does_is_a_failure_and_no_silent_death(
    stage: Any, player: str, kind: str, words: str
) -> None:
    process, ears = stage.start()
    stage.run(process, player)
    failure = await ears.outcome()
    assert failure["error"]["type"].endswith(kind)
    assert words in failure["error"]["message"]
    stage.run(process, "greet", task="next")
    assert (await ears.outcome("next"))["kind"] == "result"


# -- ends ----------------------------------------------------------------------------------------


async def test_a_kill_in_the_middle_of_a_task_is_told_with_its_signal(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "kill_itself")
    ending = await ears.ended()
    assert (ending.code, ending.signal) == (None, signal.SIGKILL)
    assert ending.stderr_tail == "last words"
    assert ears.heard[-1][0] == "exit"


async def test_an_exit_in_the_middle_of_a_task_comes_after_all_that_was_said(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "vanish", code=0)
    ending = await ears.ended()
    assert (ending.code, ending.signal) == (0, None)
    assert [message["text"] for message in ears.all("log")] == ["about to go"]
    assert ears.text("stdout") == "printed before the end\n"


@pytest.mark.parametrize("player", ["spin", "sleep", "fork"])
async def test_cancelling_ends_a_loop_and_a_sleep_and_the_process_goes_on(
    stage: Any, player: str
) -> None:
    process, ears = stage.start()
    stage.run(process, player)
    await ears.first("log")
    process.send({"kind": "cancel", "task": "task", "attempt": 1})
    failure = await ears.outcome()
    assert failure["error"]["cancelled"] is True
    stage.run(process, "greet", task="next")
    assert (await ears.outcome("next"))["kind"] == "result"


async def test_cancelling_lets_the_player_tidy_up(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "tidy")
    await ears.first("log")
    process.send({"kind": "cancel", "task": "task", "attempt": 1})
    assert (await ears.outcome())["error"]["cancelled"] is True
    assert [message["text"] for message in ears.all("log")] == ["working", "tidied up"]


async def test_a_player_can_ask_whether_it_is_cancelled(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "poll")
    await ears.first("log")
    process.send({"kind": "cancel", "task": "task", "attempt": 1})
    assert (await ears.outcome())["outputs"]["text"]["value"] == "ended by itself"


async def test_a_task_cancelled_while_it_waits_never_starts_its_player(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "spin", task="first")
    await ears.first("log")
    stage.run(process, "greet", task="second")
    process.send({"kind": "cancel", "task": "second", "attempt": 1})
    process.send({"kind": "cancel", "task": "first", "attempt": 1})
    assert (await ears.outcome("second"))["error"]["cancelled"] is True


async def test_a_cancellation_for_another_attempt_changes_nothing(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "greet")
    process.send({"kind": "cancel", "task": "task", "attempt": 2})
    process.send({"kind": "cancel", "task": "other", "attempt": 1})
    assert (await ears.outcome())["kind"] == "result"


async def test_an_idle_process_that_is_stopped_ends_cleanly(stage: Any) -> None:
    process, ears = stage.start()
    await ears.first("ready")
    process.stop()
    assert (await ears.ended()).clean


@pytest.mark.host(patience=Patience(start=60.0, stop=0.1))
async def test_stopping_ends_a_player_that_does_not_listen(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "stubborn")
    await ears.first("log")
    process.stop()
    assert (await ears.ended()).signal == signal.SIGKILL


async def test_a_process_that_is_stopped_before_it_is_up_ends(stage: Any) -> None:
    process, ears = stage.start()
    process.stop()
    assert (await ears.ended()).signal == signal.SIGKILL


async def test_killing_ends_all_that_the_player_started(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "fork")
    grandchild = int((await ears.first("log"))["text"])
    process.kill()
    assert (await ears.ended()).signal == signal.SIGKILL
    assert gone(grandchild)


async def test_what_a_player_left_running_ends_with_its_process(stage: Any) -> None:
    process, ears = stage.start()
    stage.run(process, "leave_a_child")
    grandchild = (await ears.outcome())["outputs"]["result"]["value"]
    assert process_start_time(grandchild) is not None
    process.stop()
    assert (await ears.ended()).clean
    assert gone(grandchild)


async def test_closing_ends_every_process(stage: Any) -> None:
    started = [stage.start() for _ in range(3)]
    for _, ears in started:
        await ears.first("ready")
    pids = [process.pid for process, _ in started]
    await stage.host.close()
    assert all(ears.exit is not None and ears.exit.clean for _, ears in started)
    assert not any(group_is_alive(pid) for pid in pids)


async def test_a_process_started_after_closing_is_refused(stage: Any) -> None:
    await stage.host.close()
    with pytest.raises(Exception, match="closing"):
        stage.start()


# -- starts that fail ----------------------------------------------------------------------------


async def test_a_python_that_does_not_exist_is_told_as_an_exit(stage: Any) -> None:
    process, ears = stage.start(python=str(stage.folder / "no-python"))
    assert ears.exit is None, "not inside of start"
    ending = await ears.ended()
    assert (ending.code, ending.signal) == (None, None)
    assert "could not be started" in ending.stderr_tail
    assert not ending.clean
    process.send({"kind": "ping", "number": 1})
    process.stop()
    process.kill()


async def test_a_source_that_does_not_exist_ends_the_process_with_the_reason(stage: Any) -> None:
    _, ears = stage.start(source=stage.folder / "missing")
    ending = await ears.ended()
    assert ending.code not in (0, None)
    assert "missing" in ending.stderr_tail
    assert ears.all("ready") == []


async def test_the_id_of_a_running_process_is_not_given_twice(stage: Any) -> None:
    stage.start(process="same")
    with pytest.raises(ValueError, match="same"):
        stage.start(process="same")


async def test_a_message_that_is_none_is_refused_where_it_is_sent(stage: Any) -> None:
    process, ears = stage.start()
    with pytest.raises(WireError):
        process.send({"kind": "sing"})
    await ears.first("ready")
    with pytest.raises(WireError):
        process.send({"kind": "cancel", "task": "t"})
    process.send({"kind": "ping", "number": 1})
    await ears.first("pong")


# -- what a child is given -----------------------------------------------------------------------


async def test_a_player_sees_only_what_it_is_given(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "not for Players")
    process, ears = stage.start(environment={"GIVEN": "for Players"})
    stage.run(process, "look_around", secrets={"token": "open sesame"})
    seen = (await ears.outcome())["outputs"]["result"]["value"]
    assert "SOME_API_KEY" not in seen["environment"]
    assert seen["environment"]["GIVEN"] == "for Players"
    assert seen["secret"] == "open sesame"
    assert "open sesame" not in str(seen["environment"]) + seen["arguments"]
    assert seen["input"] == ""
    assert seen["working_folder"] == str(stage.folder)
    assert seen["scratch"] == str(stage.folder / "task" / "scratch")
    assert seen["leads_its_session"] is True
    assert seen["core_limit"] == 0
    sockets = [name for name in seen["files"] if name.startswith("socket:")]
    assert len(sockets) == 1, "its own, and none of the program's"


async def test_what_a_task_changed_of_its_process_is_put_back_for_the_next(stage: Any) -> None:
    process, ears = stage.start()
    for task in ("first", "second"):
        stage.run(process, "meddle", task=task)
        found = (await ears.outcome(task))["outputs"]["result"]["value"]
        assert found == [str(stage.folder), None, False]
    stage.run(process, "spin", task="third")
    await ears.first("log")
    process.send({"kind": "cancel", "task": "third", "attempt": 1})
    assert (await ears.outcome("third"))["error"]["cancelled"] is True


async def test_a_memory_limit_makes_a_failure_of_what_would_take_the_machine(stage: Any) -> None:
    process, ears = stage.start(quota=Quota(memory_mb=512))
    stage.run(process, "hoard", megabytes=2048)
    assert (await ears.outcome())["error"]["type"] == "MemoryError"
    stage.run(process, "hoard", task="less", megabytes=16)
    assert (await ears.outcome("less"))["kind"] == "result"


def line_of(file: str, number: int) -> str:
    """A line of a file, counted from 1."""
    return Path(file).read_text().splitlines()[number - 1]


def gone(pid: int) -> bool:
    """Wait until a process is gone; a grandchild's end is not ours to reap."""
    import select

    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)

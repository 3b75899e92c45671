"""Runs in a world that fails: a full disk, processes that do not come or go too soon."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plans import melody

from harmony.conductor import runner as runner_module
from harmony.conductor.detail import detail_of
from harmony.conductor.errors import ConductorError, RunBrokenError
from harmony.conductor.events import (
    ProblemNoticed,
    RunChanged,
    TaskChanged,
    TaskProgress,
)
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent, TaskState
from harmony.wire import connection

MakeEngine = Callable[..., Any]


def lines(tally: Path) -> list[str]:
    return tally.read_text(encoding="utf-8").splitlines() if tally.exists() else []


def working(event: Any) -> bool:
    """A task says that it is at work."""
    return isinstance(event, TaskProgress)


def entered(task: str, state: str) -> Callable[[Any], bool]:
    return lambda event: (
        isinstance(event, TaskChanged)
        and (event.task, event.state)
        == (
            task,
            state,
        )
    )


def gated(gate: Path, **parameters: Any) -> Any:
    """Say something, wait until a file is there, say it louder."""
    return melody(
        a=("say", {}, {}),
        b=("wait_for", {"path": str(gate), **parameters}, {"text": "a"}),
        c=("upper", {}, {"text": "b.text"}),
    )


def fill_disk(engine: Any, full: bool = True) -> None:
    """Let the database grow no further, as on a full disk, or let it grow again."""

    def limit(connection: Any) -> None:
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages if full else 1 << 30}").fetchall()

    engine.store.in_transaction(limit)


def owner_of(engine: Any, run: str) -> Any:
    """Whose a run is, when all is written that waits to be."""
    engine.store.in_transaction(lambda _: None)
    return engine.store.leases.owner_of(run)


# -- the disk ------------------------------------------------------------------------------------


def test_a_run_whose_journal_cannot_be_written_waits_with_the_reason_and_goes_on_by_itself(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    # More than the pages of the database have room for.
    more = {f"n{n}": ("upper", {"bad": "x" * 900}, {"text": "b.text"}) for n in range(40)}

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                a=("say", {}, {}), b=("wait_for", {"path": str(gate)}, {"text": "a"}), **more
            )
            runner = engine.conductor.start(drawn, base_folder="/")
            await engine.until(working)
            fill_disk(engine)
            gate.touch()
            noticed = await engine.until(lambda event: isinstance(event, ProblemNoticed))
            assert noticed.run == runner.run
            assert "The run waits" in noticed.message
            assert "is full" in noticed.message

            told = {
                event.task
                for event in engine.events
                if isinstance(event, TaskChanged) and event.state == TaskState.COMPLETED
            }
            kept = detail_of(engine.store, runner.run)
            assert told == {
                task.id for task in kept.tasks.values() if task.state == TaskState.COMPLETED
            }
            assert engine.store.verify_run(runner.run) == []

            fill_disk(engine, full=False)
            assert await runner.finished == RunState.COMPLETED
            assert engine.store.verify_run(runner.run) == []

    asyncio.run(story())


def test_a_log_that_cannot_be_written_is_told_once_and_the_run_goes_on(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            logs = engine.services.data_folder.logs
            logs.rmdir()
            logs.write_text("in the way", encoding="utf-8")
            drawn = melody(a=("count", {"to": 3}, {}), b=("upper", {}, {"text": "a"}))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            problems = [event for event in engine.events if isinstance(event, ProblemNoticed)]
            assert len(problems) == 1
            assert runner.run in problems[0].message

    asyncio.run(story())


def test_nothing_of_a_run_is_left_in_its_working_folders(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(a=("litter", {}, {}), b=("say", {}, {}), c=("die", {}, {"text": "b"}))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            assert list(engine.artifacts.staging.iterdir()) == []
            assert list(engine.services.data_folder.runs_scratch.iterdir()) == []
            assert not [event for event in engine.events if isinstance(event, ProblemNoticed)]

    asyncio.run(story())


def test_tasks_that_write_no_files_make_no_folders(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            runs = engine.services.data_folder.runs_scratch
            found: list[Path] = []

            def look(event: object) -> None:
                if isinstance(event, RunChanged) and event.state == RunState.COMPLETED:
                    found.extend((*runs.iterdir(), *engine.artifacts.staging.glob("*")))

            engine.services.events.subscribe(look)
            drawn = melody(a=("say", {}, {}), b=("upper", {}, {"text": "a"}))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert found == []
            assert runner.removal is None

    asyncio.run(story())


def test_the_end_of_a_run_is_told_before_its_folders_are_gone_and_closing_waits_for_them(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            held, scratch = threading.Event(), engine.services.data_folder.runs_scratch
            with ThreadPoolExecutor(1) as threads:
                asyncio.get_running_loop().set_default_executor(threads)

                def look(event: object) -> None:
                    if isinstance(event, RunChanged) and event.state == RunState.COMPLETED:
                        threads.submit(held.wait)  # what is removed has to wait behind this

                engine.services.events.subscribe(look)
                drawn = melody(a=("litter", {}, {}))
                runner = engine.conductor.start(drawn, base_folder="/")
                try:
                    state = await asyncio.wait_for(asyncio.shield(runner.finished), 60)
                    assert state == RunState.COMPLETED
                    assert list(scratch.iterdir()) != []
                finally:
                    held.set()
                await engine.conductor.close()
                assert list(scratch.iterdir()) == []
                assert list(engine.artifacts.staging.iterdir()) == []

    asyncio.run(story())


def test_a_result_whose_file_changed_meanwhile_is_not_reused(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    source, tally = tmp_path / "source.txt", tmp_path / "tally"
    source.write_text("first", encoding="utf-8")

    async def story() -> None:
        async with make_engine() as engine:
            parameters = {"file": str(source), "tally": str(tally)}
            for _ in range(2):
                source.write_text("first", encoding="utf-8")
                drawn = melody(a=("read_and_change", parameters, {}))
                runner = engine.conductor.start(drawn, base_folder="/")
                assert await runner.finished == RunState.COMPLETED
                [told] = [e for e in engine.events if entered("a", TaskState.COMPLETED)(e)][-1:]
                assert told.cause == "A file that it reads changed while it ran."

    asyncio.run(story())
    assert lines(tally) == ["read", "read"]


# -- processes -----------------------------------------------------------------------------------


def test_a_missing_interpreter_fails_the_task_and_says_so(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine(python="/no/such/python") as engine:
            runner = engine.conductor.start(melody(a=("say", {}, {})), base_folder="/")
            assert await runner.finished == RunState.FAILED
            error = runner.core.tracker.tasks["a"].error
            assert "did not start" in error["message"]
            assert "/no/such/python" in error["message"]
            assert engine.pool.processes == {}

    asyncio.run(story())


def test_a_package_that_never_comes_up_is_not_started_for_each_of_its_tasks(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    tally, python = tmp_path / "tally", tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\necho start >> {tally}\necho 'the library is missing' >&2\nexit 3\n",
        encoding="utf-8",
    )
    python.chmod(0o700)

    async def story() -> None:
        async with make_engine(python=str(python)) as engine:
            drawn = melody(**{f"n{number}": ("say", {}, {}) for number in range(40)})
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            errors = [task.error for task in runner.core.tracker.tasks.values()]
            assert all(error["message"].endswith("the library is missing") for error in errors)

    asyncio.run(story())
    assert len(lines(tally)) < 10


def test_a_process_that_died_between_two_tasks_fails_neither(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine(cpu_slots=1) as engine:
            first = engine.conductor.start(melody(a=("say_afresh", {}, {})), base_folder="/")
            assert await first.finished == RunState.COMPLETED
            [process] = engine.pool.processes.values()

            def kill(event: Any) -> None:
                # The task is given out next: the pool still takes the process for a warm one.
                if entered("a", TaskState.ALLOCATED)(event):
                    os.kill(process.pid, signal.SIGKILL)

            engine.services.events.subscribe(kill)
            second = engine.conductor.start(melody(a=("say_afresh", {}, {})), base_folder="/")
            assert await second.finished == RunState.COMPLETED
            [attempt] = detail_of(engine.store, second.run).tasks["a"].attempts
            assert attempt.process != process.id

    asyncio.run(story())


def test_a_crash_costs_no_attempt_of_those_that_were_only_sent_ahead(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine(cpu_slots=1) as engine:
            words = "deadly a b deadly c d e f g h i j"
            drawn = melody(
                words=("say", {"text": words}, {}),
                split=("split", {}, {"text": "words"}),
                each=("die_of", {"word": "deadly"}, {"text": "split.texts"}),
            )
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            tasks = detail_of(engine.store, runner.run).tasks
            for place, word in enumerate(words.split()):
                task = tasks[f"each[{place}]"]
                died = word == "deadly"
                assert task.state == (TaskState.FAILED if died else TaskState.COMPLETED)
                assert len(task.attempts) == 1
            used = {task.attempts[0].process for name, task in tasks.items() if "[" in name}
            assert len(used) > 1  # the deadly ones took processes with them

    asyncio.run(story())


def test_what_does_not_fit_into_a_message_fails_its_task_alone(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FRAME_LIMIT_TO_CHILD", 100_000)

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(a=("say_afresh", {"text": "x" * 200_000}, {}), b=("say", {}, {}))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            tasks = runner.core.tracker.tasks
            assert "could not be sent" in tasks["a"].error["message"]
            assert tasks["b"].state == TaskState.COMPLETED

    asyncio.run(story())


# -- a person who changes their mind -------------------------------------------------------------


def test_cancel_while_a_task_waits_for_its_process(make_engine: MakeEngine, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 1000\n", encoding="utf-8")
    python.chmod(0o700)

    async def story() -> None:
        async with make_engine(python=str(python)) as engine:
            runner = engine.conductor.start(melody(a=("say", {}, {})), base_folder="/")
            await engine.until(entered("a", TaskState.ALLOCATED))
            runner.cancel()
            runner.cancel()
            assert await runner.finished == RunState.CANCELLED

    asyncio.run(story())


def test_cancel_while_an_output_is_being_stored(make_engine: MakeEngine) -> None:
    held = threading.Event()

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        async with make_engine() as engine:
            blocked = loop.run_in_executor(None, held.wait)
            runner = engine.conductor.start(melody(a=("rows", {}, {})), base_folder="/")
            await engine.until(entered("a", TaskState.STORING))
            runner.cancel()
            assert await runner.finished == RunState.CANCELLED
            held.set()
            await blocked
            other = engine.conductor.start(melody(a=("rows", {}, {})), base_folder="/")
            assert await other.finished == RunState.COMPLETED
            assert detail_of(engine.store, runner.run).tasks["a"].outputs == {}

    asyncio.run(story())


def test_cancel_while_a_task_waits_for_its_retry(make_engine: MakeEngine, tmp_path: Path) -> None:
    async def story() -> None:
        async with make_engine(retry_base=1000.0) as engine:
            drawn = melody(
                a=("say", {}, {}),
                b=("fail_until", {"path": str(tmp_path / "there")}, {"text": "a"}),
            )
            drawn.nodes["b"] = replace(drawn.nodes["b"], retries=3)
            runner = engine.conductor.start(drawn, base_folder="/")
            await engine.until(entered("b", TaskState.RETRYING))
            runner.cancel()
            assert await runner.finished == RunState.CANCELLED
            assert len(detail_of(engine.store, runner.run).tasks["b"].attempts) == 1

    asyncio.run(story())


def test_a_process_lost_while_its_task_is_cancelled_is_no_failure(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            runner = engine.conductor.start(melody(a=("die_on_cancel", {}, {})), base_folder="/")
            await engine.until(working)
            [process] = engine.pool.processes.values()
            runner.cancel()
            assert await runner.finished == RunState.CANCELLED
            other = engine.conductor.start(melody(a=("say", {}, {})), base_folder="/")
            assert await other.finished == RunState.COMPLETED
            assert detail_of(engine.store, runner.run).tasks["a"].error is None
            await engine.pool_is(lambda: process.id not in engine.pool.processes)
            assert runner.core.tracker.tasks["a"].state == TaskState.CANCELLED

    asyncio.run(story())


def test_pause_and_resume_may_be_said_twice(make_engine: MakeEngine, tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    async def story() -> None:
        async with make_engine() as engine:
            runner = engine.conductor.start(gated(gate), base_folder="/")
            await engine.until(working)
            runner.pause()
            runner.pause()
            assert engine.conductor.resume(runner.run) is runner
            assert runner.status == RunState.EXECUTING
            runner.resume()
            gate.touch()
            assert await runner.finished == RunState.COMPLETED

    asyncio.run(story())


def test_a_retry_at_the_very_moment_of_the_failure_is_one_more_attempt(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                a=("say", {}, {}),
                b=("fail_until", {"path": str(tmp_path / "there")}, {"text": "a"}),
            )
            runner = engine.conductor.start(drawn, base_folder="/")

            def try_again(event: Any) -> None:
                if isinstance(event, RunChanged) and event.state == RunState.FAILED:
                    engine.conductor.retry(runner.run)
                    with pytest.raises(ConductorError, match="has not ended"):
                        engine.conductor.retry(runner.run)

            engine.services.events.subscribe(try_again)
            again = runner
            assert await again.finished == RunState.COMPLETED
            assert len(detail_of(engine.store, runner.run).tasks["b"].attempts) == 2
            assert owner_of(engine, runner.run) is None

    asyncio.run(story())


def test_what_has_ended_is_neither_resumed_nor_tried_again(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            runner = engine.conductor.start(melody(a=("say", {}, {})), base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            with pytest.raises(ConductorError, match="nothing to resume"):
                engine.conductor.resume(runner.run)
            with pytest.raises(ConductorError, match="nothing to retry"):
                engine.conductor.retry(runner.run)
            assert owner_of(engine, runner.run) is None
            assert engine.conductor.runners == {}

    asyncio.run(story())


def test_two_runs_at_once_share_the_slots_and_both_end(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine(cpu_slots=1) as engine:

            def drawn(word: str) -> Any:
                return melody(
                    words=("say_afresh", {"text": f"{word} {word}"}, {}),
                    split=("split", {}, {"text": "words"}),
                    upper=("upper", {}, {"text": "split.texts"}),
                    join=("join", {}, {"texts": "upper.text"}),
                )

            runners = [
                engine.conductor.start(drawn(word), base_folder="/") for word in ("one", "two")
            ]
            assert [await runner.finished for runner in runners] == [RunState.COMPLETED] * 2
            assert [engine.text(runner, "join") for runner in runners] == ["ONE+ONE", "TWO+TWO"]

    asyncio.run(story())


def test_a_run_that_is_left_before_its_first_commit_can_be_resumed(
    make_engine: MakeEngine,
) -> None:
    async def first() -> str:
        async with make_engine() as engine:
            runner = engine.conductor.start(melody(a=("say", {}, {})), base_folder="/")
            engine.conductor.leave_all()
            return str(runner.run)

    async def second(run: str) -> None:
        async with make_engine() as engine:
            [interrupted] = engine.store.leases.interrupted()
            assert interrupted.id == run
            assert await engine.conductor.resume(run).finished == RunState.COMPLETED
            assert engine.store.verify_run(run) == []

    asyncio.run(second(asyncio.run(first())))


def test_a_retry_that_finds_everything_known_at_once_tells_it_all(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    source = tmp_path / "source.txt"
    drawn = melody(
        read=("read", {"file": str(source)}, {}),
        split=("split", {}, {"text": "read.text"}),
        upper=("upper", {}, {"text": "split.texts"}),
    )

    async def story() -> None:
        async with make_engine() as engine:
            source.write_text("one two", encoding="utf-8")
            await engine.conductor.start(drawn, base_folder="/").finished
            source.unlink()
            failed = engine.conductor.start(drawn, base_folder="/")
            assert await failed.finished == RunState.FAILED
            source.write_text("one two", encoding="utf-8")
            again = engine.conductor.retry(failed.run)
            assert await again.finished == RunState.COMPLETED
            told = {
                (event.task, event.state)
                for event in engine.events
                if isinstance(event, TaskChanged) and event.run == failed.run
            }
            assert {("upper", TaskState.PENDING), ("upper[1]", TaskState.REUSED)} <= told

    asyncio.run(story())


# -- mistakes of the program ---------------------------------------------------------------------


def test_a_step_that_breaks_a_rule_is_not_written_and_ends_that_run_alone(
    make_engine: MakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    right = runner_module.step

    def wrong(state: Any, fact: Any) -> Any:
        records, commands = right(state, fact)
        if type(fact).__name__ == "Done":
            place, kept = next(
                (place, record)
                for place, record in enumerate(records)
                if record.event == TaskEvent.ARTIFACT_STORED
            )
            records.insert(place + 1, kept)
        return records, commands

    async def story() -> None:
        async with make_engine() as engine:
            other = engine.conductor.start(gated(gate), base_folder="/")
            await engine.until(working)
            monkeypatch.setattr(runner_module, "step", wrong)
            runner = engine.conductor.start(melody(x=("say_afresh", {}, {})), base_folder="/")
            with pytest.raises(RunBrokenError, match="task:x"):
                await runner.finished
            monkeypatch.undo()
            # Its beginning may have waited to share a commit with its end, which never came.
            kept = detail_of(engine.store, runner.run).tasks["x"].state
            assert kept in (TaskState.ALLOCATED, TaskState.EXECUTING)
            gate.touch()
            assert await other.finished == RunState.COMPLETED
            assert await engine.conductor.resume(runner.run).finished == RunState.COMPLETED

    asyncio.run(story())


def test_a_listener_that_fails_does_not_hold_up_the_run(make_engine: MakeEngine) -> None:
    failures: list[str] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(str(context["exception"])))
        async with make_engine() as engine:

            def deaf(event: Any) -> None:
                raise BrokenPipeError("nobody hears")

            engine.services.events.subscribe(deaf)
            runner = engine.conductor.start(
                melody(a=("say", {}, {}), b=("upper", {}, {"text": "a"})), base_folder="/"
            )
            assert await runner.finished == RunState.COMPLETED

    asyncio.run(story())
    assert set(failures) == {"nobody hears"}

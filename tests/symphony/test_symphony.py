"""The facade, as Board, terminal and scripts use it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from symphony_stories import melody, tell

from harmony.conductor.errors import ConductorError, ResumeRefusedError
from harmony.conductor.events import RunChanged, RunsChangedElsewhere, TaskChanged
from harmony.foundation.errors import HarmonyError
from harmony.melody.file import save
from harmony.polyphony.errors import LeaseError
from harmony.polyphony.leases import Owner
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony
from harmony.symphony.running import MOST_CRASHES

WORKS = "return Text(text.upper() + mark)"
FAILS = 'raise PlayerError("lost its voice")'

Write = Callable[[str], None]


def shouting(mark: str = "!") -> Any:
    return melody(
        word=("mine/say", {"text": "hush"}, {}),
        shout=("mine/shout", {"mark": mark}, {"text": "word.text"}),
    )


def text_of(symphony: Symphony, run: str, task: str) -> str:
    return symphony.value(symphony.show(run).tasks[task].outputs["text"]).decode()


# -- Players that change -------------------------------------------------------------------------


def test_a_player_that_was_mended_is_tried_again_as_it_is_now(own_players: Write) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        failed = await symphony.start(shouting())
        assert await failed.finished() == RunState.FAILED
        own_players(WORKS)
        mended = await symphony.retry(failed.id)
        assert await mended.finished() == RunState.COMPLETED
        assert mended.id != failed.id
        assert symphony.show(mended.id).summary.parent == failed.id
        assert text_of(symphony, mended.id, "shout") == "HUSH!"

    tell(story)


def test_a_player_that_was_edited_runs_as_it_is_now_in_the_next_run(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        first = await symphony.start(shouting())
        await first.finished()
        own_players("return Text(text.upper() * 2 + mark)")
        second = await symphony.start(shouting())
        assert await second.finished() == RunState.COMPLETED
        assert text_of(symphony, second.id, "shout") == "HUSHHUSH!"

    tell(story)


def left_paused() -> str:
    """A run that is under way when the program is closed."""

    async def left() -> str:
        async with await Symphony.open() as symphony:
            run = await symphony.start(shouting())
            run.pause()
            return run.id

    return asyncio.run(left())


def test_a_run_whose_players_changed_is_not_resumed_unasked_and_can_be_taken_along(
    own_players: Write,
) -> None:
    own_players(WORKS)
    run = left_paused()
    own_players("return Text(text.upper() * 2 + mark)")

    async def story(symphony: Symphony) -> None:
        with pytest.raises(ResumeRefusedError, match=r"“mine”.*--migrate"):
            await symphony.resume(run)
        assert [found.id for found in symphony.interrupted_runs()] == [run], "it is as it was"
        child = await symphony.migrate(run)
        assert await child.finished() == RunState.COMPLETED
        assert symphony.show(child.id).summary.parent == run
        assert text_of(symphony, child.id, "shout") == "HUSHHUSH!"
        assert symphony.interrupted_runs() == []

    tell(story)


def test_a_run_that_outlives_closed_programs_is_resumed_as_often_as_one_likes(
    own_players: Write,
) -> None:
    own_players(WORKS)
    run = left_paused()

    async def gone_on_with(*, to_the_end: bool) -> str:
        async with await Symphony.open() as symphony:
            resumed = await symphony.resume(run)
            if to_the_end:
                return await resumed.finished()
            resumed.pause()
            return resumed.status

    for _ in range(MOST_CRASHES):
        assert asyncio.run(gone_on_with(to_the_end=False)) == RunState.PAUSED
    assert asyncio.run(gone_on_with(to_the_end=True)) == RunState.COMPLETED


def test_a_run_that_cannot_be_taken_along_stays_as_it_was(own_players: Write) -> None:
    own_players(WORKS)
    run = left_paused()
    own_players("this is no Python")

    async def story(symphony: Symphony) -> None:
        with pytest.raises(HarmonyError):
            await symphony.migrate(run)
        assert [found.id for found in symphony.interrupted_runs()] == [run]
        assert len(symphony.runs()) == 1

    tell(story)


def test_code_that_changed_during_a_run_does_not_run_in_the_name_of_the_old(
    own_players: Write,
) -> None:
    own_players(WORKS)
    run = left_paused()
    own_players(FAILS.replace("lost", "has lost"))

    async def story(symphony: Symphony) -> None:
        [interrupted] = symphony.interrupted_runs()
        assert interrupted.id == run
        resumed = await symphony.resume(run, anyway=True)
        assert await resumed.finished() == RunState.FAILED
        tasks = symphony.show(run).tasks
        error = next(task.error for task in tasks.values() if task.error is not None)
        assert error["code"] == "conductor.package_changed"
        assert "“mine”" in error["message"]
        own_players(WORKS)
        child = await symphony.retry(run)
        assert await child.finished() == RunState.COMPLETED

    tell(story)


def test_code_that_changes_while_a_task_waits_for_its_turn_does_not_run(
    own_players: Write, harmony_home: Path
) -> None:
    own_players(WORKS)
    settings = json.loads((harmony_home / "settings.json").read_text(encoding="utf-8"))
    (harmony_home / "settings.json").write_text(json.dumps({**settings, "cpu_slots": 1}))

    async def story(symphony: Symphony) -> None:
        # The first task has the only slot when the other one is looked up.
        def edit(event: Any) -> None:
            if isinstance(event, TaskChanged) and event.state == TaskState.STORING:
                own_players(FAILS)

        symphony.events.subscribe(edit)
        drawn = melody(first=("mine/say", {}, {}), second=("mine/say", {"text": "other"}, {}))
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.FAILED
        task = symphony.show(run.id).tasks["second"]
        assert task.error is not None
        assert task.error["code"] == "conductor.package_changed"
        assert len(task.attempts) == 1, "it was found when its turn had come"

    tell(story)


# -- retry ---------------------------------------------------------------------------------------


def test_a_retry_keeps_what_was_given_to_the_run(own_players: Write, tmp_path: Path) -> None:
    own_players('return Text(text) if mark == "?" else int(mark)')
    path = tmp_path / "shouting.melody"
    save(path, shouting())

    async def story(symphony: Symphony) -> None:
        failed = await symphony.start_file(path, overrides={"shout.mark": "no number"})
        assert await failed.finished() == RunState.FAILED
        same = await symphony.retry(failed.id, shouting(), path=path)
        assert same.id == failed.id, "the file has not changed"
        assert await same.finished() == RunState.FAILED

        changed = shouting()
        changed.nodes["word"] = replace(changed.nodes["word"], parameters={"text": "other"})
        child = await symphony.retry(failed.id, changed, path=path)
        assert child.id != failed.id
        await child.finished()
        task = symphony.show(child.id).tasks["shout"]
        assert task.parameters["mark"] == "no number"

    tell(story)


def test_what_another_program_drives_is_left_to_it(own_players: Write) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        failed = await symphony.start(shouting())
        await failed.finished()
        store = symphony.house.store
        from harmony.foundation.processes import boot_id, process_start_time

        parent = Owner(os.getppid(), process_start_time(os.getppid()) or "", boot_id())
        store.leases.release(failed.id)
        store.leases.take(failed.id, parent)
        with pytest.raises(LeaseError, match=str(parent.pid)):
            await symphony.retry(failed.id)
        assert store.leases.owner_of(failed.id) == parent

    tell(story)


def test_what_has_completed_is_not_resumed(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        run = await symphony.start(shouting())
        await run.finished()
        with pytest.raises(ConductorError, match="nothing to resume"):
            await symphony.resume(run.id)

    tell(story)


def test_an_interrupted_run_can_be_discarded(own_players: Write) -> None:
    own_players(WORKS)

    async def left() -> str:
        async with await Symphony.open() as symphony:
            run = await symphony.start(shouting())
            run.pause()
            return run.id

    run = asyncio.run(left())

    async def story(symphony: Symphony) -> None:
        await symphony.discard(run)
        assert symphony.runs()[0].state == RunState.CANCELLED
        assert symphony.interrupted_runs() == []

    tell(story)


# -- what is skipped and why ---------------------------------------------------------------------


def test_a_skipped_task_names_what_failed_by_its_title(own_players: Write) -> None:
    own_players(FAILS)
    drawn = melody(
        word=("mine/say", {}, {}),
        shout=("mine/shout", {}, {"text": "word.text"}),
        last=("mine/shout", {}, {"text": "shout.text"}),
    )
    drawn.nodes["shout"] = replace(drawn.nodes["shout"], title="Call them")

    async def story(symphony: Symphony) -> None:
        run = await symphony.start(drawn)
        await run.finished()
        cause = symphony.show(run.id).tasks["last"].cause
        assert cause is not None
        assert cause["title"] == "Call them"
        assert cause["node"] == "shout"

    tell(story)


# -- other programs ------------------------------------------------------------------------------


def test_a_run_in_a_terminal_is_told_to_an_open_board(own_players: Write, tmp_path: Path) -> None:
    own_players(WORKS)
    path = tmp_path / "shouting.melody"
    save(path, shouting())

    async def story(symphony: Symphony) -> None:
        heard: list[Any] = []
        ended = asyncio.get_running_loop().create_future()

        def hear(event: Any) -> None:
            heard.append(event)
            if isinstance(event, RunChanged) and event.state == RunState.COMPLETED:
                ended.set_result(event.run)

        symphony.events.subscribe(hear)
        own = await symphony.start(shouting("own"))
        symphony.watch_elsewhere(every=0.05)
        symphony.watch_elsewhere(every=0.05)
        await own.finished()
        assert await ended == own.id
        ended = asyncio.get_running_loop().create_future()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "harmony", "run", str(path),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        other = await ended
        assert await process.wait() == 0
        assert symphony.runs()[0].id == other

        named = [event.runs for event in heard if isinstance(event, RunsChangedElsewhere)]
        assert set(named) == {(other,)}, "this program's own runs are told once"
        moves = [e for e in heard if isinstance(e, TaskChanged) and e.run == other]
        assert [move.state for move in moves if move.task == "shout"] == [
            TaskState.READY,
            TaskState.ALLOCATED,
            TaskState.EXECUTING,
            TaskState.STORING,
            TaskState.COMPLETED,
        ]
        assert symphony.active_runs() == []

    tell(story)


# -- problems ------------------------------------------------------------------------------------


def test_a_loss_in_the_store_is_a_problem_to_be_shown(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        assert symphony.problems == []
        await (await symphony.start(shouting())).finished()
        home = symphony.house.data_folder
        lost.append(home.database.read_bytes())
        await (await symphony.start(shouting("?"))).finished()

    lost: list[bytes] = []
    tell(story)

    async def restored(symphony: Symphony) -> None:
        assert [problem.code for problem in symphony.problems] == ["polyphony.commits_missing"]

    from harmony.foundation.paths import data_folder

    database = data_folder().database
    if len(lost[0]) > 4096:
        database.write_bytes(lost[0])
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
    tell(restored)


def test_a_listener_that_fails_lands_where_errors_of_the_loop_land(own_players: Write) -> None:
    own_players(WORKS)
    seen: list[str] = []

    async def story(symphony: Symphony) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: seen.append(context["message"]))

        def deaf(event: Any) -> None:
            raise ValueError("cannot hear")

        stop = symphony.events.subscribe(deaf)
        assert await (await symphony.start(shouting())).finished() == RunState.COMPLETED
        stop()

    tell(story)
    assert "A listener failed at TaskChanged" in seen

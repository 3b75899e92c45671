"""A folder of Players that changes while the program runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from symphony_stories import melody, tell

from harmony.conductor.events import Event, PlayersChanged, PoolChanged, RunChanged
from harmony.foundation.settings import load, save
from harmony.orchestra.folders import add_folder as with_folder
from harmony.orchestra.folders import remove_folder as without_folder
from harmony.states.melody_execution import RunState
from harmony.symphony import Symphony

Write = Callable[[str], None]

WHISPER = """
from harmony.players import Text, operator


@operator("Whisper", category="Mine", deterministic=True)
def whisper(text: Text) -> Text:
    return Text(text.lower())
"""


class Changes:
    """Waits for the next word that Players have changed."""

    def __init__(self, symphony: Symphony) -> None:
        self._heard: asyncio.Queue[PlayersChanged] = asyncio.Queue()
        symphony.events.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, PlayersChanged):
            self._heard.put_nowait(event)

    async def next(self) -> tuple[str, ...]:
        return (await asyncio.wait_for(self._heard.get(), 30)).packages


def test_a_new_file_of_players_is_in_the_catalogue_and_runs_without_a_restart(
    own_players: Write, tmp_path: Path
) -> None:
    own_players("return Text(text + mark)")

    async def story(symphony: Symphony) -> None:
        changes = Changes(symphony)
        assert symphony.catalogue.spec("mine/whisper") is None
        (tmp_path / "mine" / "soft.py").write_text(WHISPER, encoding="utf-8")
        assert await changes.next() == ("mine",)
        assert symphony.catalogue.spec("mine/whisper") is not None
        drawn = melody(
            say=("mine/say", {"text": "HUSH"}, {}), soft=("mine/whisper", {}, {"text": "say.text"})
        )
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.COMPLETED
        assert symphony.value(symphony.show(run.id).tasks["soft"].outputs["text"]) == b"hush"

    tell(story)


def test_a_changed_file_reaches_new_processes_and_the_old_ones_end(own_players: Write) -> None:
    own_players("return Text(text + mark)")
    drawn = melody(say=("mine/say", {}, {}), shout=("mine/shout", {}, {"text": "say.text"}))

    async def story(symphony: Symphony) -> None:
        changes, pool = Changes(symphony), symphony.house.pool
        first = await symphony.start(drawn)
        await first.finished()
        old = set(pool.processes)
        assert old, "what ran is kept warm"
        own_players("return Text(text * 2 + mark)")
        assert await changes.next() == ("mine",)
        await _until_gone(symphony, old)
        second = await symphony.start(drawn)
        assert await second.finished() == RunState.COMPLETED
        shouted = symphony.show(second.id).tasks["shout"].outputs["text"]
        assert symphony.value(shouted) == b"hellohello!"

    tell(story)


def test_what_was_warmed_for_the_melody_in_front_is_warmed_anew(own_players: Write) -> None:
    own_players("return Text(text + mark)")
    drawn = melody(say=("mine/say", {}, {}), shout=("mine/shout", {}, {"text": "say.text"}))

    async def story(symphony: Symphony) -> None:
        changes, pool = Changes(symphony), symphony.house.pool
        symphony.melody_opened(drawn)
        own_players("return Text(text * 2 + mark)")
        await changes.next()
        package = symphony.catalogue.package_of("mine/shout")
        assert package is not None
        assert package.hash in {process.package.hash for process in pool.processes.values()}

    tell(story)


def test_a_file_that_cannot_be_read_any_more_is_told_and_comes_back_when_mended(
    own_players: Write, tmp_path: Path
) -> None:
    own_players("return Text(text + mark)")

    async def story(symphony: Symphony) -> None:
        changes = Changes(symphony)
        (tmp_path / "mine" / "loud.py").write_text("def oops(:\n", encoding="utf-8")
        assert await changes.next() == ("mine",)
        assert symphony.catalogue.spec("mine/shout") is None
        assert "loud.py" in str(symphony.catalogue.problems[0])
        own_players("return Text(text + mark)")
        assert await changes.next() == ("mine",)
        assert symphony.catalogue.spec("mine/shout") is not None
        assert not symphony.catalogue.problems

    tell(story)


def test_a_folder_that_another_program_adds_or_removes_is_noticed(
    own_players: Write, tmp_path: Path, harmony_home: Path
) -> None:
    own_players("return Text(text + mark)")
    other = tmp_path / "other"
    other.mkdir()
    (other / "soft.py").write_text(WHISPER, encoding="utf-8")
    settings = harmony_home / "settings.json"

    async def story(symphony: Symphony) -> None:
        changes = Changes(symphony)
        save(settings, with_folder(load(settings), other))
        assert await changes.next() == ("other",)
        assert symphony.catalogue.spec("other/whisper") is not None
        save(settings, without_folder(load(settings), other))
        assert await changes.next() == ("other",)
        assert symphony.catalogue.spec("other/whisper") is None

    tell(story)


def test_the_process_of_a_melody_that_is_about_to_run_starts_before_its_first_record_is_told(
    own_players: Write,
) -> None:
    own_players("return Text(text + mark)")

    async def story(symphony: Symphony) -> None:
        seen: list[int] = []

        def look(event: Event) -> None:
            if isinstance(event, RunChanged):
                seen.append(len(symphony.house.pool.processes))

        symphony.events.subscribe(look)
        run = await symphony.start(melody(say=("mine/say", {}, {})))
        assert await run.finished() == RunState.COMPLETED
        assert seen[0] == 1

    tell(story)


async def _until_gone(symphony: Symphony, processes: set[str]) -> None:
    gone = asyncio.Event()

    def look(event: Event) -> None:
        if isinstance(event, PoolChanged) and not processes & set(event.processes):
            gone.set()

    end = symphony.events.subscribe(look)
    if processes & set(symphony.house.pool.processes):
        await asyncio.wait_for(gone.wait(), 30)
    end()

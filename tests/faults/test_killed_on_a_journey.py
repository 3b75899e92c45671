"""A program that does everything once, killed at a named place, and begun again until it is done.

Beside runs, with their retries and files: a pause, a checkpoint, a cancelled run, the save of a
melody, an older store that is brought along, and a crash while the program recovers from a crash,
twice over. Whatever the place: the same results by their hashes as in an undisturbed journey, what
was finished is not done again, and an outside effect happens once more than there were kills at
most.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import apsw
import journey
import pytest
from forking import Programs, said
from killing import lines, stored_runs

from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import KNOWN
from harmony.foundation.paths import data_folder
from harmony.melody.file import load
from harmony.polyphony.schema import VERSION, backup_of
from harmony.polyphony.store import open_store
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent, TaskState

OLDER = "the store becomes one of version 4"
"""In place of a failpoint: what an older program would have left."""

SHORT = (
    "artifacts.synced:1",
    "rename.renamed:1",
    "durable.renamed:1",
    "checkpoint.written:1",
    "run.retry_scheduled:1",
    "run.pausing:1",
    "run.cancelling:1",
    f"run.output_kept:4 > {OLDER} > store.migrating:1",
    "run.output_kept:5 > run.recovering:1 > run.recovering:1",
    "run.dispatched:3 > store.opened:1 > run.taken_over:1",
)
ONE_KILL = (
    *(f"run.created:{hit}" for hit in (1, 2)),
    *(f"run.decided:{hit}" for hit in (1, 2, 5, 9, 14)),
    *(f"run.committed:{hit}" for hit in (1, 2, 5, 9, 14)),
    *(f"run.looked_up:{hit}" for hit in (1, 5)),
    *(f"run.slot_granted:{hit}" for hit in (1, 4, 8)),
    *(f"run.dispatching:{hit}" for hit in (1, 4, 9)),
    *(f"run.dispatched:{hit}" for hit in (1, 4, 9)),
    *(f"run.started:{hit}" for hit in (1, 4, 9)),
    *(f"run.result_received:{hit}" for hit in (1, 4, 8)),
    *(f"run.output_kept:{hit}" for hit in (1, 4, 8)),
    *(f"run.finished:{hit}" for hit in (1, 2)),
    *(f"store.before_commit:{hit}" for hit in (1, 2, 3, 5, 8, 12, 16)),
    *(f"store.after_commit:{hit}" for hit in (1, 2, 3, 5, 8, 12)),
    *(f"store.after_high_water:{hit}" for hit in (1, 2, 3, 5, 8, 12)),
    "artifacts.staged:1",
    "rename.started:1",
    "rename.done:1",
    *(f"durable.{step}:1" for step in ("started", "created", "written", "synced", "done")),
    "melody.save:1",
    "checkpoint.collected:1",
    "checkpoint.durable:1",
    "run.going_on:1",
    "store.opened:1",
)
SEVERAL_KILLS = (
    *(
        f"run.output_kept:4 > {OLDER} > {place}:1"
        for place in ("store.older_kept", "rename.started", "rename.renamed", "rename.done")
    ),
    f"run.output_kept:4 > {OLDER} > store.migrating:1 > store.migrating:1",
    *(
        f"run.output_kept:5 > {place}:1 > {place}:1"
        for place in (
            "store.opened",
            "run.taken_over",
            "run.decided",
            "run.committed",
            "store.before_commit",
            "store.after_commit",
            "store.after_high_water",
            "run.dispatched",
        )
    ),
    "run.cancelling:1 > run.recovering:1 > run.cancelling:1",
    "checkpoint.written:1 > run.taken_over:1 > checkpoint.written:1",
)
LONG = (*SHORT, *ONE_KILL, *SEVERAL_KILLS)


@dataclass
class Story:
    """What happened in a place."""

    place: Path
    kills: int = 0
    codes: list[int] = field(default_factory=list)
    finished: list[dict[str, tuple[int, set[str]]]] = field(default_factory=list)
    """After each kill: by run, its last record, and the tasks that were finished then."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All places in the long form; some of each kind in the short one."""
    if "places" in metafunc.fixturenames:
        metafunc.parametrize("places", LONG if metafunc.config.getoption("--all") else SHORT)


def lived(programs: Programs, place: Path, places: str) -> Story:
    """Kill the program at each of these places in turn, then let it come to its end."""
    story = Story(place)
    journey.prepare(place)
    for failpoint in places.split(" > ") if places else ():
        if failpoint == OLDER:
            make_older(place)
            continue
        story.codes.append(programs.live("everything", place, failpoint))
        story.kills += 1
        if OLDER not in places:  # looking would bring the store up to date
            story.finished.append(finished_in(place))
    story.codes.append(programs.live("everything", place))
    return story


def finished_in(place: Path) -> dict[str, tuple[int, set[str]]]:
    """By run: its last record, and its finished tasks. Every chain is checked on the way."""
    found = stored_runs(place / "home")
    with open_store(data_folder(place / "home"), SystemClock()) as store:
        return {
            run.id: (store.last_sequence(run.id), run.tasks_in(TaskState.COMPLETED))
            for run in found
        }


def make_older(place: Path) -> None:
    """Take back the last step of the tables, as if the program had been an older one."""
    connection = apsw.Connection(str(data_folder(place / "home").database))
    connection.execute("BEGIN")
    for trigger in ("all_of_a_checkpoint_goes", "runs_of_a_checkpoint_stay"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for table in ("", "_runs", "_entities", "_artifacts"):
        connection.execute(f"DROP TABLE checkpoint{table or 's'}")
    connection.execute("DROP TABLE entity_states")
    connection.execute("DROP INDEX runs_by_parent")
    connection.execute("ALTER TABLE runs DROP COLUMN parent_sequence")
    connection.execute(
        "CREATE TABLE checkpoints (id TEXT PRIMARY KEY, run TEXT NOT NULL,"
        " sequence INTEGER NOT NULL, label TEXT NOT NULL, at REAL NOT NULL) STRICT;"
        "CREATE INDEX checkpoints_by_run ON checkpoints (run);"
    )
    connection.execute("PRAGMA user_version = 4")
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture(scope="module")
def stories(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Story]]:
    """The story of each place that is tested, and of none (""); two at a time."""
    asked = [
        item.callspec.params["places"]  # type: ignore[attr-defined]
        for item in request.session.items
        if item.path == Path(__file__) and "places" in getattr(item, "fixturenames", ())
    ]
    with Programs() as first, Programs() as second, ThreadPoolExecutor(2) as pool:
        free: SimpleQueue[Programs] = SimpleQueue()
        free.put(first)
        free.put(second)

        def live(places: str) -> Story:
            programs = free.get()
            try:
                return lived(programs, tmp_path_factory.mktemp("journey"), places)
            finally:
                free.put(programs)

        yield dict(zip(("", *asked), pool.map(live, ("", *asked)), strict=True))


def test_there_are_enough_places_and_each_is_a_failpoint_of_the_program() -> None:
    steps = {step for places in LONG for step in places.split(" > ")} - {OLDER}
    assert {step.partition(":")[0] for step in steps} <= set(KNOWN)
    assert len(steps) >= 40
    assert len(set(LONG)) == len(LONG)
    assert VERSION == 5, "make_older takes back the last step of the tables: adapt it"


def test_a_journey_comes_to_its_end_after_kills_at(places: str, stories: dict[str, Story]) -> None:
    story, undisturbed = stories[places], stories[""]
    assert undisturbed.codes == [0], said(undisturbed.place)
    *killed, last = story.codes
    assert killed == [-signal.SIGKILL] * story.kills, said(story.place)
    assert last == 0, said(story.place)

    assert hashes(story.place) == hashes(undisturbed.place)
    assert load(story.place / "own.melody").name == "edited"
    if OLDER in places:
        assert backup_of(data_folder(story.place / "home").database, 4).exists()

    tally = Counter(lines(story.place / "tally"))
    assert tally.keys() == set(lines(undisturbed.place / "tally"))
    assert max(tally.values()) <= story.kills + 1

    with open_store(data_folder(story.place / "home"), SystemClock()) as store:
        assert store.problems == []
        assert store.verify_system() == []
        for finished in story.finished:
            for run, (sequence, tasks) in finished.items():
                again = {
                    record.machine.partition(":")[2]
                    for record in store.journal(run, sequence)
                    if record.event == TaskEvent.ALLOCATE_PLAYER
                }
                assert not again & tasks, "a finished task ran again"


def hashes(place: Path) -> dict[str, dict[str, object]]:
    """What each finished task of each run gave, by its hash; and how the runs stand."""
    work, waited = sorted(stored_runs(place / "home"), key=lambda run: run.detail.summary.name)[
        ::-1
    ]
    assert (work.detail.state, waited.detail.state) == (RunState.COMPLETED, RunState.CANCELLED)
    assert not work.interrupted
    assert not waited.interrupted
    return {
        task.id: {port: output["hash"] for port, output in (task.outputs or {}).items()}
        for task in work.detail.tasks.values()
    }

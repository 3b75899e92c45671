"""The whole program killed in a melody with a loop, a vote, a state that is kept, a node that is
not essential and one with a fallback, and in a run that takes back what it did; then resumed.

Whatever the place: the run ends as an undisturbed one does, no task that was recorded as finished
runs again, what was kept is not done anew, and nothing is taken back twice.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from killing import Story, events_of, live, prepared_home

from harmony.foundation.failpoints import KNOWN
from harmony.melody.file import save
from harmony.melody.model import Connection, Exposed, Melody, Node, Policy, Repeat
from harmony.pit.dag.progress import FINISHED
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

Places = list[tuple[str, int]]

SHAPED: Places = [
    ("run.state_kept", 1),
    ("run.state_kept", 4),
    ("run.dispatched", 9),
    ("run.output_kept", 6),
    ("run.committed", 9),
    ("run.retry_scheduled", 1),
    ("store.before_commit", 12),
]
UNDONE: Places = [
    ("run.dispatched", 5),
    ("run.output_kept", 4),
    ("run.committed", 8),
    ("run.finished", 1),
]
_EVERYWHERE = [name for name in KNOWN if name.startswith(("run.", "store."))]
MORE: Places = [(name, hit) for name in _EVERYWHERE for hit in (1, 3, 8)]
"""The long form tries all of these; where there are not so many hits, the run just ends."""


def node(name: str, player: str, policy: Policy | None = None, **parameters: Any) -> Node:
    return Node(name, f"players/{player}", parameters=parameters, policy=policy or Policy())


def wired(drawn: Melody, *wires: str) -> None:
    """Connect by `source.output target.input`; an output or input that is not named is `text`."""
    for wire in wires:
        (source, output), (target, port) = (
            (end.partition(".")[0], end.partition(".")[2] or "text") for end in wire.split()
        )
        drawn.connections[Connection(source, output, target, port)] = "hard"


def shaped(place: Path) -> Melody:
    """All that a melody can ask for, in eight nodes."""
    tally = {"tally": str(place / "tally")}
    body = Melody(id="growing", name="Growing")
    body.nodes["grow"] = node("grow", "lengthen", to=4, **tally)
    body.inputs = (Exposed("text", "grow", "text"),)
    body.outputs = (Exposed("text", "grow", "text"), Exposed("enough", "grow", "enough"))
    drawn = Melody(id="shaped", name="Shaped", parts={"growing": body})
    for placed in (
        node("words", "say_afresh", text="a"),
        Node("loop", "melody:growing", repeat=Repeat("enough", 10)),
        node("vote", "unreliable", Policy(quorum=1), tally=str(place / "votes")),
        node("lists", "split"),
        node("upper", "upper", Policy(parallel=1), **tally),
        node("long", "count_and_save", to=5, die_at=99, tally=str(place / "counted")),
        node("extra", "always_fails", Policy(on_failure="skip")),
        node("greet", "greet"),
        node("shout", "always_fails", Policy(fallback="players/upper", retry_base=0.0)),
    ):
        drawn.nodes[placed.id] = placed
    wired(drawn, "words loop", "loop vote", "words lists", "lists.texts upper")
    wired(drawn, "words extra", "words greet", "words shout")
    drawn.connections[Connection("extra", "text", "greet", "title")] = "soft"
    return drawn


def undone(place: Path) -> Melody:
    """Two bookings and a payment that fails: both are taken back."""
    tally = {"tally": str(place / "tally")}
    back = Policy(compensate="players/cancel_booking")
    drawn = Melody(id="undone", name="Undone")
    for placed in (
        node("say", "say_afresh", text="Rome"),
        node("train", "book", back, **tally),
        node("hotel", "book", back, **tally),
        node("pay", "always_fails"),
    ):
        drawn.nodes[placed.id] = placed
    wired(drawn, "say train", "train hotel", "hotel pay")
    return drawn


def saving(place: Path) -> Melody:
    """One long task that saves what it has done, and dies on its way."""
    tally = str(place / "tally")
    placed = node("long", "count_and_save", Policy(retry_base=0.0), to=5, die_at=3, tally=tally)
    drawn = Melody(id="saving", name="Saving")
    drawn.nodes["long"] = replace(placed, retries=1)
    return drawn


DRAWN = {"shaped": shaped, "undone": undone, "saving": saving}


def lived(kind: str, place: Path, failpoint: str) -> Story:
    home = prepared_home(place)
    path = place / f"{kind}.melody"
    save(path, DRAWN[kind](place))
    return live(home, path, place / "tally", failpoint)


Lives = dict[tuple[str, str], "Future[Story]"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each melody with its places; in the long form with many more."""
    if "place" not in metafunc.fixturenames:
        return
    places = {"shaped": list(SHAPED), "undone": list(UNDONE)}
    if metafunc.config.getoption("--all"):
        for asked in places.values():
            asked += [more for more in MORE if more not in asked]
    stories = [(kind, f"{name}:{hit}") for kind in places for name, hit in places[kind]]
    metafunc.parametrize(("kind", "place"), stories)


@pytest.fixture(scope="module")
def stories(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lives]:
    """The story of each place, lived two at a time: most of it is waiting."""
    asked = [
        (item.callspec.params["kind"], item.callspec.params["place"])  # type: ignore[attr-defined]
        for item in request.session.items
        if item.path == Path(__file__) and "place" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {
            (kind, place): pool.submit(lived, kind, tmp_path_factory.mktemp(kind), place)
            for kind, place in asked
        }
        pool.shutdown(cancel_futures=True)


def sound(story: Story) -> None:
    """What must hold whatever was killed. `stored_runs` has verified the journals already."""
    finished: set[str] = set()
    if story.after_the_kill:
        [left] = story.after_the_kill
        finished = {task.id for task in left.detail.tasks.values() if task.state in FINISHED}
        assert events_of(story.killed, TaskState.COMPLETED) <= finished, "not on disk, but shown"
    if story.again is not None:
        ran_again = events_of(story.again, TaskState.EXECUTING)
        assert not ran_again & finished, "a finished task ran again"
    [run] = story.in_the_end
    assert not run.interrupted


def ended_as_shaped(story: Story) -> None:
    sound(story)
    [run] = story.in_the_end
    assert run.detail.state == RunState.COMPLETED
    tasks = run.detail.tasks
    values = {name: task.outputs.get("text", {}).get("value") for name, task in tasks.items()}
    assert (values["loop"], values["vote"]) == ("axxx", "AXXX")
    assert (values["greet"], values["shout"], values["upper[0]"]) == ("plain a", "A", "A")
    assert tasks["extra"].state == TaskState.SKIPPED
    assert [name for name in tasks if name.startswith("loop#")] == [
        f"loop#{number}/grow" for number in (1, 2, 3)
    ]
    for line in ("a", "ax", "axx"):
        assert 1 <= story.tally.count(line) <= 2


def ended_as_undone(story: Story) -> None:
    sound(story)
    [run] = story.in_the_end
    assert run.detail.state == RunState.FAILED
    tasks = run.detail.tasks
    assert {tasks[name].state for name in ("train~undo", "hotel~undo")} == {TaskState.COMPLETED}
    again = {story.tally.count(line) for line in story.tally}
    assert again <= {1, 2}, "taken back, or booked, more often than once more than there were kills"
    twice = {line for line in story.tally if story.tally.count(line) == 2}
    assert len(twice) <= 1, "only the attempt that was killed is made again"
    first = list(dict.fromkeys(story.tally))
    assert first == [
        "booked Rome",
        "booked ticket for Rome",
        "cancelled ticket for ticket for Rome",
        "cancelled ticket for Rome",
    ]


ENDED_AS = {"shaped": ended_as_shaped, "undone": ended_as_undone}


def test_a_run_of_all_shapes_survives_a_kill(kind: str, place: str, stories: Lives) -> None:
    story = stories[kind, place].result()
    name, _, hit = place.partition(":")
    if (name, int(hit)) in {"shaped": SHAPED, "undone": UNDONE}[kind]:
        assert story.killed.returncode == -signal.SIGKILL, story.killed.stderr
    ENDED_AS[kind](story)


def test_a_state_that_was_kept_before_the_kill_is_where_the_next_attempt_begins(
    tmp_path: Path,
) -> None:
    """The Player dies after it has saved; before it is tried again, the program is killed too."""
    story = lived("saving", tmp_path, "run.retry_scheduled:1")
    assert story.killed.returncode == -signal.SIGKILL, story.killed.stderr
    sound(story)
    [run] = story.in_the_end
    assert run.detail.tasks["long"].outputs["text"]["value"] == "from 4 to 5"
    assert story.tally == ["0", "1", "2", "3", "4"], "what was kept was done once more"

from __future__ import annotations

import json

from asking import Desk

from harmony.pit.arbitration import Limits, tell
from harmony.pit.arbitration.claims import REMEMBERED


def _said(desk: Desk, name: str) -> list[str]:
    run, _, task = name.partition("/")
    return [decision.message for decision in desk.engine.why(run, task)]


def test_a_task_that_went_at_once_says_so_in_no_bytes_of_the_journal() -> None:
    desk = Desk()
    desk.ask("r/a")
    assert desk.engine.why_data("r", "a") == {}
    assert tell({}) == ["It went at once: there was room."]


def test_a_task_that_waited_says_how_long_and_who_went_first() -> None:
    desk = Desk()
    desk.engine.open_run("r", 2.0)
    desk.ask("r/first")
    desk.ask("r/urgent", priority=3)
    desk.ask("other/a")
    desk.ask("r/late")
    for name in ("r/first", "r/urgent", "other/a"):
        desk.clock.advance(1.5)
        if name in desk.granted:
            desk.give_back(name)
    if "r/late" not in desk.granted:
        desk.give_back("r/urgent" if desk.granted[-1] == "r/urgent" else "other/a")
    data = desk.engine.why_data("r", "late")
    assert data["own"] == 1
    assert data["weight"] == 2.0
    assert json.loads(json.dumps(data)) == data
    assert len(json.dumps(data, separators=(",", ":"))) < 80
    assert tell(data)[0].startswith(
        f"It waited {data['waited']:.1f} s for a running slot; meanwhile"
    )


def test_what_a_task_declared_is_told() -> None:
    desk = Desk(memory_mb=1000)
    desk.engine.open_run("r", 1.0, Limits(tokens=500, money=2.0))
    desk.ask("r/a", memory_mb=100, tokens=50, money=0.5, share=0.25, priority=2)
    assert desk.engine.why_data("r", "a") == {
        "share": 0.25,
        "priority": 2,
        "memory_mb": 100,
        "tokens": 50,
        "money": 0.5,
    }
    assert tell(desk.engine.why_data("r", "a")) == [
        "It went at once: there was room.",
        "It took 0.25 of a slot: its Player is sent work ahead.",
        "Its node has priority 2.",
        "It declared 100 MB of memory.",
        "It had 50 tokens of the run's budget set aside.",
        "It had 0.5 of the run's budget of money set aside.",
    ]


def test_the_resource_that_was_short_is_named() -> None:
    desk = Desk(cpu_slots=4, memory_mb=1000)
    desk.engine.open_run("r", 1.0, Limits(tokens=100))
    desk.ask("r/a", tokens=100)
    desk.ask("other/a", memory_mb=900)
    desk.ask("r/b", tokens=50)
    desk.ask("other/b", memory_mb=900)
    assert "tokens that other tasks of the run had set aside" in _said(desk, "r/b")[-1]
    assert "memory that other tasks held" in _said(desk, "other/b")[-1]
    desk.clock.advance(2.0)
    desk.engine.spent("r", 10, task="a")
    desk.give_back("r/a")
    desk.give_back("other/a")
    assert desk.engine.why_data("r", "b") == {"waited": 2.0, "lacked": "tokens", "tokens": 50}
    assert desk.engine.why_data("other", "b")["lacked"] == "memory"


def test_every_decision_of_a_task_is_told_in_order_with_its_time() -> None:
    desk = Desk()
    desk.ask("r/a")
    desk.ask("r/b")
    desk.clock.advance(1.0)
    desk.engine.withdraw("r", "b")
    desk.clock.advance(1.0)
    desk.ask("r/b")
    desk.clock.advance(1.0)
    desk.give_back("r/a")
    desk.clock.advance(1.0)
    desk.give_back("r/b")
    told = [(decision.what, decision.at) for decision in desk.engine.why("r", "b")]
    assert told == [
        ("asked", 1000.0),
        ("withdrawn", 1001.0),
        ("asked", 1002.0),
        ("granted", 1003.0),
        ("released", 1004.0),
    ]


def test_a_task_in_line_says_behind_whom() -> None:
    desk = Desk()
    for name in ("r/runs", "r/b", "r/c", "r/d", "r/e", "other/a"):
        desk.ask(name)
    assert _said(desk, "r/e")[-1] == (
        "It waits for a running slot behind 3 of its run (first: b, c, d); other runs in line: 1."
    )
    assert _said(desk, "r/b")[-1] == (
        "It is first of its run and waits for a running slot; other runs in line: 1."
    )


def test_a_refusal_is_remembered_with_its_words() -> None:
    desk = Desk(memory_mb=10)
    desk.ask("r/a", memory_mb=20)
    assert [decision.what for decision in desk.engine.why("r", "a")] == ["asked", "refused"]
    assert "20 MB" in _said(desk, "r/a")[-1]


def test_nothing_is_known_of_a_task_that_never_asked() -> None:
    desk = Desk()
    desk.ask("r/a")
    assert desk.engine.why("r", "b") == ()
    assert desk.engine.why("other", "a") == ()


def test_only_the_last_tasks_are_remembered_and_none_of_what_they_held_on_to() -> None:
    desk = Desk()
    for number in range(REMEMBERED + 10):
        desk.ask(f"r/{number}")
        desk.give_back(f"r/{number}")
    assert desk.engine.why("r", "9") == ()
    assert [decision.what for decision in desk.engine.why("r", "10")] == [
        "asked",
        "granted",
        "released",
    ]


def test_what_a_journal_of_another_version_says_is_told_as_far_as_it_is_understood() -> None:
    assert tell({"unheard": 1, "waited": 3}) == [
        "It waited 3.0 s for a running slot; nothing else went first."
    ]

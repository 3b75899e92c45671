"""The circuit breaker of a Player."""

from __future__ import annotations

from harmony.foundation.clock import ManualClock
from harmony.pit.pool.breaker import CRASHES, PAUSE, WINDOW, Breakers
from harmony.polyphony.breakers import BreakerRow


class Told:
    def __init__(self, rows: tuple[BreakerRow, ...] = ()) -> None:
        self.clock = ManualClock(wall=10_000.0)
        self.rows: dict[str, BreakerRow] = {}
        self.changes = 0
        self.breakers = Breakers(self.clock, rows, self.keep, self.change)

    def keep(self, row: BreakerRow) -> None:
        self.rows[row.player] = row

    def change(self) -> None:
        self.changes += 1

    def crash(self, times: int = CRASHES) -> None:
        for _ in range(times):
            self.breakers.crashed("notes/split")

    def may_run(self) -> bool:
        return self.breakers.refusal("notes/split") is None


def test_a_player_that_crashes_again_and_again_is_left_alone() -> None:
    told = Told()
    told.crash(CRASHES - 1)
    assert told.may_run()
    assert not told.breakers.refused()
    told.crash(1)
    refusal = told.breakers.refusal("notes/split")
    assert refusal is not None
    assert "notes/split" in refusal
    assert f"{PAUSE:.0f} s" in refusal
    assert told.breakers.refused() == {"notes/split": refusal}
    assert told.breakers.refusal("notes/join") is None, "another Player is not concerned"
    assert told.changes == 1


def test_crashes_far_apart_do_not_open_it() -> None:
    told = Told()
    for _ in range(5 * CRASHES):
        told.crash(1)
        told.clock.advance(WINDOW / (CRASHES - 1))
    assert told.may_run()


def test_a_task_that_ends_well_ends_the_row_of_crashes() -> None:
    told = Told()
    for _ in range(3):
        told.crash(CRASHES - 1)
        told.breakers.succeeded("notes/split")
    assert told.may_run()
    assert told.rows == {}, "few crashes are not worth remembering"


def test_after_the_pause_one_task_is_let_through_and_its_success_closes_it() -> None:
    told = Told()
    told.crash()
    told.breakers.succeeded("notes/split")
    told.clock.advance(PAUSE - 1)
    assert not told.may_run(), "a task that began before says nothing of what is now"
    told.clock.advance(1)
    assert told.may_run()
    assert not told.may_run(), "one trial at a time"
    told.breakers.succeeded("notes/split")
    assert told.may_run()
    assert not told.breakers.refused()
    told.crash(CRASHES - 1)
    assert told.may_run(), "what was before the trial is forgotten"
    assert told.changes == 2


def test_a_trial_that_crashes_opens_it_for_twice_as_long() -> None:
    told = Told()
    told.crash()
    told.clock.advance(PAUSE)
    assert told.may_run()
    told.crash(1)
    told.clock.advance(2 * PAUSE - 1)
    assert not told.may_run()
    told.clock.advance(1)
    assert told.may_run()


def test_a_trial_of_which_nothing_is_heard_gives_way_to_another() -> None:
    told = Told()
    told.crash()
    told.clock.advance(PAUSE)
    assert told.may_run()
    told.clock.advance(PAUSE - 1)
    assert not told.may_run()
    told.clock.advance(1)
    assert told.may_run()


def test_an_open_breaker_survives_a_restart_and_a_changed_package_closes_it() -> None:
    before = Told()
    before.crash()
    after = Told(tuple(before.rows.values()))
    assert not after.may_run()
    after.breakers.forget("note")
    assert not after.may_run(), "that is another package"
    after.breakers.forget("notes")
    assert after.may_run()
    assert after.rows["notes/split"].state == "Closed"


def test_a_clock_that_was_set_back_leaves_no_player_refused_for_long() -> None:
    told = Told()
    told.crash()
    told.clock.set_wall(told.clock.wall() - 86_400.0)
    assert told.may_run()

"""A circuit breaker per Player: one that keeps crashing is left alone for a while (seeds/003).

It *opens* after several crashes in a row within a while and refuses the Player's tasks; one that
ends without a crash ends the row, since a Player that some inputs kill is of use for others. When
its pause is over it lets one task through, the trial: a success closes it, a crash opens it for
twice as long.

What a Player raises is no crash; only a process that died under its task is. Times are wall time,
since a breaker survives a restart of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from harmony.foundation.clock import Clock
from harmony.foundation.words import render
from harmony.polyphony.breakers import BreakerRow

BreakerState = Literal["Closed", "Open", "HalfOpen"]

CRASHES: Final = 5
"""So many crashes of a Player in a row, within `WINDOW` seconds, and its breaker opens."""

WINDOW: Final = 600.0
PAUSE: Final = 30.0
"""Seconds until the trial after the first opening; twice as long after each that follows."""

LONGEST_PAUSE: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one Player: `changed` is when it came into its state, `openings` how often
    it opened in a row, `crashes` when the Player crashed lately."""

    state: BreakerState = "Closed"
    changed: float = 0.0
    openings: int = 0
    crashes: tuple[float, ...] = ()

    @property
    def pause(self) -> float:
        """Seconds from its opening to the trial."""
        return min(LONGEST_PAUSE, PAUSE * 2.0 ** min(max(0, self.openings - 1), 30))


def crashed(breaker: Breaker, now: float) -> Breaker:
    """The Player's process died under a task."""
    recent = (*(at for at in breaker.crashes if 0 <= now - at < WINDOW), now)[-CRASHES:]
    if breaker.state == "HalfOpen" or (breaker.state == "Closed" and len(recent) >= CRASHES):
        return Breaker("Open", now, breaker.openings + 1, recent)
    return replace(breaker, crashes=recent)


def succeeded(breaker: Breaker, now: float) -> Breaker:
    """A task of the Player ended without a crash. An open breaker only its trial closes: what began
    before it opened says nothing of what came after."""
    return breaker if breaker.state == "Open" else Breaker("Closed", now)


def asked(breaker: Breaker, now: float) -> tuple[Breaker, bool]:
    """A task of the Player wants to run: the breaker then, and whether it may.

    A trial of which nothing was heard for as long as the pause is given up for another one.
    """
    if breaker.state == "Closed":
        return breaker, True
    if 0 <= now - breaker.changed < breaker.pause:
        return breaker, False
    return replace(breaker, state="HalfOpen", changed=now), True


class Breakers:
    """The breakers of all Players. `keep` is called with each that is to be remembered, `changed`
    when a Player is refused that was not before, or the other way round."""

    def __init__(
        self,
        clock: Clock,
        rows: Iterable[BreakerRow] = (),
        keep: Callable[[BreakerRow], None] = lambda _: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._keep = keep
        self.changed = changed
        self._breakers = {
            row.player: Breaker(
                cast("BreakerState", row.state), row.changed, row.openings, row.crashes
            )
            for row in rows
        }

    def crashed(self, player: str) -> None:
        """A process died under a task of this Player."""
        before = self._breakers.get(player, Breaker())
        self._set(player, before, crashed(before, self._clock.wall()))

    def succeeded(self, player: str) -> None:
        """A task of this Player ended without a crash."""
        before = self._breakers.get(player)
        if before is not None:  # of most Players nothing is known: this is said after every task
            self._set(player, before, succeeded(before, self._clock.wall()))

    def refusal(self, player: str) -> str | None:
        """Why a task of this Player may not run now, for a person; None when it may."""
        before = self._breakers.get(player)
        if before is None:
            return None
        after, may = asked(before, self._clock.wall())
        self._set(player, before, after)
        return None if may else self._words(player, after)

    def forget(self, package: str) -> None:
        """The package has changed: what its Players did before says nothing of it now."""
        for player in [name for name in self._breakers if name.startswith(package + "/")]:
            self._set(player, self._breakers[player], Breaker())

    def refused(self) -> Mapping[str, str]:
        """Every Player whose breaker is not closed, and why: for a list of Players."""
        return {
            player: self._words(player, breaker)
            for player, breaker in self._breakers.items()
            if breaker.state != "Closed"
        }

    def _set(self, player: str, before: Breaker, after: Breaker) -> None:
        if after == before:
            return
        self._breakers[player] = after
        if after == Breaker("Closed", after.changed):
            del self._breakers[player]  # nothing is held against it
        if before.state == after.state == "Closed":
            return  # few crashes are not worth remembering across sessions
        self._keep(BreakerRow(player, after.state, after.changed, after.openings, after.crashes))
        if (before.state == "Closed") != (after.state == "Closed"):
            self.changed()

    def _words(self, player: str, breaker: Breaker) -> str:
        if breaker.state == "HalfOpen":
            return render("pit.player_on_trial", player=player)
        left = max(1, round(breaker.changed + breaker.pause - self._clock.wall()))
        return render("pit.player_refused", player=player, count=len(breaker.crashes), seconds=left)

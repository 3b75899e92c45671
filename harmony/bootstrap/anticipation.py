"""What the pool remembers across sessions and foresees beyond the runs: crashes, habits, melodies.

The trusted melody open on the canvas will probably be run, and what this user runs after what is
learned from the runs themselves. A melody that is only looked at (restricted) is never warmed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from harmony.foundation.clock import Clock
from harmony.melody.model import Melody
from harmony.melody.parts import PartError, flatten
from harmony.orchestra.catalogue import Catalogue
from harmony.pit.pool import Package, Pool, Step, Wish
from harmony.pit.pool.breaker import Breakers
from harmony.pit.pool.habits import Habits
from harmony.pit.pool.warming import OPEN_MELODY, layers, wishes_of
from harmony.players.specs import PackageManifest
from harmony.polyphony.breakers import read_breakers, write_breaker_soon
from harmony.polyphony.errors import StoreClosedError
from harmony.polyphony.habits import learn_soon, read_habits
from harmony.polyphony.store import Store

HABITS = "habits"
MELODY = "melody:"

Notice = Callable[[BaseException], None]


def breakers_of(store: Store, clock: Clock, notice: Notice) -> Breakers:
    """The breakers as they stood when the program ended, each change of which is kept."""
    told = _on_the_loop(notice)
    return Breakers(clock, read_breakers(store), lambda row: write_breaker_soon(store, row, told))


class Anticipation:
    """Tells the pool what to expect beyond the runs that go on."""

    def __init__(
        self,
        store: Store,
        pool: Pool,
        clock: Clock,
        catalogue: Callable[[], Catalogue],
        notice: Notice,
    ) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock
        self._catalogue = catalogue
        self._notice = notice
        # A command in a terminal runs what it was given and ends: there habits foresee nothing.
        self._window = False
        self._open: dict[str, Melody] = {}
        known = read_habits(store, clock.wall())
        self._habits = Habits(
            ((row.before, row.after, row.weight) for row in known.rows), known.last
        )
        self._expect_the_usual()

    def melody_opened(self, melody: Melody) -> None:
        """A trusted melody is in front: it will probably be run. Again after each edit."""
        self._window = True
        self._open[melody.id] = melody
        self._expect(melody)
        self._expect_the_usual()

    def melody_about_to_run(self, melody: Melody) -> None:
        """A melody will be run in a moment: as if it were in front, without counting as so.

        Until `melody_was_run`. Nothing changes for one that is in front.
        """
        if melody.id not in self._open:
            self._expect(melody)

    def melody_was_run(self, melody_id: str) -> None:
        """The run is over, or was not to be."""
        if melody_id not in self._open:
            self._pool.foresee(MELODY + melody_id, ())

    def players_changed(self) -> None:
        """The catalogue has changed: what is expected is expected of the Players as they are."""
        for melody in self._open.values():
            self._expect(melody)
        if self._window:
            self._expect_the_usual()

    def _expect(self, melody: Melody) -> None:
        package_of, spec_of = self._catalogue().package_of, self._catalogue().spec
        try:
            melody = flatten(melody, spec_of)
        except PartError:
            # It cannot be run as it is: nothing needs to be warm.
            self._pool.foresee(MELODY + melody.id, ())
            return
        successors: dict[str, list[str]] = {node: [] for node in melody.nodes}
        for wire in melody.connections:
            successors[wire.source].append(wire.target)
        steps = {}
        known: dict[str, tuple[Package, ...]] = {}
        for name, node in melody.nodes.items():
            packages = known.get(node.player)
            if packages is None:
                package, spec = package_of(node.player), spec_of(node.player)
                packages = ()
                if package is not None and spec is not None:
                    packages = (Package(*_named(package), sys.executable, spec.quota),)
                known[node.player] = packages
            steps[name] = Step(node.player, packages, tuple(dict.fromkeys(successors[name])))
        at_once = self._pool.limits.processes_at_once
        wishes = wishes_of(layers(steps), steps, likelihood=OPEN_MELODY, at_once=at_once)
        self._pool.foresee(MELODY + melody.id, wishes)

    def melody_closed(self, melody_id: str) -> None:
        """It is not in front any more, or not trusted."""
        self._pool.foresee(MELODY + melody_id, ())
        self._open.pop(melody_id, None)
        if self._window:
            self._expect_the_usual()

    def players_used(self, players: list[str]) -> None:
        """A run used these Players in this order."""
        if not players:
            return
        self._habits.learn(players)
        try:
            learn_soon(self._store, players, self._clock.wall(), _on_the_loop(self._notice))
        except StoreClosedError:
            return  # the program ends: its last runs were left, and go on in another session
        if self._window:
            self._expect_the_usual()

    def _expect_the_usual(self) -> None:
        packages: dict[str, Package] = {}
        catalogue = self._catalogue()

        def key_of(player: str) -> str | None:
            package, spec = catalogue.package_of(player), catalogue.spec(player)
            if package is None or spec is None:
                return None
            found = Package(*_named(package), sys.executable, spec.quota)
            packages[found.key] = found
            return found.key

        likely = self._habits.packages(key_of)
        # What is in front tells more: beside it, habits only say what is to be let go last.
        count = 0 if self._open else 1
        self._pool.foresee(HABITS, [Wish(packages[key], count, p) for key, p in likely.items()])


def _named(package: PackageManifest) -> tuple[str, str, str]:
    return package.name, package.hash, package.source


def _on_the_loop(notice: Notice) -> Callable[[BaseException | None], None]:
    """Tells an error of the writer thread on the event loop."""
    loop = asyncio.get_running_loop()

    def told(error: BaseException | None) -> None:
        if error is not None and not loop.is_closed():
            loop.call_soon_threadsafe(notice, error)

    return told

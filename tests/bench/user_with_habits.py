"""A user with habits, from a seed: what was opened, thought over and run in some weeks.

Twenty-four Players in eight packages, some light, some with a model of hundreds of megabytes that
takes seconds to load. Eight melodies, layered at random from some packages each. A session opens a
few melodies, mostly the one that usually follows the last; each is thought over, then mostly run,
some times again after a pause. Now and then a node's Player is exchanged for another one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A package: how long its process takes to come up, and what it takes then."""

    name: str
    cold: float
    megabytes: float


@dataclass(frozen=True)
class Spot:
    """A node: its Player, the nodes after it, and its usual duration."""

    player: str
    after: tuple[str, ...]
    seconds: float


Drawn = dict[str, Spot]


@dataclass(frozen=True)
class Visit:
    """After `choosing` seconds a melody is opened, looked at for `thought` seconds, then run after
    each of these pauses."""

    melody: str
    drawn: Drawn
    choosing: float
    thought: float
    pauses: tuple[float, ...]


KINDS = (
    Kind("tables", 0.35, 120.0),
    Kind("text", 0.15, 40.0),
    Kind("web", 0.2, 60.0),
    Kind("charts", 0.5, 150.0),
    Kind("speech", 2.5, 700.0),
    Kind("vision", 3.0, 800.0),
    Kind("search", 0.8, 250.0),
    Kind("mail", 0.2, 50.0),
)
KIND_OF = {kind.name: kind for kind in KINDS}
PLAYERS = tuple(f"{kind.name}/{n}" for kind in KINDS for n in range(3))


def kind_of(player: str) -> Kind:
    """The package of a Player."""
    return KIND_OF[player.split("/", maxsplit=1)[0]]


def history(seed: int, sessions: int) -> list[list[Visit]]:
    """The sessions of one user, each a list of visits."""
    chance = random.Random(seed)
    melodies = {f"melody-{n}": _draw(chance) for n in range(8)}
    names = list(melodies)
    usually = {name: chance.choice(names) for name in names}
    favourites = [1.0 / (n + 1) for n in range(len(names))]
    told: list[list[Visit]] = []
    current = names[0]
    for _ in range(sessions):
        visits = []
        for _ in range(chance.randint(2, 5)):
            follows = chance.random() < 0.7
            current = usually[current] if follows else chance.choices(names, favourites)[0]
            if chance.random() < 0.1:
                melodies[current] = _edited(melodies[current], chance)
            runs = 0 if chance.random() < 0.05 else chance.choice((1, 1, 2, 3))
            pauses = tuple(chance.uniform(10.0, 150.0) for _ in range(runs - 1))
            choosing, thought = chance.uniform(2.0, 10.0), chance.uniform(5.0, 90.0)
            starts = (0.0, *pauses) if runs else ()
            visits.append(Visit(current, melodies[current], choosing, thought, starts))
        told.append(visits)
    return told


def _draw(chance: random.Random) -> Drawn:
    kinds = chance.sample(KINDS, chance.randint(2, 4))
    rows = [
        [f"n{layer}-{place}" for place in range(chance.choice((1, 1, 2)))]
        for layer in range(chance.randint(3, 7))
    ]
    drawn: Drawn = {}
    for layer, row in enumerate(rows):
        after = tuple(rows[layer + 1]) if layer + 1 < len(rows) else ()
        for name in row:
            player = f"{chance.choice(kinds).name}/{chance.randint(0, 2)}"
            drawn[name] = Spot(player, after, chance.lognormvariate(-0.7, 0.8))
    return drawn


def _edited(drawn: Drawn, chance: random.Random) -> Drawn:
    name = chance.choice(list(drawn))
    spot = drawn[name]
    return {**drawn, name: Spot(chance.choice(PLAYERS), spot.after, spot.seconds)}

"""Names for runs, tasks and documents: 26 characters that sort by the time they were made.

The layout is that of a ULID: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32
(no i, l, o, u), written in lower case so that an id is also a file name everywhere.
"""

from __future__ import annotations

from typing import Final

from harmony.foundation.clock import Clock
from harmony.foundation.randomness import Randomness

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 26
_RANDOM_BITS: Final = 80


def new_id(clock: Clock, randomness: Randomness) -> str:
    """A new id. Ids made in different milliseconds sort by time; two are never expected to meet."""
    milliseconds = int(clock.wall() * 1000) & ((1 << 48) - 1)
    number = (milliseconds << _RANDOM_BITS) | randomness.bits(_RANDOM_BITS)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def is_id(text: str) -> bool:
    """Whether the text has the form of an id made by `new_id`."""
    return len(text) == LENGTH and text[0] <= "7" and all(letter in ALPHABET for letter in text)


def made_at(identifier: str) -> float:
    """When an id was made, in Unix seconds. Raises ValueError for a text that is no id."""
    if not is_id(identifier):
        raise ValueError(f"{identifier!r} is no id")
    milliseconds = 0
    for letter in identifier[:10]:
        milliseconds = milliseconds * 32 + ALPHABET.index(letter)
    return milliseconds / 1000


def short_id(identifier: str) -> str:
    """The last eight characters, for people. The first ones are the time and look all alike."""
    return identifier[-8:]

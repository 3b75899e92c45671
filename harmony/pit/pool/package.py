"""What a process is started for: processes of equal packages are alike.

A package is looked up by its `key`, one text made once: the pool finds a warm process in the time
of a dictionary look-up, and hashing five fields anew would take longer than all the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from harmony.wire.launch import Quota

NO_QUOTA: Final = Quota()


@dataclass(frozen=True, slots=True)
class Package:
    """A package of Players in one environment, under one quota.

    `hash` is that of its source: other code is another package. Tasks with different quotas do not
    share a process, since a process takes its limits on itself once and for good.
    """

    name: str
    hash: str
    source: str
    python: str
    quota: Quota = NO_QUOTA
    key: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        quota = self.quota
        limits = (quota.memory_mb, quota.cpu_seconds, quota.open_files, quota.wall_seconds)
        words = (self.name, self.hash, self.source, self.python, *map(str, limits))
        object.__setattr__(self, "key", "\0".join(words))

"""What is put into the store and read from it: plain data, nothing that acts.

A `Commit` is all that one input of a run core makes durable: it is kept whole or not at all
(DESIGN.md section 5, decide → append → commit → publish). Times are Unix seconds, durations
seconds, sizes bytes. Dictionaries hold JSON values, and belong to the store once handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class JournalRecord(NamedTuple):
    """One move of one machine of a run. `sequence` counts the run's records from 1, without gaps.

    `machine` is `run` (chart 3) or `task:<id>` (chart 9). `data` may hold references to artifacts
    at any depth; those are found, and keep the artifacts from expiring while the run is unfinished.
    A tuple, since there are many: made and encoded at a third of what an object costs.
    """

    run: str
    sequence: int
    machine: str
    from_state: str
    event: str
    to_state: str
    trigger: str = ""
    at: float = 0.0
    duration: float = 0.0
    data: dict[str, Any] = {}  # noqa: RUF012 - nobody changes what a record holds


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """A stored value: its content when small (`inline`), else a file of that hash in a tier.

    `suffix` is the file's own, with its dot; `tier` is a state of chart 5.
    """

    hash: str
    type: str
    size: int
    inline: bytes | None = None
    summary: dict[str, Any] | None = None
    at: float = 0.0
    suffix: str = ""
    tier: str = "SSD_Hot"
    accessed: float = 0.0


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a task with this reuse key produced: references by output port."""

    key: str
    run: str
    task: str
    outputs: dict[str, Any]
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it was started. `melody` is the snapshot it runs, kept once for many runs.

    One that was forked from a checkpoint takes over what its parent had by `parent_sequence`.
    """

    id: str
    name: str
    melody_id: str
    melody_hash: str
    melody: bytes
    base_folder: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    parent_task: str | None = None
    created: float = 0.0
    path: str | None = None
    plan: dict[str, Any] = field(default_factory=dict)
    parent_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class RunUpdate:
    """How a run stands now, for the list of runs. Replaces the previous one as a whole."""

    run: str
    state: str
    started: float | None = None
    finished: float | None = None
    total: int = 0
    completed: int = 0
    failed: int = 0
    reused: int = 0
    skipped: int = 0
    cause: str = ""


@dataclass(frozen=True, slots=True)
class TierChange:
    """An artifact moved (chart 5). In `Deleted` its content is gone and its record stays."""

    hash: str
    tier: str


@dataclass(frozen=True, slots=True)
class Access:
    """An artifact's content was read."""

    hash: str
    at: float


@dataclass(frozen=True, slots=True)
class Pin:
    """Someone wants an artifact kept (or, with `pinned` false, no longer)."""

    hash: str
    holder: str = "user"
    at: float = 0.0
    pinned: bool = True


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Which process drives a run that is new: nobody can have taken it before."""

    run: str
    pid: int
    start_time: str
    boot: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What becomes durable together. `deleted_runs` leave a tombstone in the system chain."""

    runs: Sequence[RunRow] = ()
    records: Sequence[JournalRecord] = ()
    artifacts: Sequence[ArtifactRow] = ()
    results: Sequence[ResultRow] = ()
    updates: Sequence[RunUpdate] = ()
    tier_changes: Sequence[TierChange] = ()
    accesses: Sequence[Access] = ()
    pins: Sequence[Pin] = ()
    deleted_runs: Sequence[str] = ()
    leases: Sequence[LeaseRow] = ()


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A line in the list of runs."""

    id: str
    name: str
    melody_id: str
    melody_hash: str
    state: str
    created: float
    started: float | None
    finished: float | None
    total: int
    completed: int
    failed: int
    reused: int
    skipped: int
    cause: str
    parent: str | None
    parent_task: str | None
    path: str | None
    base_folder: str


@dataclass(frozen=True, slots=True)
class MelodyVersion:
    """A melody as it was saved or run at some time. `run` is None for a save.

    `hash` is equal for versions that do the same, `snapshot` only for the very same bytes.
    """

    melody_id: str
    hash: str
    snapshot: str
    name: str
    path: str | None
    run: str | None
    at: float


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """What the Stale Manager looks at: an artifact without its content.

    `protected` is why it must stay (`on hold`, `pinned`, `checkpoint`, `unfinished run`), or empty.
    """

    hash: str
    size: int
    tier: str
    at: float
    accessed: float
    suffix: str
    inline: bool
    protected: str = ""
    type: str = ""
    taken: int | None = None

    @property
    def on_disk(self) -> int:
        """Bytes that it takes on this machine: of chunks that it shares, its part."""
        return self.size if self.taken is None else self.taken

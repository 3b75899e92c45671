"""What a run uses of the rooms below: handed in, never looked up."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Mapping
from dataclasses import dataclass

from harmony.conductor.events import Event, ProblemNoticed
from harmony.foundation.clock import Clock
from harmony.foundation.events import EventStream
from harmony.foundation.paths import DataFolder
from harmony.foundation.randomness import Randomness
from harmony.foundation.redaction import Redactor
from harmony.pit.arbitration import ArbitrationEngine
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.pool import Pool
from harmony.polyphony.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """The Pit, the store and the event loop, as the runner of a run sees them.

    `environment` is where secrets are read from. `python` is the interpreter of Player processes.
    `retry_base` stands in for that of every node, when it is given (seconds).
    """

    store: Store
    artifacts: ArtifactStore
    arbitration: ArbitrationEngine
    pool: Pool
    events: EventStream[Event]
    loop: AbstractEventLoop
    clock: Clock
    randomness: Randomness
    redactor: Redactor
    data_folder: DataFolder
    python: str
    environment: Mapping[str, str]
    cancel_grace: float = 2.0
    retry_base: float | None = None

    def notice(self, error: BaseException, run: str = "") -> None:
        """Tell a person of something that went wrong while the program works on."""
        message = self.redactor.text(str(error) or type(error).__name__)
        self.events.publish(ProblemNoticed(message, self.clock.wall(), run))

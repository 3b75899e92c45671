"""The facade: everything put together, for the Board, the terminal and a script alike.

async with await Symphony.open() as symphony:
    run = await symphony.start_file("weather.melody")
    print(await run.finished())
"""

from __future__ import annotations

from harmony.symphony.errors import SymphonyError
from harmony.symphony.facade import Symphony
from harmony.symphony.restoration import (
    EntityRestorer,
    RestorationContext,
    RestoreManager,
    restore_manager,
)
from harmony.symphony.resuming import Resumed
from harmony.symphony.run import Run
from harmony.symphony.running import load_file
from harmony.symphony.serialization import EntityReference

__all__ = [
    "EntityReference",
    "EntityRestorer",
    "RestorationContext",
    "RestoreManager",
    "Resumed",
    "Run",
    "Symphony",
    "SymphonyError",
    "load_file",
    "restore_manager",
]

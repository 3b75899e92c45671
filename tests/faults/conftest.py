"""The program on a data folder of its own, with Players that do what none should."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.ipc.supervision import Patience
from harmony.symphony import Symphony

sys.path.insert(0, str(Path(__file__).parent))

PLAYERS = Path(__file__).parent / "players"
ADAPTERS = ("Qt", "asyncio")

Story = Callable[[Symphony], Awaitable[None]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The Board's own adapter; in the long form the terminal's, too (`tests/ipc` proves both)."""
    if "adapter" in metafunc.fixturenames:
        long = metafunc.config.getoption("--all")
        metafunc.parametrize("adapter", ADAPTERS if long else ADAPTERS[:1])


@pytest.fixture
def live(harmony_home: Path, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Lives a story with an open Symphony, on one of the two adapters for processes."""
    harmony_home.mkdir(parents=True)
    settings = {"players_folders": [str(PLAYERS)]}
    (harmony_home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def tell(story: Story, adapter: str, **options: Any) -> None:
        async def whole() -> None:
            patience = Patience(stop=1.0, silent=1.0)
            async with await Symphony.open(host=host_of(adapter, patience), **options) as symphony:
                await story(symphony)

        if adapter == "asyncio":
            asyncio.run(whole())
            return
        import qasync

        loop = qasync.QEventLoop(request.getfixturevalue("qapp"))
        asyncio.set_event_loop(loop)
        try:
            with loop:
                loop.run_until_complete(whole())
        finally:
            asyncio.set_event_loop(None)
            del loop
            # qasync's loop is in a reference cycle, and its timers belong to this thread.
            gc.collect()

    return tell


def host_of(adapter: str, patience: Patience) -> Callable[[Path], Any]:
    """A host of processes that waits less long than a person's program would."""
    if adapter == "asyncio":
        from harmony.ipc.aio import AioProcessHost

        return lambda folder: AioProcessHost(folder, patience=patience)
    from harmony.ipc.qt import QtProcessHost

    return lambda folder: QtProcessHost(folder, patience=patience)

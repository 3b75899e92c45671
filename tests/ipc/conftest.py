"""Both adapters behind one set of fixtures; a test that is a coroutine runs on its loop."""

from __future__ import annotations

import asyncio
import gc
import inspect
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harmony.ipc.supervision import Patience
from harmony.wire.launch import Exit, Launch

PLAYERS = Path(__file__).parent / "players"
SECONDS = 60.0
"""How long a test may take before it counts as hung."""


class Ears:
    """Hears a process, and lets a test wait for what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.players: tuple[str, ...] = ()
        self.exit: Exit | None = None
        self.process: Any = None
        self.drain_at_the_end = True
        self._news = asyncio.Event()

    def ready(self, players: tuple[str, ...]) -> None:
        self.players = players
        self._hear("ready", players)

    def received(self, message: Mapping[str, Any]) -> None:
        if self.drain_at_the_end and message["kind"] in ("result", "failure"):
            self.process.drain()
        self._hear(message["kind"], message)

    def output(self, stream: str, data: bytes) -> None:
        self._hear(stream, data)

    def exited(self, ending: Exit, /) -> None:
        assert self.exit is None, "an exit is told once"
        self.exit = ending
        self._hear("exit", ending)

    def _hear(self, kind: str, what: Any) -> None:
        assert self.exit is None or kind == "exit", f"{kind} came after the exit"
        self.heard.append((kind, what))
        self._news.set()

    def all(self, kind: str) -> list[Any]:
        """Everything of one kind, in order."""
        return [what for found, what in self.heard if found == kind]

    def text(self, stream: str) -> str:
        """All that was printed to one stream."""
        return b"".join(self.all(stream)).decode()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for a condition that only news can make true; what it returned."""
        while not (found := condition()):
            assert self.exit is None, f"ended while waited for: {self.exit}"
            self._news.clear()
            await self._news.wait()
        return found

    async def first(self, kind: str) -> Any:
        """Wait for the first of a kind."""
        return (await self.until(lambda: self.all(kind)))[0]

    async def outcome(self, task: str = "task") -> Mapping[str, Any]:
        """Wait for the result or failure of a task."""

        def ended() -> list[Any]:
            messages = self.all("result") + self.all("failure")
            return [message for message in messages if message["task"] == task]

        return (await self.until(ended))[0]

    async def ended(self) -> Exit:
        """Wait for the exit."""
        while self.exit is None:
            self._news.clear()
            await self._news.wait()
        return self.exit


class Stage:
    """A host on its loop, and short ways to start processes and tasks on it."""

    def __init__(self, host: Any, folder: Path, runtime_folder: Path) -> None:
        self.host = host
        self.folder = folder
        self.runtime_folder = runtime_folder
        self._count = 0

    def start(self, *, source: Path | str = PLAYERS, **changed: Any) -> tuple[Any, Ears]:
        """Start a process on the test Players; the process, and what hears it."""
        self._count += 1
        launch = Launch(
            **{
                "process": f"player-{self._count}",
                "package": "players",
                "source": str(source),
                "python": sys.executable,
                "working_folder": self.folder,
                **changed,
            }
        )
        ears = Ears()
        process = self.host.start(launch, ears)
        ears.process = process
        return process, ears

    def run(self, process: Any, player: str, task: str = "task", **fields: Any) -> None:
        """Send a task; keyword arguments are its parameters, `inputs` and `secrets` apart."""
        inputs, secrets = fields.pop("inputs", {}), fields.pop("secrets", {})
        places = {name: self.folder / task / name for name in ("scratch", "staging")}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        process.send(
            {
                "kind": "run",
                "task": task,
                "attempt": 1,
                "player": f"players/{player}",
                "inputs": inputs,
                "parameters": fields,
                "secrets": secrets,
                **{name: str(place) for name, place in places.items()},
            }
        )

    async def perform(self, player: str, **fields: Any) -> tuple[Mapping[str, Any], Ears]:
        """Start a process for one task; how the task ended."""
        process, ears = self.start()
        self.run(process, player, **fields)
        return await ears.outcome(), ears


@pytest.fixture
def runtime_folder() -> Iterator[Path]:
    """A folder for sockets. Not in `tmp_path`, which is too long for one."""
    folder = Path(tempfile.mkdtemp(prefix="harmony-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["aio", "qt"])
def adapter(request: pytest.FixtureRequest) -> str:
    """The name of the adapter under test."""
    return str(request.param)


@pytest.fixture
def loop(adapter: str, request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    """The loop that the adapter is for."""
    made: Any
    if adapter == "qt":
        import qasync

        made = qasync.QEventLoop(request.getfixturevalue("qapp"))
    else:
        made = asyncio.new_event_loop()
    yield made
    made.close()
    asyncio.set_event_loop(None)
    del made
    # qasync's loop is in a reference cycle, and its timers belong to this thread.
    gc.collect()


@pytest.fixture
def stage(
    adapter: str,
    loop: asyncio.AbstractEventLoop,
    runtime_folder: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Stage]:
    """A host to start processes on, closed at the end: nothing of it is left then."""
    given = request.node.get_closest_marker("host")
    options = {"patience": Patience(start=SECONDS, stop=5.0), **(given.kwargs if given else {})}
    if adapter == "qt":
        from harmony.ipc.qt import QtProcessHost as Host
    else:
        from harmony.ipc.aio import AioProcessHost as Host  # type: ignore[assignment]
    made = Stage(Host(runtime_folder, **options), tmp_path, runtime_folder)
    yield made
    run(loop, made.host.close())
    assert list(runtime_folder.iterdir()) == [], "a closed host leaves no file behind"


def run(loop: asyncio.AbstractEventLoop, story: Awaitable[Any]) -> Any:
    """Run a coroutine on a loop, and no longer than a test may take."""

    async def limited() -> Any:
        return await asyncio.wait_for(story, SECONDS)

    return loop.run_until_complete(limited())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine on the loop of its adapter."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    run(pyfuncitem.funcargs["loop"], pyfuncitem.obj(**arguments))
    return True


def pytest_configure(config: pytest.Config) -> None:
    """The mark of a test that needs a host of its own kind."""
    config.addinivalue_line("markers", "host(**options): how the host of a test is made")

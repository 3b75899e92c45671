"""What every test is watched for: a Qt warning, a widget, process or exception left behind.

A test that passes and leaves one of these fails all the same, at its teardown, with the thing
named. pytest-qt watches Qt's messages and exceptions in slots during the test itself; pytest
watches threads and finalizers; this file adds what comes after: teardown, coroutines, windows and
child processes. Qt is looked at only when a test has imported it.
"""

from __future__ import annotations

import gc
import inspect
import logging
import os
import re
import select
import signal
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

TESTS = Path(__file__).resolve().parent
PROC = Path("/proc")
# Each process that a test starts inherits this: a grandchild is known even when its parent died.
SESSION = f"HARMONY_TEST_SESSION={uuid.uuid4().hex}"
# Python's own servant process lives as long as the session.
SERVANTS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
SECONDS_TO_END = 5.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all`: tests that have a short and a long form take the long one."""
    parser.addoption("--all", action="store_true", help="the long forms of fault tests, too")


@pytest.fixture
def long_form(request: pytest.FixtureRequest) -> bool:
    """Whether the long form of a test was asked for."""
    return bool(request.config.getoption("--all"))


def pytest_configure(config: pytest.Config) -> None:
    """Mark the descendants of this session and listen to what event loops complain about."""
    name, _, value = SESSION.partition("=")
    os.environ[name] = value
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # pytest alone, without dev.py
    config.stash[COMPLAINTS] = LoopComplaints()
    logging.getLogger().addHandler(config.stash[COMPLAINTS])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop listening."""
    logging.getLogger().removeHandler(config.stash[COMPLAINTS])


@pytest.fixture(autouse=True)
def harmony_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for each test; nothing reaches the data of the person who tests."""
    home = tmp_path / "home"
    monkeypatch.setenv("HARMONY_HOME", str(home))
    return home


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Remember what was there before the test."""
    module = item.config.stash.setdefault(MODULE, ModuleStart())
    item.stash[WIDGETS] = set(top_level_widgets())
    item.stash[PROCESSES] = set(children())
    if module.path != item.path:
        module.path, module.processes = item.path, item.stash[PROCESSES]
    item.config.stash[COMPLAINTS].records.clear()
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Look at what is left when every fixture of the test is torn down."""
    with QtMessages(item.config.getini("qt_log_ignore")) as messages:
        yield
        leaks = leaked_widgets(item.stash[WIDGETS])
    if last_of_module(item, nextitem):
        gc.collect()  # a task that nobody awaited complains when it is collected
    leaks += [f"Qt said after the test: {message}" for message in messages.heard]
    leaks += leaked_processes(item, nextitem)
    leaks += item.config.stash[COMPLAINTS].take()
    if leaks:
        pytest.fail("\n".join(leaks), pytrace=False)


def last_of_module(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Whether the fixtures of this test's module are torn down with it."""
    return nextitem is None or nextitem.path != item.path


# -- exceptions in event loops -------------------------------------------------------------------


class LoopComplaints(logging.Handler):
    """Keeps what asyncio and qasync report when no one else handles an exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a report of an event loop; the logs of the program are its own affair."""
        if record.name.partition(".")[0] in ("asyncio", "qasync"):
            self.records.append(record)

    def take(self) -> list[str]:
        """The reports since the last call, each as text with its traceback."""
        formatter = logging.Formatter("unhandled in an event loop: %(message)s")
        taken = [formatter.format(record) for record in self.records]
        self.records.clear()
        return taken


COMPLAINTS = pytest.StashKey[LoopComplaints]()


# -- Qt ------------------------------------------------------------------------------------------

WIDGETS = pytest.StashKey[set[int]]()


class QtMessages:
    """Hears Qt's warnings while fixtures are torn down, when pytest-qt no longer listens."""

    def __init__(self, ignored: list[str]) -> None:
        self.ignored = [re.compile(pattern) for pattern in ignored]
        self.heard: list[str] = []
        self.core = sys.modules.get("PySide6.QtCore")

    def __enter__(self) -> Self:
        if self.core is not None:
            self.before = self.core.qInstallMessageHandler(self.hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self.core is not None:
            self.core.qInstallMessageHandler(self.before)

    def hear(self, kind: object, _context: object, message: str) -> None:
        """Keep a warning or worse."""
        harmless = (self.core.QtMsgType.QtDebugMsg, self.core.QtMsgType.QtInfoMsg)
        if kind not in harmless and not any(known.search(message) for known in self.ignored):
            self.heard.append(message)


def top_level_widgets() -> dict[int, object]:
    """Every window, dialog and parentless widget, by its address; none before Qt is used."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return {}
    address = sys.modules["shiboken6"].getCppPointer
    return {address(widget)[0]: widget for widget in widgets.QApplication.topLevelWidgets()}


def leaked_widgets(before: set[int]) -> list[str]:
    """The windows that a test made and did not get rid of; they are deleted here."""
    delete_what_waits_for_it()
    if top_level_widgets().keys() - before:
        gc.collect()  # a widget in a reference cycle is no leak yet
    left = [widget for address, widget in top_level_widgets().items() if address not in before]
    named = [f"left a widget behind: {widget!r}" for widget in left]
    for widget in left:
        widget.hide()
        widget.deleteLater()
    delete_what_waits_for_it()
    return named


def delete_what_waits_for_it() -> None:
    """Do what the next turn of the event loop would do for `deleteLater`."""
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)


# -- processes -----------------------------------------------------------------------------------

PROCESSES = pytest.StashKey[set[int]]()


@dataclass
class ModuleStart:
    """What ran before the first test of a module: its shared fixtures are judged with its last."""

    path: Path | None = None
    processes: set[int] = field(default_factory=set)


MODULE = pytest.StashKey[ModuleStart]()


def children() -> dict[int, str]:
    """The running child processes of this one, pid -> command line."""
    listed = [line for path in PROC.glob("self/task/*/children") for line in lines_of(path)]
    return running(int(pid) for line in listed for pid in line.split())


def lines_of(path: Path) -> list[str]:
    """The lines of a file of a thread, or none where the thread has just ended."""
    try:
        return path.read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants() -> dict[int, str]:
    """Every running process of this session, whoever its parent is now."""
    folders = (folder for folder in PROC.glob("[0-9]*") if SESSION.encode() in variables(folder))
    return running(int(folder.name) for folder in folders)


def variables(folder: Path) -> list[bytes]:
    """What a process was started with, or nothing where it is gone or belongs to somebody else."""
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def running(pids: Iterable[int]) -> dict[int, str]:
    """Those of `pids` that have not ended, with their command lines."""
    found: dict[int, str] = {}
    for pid in pids:
        try:
            # A name in parentheses may hold spaces: the fields begin after the last one.
            state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
            line = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z" and not any(servant in line for servant in SERVANTS):
            found[pid] = line
    return found


def leaked_processes(item: pytest.Item, nextitem: pytest.Item | None) -> list[str]:
    """The processes that a test started and that do not end; they are ended here."""
    before, suspects = item.stash[PROCESSES], children()
    if last_of_module(item, nextitem):
        before, suspects = item.config.stash[MODULE].processes, {**suspects, **descendants()}
    elif uses_a_shared_fixture(item):
        return []
    new = {
        pid: line for pid, line in suspects.items() if pid not in before and not ends_in_time(pid)
    }
    for pid in new:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return [f"left a process behind: {pid} {line}" for pid, line in new.items()]


def ends_in_time(pid: int) -> bool:
    """Wait for a process that may be on its way out."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], SECONDS_TO_END)[0])
    finally:
        os.close(handle)


def uses_a_shared_fixture(item: pytest.Item) -> bool:
    """Whether a fixture of our own that outlives the test may hold a process."""
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return False
    return any(
        definitions[-1].scope != "function"
        and Path(inspect.getfile(definitions[-1].func)).is_relative_to(TESTS)
        for definitions in info.name2fixturedefs.values()
    )

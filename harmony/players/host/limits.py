"""Quotas that a Player process keeps to by itself, taken on before any Player's code is loaded.

Memory is what the process allocates (RLIMIT_DATA), not the addresses it reserves: a library that
starts threads reserves ten times what it uses, and would fail under a limit on those. The addresses
get a wide fence of their own, against memory shared with others, which is not counted as data.

Time is counted for each task. It has two limits, since an error can only be raised where Python
code runs: at the limit a signal raises QuotaExceeded in the Player; for one that is deep in a
library, the kernel (processor time) or a watchdog without need of Python (wall time) ends the
process some seconds later. docs/decisions/2026-11-21-quotas.md says what was measured.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import gc
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from harmony.players.errors import QuotaExceeded
from harmony.players.host.interruption import Interruption
from harmony.wire.launch import Quota

if sys.platform != "win32":
    import resource

GRACE_SECONDS: Final = 3
"""So much longer than its time a task may go on where no error can be raised in it."""
ROOM_MB: Final = 16
"""So much more than its quota the host itself may take, to tell that it was used up."""
_FENCE_MB: Final = 1024
_MB: Final = 1024 * 1024
_RIGHT_BEHIND: Final = 0.01
_MOMENT: Final = 0.002
_CLEAR_PEAK: Final = b"5"
# Kilobytes on Linux, bytes on macOS.
_PEAKS_IN_A_MB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024
_ENOUGH: Final = contextlib.nullcontext()

_SetLimits = tuple[tuple[int, tuple[int, int]], ...]
"""Limits as the system takes them: kind, soft and hard."""


class _Room:
    """More memory for a block of the host's own work.

    Made beforehand, like the limits it sets: where memory is used up there is none for a new
    object either.
    """

    __slots__ = ("_limits",)

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __enter__(self) -> None:
        self._limits.widen()

    def __exit__(self, *_: object) -> None:
        self._limits.narrow()


class Limits:
    """The limits of this process and of the task that it runs. Made in the main thread."""

    def __init__(self, quota: Quota, interruption: Interruption) -> None:
        self._own = quota
        self._now = quota
        self._interruption = interruption
        self._playing = False
        self._out_of_memory = False
        self._peak: int | None = None
        self._status: int | None = None
        self._inherited = 0.0
        self._last_peak = self._own_peak = 0.0
        self._room = _Room(self)
        self._memory = threading.Lock()
        self._tight = self._wide = _memory_limits(0)
        self._before = 0.0
        self._ended = -math.inf

    @property
    def quota(self) -> Quota:
        """What the task that runs, or ran last, may take."""
        return self._now

    def take_on(self) -> None:
        """Take on the limits that hold for the whole process."""
        if sys.platform == "win32":
            return
        # A core file could hold secrets, and a crash must not take seconds to write one.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # A group of its own, so that it can be ended with all that it started. Already so where
        # the parent could start it in a new session.
        if os.getpgrp() != os.getpid():
            with contextlib.suppress(PermissionError):
                os.setsid()
        with contextlib.suppress(OSError):
            self._peak = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
            self._status = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
        used = resource.getrusage(resource.RUSAGE_SELF)
        # Linux starts a process with the peak of the one that it was forked from.
        self._inherited = used.ru_maxrss / _PEAKS_IN_A_MB
        self._last_peak = self._own_peak = self._peak_mb(self._inherited, math.inf)
        self._limit_files(self._own.open_files)
        if self._own.memory_mb:
            self._fit_memory()

    def begin(self, given: Mapping[str, Any] | None) -> None:
        """A task begins; `given` are the limits in which it differs from the process."""
        if given is not None or self._now is not self._own:
            quota = replace(self._own, **given) if given else self._own
            if quota.open_files != self._now.open_files:
                self._limit_files(quota.open_files)
            changed = quota.memory_mb != self._now.memory_mb
            self._now = quota
            if changed:
                self._fit_memory()
        self._playing = True
        if self._now.memory_mb:
            self.narrow()
        # A peak that is hardly above that of the bare host is near enough.
        if self._peak is not None and self._last_peak > self._own_peak + 8:
            os.pwrite(self._peak, _CLEAR_PEAK, 0)
        # Right behind another task its end is this one's beginning: a system call less.
        if self._now.cpu_seconds or time.monotonic() - self._ended > _RIGHT_BEHIND:
            self._before = time.process_time()
        if self._now.cpu_seconds or self._now.wall_seconds:
            self._start_clocks()

    def end(self) -> dict[str, float]:
        """The task is over. What it used, as the `usage` of its result."""
        self._playing = False
        if self._now.memory_mb:
            self.widen()
        if self._now.cpu_seconds or self._now.wall_seconds:
            self._stop_clocks()
        if sys.platform == "win32":
            return {"cpu_seconds": time.process_time() - self._before, "memory_mb": 0.0}
        used = resource.getrusage(resource.RUSAGE_SELF)
        now, before = used.ru_utime + used.ru_stime, self._before
        self._before, self._ended = now, time.monotonic()
        seconds = max(0, int((now - before) * 1e6)) / 1e6
        peak = self._last_peak = self._peak_mb(used.ru_maxrss / _PEAKS_IN_A_MB, seconds)
        return {"cpu_seconds": seconds, "memory_mb": peak}

    def _peak_mb(self, told: float, seconds: float) -> float:
        """The most memory in use since the last task; `told` is what the system says of it.

        Where that is the peak of another process, the kernel's own book is opened: not for a task
        of a moment, which it would make longer and which hardly needs memory.
        """
        if told > self._inherited or self._status is None:
            return told
        if seconds < _MOMENT:
            return self._last_peak
        book = os.pread(self._status, 4096, 0)
        return int(book.split(b"VmHWM:", 1)[1].split(None, 1)[0]) / 1024

    def is_tight(self) -> bool:
        """Whether the Player that runs may have left no memory for anything else."""
        return self._playing and self._now.memory_mb > 0

    def room(self) -> contextlib.AbstractContextManager[None]:
        """Within this block the host has memory to work with, though the Player has none left."""
        return self._room if self.is_tight() else _ENOUGH

    def widen(self) -> None:
        """Give the host memory to work with."""
        with self._memory:
            _set_all(self._wide)

    def narrow(self) -> None:
        """Take it back, while the Player still runs."""
        # Or its end, told in the main thread, would fall between the look and the taking.
        with self._memory:
            if self._playing:
                _set_all(self._tight)

    def is_worn_out(self) -> bool:
        """Whether a task met the limit of memory and left no room for the next one."""
        failed, self._out_of_memory = self._out_of_memory, False
        if not failed or sys.platform == "win32":
            return False
        gc.collect()
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - no path object for a look
            allocated = int(file.read().split()[5]) * resource.getpagesize()
        return allocated > self._now.memory_mb * _MB / 2

    def exceeded(self, error: BaseException) -> QuotaExceeded | None:
        """The limit that an error of a Player is about; None when it is about something else."""
        quota = self._now
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, QuotaExceeded):
                return cause
            if quota.memory_mb and _is_out_of_memory(cause):
                self._out_of_memory = True
                return QuotaExceeded("quota_memory", quota.memory_mb)
            if quota.open_files and isinstance(cause, OSError) and cause.errno == errno.EMFILE:
                return QuotaExceeded("quota_files", quota.open_files)
            cause = cause.__cause__
        return None

    def _limit_files(self, number: int) -> None:
        if sys.platform != "win32":
            _limit(resource.RLIMIT_NOFILE, number)

    def _fit_memory(self) -> None:
        """Make the limits of memory ready for the quota that holds now, and set the wide ones."""
        quota = self._now.memory_mb
        self._tight = _memory_limits(quota)
        self._wide = _memory_limits(quota + ROOM_MB if quota else 0)
        self.widen()

    def _start_clocks(self) -> None:
        quota = self._now
        if sys.platform == "win32":
            return
        if quota.cpu_seconds:
            signal.signal(signal.SIGPROF, self._out_of_cpu)
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            last = math.ceil(self._before + quota.cpu_seconds) + GRACE_SECONDS
            resource.setrlimit(
                resource.RLIMIT_CPU, (last, resource.getrlimit(resource.RLIMIT_CPU)[1])
            )
            signal.setitimer(signal.ITIMER_PROF, quota.cpu_seconds)
        if quota.wall_seconds:
            signal.signal(signal.SIGALRM, self._out_of_time)
            signal.setitimer(signal.ITIMER_REAL, quota.wall_seconds)
            faulthandler.dump_traceback_later(quota.wall_seconds + GRACE_SECONDS, exit=True, file=2)

    def _stop_clocks(self) -> None:
        quota = self._now
        if sys.platform == "win32":
            return
        if quota.cpu_seconds:
            signal.setitimer(signal.ITIMER_PROF, 0)
            _limit(resource.RLIMIT_CPU, 0)
        if quota.wall_seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()

    def _out_of_cpu(self, _number: int, _frame: Any) -> None:
        self._interruption.stop(QuotaExceeded("quota_cpu", self._now.cpu_seconds))

    def _out_of_time(self, _number: int, _frame: Any) -> None:
        self._interruption.stop(QuotaExceeded("quota_wall", self._now.wall_seconds))


def _memory_limits(megabytes: int) -> _SetLimits:
    if sys.platform == "win32":
        return ()
    fence = megabytes * 4 + _FENCE_MB if megabytes else 0
    return (
        _ready_limit(resource.RLIMIT_DATA, megabytes * _MB),
        _ready_limit(resource.RLIMIT_AS, fence * _MB),
    )


def _limit(kind: int, value: int) -> None:
    """Set the soft limit of a kind; 0 takes it away. A hard limit that was inherited stays."""
    _set_all((_ready_limit(kind, value),))


def _ready_limit(kind: int, value: int) -> tuple[int, tuple[int, int]]:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard) if value else hard
    return kind, (value or resource.RLIM_INFINITY, hard)


def _set_all(limits: _SetLimits) -> None:
    for kind, both in limits:
        resource.setrlimit(kind, both)


def _is_out_of_memory(error: BaseException) -> bool:
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        # A thread needs memory for its stack; the message is all there is to know it by.
        or (isinstance(error, RuntimeError) and "can't start new thread" in str(error))
        # DuckDB's own, which is not imported here.
        or type(error).__name__ == "OutOfMemoryException"
    )

"""What a running Player says to the person who watches, and hears from them (DESIGN.md section 5).

A Player that declares a parameter of the type `Context` is handed one. It needs no host: `Context`
by itself works in a plain test, where what is said goes nowhere.
"""

from __future__ import annotations

import math
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from harmony.players.errors import PlayerError
from harmony.players.scratch import made

Level = Literal["debug", "info", "warning", "error"]

PROGRESS_INTERVAL: Final = 1 / 30
"""Seconds between two progress messages: more than that nobody can see."""
HEARTBEAT_INTERVAL: Final = 0.1
"""Seconds between two heartbeats that are sent."""
_LONGEST_LINE: Final = 2_000
_LONGEST_TEXT: Final = 64 * 1024
_SUFFIX: Final = re.compile(r"(\.[A-Za-z0-9]{1,16}){0,3}")


class TaskCancelled(BaseException):
    """The task is to end now. A BaseException, so that `except Exception` does not swallow it."""


class Context:
    """The Player's side of its task."""

    def __init__(
        self,
        *,
        scratch: Path | None = None,
        staging: Path | None = None,
        secrets: Mapping[str, str] | None = None,
        say: Callable[[str, dict[str, Any]], None] | None = None,
        publish: Callable[[Any, str | None], None] | None = None,
        saved: Callable[[], Any] | None = None,
        keep: Callable[[Any], None] | None = None,
    ) -> None:
        self._scratch = scratch
        self._staging = staging
        self._secrets = dict(secrets or {})
        self._say = say or _nobody_listens
        self._publish = publish
        self._saved = saved
        self._keep = keep
        self._cancelled = threading.Event()
        self._on_cancel: list[Callable[[], None]] = []
        self._staged = 0
        self._lock = threading.Lock()
        self._last_progress = -math.inf
        self._last_heartbeat = -math.inf
        self._held: dict[str, Any] | None = None
        self._timer: threading.Timer | None = None

    @property
    def scratch(self) -> Path:
        """A folder of the task's own, empty at the start and removed at the end."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="harmony-scratch-"))
        return made(self._scratch)

    def stage(self, suffix: str = "") -> Path:
        """The path of a new file to write a large output to; return it as that output.

        `suffix` is the ending of its name (".parquet"). Raises ValueError for one that is none.
        """
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"{suffix!r} is no ending of a file name; write one like '.csv'")
        with self._lock:
            self._staged += 1
            number = self._staged
        folder = self.scratch if self._staging is None else made(self._staging)
        return folder / f"staged-{number}{suffix}"

    def progress(self, fraction: float | None, message: str = "") -> None:
        """How far the work is, from 0 to 1 (None: unknown), and in a few words at what.

        May be called as often as is convenient: 30 a second are sent, and the last one always is.
        """
        if fraction is not None:
            # Sums of floats end at 1.0000000000000002; a watcher wants a ring, not an error.
            fraction = None if math.isnan(fraction) else min(1.0, max(0.0, float(fraction)))
        now = time.monotonic()
        said = {"fraction": fraction, "message": clean_text(str(message), _LONGEST_LINE)}
        with self._lock:
            wait = self._last_progress + PROGRESS_INTERVAL - now
            if wait > 0:
                self._held = said
                if self._timer is None:
                    self._timer = threading.Timer(wait, self.flush)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._held = None
            self._last_progress = now
            self._say("progress", said)

    def flush(self) -> None:
        """Send the progress that was held back. The host does so at the end of a task."""
        with self._lock:
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            if self._held is not None:
                said, self._held = self._held, None
                self._last_progress = time.monotonic()
                self._say("progress", said)

    def log(self, text: object, level: Level = "info") -> None:
        """Write a line to the task's log. Raises ValueError for an unknown level."""
        if level not in ("debug", "info", "warning", "error"):
            raise ValueError(f"{level!r} is no level; use debug, info, warning or error")
        self._say("log", {"level": level, "text": clean_text(str(text), _LONGEST_TEXT)})

    def debug(self, text: object) -> None:
        """Write a line that matters only when something is wrong."""
        self.log(text, "debug")

    def info(self, text: object) -> None:
        """Write a line."""
        self.log(text, "info")

    def warning(self, text: object) -> None:
        """Write a line that the person should read."""
        self.log(text, "warning")

    def error(self, text: object) -> None:
        """Write a line about something that went wrong, though the task goes on."""
        self.log(text, "error")

    def heartbeat(self) -> None:
        """Say that the work goes on, where there is no progress to tell of.

        A node may set a limit on the time without a sign; progress and lines of the log are signs
        too. May be called as often as is convenient.
        """
        now = time.monotonic()
        with self._lock:
            if now - self._last_heartbeat < HEARTBEAT_INTERVAL:
                return
            self._last_heartbeat = now
        self._say("heartbeat", {})

    def save(self, state: Any) -> None:
        """Keep where the work stands, as JSON: should this attempt fail, the next one gets it.

        Each call replaces what was saved before. It is on its way to the disk when this returns;
        what is lost with a crash in the same moment is the last step, never an older one. Raises
        ValueTypeError for what JSON cannot hold.
        """
        if self._keep is not None:
            self._keep(state)

    @property
    def saved(self) -> Any:
        """What the last attempt saved, None when there is nothing. Ask once: a large one is read
        from disk each time."""
        return None if self._saved is None else self._saved()

    def spend(self, *, tokens: int = 0, money: float = 0.0) -> None:
        """Tell what this task used, beside what it told before; a run may have a budget of each.

        Raises ValueError for less than nothing, or what is no number.
        """
        if type(tokens) is not int or tokens < 0:
            raise ValueError(f"{tokens!r} is no count of tokens")
        if not 0 <= money < math.inf:
            raise ValueError(f"{money!r} is no amount of money")
        if tokens or money:
            self._say("spent", {"tokens": tokens, "money": money})

    @property
    def cancelled(self) -> bool:
        """Whether the task is to end."""
        return self._cancelled.is_set()

    def raise_if_cancelled(self) -> None:
        """End the task here if that was asked for. Raises TaskCancelled."""
        if self._cancelled.is_set():
            raise TaskCancelled

    def on_cancel(self, stop: Callable[[], None]) -> None:
        """Call `stop` when the task is cancelled, from another thread.

        For work in a library that Python cannot interrupt, e.g. the `interrupt` of a database
        connection. Called at once when the task is cancelled already.
        """
        self._on_cancel.append(stop)
        if self._cancelled.is_set():
            stop()

    def cancel(self) -> None:
        """Set `cancelled` and call what `on_cancel` was given. Called by the host, or by a test."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        for stop in tuple(self._on_cancel):
            try:
                stop()
            except Exception as error:  # noqa: BLE001 - one that fails must not keep the task alive
                self.error(f"What on_cancel was given failed: {type(error).__name__}: {error}")

    def secret(self, name: str) -> str:
        """The value of the secret parameter `name`. Raises PlayerError when none was given."""
        if name not in self._secrets:
            raise PlayerError(
                f"No secret was given for {name}.",
                hint="Choose a secret for this parameter in the inspector.",
            )
        return self._secrets[name]

    def partial(self, value: Any, output: str | None = None) -> None:
        """Show what an output is so far; `output` may be left out where there is only one."""
        if self._publish is not None:
            self._publish(value, output)


def clean_text(text: str, longest: int) -> str:
    """The text as it may be sent: cut to `longest` characters, with no halves of surrogate pairs.

    File names that are no UTF-8 come with such halves; they are shown as an escape.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "backslashreplace").decode()
        if len(text) > longest:
            text = text[: longest - 1] + "…"
    return text


def _nobody_listens(kind: str, fields: dict[str, Any]) -> None:
    """A Context without a host: what is said goes nowhere."""

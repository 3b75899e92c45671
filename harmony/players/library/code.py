"""A person's own lines: a Python snippet, a command."""

from __future__ import annotations

import contextlib
import linecache
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from harmony.players.context import Context
from harmony.players.declare import operator
from harmony.players.errors import PlayerError
from harmony.players.library._words import counted
from harmony.players.scratch import current_folder
from harmony.players.types import Code, File, Folder, Help, Kind, Label, Number, Range, Table, Text

ShellCode = Annotated[str, Kind("code", "shell")]

SNIPPET_NAME: Final = "<snippet>"
_NO_FOLDER: Final = Folder("")
_TAIL: Final = 2_000


@operator("Python snippet", category="Code", icon="code")
def python_snippet(
    first: Any = None,
    second: Any = None,
    third: Any = None,
    *,
    code: Code = "result = first",
    context: Context | None = None,
) -> Any:
    """your own few lines

    Runs Python lines. What is wired to the inputs is there as `first`, `second` and `third`; what
    the lines set as `result` is the output. What they print goes to the log.

    A table has `.rows()`, `.columns`, `.row_count` and `.query("SELECT … FROM this")`;
    `Table.from_rows([{"a": 1}])` makes one.

    first: there as first
    second: there as second
    third: there as third
    code: Python lines that set result
    returns: what result was set to
    """
    # The lines are known to tracebacks under the snippet's name, though there is no such file.
    linecache.cache[SNIPPET_NAME] = (len(code), None, code.splitlines(keepends=True), SNIPPET_NAME)
    names: dict[str, Any] = {
        "__name__": "snippet",
        "first": first,
        "second": second,
        "third": third,
        "context": context or Context(),
        "File": File,
        "PlayerError": PlayerError,
        "Table": Table,
    }
    exec(compile(code, SNIPPET_NAME, "exec"), names)  # noqa: S102 - a person's own lines, in a child
    if "result" not in names:
        raise PlayerError("The snippet sets no “result”.", hint="End it with result = …")
    return names["result"]


class CommandOutput(NamedTuple):
    """What a command printed, and how it ended."""

    text: Annotated[Text, Help("what it printed to standard output")]
    status: Annotated[Number, Help("its exit status; 0 means that all went well")]


@operator(
    "Run command",
    category="Code",
    icon="terminal",
    effects=True,
    example={"text": "", "status": 0},
)
def run_command(
    text: Text | None = None,
    file: File | None = None,
    *,
    command: ShellCode = "",
    folder: Annotated[Folder, Label("In the folder")] = _NO_FOLDER,
    timeout: Annotated[float, Label("Stop after so many seconds"), Range(0)] = 0.0,
    on_error: Annotated[Literal["stop", "go on"], Label("If it fails")] = "stop",
    context: Context | None = None,
) -> CommandOutput:
    """a program of this machine

    Runs a command in the shell and gives what it prints. What it prints to standard error goes to
    the log.

    text: goes to the command's standard input
    file: its path is in the variable FILE: write "$FILE"
    command: the line that a terminal would be given
    folder: where it runs; empty: in a new, empty folder
    timeout: 0 waits for ever
    on_error: stop fails the task when the exit status is not 0
    """
    if not command.strip():
        raise PlayerError("There is no command.", hint="Write one, such as date.")
    where = folder or str(current_folder())
    if not os.path.isdir(where):  # noqa: PTH112 - one question, no path is built
        raise PlayerError(f"There is no folder {where}.", hint="Choose another folder.")
    process = subprocess.Popen(  # noqa: S602 - a shell line, written by the person who runs it
        command,
        shell=True,
        cwd=where,
        env={**os.environ, "FILE": file or ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if context is not None:
        context.on_cancel(lambda: _kill(process))
    tail = _Tail()
    errors = threading.Thread(target=tail.forward, args=(process.stderr,), daemon=True)
    errors.start()
    printed = _Collected()
    output = threading.Thread(target=printed.collect, args=(process.stdout,), daemon=True)
    output.start()
    try:
        _feed(process, text or "")
        status = process.wait(timeout or None)
    except subprocess.TimeoutExpired as error:
        raise PlayerError(
            f"The command was stopped after {counted(round(timeout), 'second')}.",
            hint="Allow it more time, or 0 to wait for ever.",
        ) from error
    finally:
        _kill(process)
        process.wait()
    output.join()
    errors.join()
    if status != 0 and on_error == "stop":
        ended = f"with the exit status {status}" if status > 0 else f"by the signal {-status}"
        raise PlayerError(
            f"The command ended {ended}.",
            hint=tail.last_line() or "The log has what it printed.",
        )
    return CommandOutput(printed.data.decode("utf-8", "replace"), status)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs, and what it started. They stay in the host's process group,
    so that they also end with the host."""
    if process.poll() is not None:
        return
    family = [process.pid]
    for pid in family:  # grows while it is walked
        children = Path(f"/proc/{pid}/task/{pid}/children")
        with contextlib.suppress(OSError):  # it ended meanwhile, or this is not Linux
            family += [int(child) for child in children.read_text().split()]
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _feed(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin is not None
    stdin = process.stdin

    def write() -> None:
        try:
            with stdin:
                stdin.write(text.encode("utf-8"))
        except OSError:
            return  # the command did not want all of it, which is its right

    # On a thread of its own: a command may print more than a pipe holds before it reads on.
    threading.Thread(target=write, daemon=True).start()


class _Collected:
    """What a pipe carried."""

    def __init__(self) -> None:
        self.data = b""

    def collect(self, pipe: Any) -> None:
        """Read the pipe to its end."""
        with pipe:
            self.data = pipe.read()


class _Tail:
    """Passes a pipe on to standard error, and remembers how it ended."""

    def __init__(self) -> None:
        self._kept = b""

    def forward(self, pipe: Any) -> None:
        """Read the pipe to its end."""
        with pipe:
            while chunk := pipe.read1(65536):
                sys.stderr.write(chunk.decode("utf-8", "replace"))
                sys.stderr.flush()
                self._kept = (self._kept + chunk)[-_TAIL:]

    def last_line(self) -> str:
        """The last line that is not empty."""
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

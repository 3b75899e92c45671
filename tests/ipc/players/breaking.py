"""Players that do to their own process what the outside world might."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from harmony.players import Json, Text, operator
from harmony.players.context import Context

SLEEPER = [sys.executable, "-c", "import time; time.sleep(3600)"]


def _sockets() -> list[int]:
    """The sockets of this process, which its reading thread may close and open meanwhile."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue  # closed since it was listed
        if target.startswith("socket:"):
            found.append(int(link.name))
    return found


def _sever() -> None:
    """Break the connection to the program, as a broken network would."""
    while not any(_shut(number) for number in _sockets()):
        time.sleep(0.001)  # the reading thread is mending the last break


def _shut(number: int) -> bool:
    """Break one socket; False for one that is not connected yet, or no longer there."""
    try:
        with socket.socket(fileno=os.dup(number)) as copy:
            copy.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        if error.errno in (errno.ENOTCONN, errno.EBADF, errno.ENOTSOCK):
            return False
        raise
    return True


@operator("Sever", category="Test")
def sever(context: Context, *, times: int = 1, lines: int = 50) -> Json:
    for number in range(times):
        for line in range(lines):
            context.log(f"{number} {line}")
            if line == lines // 2:
                _sever()
    return times * lines


@operator("Crash", category="Test")
def crash(context: Context) -> Text:
    context.log("crashing")
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(3600)
    return "never"


@operator("Stop", category="Test")
def stop(context: Context) -> Text:
    context.log("stopping")
    os.kill(os.getpid(), signal.SIGSTOP)
    return "went on"


@operator("Leave an orphan", category="Test")
def leave_an_orphan(context: Context) -> Text:
    """A program in a session of its own that holds the pipes and the socket, then a sudden end."""
    sockets = _sockets()
    orphan = subprocess.Popen(SLEEPER, start_new_session=True, pass_fds=sockets)
    context.log(f"{orphan.pid}")
    time.sleep(3600)
    return "never"


@operator("Leave a daemon", category="Test")
def leave_a_daemon() -> Json:
    daemon = subprocess.Popen(
        SLEEPER, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return daemon.pid


@operator("Hold the interpreter", category="Test")
def hold_the_interpreter(context: Context, *, ten_millions: int = 1) -> Json:
    """Work in C that lets no other thread of Python run, and uses the processor."""
    context.log("holding")
    return sum(range(ten_millions * 10_000_000))


@operator("Chatter", category="Test")
def chatter(context: Context, *, count: int = 20_000) -> Json:
    for number in range(count):
        context.log(str(number))
    return count


@operator("Speak later", category="Test")
def speak_later(context: Context) -> Text:
    def late() -> None:
        time.sleep(0.05)
        context.log("from the grave")

    threading.Thread(target=late).start()
    return "done"

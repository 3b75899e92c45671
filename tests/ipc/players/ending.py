"""Players that take their process down, or do not let go of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from harmony.players import Json, Text, operator
from harmony.players.context import Context


@operator("Kill", category="Test")
def kill_itself() -> Text:
    print("last words", file=sys.stderr)
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@operator("Vanish", category="Test")
def vanish(context: Context, *, code: int = 0) -> Text:
    context.log("about to go")
    print("printed before the end", flush=True)
    os._exit(code)


@operator("Spin", category="Test")
def spin(context: Context) -> Text:
    context.log("spinning")
    while True:
        pass


@operator("Sleep", category="Test")
def sleep(context: Context) -> Text:
    context.log("sleeping")
    time.sleep(3600)
    return "never"


@operator("Tidy", category="Test")
def tidy(context: Context) -> Text:
    try:
        context.log("working")
        while True:
            time.sleep(3600)
    finally:
        context.log("tidied up")


@operator("Poll", category="Test")
def poll(context: Context) -> Text:
    while not context.cancelled:
        try:
            context.log("polling")
            time.sleep(0.001)
        except BaseException:  # noqa: BLE001
            continue
    return "ended by itself"


@operator("Stubborn", category="Test")
def stubborn(context: Context) -> Text:
    while True:
        try:
            context.log("digging in")
            time.sleep(3600)
        except BaseException:  # noqa: BLE001
            continue


@operator("Fork", category="Test")
def fork(context: Context) -> Text:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    context.log(f"{child.pid}")
    time.sleep(3600)
    return "never"


@operator("Leave a child", category="Test")
def leave_a_child() -> Json:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    return child.pid

"""The system's own libraries that Qt needs: which are missing, and how they are brought.

A library counts as present when the loader finds it, so a machine that got it in another way than
apt is left alone, and nothing at all is done where all are there.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

# What is looked for -> the Debian and Ubuntu package that has it.
NOTHING: Mapping[str, str] = {}
OFFSCREEN: Mapping[str, str] = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
WINDOW: Mapping[str, str] = {
    **OFFSCREEN,
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
WINDOW_TESTS: Mapping[str, str] = {**WINDOW, "xvfb-run": "xvfb", "Xvfb": "xvfb", "xauth": "xauth"}

OLDEST_GLIBC = (2, 34)


class CannotInstall(Exception):  # noqa: N818 - read as a sentence where it is caught
    """The system lacks something that may not be brought from here; the text says what to do."""


def can_load(name: str) -> bool:
    """Whether the loader finds a library, or the PATH a program, of this name."""
    if ".so" not in name:
        return shutil.which(name) is not None
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_packages(
    needs: Mapping[str, str], present: Callable[[str], bool] = can_load
) -> list[str]:
    """The packages to install, each once, in the order of `needs`."""
    return list(dict.fromkeys(package for name, package in needs.items() if not present(name)))


def install_command(packages: Sequence[str], *, root: bool) -> list[str]:
    """The one command that brings `packages`."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    return command if root else ["sudo", *command]


def what_to_type(packages: Sequence[str], *, root: bool, apt: bool) -> str:
    """What a person is told when the packages cannot be installed for them."""
    if not apt:
        return (
            "This system lacks something that is needed, by its Debian names: "
            + " ".join(packages)
            + "\nInstall what your system calls them, then run the same command again."
        )
    return (
        "This system lacks something that is needed. Type this, then do the same again:\n\n  "
        + " ".join(install_command(packages, root=root))
        + "\n"
    )


def bring(needs: Mapping[str, str], packages: Sequence[str] = ()) -> None:
    """Install `packages` and what is missing of `needs`; raises CannotInstall where it may not."""
    if sys.platform.startswith("linux"):
        refuse_old_glibc(glibc_version())
        install([*packages, *missing_packages(needs)])


def install(packages: Sequence[str]) -> None:
    """Install Debian packages through apt, without asking anything of anybody."""
    if not packages:
        return
    root = os.geteuid() == 0
    apt = shutil.which("apt-get") is not None
    if not apt or not (root or sudo_without_password()):
        raise CannotInstall(what_to_type(packages, root=root, apt=apt))
    print("Installing", " ".join(packages), "through apt.", flush=True)
    prefix = [] if root else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh container has no package lists, and a list that is too old names files that are gone.
    quiet = {"stdin": subprocess.DEVNULL, "env": environment}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=False, **quiet)
    done = subprocess.run(
        [*prefix, *install_command(packages, root=True), "-qq"], check=False, **quiet
    )
    if done.returncode != 0:
        raise CannotInstall(what_to_type(packages, root=root, apt=True))


def sudo_without_password() -> bool:
    """Whether this user may act as root without being asked for a password."""
    if shutil.which("sudo") is None:
        return False
    asked = subprocess.run(
        ["sudo", "-n", "true"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return asked.returncode == 0


def glibc_version() -> tuple[int, int] | None:
    """The version of the C library, or None where it is another one (musl, for example)."""
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return None
    parts = name.rpartition(" ")[2].split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 else None


def refuse_old_glibc(version: tuple[int, int] | None) -> None:
    """Qt's wheel needs Debian 12, Ubuntu 22.04 or newer: say so before anything is fetched."""
    if version is None or version < OLDEST_GLIBC:
        found = "another C library" if version is None else f"glibc {version[0]}.{version[1]}"
        raise CannotInstall(
            f"Qt needs glibc {OLDEST_GLIBC[0]}.{OLDEST_GLIBC[1]} or newer, which Debian 12 and "
            f"Ubuntu 22.04 have; this system has {found}."
        )


def has_display(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a window can be shown to somebody."""
    if not platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))

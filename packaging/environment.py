"""The project's own Python environment, `.venv`: made once, filled from the lock, stamped.

The stamp is a hash of everything that decides what is installed. While it is right, nothing is
looked at twice; when the lock, the project file, the Python or the folder changes, the set-up runs
again over what is there.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import system_libraries

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "packaging" / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
STAMP = VENV / "harmony-setup.stamp"
PIP_INSTALL = ("install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location")


class SetUpFailed(Exception):  # noqa: N818 - read as a sentence where it is caught
    """The environment could not be made; the text says which step and what to do."""


@dataclass(frozen=True)
class Tools:
    """What this machine has for making an environment and filling it."""

    uv: str | None
    ensurepip: bool  # Debian ships Python without it unless python3-venv is installed
    outer_pip: bool  # a pip of the system that can install into another environment


def stamp_of(lock: bytes, project: bytes, python: str, root: str) -> str:
    """What a finished set-up writes down: equal stamps mean that there is nothing to do.

    The folder counts, because an environment holds absolute paths and does not survive a move.
    """
    parts = hashlib.sha256()
    for part in (lock, project, python.encode(), root.encode()):
        parts.update(hashlib.sha256(part).digest())
    return parts.hexdigest()


def venv_python(venv: Path = VENV) -> Path:
    """The interpreter of the environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def venv_program(name: str, venv: Path = VENV) -> Path:
    """A program that is installed in the environment."""
    return venv / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def wanted_stamp() -> str:
    """The stamp that the present files and the present Python call for."""
    python = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]} {sys.platform}"
    return stamp_of(LOCK.read_bytes(), PROJECT.read_bytes(), python, str(ROOT))


def is_current() -> bool:
    """Whether the environment is what the committed files call for."""
    return (
        STAMP.is_file()
        and STAMP.read_text(encoding="ascii").strip() == wanted_stamp()
        and venv_python().exists()
    )


def set_up(needs: Mapping[str, str]) -> None:
    """Bring the libraries in `needs`, then make the environment what the lock says.

    Does nothing where all is there. What the system lacks is asked for at once, in one command.
    """
    current = is_current()
    wanted = [] if current else packages_for_making(look_for_tools())
    system_libraries.bring(needs, wanted)
    if current:
        return
    STAMP.unlink(missing_ok=True)  # half a set-up must not look like a finished one
    tools = look_for_tools()
    make_venv(tools)
    fill_from_lock(tools)
    install_project(tools)
    STAMP.write_text(wanted_stamp() + "\n", encoding="ascii")
    print("Ready.", flush=True)


def look_for_tools() -> Tools:
    """Find uv and pip on this machine, as they are now."""
    importlib.invalidate_caches()
    return Tools(
        uv=shutil.which("uv"),
        ensurepip=importlib.util.find_spec("ensurepip") is not None,
        outer_pip=outer_pip_version() >= (22, 3),
    )


def packages_for_making(tools: Tools) -> list[str]:
    """The Debian package without which no environment can be made here; mostly none."""
    if tools.uv or tools.ensurepip or tools.outer_pip or venv_version() == sys.version_info[:2]:
        return []
    return [f"python3.{sys.version_info[1]}-venv"]


def outer_pip_version() -> tuple[int, ...]:
    """The version of the pip of this Python, or () without one."""
    from importlib import metadata

    try:
        version = metadata.version("pip")
    except metadata.PackageNotFoundError:
        return ()
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def make_venv(tools: Tools) -> None:
    """Create `.venv` with this Python, or keep the one that is there and fits."""
    if venv_version() == sys.version_info[:2]:
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    # Where an installer outside fills it, the environment needs none of its own.
    run_step(command if tools.ensurepip else [*command, "--without-pip"], "making .venv")


def venv_version() -> tuple[int, int] | None:
    """The version of the Python in `.venv`, or None when there is none that starts."""
    if not venv_python().exists():
        return None
    asked = subprocess.run(
        [
            str(venv_python()),
            "-I",
            "-c",
            "import sys; print(sys.version_info[0], sys.version_info[1])",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        return None
    major, minor = asked.stdout.split()
    return int(major), int(minor)


def installers(tools: Tools, python: Path) -> list[list[str]]:
    """The commands that can install into the environment, the quickest first.

    pip follows uv, because a machine may reach its packages only as its pip is configured.
    """
    found: list[list[str]] = []
    if tools.uv:
        found.append([tools.uv, "pip", "install", "--python", str(python), "--compile-bytecode"])
    if has_pip(python):
        found.append([str(python), "-m", "pip", *PIP_INSTALL])
    elif tools.outer_pip:
        found.append([sys.executable, "-m", "pip", "--python", str(python), *PIP_INSTALL])
    return found


def has_pip(python: Path) -> bool:
    """Whether the environment has a pip of its own."""
    asked = subprocess.run(
        [str(python), "-I", "-c", "import pip"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return asked.returncode == 0


def fill_from_lock(tools: Tools) -> None:
    """Install the exact versions of the lock; every file must have the hash that stands there."""
    print("Installing what the lock names (about 150 MB to fetch the first time).", flush=True)
    wanted = ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)]
    attempts = installers(tools, venv_python())
    if not attempts:
        raise SetUpFailed(f"{VENV} has no pip. Delete that folder and run the same command again.")
    for number, installer in enumerate(attempts):
        if number:
            print("That did not work; trying again with pip.", flush=True)
        done = subprocess.run([*installer, *wanted], stdin=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            return
    raise SetUpFailed(
        "The packages could not be installed; the lines above say why. The first set-up needs a "
        "connection to the package index that pip is configured for."
    )


def install_project(tools: Tools) -> None:
    """Install the project itself, editable; its build backend is already there, from the lock."""
    wanted = ["--no-deps", "--no-build-isolation", "--quiet", "--editable", str(ROOT)]
    installer = installers(tools, venv_python())[-1]
    offline = ["--no-index"] if installer[0] != tools.uv else ["--offline"]
    run_step([*installer, *offline, *wanted], "installing the project")
    compiling = [str(venv_python()), "-m", "compileall", "-q", str(ROOT / "harmony")]
    # A file with a syntax error is shown by this, and is for `check` and `test` to judge.
    subprocess.run(compiling, stdin=subprocess.DEVNULL, check=False)


def run_step(command: Sequence[str], doing: str) -> None:
    """Run one step of the set-up; raises SetUpFailed with its name when it fails."""
    done = subprocess.run(list(command), stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SetUpFailed(f"The set-up failed while {doing}; the lines above say why.")

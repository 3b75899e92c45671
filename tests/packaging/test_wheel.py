"""The program as it is installed: a real wheel in a folder of its own, far from the checkout."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the backend of the lock, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into, by the installer of the set-up, offline."""
    folder = tmp_path_factory.mktemp("installed")
    # Asked of the Python outside, as dev.py does: the environment may hold no installer of its own.
    find = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'packaging')!r}); import environment, json;"
        f"from pathlib import Path; python = Path({sys.executable!r});"
        "print(json.dumps(environment.installers(environment.look_for_tools(), python)[0]))"
    )
    outside = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}"
    found = subprocess.run([outside, "-c", find], capture_output=True, text=True, check=True)
    offline = ["--no-index", "--no-deps", "--quiet", "--target", str(folder), str(wheel)]
    done = subprocess.run([*json.loads(found.stdout), *offline], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def run_installed(installed: Path, code: str, *arguments: str) -> str:
    """Run code that sees the installed program and the libraries, but not the checkout."""
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    # -S: the editable install of the development environment is a line in a .pth file.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        cwd=installed,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), *libraries])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_gallery_opens_from_an_installed_wheel(installed: Path) -> None:
    code = """
from harmony.foundation.resources import resource_path
from harmony.melody.file import load
melodies = sorted(resource_path("melodies").glob("*.melody"))
print(resource_path("melodies"))
for path in melodies:
    print(load(path).name)
"""
    folder, *names = run_installed(installed, code).splitlines()
    assert Path(folder) == installed / "harmony" / "resources" / "melodies"
    assert len(names) >= 3


def test_what_the_examples_read_and_the_window_needs_is_in_the_wheel(installed: Path) -> None:
    code = """
import sys
from harmony.foundation.resources import resource_path
for name in sys.argv[1:]:
    assert resource_path(name).stat().st_size > 0
"""
    # What the examples wrote when somebody ran them in place is no resource; git ignores it.
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    known = subprocess.run(listed, cwd=ROOT / "resources", capture_output=True, text=True)
    shipped = [name for name in known.stdout.split("\0") if (ROOT / "resources" / name).is_file()]
    assert "data/penguins.json" in shipped
    run_installed(installed, code, *shipped)


def test_every_module_of_the_checkout_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "harmony").rglob("*.py")}
    assert modules <= names
    assert "harmony/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]


def test_the_wheel_says_its_name_its_python_its_licence_and_its_two_programs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    folder = "harmony_board-0.1.0.dist-info"
    said = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
    assert said["Name"] == "harmony-board"
    assert said["License-Expression"] == "MIT"
    assert {">=3.11", "<3.14"} == set(said["Requires-Python"].split(","))
    programs = archive.read(f"{folder}/entry_points.txt").decode()
    assert "[console_scripts]\nharmony = harmony.cli:main" in programs
    assert "[gui_scripts]\nharmony-board = harmony.board.main:main" in programs
    licences = [name for name in archive.namelist() if f"{folder}/licenses/" in name]
    for name in ("LICENSE", "LICENSE-Inter.txt", "LICENSE-JetBrainsMono.txt", "LICENSE-Lucide.txt"):
        assert [path for path in licences if path.endswith("/" + name)], name


def test_a_name_that_leaves_the_folder_or_is_not_shipped_is_refused() -> None:
    from harmony.foundation.resources import resource_path

    assert resource_path("data/penguins.json").is_file()
    for outside in (
        "../pyproject.toml",
        "data/../../LICENSE",
        "/etc/passwd",
        "data\\penguins.json",
    ):
        with pytest.raises(ValueError, match="relative to the resources folder"):
            resource_path(outside)
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        resource_path("icons/no-such.svg")

"""The lock names every package by version and hash, and the repository names no machine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "packaging" / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked() -> dict[str, list[Requirement]]:
    """What the lock pins, by name; a name stands twice where versions differ by Python."""
    pinned: dict[str, list[Requirement]] = {}
    for line in LOCK.splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix("\\").strip())
            pinned.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pinned


def test_every_entry_is_one_exact_version_with_hashes() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 30
    for entry in entries:
        first = Requirement(entry.splitlines()[0].removesuffix("\\").strip())
        assert [spec.operator for spec in first.specifier] == ["=="], entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), first.name


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_lock_satisfies_the_project_file_everywhere(python: str, system: str) -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    here = {"python_full_version": f"{python}.0", "python_version": python, "sys_platform": system}
    for requirement in map(Requirement, wanted):
        pins = [
            pin
            for pin in locked()[canonicalize_name(requirement.name)]
            if pin.marker is None or pin.marker.evaluate(here)
        ]
        assert len(pins) == 1, requirement.name
        (spec,) = pins[0].specifier
        assert requirement.specifier.contains(spec.version), f"{requirement} but {pins[0]}"


def test_qt_is_the_version_that_keeps_its_references() -> None:
    assert str(locked()["pyside6-essentials"][0].specifier) == "==6.11.3"
    assert "PySide6-Essentials==6.11.3" in PROJECT["project"]["dependencies"]


def test_the_lock_names_no_index_and_no_path() -> None:
    for word in ("http:", "https:", "file:", "--index", "--find-links", "--extra", "/"):
        assert word not in LOCK


def test_no_file_of_the_repository_names_a_machine_path_or_an_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    hosts = "|".join(["pypi" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
    roots = "|".join(["/" + "root/", "/" + "work/", "/" + r"home/[a-z]", "/" + r"opt/p"])
    forbidden = re.compile(rf"{hosts}|(?<![\w.])(?:{roots})")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            found += [f"{name}: {match.group()}" for match in forbidden.finditer(content.decode())]
    assert found == []

"""What is shipped or installed is named with its licence, and its licence text is there."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harmony.foundation.resources import resource_path

ROOT = Path(__file__).resolve().parents[2]


def installed_with_the_program() -> set[str]:
    """The libraries that the program needs, and those that these need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    found: set[str] = set()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found.add(name)
            needs = map(Requirement, importlib.metadata.requires(name) or [])
            waiting += [
                need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})
            ]
    return found


def test_each_library_stands_in_the_list_of_licences() -> None:
    text = resource_path("licences.md").read_text(encoding="utf-8")
    cells = {line.split("|")[1] for line in text.splitlines() if line.startswith("| ")}
    words = {word for cell in cells for word in cell.replace(",", " ").replace("(", " ").split()}
    named = {canonicalize_name(word) for word in words}
    assert installed_with_the_program() - named == set()


def test_fonts_and_icons_have_their_licence_beside_them() -> None:
    for folder, suffixes in {"fonts": {".otf", ".ttf"}, "icons": {".svg"}}.items():
        files = list(resource_path(folder).iterdir())
        assert {path.suffix for path in files} == suffixes | {".md", ".txt"}
    for name in ("fonts/LICENSE-Inter.txt", "fonts/LICENSE-JetBrainsMono.txt"):
        assert "SIL OPEN FONT LICENSE" in resource_path(name).read_text(encoding="utf-8")
    assert "ISC License" in resource_path("icons/LICENSE-Lucide.txt").read_text(encoding="utf-8")


def test_each_data_file_is_described() -> None:
    described = resource_path("data/README.md").read_text(encoding="utf-8")
    for path in resource_path("data").rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert f"`{path.name}`" in described, path.name


def test_icons_take_the_colour_of_their_painter_on_a_grid_of_24() -> None:
    for path in resource_path("icons").glob("*.svg"):
        drawing = path.read_text(encoding="utf-8")
        if path.name != "app.svg":
            assert 'viewBox="0 0 24 24"' in drawing, path.name
            assert 'stroke="currentColor"' in drawing, path.name

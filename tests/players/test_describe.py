"""Packages of Players become data; what is wrong in one file leaves the others alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harmony.foundation.resources import resource_path
from harmony.players.describe import describe_package, load_player, load_players, spec_of
from harmony.players.errors import SourceError
from harmony.players.source import LIBRARY, index_players, package_hash
from harmony.players.specs import (
    Description,
    ManifestError,
    SourceProblem,
    description_from_json,
    description_to_json,
    manifest_from_json,
    manifest_to_json,
)

GOOD = '''
from __future__ import annotations
from harmony.players import Text, operator

@operator("Shout", category="Mine")
def shout(text: Text, *, times: int = 1) -> Text:
    """loud"""
    return text.upper() + "!" * times

def not_a_player() -> None: ...
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    return folder


def test_the_shipped_manifest_is_current() -> None:
    """`python -m harmony.players describe harmony.players.library --output …` makes it anew."""
    shipped = json.loads(resource_path("manifests/harmony.json").read_text(encoding="utf-8"))
    assert shipped == description_to_json(describe_package(LIBRARY))


def test_the_shipped_library_is_whole() -> None:
    found = describe_package(LIBRARY)
    assert found.problems == ()
    assert found.manifest.name == "harmony"
    ids = {player.id for player in found.manifest.players}
    assert {"harmony/read_table", "harmony/chat", "harmony/chart"} <= ids
    assert ids == set(index_players(LIBRARY))


def test_every_shipped_player_explains_itself() -> None:
    for player in describe_package(LIBRARY).manifest.players:
        assert player.summary, player.id
        assert len(player.summary) <= 40, player.id
        assert player.help, player.id
        assert resource_path(f"icons/{player.icon}.svg").is_file(), player.id
        for port in player.inputs:
            assert port.help, f"{player.id} {port.name}"
        if player.kind != "motif":
            for port in player.outputs:
                assert port.help, f"{player.id} {port.name}"
        for field in player.parameters:
            assert field.help, f"{player.id} {field.name}"


def test_what_acts_outside_or_asks_others_is_never_reused() -> None:
    players = {player.id: player for player in describe_package(LIBRARY).manifest.players}
    for name in ("chat", "python_snippet", "run_command", "write_file"):
        assert not players[f"harmony/{name}"].deterministic
    assert players["harmony/chat"].waits


def test_a_folder_is_described_by_its_own_name(folder: Path) -> None:
    manifest = describe_package(str(folder)).manifest
    assert manifest.name == "mine"
    assert manifest.source == str(folder)
    assert [player.id for player in manifest.players] == ["mine/shout"]
    assert manifest.players[0].function == "good:shout"


def test_the_first_player_of_the_documentation_works(tmp_path: Path) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "players.md").read_text(encoding="utf-8")
    folder = tmp_path / "my_players"
    folder.mkdir()
    (folder / "text.py").write_text(page.split("```python\n")[1].split("```")[0])
    found = describe_package(str(folder))
    assert found.problems == ()
    (player,) = found.manifest.players
    assert (player.id, player.summary) == ("my_players/shout", "says it louder")
    assert load_player(str(folder), "my_players/shout")("a", times=2) == "A!!"


def test_a_file_with_an_error_is_a_finding_and_the_others_load(folder: Path) -> None:
    (folder / "syntax.py").write_text("x = 1\ndef broken(:\n")
    (folder / "raises.py").write_text("x = 1\n\nx / 0\n")
    (folder / "leaves.py").write_text("import sys\nsys.exit(3)\n")
    (folder / "lacks.py").write_text("import a_library_nobody_has\n")
    (folder / "signature.py").write_text(GOOD.replace("text: Text", "text: complex"))
    found = describe_package(str(folder))
    assert [player.id for player in found.manifest.players] == ["mine/shout"]
    assert [(Path(p.file).name, p.line) for p in found.problems] == [
        ("lacks.py", 1),
        ("leaves.py", 2),
        ("raises.py", 3),
        ("signature.py", 5),
        ("syntax.py", 2),
    ]
    words = {Path(p.file).stem: p.message for p in found.problems}
    assert words["lacks"] == "It imports “a_library_nobody_has”, which is not installed."
    assert words["raises"] == "ZeroDivisionError: division by zero"
    assert "cannot be a port" in words["signature"]


def test_two_players_of_one_name_are_a_finding(folder: Path) -> None:
    (folder / "later.py").write_text(GOOD)
    found = describe_package(str(folder))
    assert [player.function for player in found.manifest.players] == ["good:shout"]
    assert "defined twice" in found.problems[0].message


def test_players_of_one_file_may_use_its_neighbours(folder: Path) -> None:
    (folder / "_shared.py").write_text("MARK = '?'\n")
    (folder / "asks.py").write_text(
        GOOD.replace("shout", "ask")
        .replace('"!"', "MARK")
        .replace("from harmony", "from _shared import MARK\nfrom harmony", 1)
    )
    assert load_player(str(folder), "mine/ask")("so", times=2) == "SO??"


def test_loading_one_player_runs_no_other_file(folder: Path) -> None:
    (folder / "explodes.py").write_text(
        GOOD.replace("shout", "explode") + "\nraise RuntimeError('imported')\n"
    )
    assert load_player(str(folder), "mine/shout")("a") == "A!"
    assert set(index_players(str(folder))) == {"mine/shout", "mine/explode"}
    with pytest.raises(RuntimeError, match="imported"):
        load_player(str(folder), "mine/explode")


def test_a_player_declared_under_another_name_is_found(folder: Path) -> None:
    (folder / "alias.py").write_text(
        GOOD.replace("operator", "operator as step", 1)
        .replace("@operator", "@step")
        .replace("shout", "whisper")
    )
    assert load_player(str(folder), "mine/whisper")("a") == "A!"
    assert set(load_players(str(folder))) == {"mine/shout", "mine/whisper"}


def test_the_spec_of_a_loaded_player_is_that_of_the_manifest(folder: Path) -> None:
    for source, player in ((str(folder), "mine/shout"), (LIBRARY, "harmony/filter_rows")):
        manifest = describe_package(source).manifest
        expected = next(spec for spec in manifest.players if spec.id == player)
        assert spec_of(load_player(source, player), source) == expected


@pytest.mark.parametrize("name", ["good", "_part"])
def test_a_quick_edit_of_as_many_letters_runs_as_it_is_now(folder: Path, name: str) -> None:
    """Python's cache of compiled files knows one by its second and its size."""
    (folder / "_part.py").write_text("def change(text):\n    return text.upper()\n")
    (folder / "good.py").write_text(
        GOOD.replace("text.upper()", "change(text).strip()").replace(
            "from harmony", "from _part import change\nfrom harmony", 1
        )
    )
    code = (
        "from harmony.players.describe import load_player\n"
        f"print(load_player({str(folder)!r}, 'mine/shout')('ab '))\n"
    )

    def said() -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert said() == "AB!"
    file = folder / f"{name}.py"
    before = file.stat()
    file.write_text(file.read_text().replace("upper", "title").replace("strip", "lower"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert said() == ("Ab!" if name == "_part" else "ab !")


def test_an_unknown_player_is_named(folder: Path) -> None:
    with pytest.raises(SourceError, match="no Player “mine/none”"):
        load_player(str(folder), "mine/none")


@pytest.mark.parametrize("source", ["/nowhere/at/all", "no.such.module", "json.decoder"])
def test_what_is_no_package_is_refused(source: str) -> None:
    with pytest.raises(SourceError, match="neither a folder nor"):
        describe_package(source)


def test_the_hash_follows_each_source_and_nothing_else(folder: Path) -> None:
    before = package_hash(str(folder))
    (folder / "notes.txt").write_text("no source")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "good.py").write_text("")
    assert package_hash(str(folder)) == before
    (folder / "parts").mkdir()
    (folder / "parts" / "more.py").write_text("x = 1\n")
    changed = package_hash(str(folder))
    assert changed != before
    (folder / "parts" / "more.py").rename(folder / "parts" / "other.py")
    assert package_hash(str(folder)) != changed


def test_a_manifest_survives_being_written_down(folder: Path) -> None:
    manifest = describe_package(LIBRARY).manifest
    assert manifest_from_json(json.loads(json.dumps(manifest_to_json(manifest)))) == manifest
    with_problem = Description(manifest, (SourceProblem("a.py", 3, "broken"),))
    assert description_from_json(json.loads(json.dumps(description_to_json(with_problem)))) == (
        with_problem
    )


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"name": 5},
        {"players": {}},
        {"players": [{"id": "a/b"}]},
        {"players": [{"kind": "pianist"}]},
        {
            "players": [
                {
                    "id": "mine/a",
                    "kind": "operator",
                    "title": "A",
                    "category": "",
                    "function": "a:a",
                    "prefetch": 33,
                }
            ]
        },
        {"problems": [{"file": "a.py"}]},
    ],
)
def test_a_damaged_manifest_is_refused(folder: Path, change: dict[str, object]) -> None:
    data = description_to_json(describe_package(str(folder)))
    with pytest.raises(ManifestError):
        description_from_json({**data, **change})


def test_the_command_prints_a_manifest_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (folder / "noisy.py").write_text("print('a line that is no JSON')\n")
    command = [sys.executable, "-m", "harmony.players", "describe", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert json.loads(done.stdout)["players"][0]["id"] == "mine/shout"
    assert "a line that is no JSON" in done.stderr


def test_the_command_refuses_what_is_no_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harmony.players", "describe", "/nowhere/at/all"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "neither a folder nor" in done.stderr


def test_describing_needs_the_standard_library_alone(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from harmony.players.describe import describe_package\n"
        f"describe_package({str(folder)!r}); describe_package({LIBRARY!r})\n"
        "heavy = {'PySide6', 'asyncio', 'pydantic', 'msgspec', 'networkx', 'numpy', 'duckdb',\n"
        "         'httpx', 'apsw', 'blake3'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

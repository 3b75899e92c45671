"""What `packaging/dev.py` decides: which Python, what to install and type, which tests where."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules beside dev.py, imported as dev.py finds them."""
    names = ("dev", "system_libraries", "environment", "pytest_phases", "bench", "verbs")
    sys.path.insert(0, str(PACKAGING))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(PACKAGING))
        for name in names:
            sys.modules.pop(name, None)


# -- which Python --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (3, 13, 9)])
def test_a_supported_python_is_taken(
    modules: dict[str, ModuleType], version: tuple[int, int, int]
) -> None:
    assert modules["dev"].refusal(version) is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_another_python_is_refused_in_one_plain_sentence(
    modules: dict[str, ModuleType], version: tuple[int, int, int]
) -> None:
    reason = modules["dev"].refusal(version)
    assert "Python 3.11 to 3.13" in reason
    assert f"this is Python {version[0]}.{version[1]}." in reason
    assert "python3.13 packaging/dev.py" in reason
    assert "\n" not in reason


def test_the_refusal_is_the_same_as_that_of_the_project_file(
    modules: dict[str, ModuleType],
) -> None:
    import tomllib

    project = tomllib.loads((PACKAGING.parent / "pyproject.toml").read_text())["project"]
    (lowest, below) = modules["dev"].SUPPORTED
    assert project["requires-python"] == f">={lowest[0]}.{lowest[1]},<{below[0]}.{below[1]}"


def test_dev_is_written_in_a_syntax_that_old_pythons_read() -> None:
    import ast

    ast.parse((PACKAGING / "dev.py").read_text(), feature_version=(3, 4))


def test_an_unknown_verb_is_refused_with_the_verbs_there_are() -> None:
    done = subprocess.run(
        [sys.executable, str(PACKAGING / "dev.py"), "dance"], capture_output=True, text=True
    )
    assert done.returncode == 2
    for verb in ("setup", "run", "test", "check", "bench", "screenshots"):
        assert verb in done.stderr


# -- when there is nothing to do -----------------------------------------------------------------


def test_the_stamp_changes_with_everything_that_decides_what_is_installed(
    modules: dict[str, ModuleType],
) -> None:
    stamp_of = modules["environment"].stamp_of
    usual = (b"lock", b"project", "cpython 3.11 linux", "/a/folder")
    assert stamp_of(*usual) == stamp_of(*usual)
    others = [
        (b"lock2", *usual[1:]),
        (usual[0], b"project2", *usual[2:]),
        (*usual[:2], "cpython 3.12 linux", usual[3]),
        (*usual[:3], "/another/folder"),
        (b"lockproject", b"", *usual[2:]),
    ]
    assert len({stamp_of(*other) for other in [usual, *others]}) == 6


def test_a_set_up_that_did_not_finish_is_not_current(
    modules: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = modules["environment"]
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    assert not environment.is_current()
    (tmp_path / "stamp").write_text("of another lock\n")
    assert not environment.is_current()


# -- which tools ---------------------------------------------------------------------------------


def test_uv_is_tried_before_pip_and_pip_when_uv_fails(modules: dict[str, ModuleType]) -> None:
    environment = modules["environment"]
    tools = environment.Tools(uv="/bin/uv", ensurepip=True, outer_pip=False)
    commands = environment.installers(tools, Path(sys.executable))
    assert commands[0][:3] == ["/bin/uv", "pip", "install"]
    assert "--compile-bytecode" in commands[0]


def test_a_pip_of_the_system_fills_an_environment_that_has_none(
    modules: dict[str, ModuleType], tmp_path: Path
) -> None:
    environment = modules["environment"]
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = environment.venv_python(bare)
    tools = environment.Tools(uv=None, ensurepip=False, outer_pip=True)
    (command,) = environment.installers(tools, python)
    assert command[:5] == [sys.executable, "-m", "pip", "--python", str(python)]
    nothing = environment.Tools(uv=None, ensurepip=False, outer_pip=False)
    assert environment.installers(nothing, python) == []


def test_a_debian_without_any_installer_needs_one_package_and_any_installer_makes_it_needless(
    modules: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = modules["environment"]
    monkeypatch.setattr(environment, "venv_version", lambda: None)
    bare = environment.Tools(uv=None, ensurepip=False, outer_pip=False)
    assert environment.packages_for_making(bare) == [f"python3.{sys.version_info[1]}-venv"]
    for has in ({"uv": "/bin/uv"}, {"ensurepip": True}, {"outer_pip": True}):
        assert environment.packages_for_making(dataclasses.replace(bare, **has)) == []
    monkeypatch.setattr(environment, "venv_version", lambda: sys.version_info[:2])
    assert environment.packages_for_making(bare) == []


# -- the system's libraries ----------------------------------------------------------------------


def test_only_missing_packages_are_named_each_once(modules: dict[str, ModuleType]) -> None:
    libraries = modules["system_libraries"]
    needs = libraries.WINDOW_TESTS
    assert libraries.missing_packages(needs, lambda _name: True) == []
    missing = libraries.missing_packages(needs, lambda name: "glib" not in name and name != "xauth")
    assert missing == ["libglib2.0-0", "xauth"]
    everything = libraries.missing_packages(needs, lambda _name: False)
    assert len(everything) == len(set(everything)) == 13


def test_what_a_person_has_to_type_is_one_command(modules: dict[str, ModuleType]) -> None:
    type_this = modules["system_libraries"].what_to_type
    packages = ["libegl1", "xvfb"]
    command = "apt-get install -y --no-install-recommends libegl1 xvfb"
    assert f"\n  {command}\n" in type_this(packages, root=True, apt=True)
    assert f"\n  sudo {command}\n" in type_this(packages, root=False, apt=True)
    elsewhere = type_this(packages, root=False, apt=False)
    assert "libegl1 xvfb" in elsewhere
    assert "apt" not in elsewhere


def test_a_library_that_the_loader_finds_is_present(modules: dict[str, ModuleType]) -> None:
    can_load = modules["system_libraries"].can_load
    assert can_load("libc.so.6")
    assert not can_load("libno-such-library.so.1")
    assert can_load("sh")
    assert not can_load("no-such-program")


@pytest.mark.parametrize("version", [None, (2, 31), (1, 99)])
def test_a_system_too_old_for_qt_is_told_so(
    modules: dict[str, ModuleType], version: tuple[int, int] | None
) -> None:
    libraries = modules["system_libraries"]
    with pytest.raises(libraries.CannotInstall, match=r"glibc 2\.34 or newer"):
        libraries.refuse_old_glibc(version)


def test_a_system_new_enough_for_qt_is_taken(modules: dict[str, ModuleType]) -> None:
    for version in [(2, 34), (2, 40), (3, 0)]:
        modules["system_libraries"].refuse_old_glibc(version)


def test_a_display_is_x11_or_wayland_and_elsewhere_always_there(
    modules: dict[str, ModuleType],
) -> None:
    has_display = modules["system_libraries"].has_display
    assert has_display({"DISPLAY": ":0"}, "linux")
    assert has_display({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert not has_display({"DISPLAY": ""}, "linux")
    assert has_display({}, "darwin")


# -- which tests where ---------------------------------------------------------------------------


def test_each_part_selects_its_own_tests_and_keeps_what_the_person_chose(
    modules: dict[str, ModuleType],
) -> None:
    arguments = modules["pytest_phases"].phase_arguments
    assert arguments(["-x"], "window") == ["-x", "-m", "window"]
    both = arguments(["-m", "slow or fast", "tests/board"], "not window")
    assert both == ["tests/board", "-m", "(slow or fast) and not window"]
    assert arguments(["-mslow"], "window") == ["-m", "(slow) and window"]
    assert arguments(["--maxfail=1"], "window") == ["--maxfail=1", "-m", "window"]


@pytest.mark.parametrize(
    ("window", "offscreen", "status"),
    [(0, 0, 0), (5, 0, 0), (0, 5, 0), (5, 5, 5), (1, 0, 1), (0, 1, 1), (1, 5, 1), (5, 2, 2)],
)
def test_the_exit_status_speaks_for_both_parts(
    modules: dict[str, ModuleType], window: int, offscreen: int, status: int
) -> None:
    status_of = modules["pytest_phases"].exit_status
    assert status_of(window, offscreen) == status
    assert status_of(window, 5, offscreen) == status_of(window, offscreen, 5) == status


def test_all_tests_go_in_two_halves_and_a_choice_of_them_in_one_piece(
    modules: dict[str, ModuleType],
) -> None:
    phases = modules["pytest_phases"]
    assert phases.halves(["tests/melody", "-x"]) == [["tests/melody", "-x"]]
    first, second = phases.halves(["--all"])
    assert first == ["--all", *phases.FIRST_HALF]
    assert second == ["--all", "tests", *(f"--ignore={folder}" for folder in phases.FIRST_HALF)]
    assert all((PACKAGING.parent / folder).is_dir() for folder in phases.FIRST_HALF)


def test_halves_run_at_the_same_time_and_both_are_told(
    modules: dict[str, ModuleType], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    # Each waits for what the other one makes.
    program = """
import pathlib, sys, time
mine, other, status = sys.argv[1:]
pathlib.Path(mine).touch()
while not pathlib.Path(other).exists():
    time.sleep(0.01)
print("end of", mine)
raise SystemExit(int(status))
"""
    commands = [
        [sys.executable, "-c", program, "one", "two", "0"],
        [sys.executable, "-c", program, "two", "one", "3"],
    ]
    assert modules["pytest_phases"].run_side_by_side(commands, {}, tmp_path) == [0, 3]
    told = capfdbinary.readouterr().out
    assert told.index(b"end of one") < told.index(b"end of two")


def test_the_offscreen_part_knows_no_display_and_neither_knows_the_desktop_scale(
    modules: dict[str, ModuleType],
) -> None:
    phases = modules["pytest_phases"]
    desktop = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "QT_SCALE_FACTOR": "2", "PATH": "/bin"}
    assert phases.offscreen_environment(desktop) == {
        "PATH": "/bin",
        "QT_QPA_PLATFORM": "offscreen",
    }
    window = phases.window_environment(desktop)
    assert window["QT_QPA_PLATFORM"] == "xcb"
    assert "QT_SCALE_FACTOR" not in window


def test_a_phase_shows_its_output_and_keeps_the_last_line(
    modules: dict[str, ModuleType], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    command = [sys.executable, "-c", "print('first'); print('2 failed'); raise SystemExit(1)"]
    status, last = modules["pytest_phases"].run_and_keep_last_line(command, {}, tmp_path)
    assert (status, last) == (1, "2 failed")
    assert b"first\n2 failed\n" in capfdbinary.readouterr().out


def test_the_example_that_runs_without_a_display_is_one_that_ends_well(
    modules: dict[str, ModuleType], tmp_path: Path
) -> None:
    examples = shutil.copytree(PACKAGING.parent / "resources", tmp_path / "resources")
    melody = tmp_path / modules["verbs"].FIRST_EXAMPLE
    assert melody.is_relative_to(examples)
    harmony = modules["environment"].venv_program("harmony", Path(sys.prefix))
    done = subprocess.run([harmony, "run", melody], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# -- benchmarks ----------------------------------------------------------------------------------


def test_benchmarks_are_found_by_name_and_give_one_row_for_each_figure(
    modules: dict[str, ModuleType], tmp_path: Path
) -> None:
    bench = modules["bench"]
    (tmp_path / "bench_second.py").write_text("def run():\n    yield {'ms': 1.5}\n")
    (tmp_path / "bench_first.py").write_text("def run():\n    return [{'a': 1}, {'a': 2}]\n")
    (tmp_path / "other.py").write_text("")
    found = bench.benchmarks(tmp_path)
    assert list(found) == ["first", "second"]
    assert list(bench.measure(found.items())) == [
        {"benchmark": "first", "a": 1},
        {"benchmark": "first", "a": 2},
        {"benchmark": "second", "ms": 1.5},
    ]


def test_modules_beside_dev_import_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        f"sys.path.insert(0, {str(PACKAGING)!r})\n"
        "import verbs, bench\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "own = {'verbs', 'bench', 'environment', 'system_libraries', 'pytest_phases'}\n"
        "print(sorted(new - own - set(sys.stdlib_module_names)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_packaging_is_no_package_and_shadows_nothing() -> None:
    assert not (PACKAGING / "__init__.py").exists()
    spec = importlib.util.find_spec("packaging")
    assert spec is not None
    assert spec.origin is not None
    assert "site-packages" in spec.origin

"""Child processes import these rooms at their start: nothing but the standard library."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import harmony

ROOT = Path(harmony.__file__).parent
MODULES = sorted(
    f"harmony.{room}.{path.stem}"
    for room in ("foundation", "states")
    for path in (ROOT / room).glob("*.py")
    if path.stem != "__init__"
)
HEAVY = ("asyncio", "PySide6", "pydantic", "msgspec", "networkx", "numpy", "appdirs", "apsw")

REPORT = """
import sys
before = set(sys.modules)
import importlib
importlib.import_module(sys.argv[1])
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(" ".join(sorted(names - set(sys.stdlib_module_names) - {"harmony"})))
print(" ".join(sorted(names & set(sys.argv[2:]))))
"""


@pytest.mark.parametrize("module", ["harmony", *MODULES])
def test_only_the_standard_library_is_imported(module: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", REPORT, module, *HEAVY],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert shown.stdout.splitlines() == ["", ""]


def test_the_package_loads_no_room_until_one_is_named() -> None:
    program = (
        "import sys, harmony;"
        "assert harmony.__version__;"
        "assert not [n for n in sys.modules if n.startswith('harmony.')];"
        "harmony.states;"
        "assert 'harmony.states' in sys.modules and 'harmony.board' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)


def test_a_name_that_is_no_room_is_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_room"):
        harmony.no_such_room  # noqa: B018
    assert "melody" in dir(harmony)
    assert importlib.import_module("harmony.states") is harmony.states

"""The code of seeds/002 runs with its import lines changed: as a script, and cell by cell."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from harmony import restore_manager
from harmony.symphony.restoration import AgentRestorer

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = Path(__file__).parent / "programs" / "seed_code.md"

IMPORTS = {
    "from symphony import Symphony": "from harmony import Symphony",
    "from symphony.core.state import EntityRestorer, RestorationContext": (
        "from harmony import EntityRestorer, RestorationContext"
    ),
    "from symphony.core.state.restore import restore_manager": (
        "from harmony import restore_manager"
    ),
}

BEFORE = """
from dataclasses import dataclass
from typing import Any, Dict
from harmony import EntityRestorer, RestorationContext

@dataclass
class CustomEntity:
    colour: str

workflow_def = {
    "id": "words", "name": "Words",
    "nodes": [{"id": "say", "player": "harmony/text_value", "parameters": {"value": "hello"}},
              {"id": "count", "player": "harmony/word_count"}],
    "connections": [{"source": "say", "output": "text", "target": "count", "input": "text"}],
}
workflow_id = "words"
"""

# What the document takes for granted: an agent and a workflow.
READY = """
await symphony.workflows.register(workflow_def)
await symphony.agents.create_agent({"name": "Reader"})
"""

AFTER = """
restore_manager.register_restorer(AgentRestorer())
symphony.registry.register("CustomEntity", "one", CustomEntity("red"))
agent = symphony.agents.get("Reader")
await agent("a red fox and a red fox")
last = await symphony.create_checkpoint("with everything")
symphony.registry.unregister("CustomEntity", "one")
agent._interaction_history.clear()
await symphony.resume_from_checkpoint(last)
assert symphony.registry.get("CustomEntity", "one") == CustomEntity("red")
assert symphony.agents.get("Reader") is not agent
assert symphony.agents.get("Reader").interaction_history[0]["output"] == "red fox"
assert workflow_result["outputs"]["say"] == {"text": "hello"}
assert [cp["name"] for cp in checkpoints if cp["kind"] == "manual"] == ["after_planning_phase"]
assert checkpoint_id not in [cp["id"] for cp in await symphony.list_checkpoints()]
"""

WITHOUT_QT = """
import sys
assert not any(name.startswith(("PySide6", "shiboken6", "qasync")) for name in sys.modules)
print("done")
"""


def cells(folder: Path) -> list[str]:
    """The blocks of the document in their order, with the places and the imports of here."""
    found = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    changed = []
    for block in found:
        for theirs, ours in IMPORTS.items():
            block = block.replace(theirs, ours)
        for place in ("/path/to/state", "/custom/state/directory"):
            block = block.replace(place, str(folder / place.strip("/").replace("/", "-")))
        changed.append(block)
    assert len(changed) == 9
    assert not any("import symphony" in block or "from symphony" in block for block in changed)
    return [BEFORE, changed[0], READY, *changed[1:], AFTER]


def test_as_a_script(tmp_path: Path) -> None:
    """It never closes the Symphony; the program ends cleanly all the same."""
    body = "\n".join([*cells(tmp_path), WITHOUT_QT])
    script = tmp_path / "script.py"
    script.write_text(
        f"import asyncio\n\nasync def main():\n{textwrap.indent(body, '    ')}\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "done"
    assert done.stderr == ""


def test_as_cells_of_a_notebook_in_a_loop_that_runs_already(tmp_path: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}

    async def notebook() -> None:
        for number, cell in enumerate(cells(tmp_path)):
            code = compile(cell, f"<cell {number}>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if code.co_flags & inspect.CO_COROUTINE:
                await eval(code, names)
            else:
                exec(code, names)
        await names["symphony"].close()

    try:
        asyncio.run(notebook())
    finally:
        restore_manager.register_restorer(AgentRestorer())
    assert names["last"]

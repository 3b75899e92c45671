"""Checkpoints by themselves: a workflow fails, its cause is mended, and it goes on.

    python docs/examples/workflow_state_management.py [FOLDER]

Nothing that was finished is done again: the child run takes it over from the one that failed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from harmony import Symphony
from harmony.symphony.errors import WorkflowFailedError


def workflow(file: Path) -> dict[str, object]:
    """Count the words of a file, and say so in a sentence."""
    return {
        "id": "count-words",
        "name": "Count words",
        "nodes": [
            {"id": "title", "player": "harmony/text_value", "parameters": {"value": "Words"}},
            {"id": "read", "player": "harmony/read_text", "parameters": {"path": str(file)}},
            {"id": "count", "player": "harmony/word_count"},
            {
                "id": "both",
                "player": "harmony/join_texts",
                "parameters": {"separator": ": "},
            },
        ],
        "connections": [
            {"source": "read", "output": "text", "target": "count", "input": "text"},
            {"source": "title", "output": "text", "target": "both", "input": "texts"},
            {"source": "read", "output": "text", "target": "both", "input": "texts"},
        ],
    }


async def main(folder: Path) -> None:
    file = folder / "speech.txt"
    symphony = Symphony(persistence_enabled=True, checkpoint_every=2)
    async with await symphony.setup(state_dir=folder / "state"):
        workflow_id = await symphony.workflows.register(workflow(file))

        try:
            await symphony.workflows.execute_workflow_by_id(workflow_id)
        except WorkflowFailedError as error:
            print(f"Failed: {', '.join(error.result['errors'])}")

        file.write_text("Ask not what your country can do for you.", encoding="utf-8")
        await symphony.resume_latest_checkpoint()
        assert symphony.resumed is not None
        for run in symphony.resumed.runs:
            result = await symphony.workflows.result_of(run)
            print(f"{result['status']}: {result['outputs']['both']['text']}")

        for checkpoint in await symphony.list_checkpoints():
            print(f"{checkpoint['kind']:9} {checkpoint['name']}")

        engine = symphony.registry.get("workflow_engine")
        again = await engine.execute_workflow(workflow(file), auto_checkpoint=False)
        print(f"Without checkpoints: {again['status']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(Path(sys.argv[1])))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            asyncio.run(main(Path(temporary)))

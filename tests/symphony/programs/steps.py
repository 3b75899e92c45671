"""A script with a chain of six steps, each of which leaves a line in a file outside.

`start` runs it from the beginning, `resume` from the latest checkpoint, `mark` makes two
checkpoints by hand. Prints JSON lines.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from harmony import Symphony
from harmony.conductor.events import TaskChanged

STEPS = 6


def chain(log: str) -> dict[str, Any]:
    """The workflow: no step may be reused by itself, only taken over from a parent run."""
    nodes: list[dict[str, Any]] = [{"id": "s0", "player": "harmony/text_value"}]
    wires = []
    for number in range(1, STEPS + 1):
        given = {"name": f"s{number}", "log": log}
        nodes.append({"id": f"s{number}", "player": "mine/step", "parameters": given})
        wire = {"source": f"s{number - 1}", "output": "text", "target": f"s{number}"}
        wires.append({**wire, "input": "text"})
    return {"id": "steps", "name": "Steps", "nodes": nodes, "connections": wires}


def say(**words: Any) -> None:
    print(json.dumps(words), flush=True)


async def main(what: str, log: str) -> None:
    symphony = Symphony(persistence_enabled=True, checkpoint_every=1)
    await symphony.setup()

    def hear(event: object) -> None:
        if isinstance(event, TaskChanged) and event.state == "Completed":
            say(completed=event.task)

    symphony.events.subscribe(hear)
    if what == "start":
        await symphony.agents.create_agent({"id": "reader", "name": "Reader"})
        result = await symphony.workflows.execute_workflow(chain(log))
        say(result=result["outputs"]["s6"]["text"])
    elif what == "resume":
        found = await symphony.resume_latest_checkpoint()
        if symphony.resumed is None:
            say(checkpoint=found)
            return
        say(checkpoint=found, forks=dict(symphony.resumed.forks), left=dict(symphony.resumed.left))
        say(interrupted=[run.id for run in symphony.interrupted_runs()])
        say(agents=[agent.name for agent in symphony.agents.all()])
        for run in symphony.resumed.runs:
            result = await symphony.workflows.result_of(run)
            say(result=result["outputs"]["s6"]["text"], run=run.id)
    elif what == "mark":
        say(first=await symphony.create_checkpoint("first"))
        symphony.registry.register("dict", "notes", {"text": "hello"})
        say(second=await symphony.create_checkpoint("second"))
    else:
        say(checkpoints=[cp["name"] for cp in await symphony.list_checkpoints()])
        latest = await symphony.resume_latest_checkpoint()
        say(latest=latest, entities=list(symphony.registry.entities()))


asyncio.run(main(sys.argv[1], sys.argv[2]))

"""Checkpoints by hand: agents, an entity of one's own, and settings come back in the next program.

    python docs/examples/state_management.py [FOLDER]

Run it twice with the same folder: the second time it goes on from where the first one ended.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any

from harmony import EntityRestorer, RestorationContext, Symphony, restore_manager


@dataclass
class Plan:
    """An entity of this program: it knows the agent that it is for."""

    goal: str
    agent: Any
    steps: list[str] = field(default_factory=list)


class PlanRestorer(EntityRestorer):
    """Says how a Plan is created. Its agent is put in by the second phase."""

    @property
    def entity_type(self) -> str:
        return "Plan"

    async def restore(
        self, entity_id: str, data: dict[str, Any], context: RestorationContext
    ) -> Plan:
        return Plan(**data)


restore_manager.register_restorer(PlanRestorer())


async def main(folder: str) -> None:
    symphony = Symphony(persistence_enabled=True)
    async with await symphony.setup(state_dir=folder):
        latest = await symphony.resume_latest_checkpoint()
        if latest:
            plan = symphony.registry.get("Plan", "report")
            print(f"Resumed: {plan.goal!r}, {len(plan.steps)} step(s) so far.")
        else:
            agent = await symphony.agents.create_agent({"name": "Reader", "count": 2})
            plan = Plan("say what a text is about", agent)
            symphony.registry.register("Plan", "report", plan)

        answer = await plan.agent("The old harbour, the old lighthouse, and a storm at sea.")
        plan.steps.append(answer)
        print(f"{plan.agent.name} says: {answer}")

        checkpoint_id = await symphony.create_checkpoint(f"after step {len(plan.steps)}")

        plan.steps.append("a mistake")
        await symphony.resume_from_checkpoint(checkpoint_id)
        plan = symphony.registry.get("Plan", "report")
        print(f"Steps after going back: {len(plan.steps)}")
        print(f"It still knows its agent: {plan.agent is symphony.agents.get('Reader')}")

        for checkpoint in await symphony.list_checkpoints():
            if checkpoint["kind"] == "manual":
                print(f"{checkpoint['name']}, made at {checkpoint['created_at']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            asyncio.run(main(temporary))

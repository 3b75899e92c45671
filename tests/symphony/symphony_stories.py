"""Small words for the stories of the facade."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from harmony.melody.model import Connection, Melody, Node
from harmony.symphony import Symphony


def tell(story: Callable[[Symphony], Awaitable[None]]) -> None:
    """Live a story with an open Symphony."""

    async def live() -> None:
        async with await Symphony.open() as symphony:
            await story(symphony)

    asyncio.run(live())


def melody(**nodes: tuple[str, dict[str, Any], dict[str, str]]) -> Melody:
    """A melody from `name=(player, parameters, {input: "node.output"})`."""
    drawn = Melody(id="story", name="Story")
    for name, (player, parameters, inputs) in nodes.items():
        drawn.nodes[name] = Node(name, player, parameters=parameters)
        for port, source in inputs.items():
            before, _, output = source.partition(".")
            drawn.connections[Connection(before, output or "text", name, port)] = "hard"
    return drawn

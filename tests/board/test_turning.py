"""The loop of these tests: what is at work beside a test finds it, also when the test is over."""

from __future__ import annotations

import asyncio
from asyncio import events
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture
def at_each_step(loop: Any, qapp: QApplication) -> Iterator[list[Any]]:
    """The loop that a task beside the test found running, at each of its steps."""
    found: list[Any] = []
    over = False

    async def turn() -> None:
        while not over:
            found.append(events._get_running_loop())
            await asyncio.sleep(0)

    turning = loop.create_task(turn())
    yield found
    over = True
    while not turning.done():
        qapp.processEvents()
    assert set(found) == {loop}


async def test_what_is_at_work_when_a_story_ends_goes_on_in_the_same_loop(
    at_each_step: list[Any],
) -> None:
    while len(at_each_step) < 5:  # noqa: ASYNC110 - the steps of the other task have no event
        await asyncio.sleep(0)

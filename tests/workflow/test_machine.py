"""Events, handlers, context, history and rollback of one workflow."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.workflow.definition import definition
from harmony.workflow.errors import (
    ContextError,
    HandlerError,
    IllegalEventError,
    NothingToRollBackError,
    StateMachineError,
)
from harmony.workflow.events import WorkflowEvent
from harmony.workflow.handlers import HandlerFailure
from harmony.workflow.machine import TransitionMade, WorkflowStateMachine
from harmony.workflow.turn import Turn


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def sent(machine: WorkflowStateMachine, *events: WorkflowEvent | str) -> None:
    for event in events:
        await machine.process_event(event)


def test_a_workflow_begins_idle_and_goes_through_the_seeds_states() -> None:
    async def story() -> list[str]:
        machine = WorkflowStateMachine("order-1")
        states = [await machine.current_state()]
        for event in ("Start", "Pause", "Resume", "Fail", "Retry", "Complete"):
            await machine.process_event(event)
            states.append(machine.state)
        return states

    assert run(story()) == [
        "Idle", "Running", "Paused", "Running", "Failed", "Running", "Completed",
    ]  # fmt: skip


def test_an_illegal_event_names_machine_state_event_and_the_legal_ones() -> None:
    machine = WorkflowStateMachine("order-1")
    with pytest.raises(IllegalEventError) as caught:
        run(machine.process_event(WorkflowEvent.COMPLETE))
    error = caught.value
    assert (error.machine, error.state, error.event) == ("order-1", "Idle", "Complete")
    assert error.legal == ("Start", "Custom")
    for word in ("order-1", "Idle", "Complete", "Start"):
        assert word in str(error)
    assert machine.state == "Idle"
    assert run(machine.get_history()) == []


def test_a_completed_workflow_takes_nothing_any_more() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("order-1")
        await sent(machine, "Start", "Complete")
        for event in ("Start", "Retry", "Rollback", "anything"):
            with pytest.raises(IllegalEventError):
                await machine.process_event(event)
        with pytest.raises(IllegalEventError):
            await machine.rollback()
        assert machine.legal_events() == ()

    run(story())


def test_a_record_tells_event_cause_times_and_the_change_of_the_context() -> None:
    async def story() -> None:
        clock = ManualClock(wall=1000.0)
        machine = WorkflowStateMachine("order-1", clock=clock)
        clock.advance(2.5)
        await machine.set_context("items", [1, 2])
        await machine.process_event("Start")
        clock.advance(4)
        await machine.remove_context("items")
        done = await machine.process_event(WorkflowEvent.fail("no paper"))
        first, second = await machine.get_history()
        assert second == done.entry
        assert (first.sequence, first.from_state, first.event, first.to_state) == (
            1, "Idle", "Start", "Running",
        )  # fmt: skip
        assert (first.at, first.duration) == (1002.5, 2.5)
        assert first.delta.to_json() == {"set": {"items": [1, 2]}}
        assert (second.trigger, second.at, second.duration) == ("no paper", 1006.5, 4.0)
        assert second.delta.to_json() == {"removed": ["items"]}
        assert await machine.context_at(1) == {"items": [1, 2]}
        assert await machine.context_at(2) == {}

    run(story())


def test_a_custom_event_carries_data_and_leaves_the_state() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("order-1")
        await machine.process_event("Start")
        done = await machine.process_event(WorkflowEvent.custom("reviewed", {"by": "Ada"}))
        assert machine.state == "Running"
        assert (done.entry.event, done.entry.name, done.entry.data) == (
            "Custom", "reviewed", {"by": "Ada"},
        )  # fmt: skip

    run(story())


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 101, "Start", "Custom"])
def test_a_custom_event_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(StateMachineError):
        WorkflowEvent.custom(name)


# Handlers


class Diary:
    """Writes down what it hears; half of it waits."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    async def on_event(self, state: str, event: WorkflowEvent) -> None:
        await asyncio.sleep(0)
        self.heard.append(("event", state, str(event)))

    def on_exit(self, state: str) -> None:
        self.heard.append(("exit", state))

    async def on_transition(self, from_state: str, to_state: str, event: WorkflowEvent) -> None:
        self.heard.append(("transition", from_state, to_state, event.kind))

    def on_enter(self, state: str) -> None:
        self.heard.append(("enter", state))


def test_handlers_hear_event_exit_transition_enter_in_this_order() -> None:
    diary = Diary()
    run(WorkflowStateMachine.with_handler("w", diary).process_event("Start"))
    assert diary.heard == [
        ("event", "Idle", "Start"),
        ("exit", "Idle"),
        ("transition", "Idle", "Running", "Start"),
        ("enter", "Running"),
    ]


def test_the_state_changes_between_exit_and_transition() -> None:
    seen: list[str] = []

    class Looks:
        def on_event(self, state: str, event: WorkflowEvent) -> None:
            seen.append(machine.state)

        on_exit = on_enter = lambda self, state: seen.append(machine.state)

        def on_transition(self, *_: object) -> None:
            seen.append(machine.state)

    machine = WorkflowStateMachine("w")
    machine.add_handler(Looks())
    run(machine.process_event("Start"))
    assert seen == ["Idle", "Idle", "Running", "Running"]


def test_a_state_that_is_not_left_is_neither_left_nor_entered() -> None:
    async def story() -> list[str]:
        diary = Diary()
        machine = WorkflowStateMachine("w")
        await machine.process_event("Start")
        remove = machine.add_handler(diary)
        await machine.process_event("tick")
        remove()
        await machine.process_event("tick")
        return [heard[0] for heard in diary.heard]

    assert run(story()) == ["event", "transition"]


def test_no_handler_hears_an_illegal_event() -> None:
    diary = Diary()
    with pytest.raises(IllegalEventError):
        run(WorkflowStateMachine.with_handler("w", diary).process_event("Pause"))
    assert diary.heard == []


class Breaks:
    """Fails wherever it is asked, in a plain function or in a coroutine."""

    def on_event(self, state: str, event: WorkflowEvent) -> None:
        raise ValueError("event")

    async def on_exit(self, state: str) -> None:
        await asyncio.sleep(0)
        raise KeyError("exit")

    def on_transition(self, *_: object) -> None:
        raise OSError("transition")

    async def on_enter(self, state: str) -> None:
        raise RuntimeError("enter")


def test_an_error_in_a_handler_is_reported_and_the_machine_is_intact() -> None:
    async def story() -> None:
        diary, watched = Diary(), list[Any]()
        machine = WorkflowStateMachine("w")
        machine.add_handler(Breaks())
        machine.add_handler(diary)
        machine.watch(watched.append)
        done = await machine.process_event("Start")
        methods = ["on_event", "on_exit", "on_transition", "on_enter"]
        assert [failure.method for failure in done.errors] == methods
        assert [type(failure.error) for failure in done.errors] == [
            ValueError, KeyError, OSError, RuntimeError,
        ]  # fmt: skip
        assert [failure.state for failure in done.errors] == [
            "Idle", "Idle", "Running", "Running",
        ]  # fmt: skip
        # The other handler heard everything, the state and the record are there.
        assert [heard[0] for heard in diary.heard] == ["event", "exit", "transition", "enter"]
        assert machine.state == "Running"
        assert watched[0] == TransitionMade("w", done.entry)
        assert watched[1:] == list(done.errors)
        assert isinstance(watched[1], HandlerFailure)
        await machine.process_event("Complete")
        assert machine.state == "Completed"

    run(story())


def test_an_error_that_nobody_watches_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "harmony.workflow"):
        run(WorkflowStateMachine.with_handler("w", Breaks()).process_event("Start"))
    assert len(caplog.records) == 4
    assert "Breaks.on_event of w at Idle: ValueError: event" in caplog.text


def test_an_object_without_one_of_the_methods_is_no_handler() -> None:
    with pytest.raises(HandlerError, match="on_enter"):
        WorkflowStateMachine.with_handler("w", object())


def test_a_handler_may_set_the_context_of_its_own_transition() -> None:
    async def story() -> None:
        class Counts:
            async def on_exit(self, state: str) -> None:
                await machine.set_context("left", state)

            async def on_enter(self, state: str) -> None:
                await machine.set_context("entered", state)

        machine = WorkflowStateMachine("w")
        machine.add_handler(Counts())
        first = await machine.process_event("Start")
        second = await machine.process_event("Pause")
        assert first.entry.delta.to_json() == {"set": {"left": "Idle"}}
        assert second.entry.delta.to_json() == {"set": {"entered": "Running", "left": "Running"}}

    run(story())


def test_a_handler_that_waits_for_its_own_machine_is_told_so() -> None:
    async def story() -> None:
        class Impatient:
            async def on_enter(self, state: str) -> None:
                await machine.process_event("Complete")

        machine = WorkflowStateMachine("w")
        machine.add_handler(Impatient())
        done = await machine.process_event("Start")
        assert isinstance(done.errors[0].error, HandlerError)
        assert machine.state == "Running"

    run(story())


def test_a_handler_may_send_an_event_that_it_does_not_wait_for() -> None:
    async def story() -> None:
        later: list[asyncio.Task[Any]] = []

        class Sends:
            async def on_transition(self, _from: str, to_state: str, _event: Any) -> None:
                if to_state == "Running":
                    later.append(asyncio.create_task(machine.process_event("Complete")))
                    await asyncio.sleep(0)

        machine = WorkflowStateMachine("w")
        machine.add_handler(Sends())
        assert (await machine.process_event("Start")).entry.to_state == "Running"
        await later[0]
        assert machine.state == "Completed"

    run(story())


# One at a time


def test_events_at_once_are_taken_one_after_the_other_in_their_order() -> None:
    async def story() -> None:
        inside, most = [0], [0]

        class Slow:
            async def on_event(self, state: str, event: WorkflowEvent) -> None:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                await asyncio.sleep(0)

            async def on_transition(self, *_: object) -> None:
                await asyncio.sleep(0)
                inside[0] -= 1

        machine = WorkflowStateMachine("w")
        await machine.process_event("Start")
        machine.add_handler(Slow())
        events = [WorkflowEvent.custom(f"e{number}") for number in range(50)]
        await asyncio.gather(*map(machine.process_event, events))
        assert most == [1]
        names = [entry.name for entry in await machine.get_history_tail(50)]
        assert names == [event.name for event in events]

    run(story())


def test_of_two_that_start_a_workflow_at_once_one_is_refused() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        results = await asyncio.gather(
            *(machine.process_event("Start") for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == [
            "IllegalEventError", "Transition",
        ]  # fmt: skip

    run(story())


def test_loops_in_several_threads_may_share_a_machine() -> None:
    machine = WorkflowStateMachine("w")
    run(machine.process_event("Start"))

    async def many() -> None:
        for _ in range(100):
            await machine.process_event("tick")

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machine.sequence == 401
    sequences = [entry.sequence for entry in run(machine.get_history())]
    assert sequences == list(range(1, 402))


def test_an_event_whose_sender_gives_up_while_it_waits_is_not_taken() -> None:
    async def story() -> None:
        reached, free = asyncio.Event(), asyncio.Event()

        class Holds:
            async def on_event(self, *_: object) -> None:
                reached.set()
                await free.wait()

        machine = WorkflowStateMachine("w")
        remove = machine.add_handler(Holds())
        first = asyncio.create_task(machine.process_event("Start"))
        await reached.wait()
        second = asyncio.create_task(machine.process_event("Pause"))
        third = asyncio.create_task(machine.process_event("Complete"))
        await asyncio.sleep(0)
        second.cancel()
        remove()
        free.set()
        await asyncio.gather(first, third)
        with pytest.raises(asyncio.CancelledError):
            await second
        assert [entry.event for entry in await machine.get_history()] == ["Start", "Complete"]

    run(story())


def test_a_turn_that_is_given_to_a_task_that_gives_up_goes_to_the_next() -> None:
    async def story() -> None:
        turn = Turn()
        held: list[str] = []

        async def take(name: str) -> None:
            async with turn:
                held.append(name)

        async with turn:
            second, third = (asyncio.create_task(take(name)) for name in ("second", "third"))
            await asyncio.sleep(0)
        second.cancel()  # the turn is its own already, but it has not run since
        await asyncio.wait_for(third, 60)
        assert second.cancelled()
        assert held == ["third"]

    run(story())


# Context


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), {1, 2}, (1, 2), b"x", object(), {1: "a"}, 2**63, "\ud800",
     ["x" * 1000] * 2000],
)  # fmt: skip
def test_what_is_no_json_is_refused_and_the_context_is_as_it_was(value: object) -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        await machine.set_context("key", 1)
        with pytest.raises(ContextError):
            await machine.set_context("key", value)
        with pytest.raises(ContextError):
            await machine.update_context(other=2, key=value)
        assert await machine.get_all_context() == {"key": 1}

    run(story())


def test_a_value_that_is_nested_too_deep_is_refused() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ContextError, match="64 deep"):
        run(WorkflowStateMachine("w").set_context("key", value))


def test_nobody_changes_a_context_behind_the_machines_back() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        mine = {"list": [1]}
        await machine.set_context("key", mine)
        mine["list"].append(2)
        (await machine.get_context("key"))["list"].append(3)
        (await machine.get_all_context())["key"]["list"].append(4)
        assert await machine.get_context("key") == {"list": [1]}
        assert await machine.get_context("nothing") is None

    run(story())


# History and rollback


def test_the_history_keeps_the_last_records_and_knows_how_many_there_were() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w").with_max_history(3)
        await machine.process_event("Start")
        for number in range(10):
            await machine.set_context("number", number)
            await machine.process_event("tick")
        assert [entry.sequence for entry in await machine.get_history()] == [9, 10, 11]
        assert [entry.sequence for entry in await machine.get_history_tail(2)] == [10, 11]
        assert await machine.get_history_tail(0) == []
        assert len(await machine.get_history_tail(99)) == 3
        figures = await machine.get_metadata()
        assert (figures.transitions, figures.history_size) == (11, 3)
        assert await machine.context_at(8) == {"number": 6}
        with pytest.raises(ContextError):
            await machine.context_at(7)

    run(story())


def test_a_machine_keeps_a_thousand_records_unless_told_otherwise() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        await machine.process_event("Start")
        for _ in range(1_100):
            await machine.process_event("tick")
        assert len(await machine.get_history()) == 1_000

    run(story())


def test_a_rollback_is_a_new_record_that_leads_to_the_state_and_context_before() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        await machine.set_context("a", 1)
        await machine.process_event("Start")
        await machine.set_context("a", 2)
        await machine.set_context("b", 1)
        await machine.process_event("Pause")
        await machine.set_context("c", 1)  # belongs to no record yet
        before = await machine.get_history()
        done = await machine.rollback()
        assert (done.entry.event, done.entry.to_state) == ("Rollback", "Running")
        assert done.entry.takes_back == 2
        assert await machine.get_all_context() == {"a": 1}
        assert await machine.get_history() == [*before, done.entry]
        await machine.rollback()
        assert (machine.state, await machine.get_all_context()) == ("Idle", {})
        with pytest.raises(NothingToRollBackError, match="w is Idle"):
            await machine.rollback()
        assert len(await machine.get_history()) == 4

    run(story())


def test_what_is_done_after_a_rollback_is_taken_back_before_what_was_done_earlier() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        await sent(machine, "Start", "Pause")
        await machine.rollback()
        await machine.process_event("Fail")
        assert machine.state == "Failed"
        assert (await machine.rollback()).entry.takes_back == 4
        assert (await machine.rollback()).entry.takes_back == 1
        assert machine.state == "Idle"

    run(story())


def test_the_event_rollback_goes_where_the_chart_says_and_brings_the_context_back() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w")
        await machine.process_event("Start")
        await machine.set_context("a", 1)
        await machine.process_event("Fail")
        await machine.process_event(WorkflowEvent.ROLLBACK)
        assert (machine.state, await machine.get_all_context()) == ("Paused", {})
        await machine.process_event("Resume")

    run(story())


def test_where_the_definition_has_no_arrow_for_rollback_the_event_takes_back() -> None:
    async def story() -> None:
        two = definition("two", "A", ["A", "B"], {("A", "go"): "B", ("B", "go"): "A"})
        machine = WorkflowStateMachine("w", two)
        await machine.process_event("go")
        await machine.process_event(WorkflowEvent.ROLLBACK)
        assert machine.state == "A"

    run(story())


def test_a_rollback_beyond_what_is_kept_says_where_history_begins() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("w", max_history=2)
        await sent(machine, "Start", "Pause", "Resume")
        await machine.rollback()
        with pytest.raises(NothingToRollBackError, match="record 3"):
            await machine.rollback()

    run(story())


# At rest


def test_a_workflow_survives_a_text_with_history_context_and_rollback() -> None:
    async def story() -> None:
        from harmony.workflow.serialized import SerializedWorkflow

        machine = WorkflowStateMachine("w", max_history=5)
        await machine.set_context("a", {"deep": [1, None, True, "ü"]})
        await sent(machine, "Start", "Pause", "Resume", "Pause", "Resume", "tick")
        await machine.set_context("b", 2)
        text = (await machine.serialize()).to_text()
        again = await WorkflowStateMachine.deserialize(SerializedWorkflow.from_text(text))
        assert (await again.serialize()).to_text() == text
        assert (again.state, again.sequence) == ("Running", 6)
        assert await again.get_all_context() == await machine.get_all_context()
        await again.rollback()
        await again.rollback()
        assert again.state == "Paused"

    run(story())

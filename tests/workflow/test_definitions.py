"""Definitions from TOML: what they mean, and what is said of a wrong one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harmony.workflow.definition import DEFAULT, WorkflowDefinition
from harmony.workflow.definition_file import (
    definition_from_toml,
    definitions_from_toml,
    read_definitions,
)
from harmony.workflow.errors import DefinitionError, IllegalEventError
from harmony.workflow.events import WorkflowEvent
from harmony.workflow.machine import WorkflowStateMachine

SEED = """
[workflow.code_implementation]
initial_state = "Planning"

[workflow.code_implementation.states.Planning]
next_on_success = "Coding"
next_on_failure = "Blocked"
"""

WHOLE = (
    SEED
    + """
on = {rethought = "Planning", Pause = "Blocked"}

[workflow.code_implementation.states.Coding]
description = "Write it."
next_on_success = "Done"
next_on_failure = "Blocked"

[workflow.code_implementation.states.Blocked]
on = {unblocked = "Planning"}

[workflow.code_implementation.states.Done]
"""
)


def test_the_seeds_example_is_read_as_an_excerpt() -> None:
    read = definition_from_toml(SEED, open_ended=True)
    assert read.initial == "Planning"
    assert set(read.states) == {"Planning", "Coding", "Blocked"}
    assert read.is_end("Coding")
    assert read.target("Planning", WorkflowEvent.COMPLETE) == "Coding"
    assert read.target("Planning", WorkflowEvent.fail("no")) == "Blocked"
    assert read.target("Planning", WorkflowEvent.TIMEOUT) == "Blocked"


def test_the_seeds_example_alone_names_the_state_that_has_no_table() -> None:
    with pytest.raises(DefinitionError, match=r"code_implementation.*'Coding'.*empty"):
        definition_from_toml(SEED)


def test_a_machine_goes_through_a_definition() -> None:
    async def story() -> None:
        machine = WorkflowStateMachine("feature", definition_from_toml(WHOLE))
        for event, state in (
            (WorkflowEvent.custom("rethought", {"why": "simpler"}), "Planning"),
            (WorkflowEvent.COMPLETE, "Coding"),
            (WorkflowEvent.fail("tests"), "Blocked"),
            ("unblocked", "Planning"),
            ("Pause", "Blocked"),
            (WorkflowEvent.ROLLBACK, "Planning"),
            ("Complete", "Coding"),
            ("Complete", "Done"),
        ):
            assert (await machine.process_event(event)).entry.to_state == state
        with pytest.raises(IllegalEventError):
            await machine.rollback()

    asyncio.run(story())


def test_a_custom_event_is_legal_only_where_the_definition_has_it() -> None:
    machine = WorkflowStateMachine("feature", definition_from_toml(WHOLE))
    with pytest.raises(IllegalEventError) as caught:
        asyncio.run(machine.process_event("unblocked"))
    assert set(caught.value.legal) == {"Complete", "Fail", "Timeout", "rethought", "Pause"}


def test_a_definition_survives_json() -> None:
    for one in (DEFAULT, definition_from_toml(WHOLE)):
        assert WorkflowDefinition.from_json(one.to_json()) == one


def test_a_file_may_hold_several_beside_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "Swarm.toml"
    path.write_text(
        WHOLE + '[workflow.other]\ninitial_state = "A"\n[workflow.other.states.A]\n[agents]\n'
    )
    assert list(read_definitions(path)) == ["code_implementation", "other"]
    with pytest.raises(DefinitionError, match="code_implementation, other"):
        definition_from_toml(path.read_text())
    assert definition_from_toml(path.read_text(), "other").states == ("A",)


def states(text: str, initial: str = 'initial_state = "A"') -> str:
    return f"[workflow.w]\n{initial}\n[workflow.w.states]\n{text}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (states('A.next_on_success = "Z"'), "'Z'"),
        (states('A.on = {go = "Z"}'), "'go' at 'A'"),
        (states("A = {}\nB = {}"), "nothing leads from 'A' to: B"),
        (states("A = {}", ""), "initial_state, one of: A"),
        (states("A = {}", 'initial_state = "Q"'), "'Q', which is none of its states: A"),
        (states('A = {next_on_success = "A", on = {Complete = "A"}}'), "on.Complete"),
        (states('A = {next_on_failure = "A", on = {Timeout = "A"}}'), "'Timeout'"),
        (states("A = {}\nA = {}"), "not TOML"),
        (states('A = {next_on_sucess = "A"}'), "'next_on_sucess'.*next_on_success"),
        (states("A = {next_on_success = 3}"), "next_on_success is not a text"),
        (states("A = 3"), "states.A is not a table"),
        (states('A.on = {Rollback = "A"}'), "Rollback goes back"),
        (states('A.on = {Custom = "A"}'), "custom event"),
        (states('A.on = {"a\\nb" = "A"}'), "no name"),
        (states('" " = {}', 'initial_state = " "'), "no name"),
        (states("A = {}", "initial_state = 1"), "initial_state is not a text"),
        ("[workflow.w]\nsteps = 3", "'steps'"),
        ("", "defines nothing"),
        ("workflow = 3", "workflow is not a table"),
        ("[[[", "not TOML"),
        ("x = " + "[" * 100_000, "nested"),
        (states("A.description = " + "[" * 20 + "]" * 20), "nested more than 6"),
        ("#" * 1_100_000, "larger than"),
        (
            states("\n".join(f'S{n} = {{on = {{go = "S{n + 1}"}}}}' for n in range(1001))
                   + "\nS1001 = {}", 'initial_state = "S0"'),
            "more than 1000 states",
        ),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        definitions_from_toml(text)


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_bytes(b"#" * 1_100_000)
    with pytest.raises(DefinitionError, match="larger"):
        read_definitions(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DefinitionError, match="not TOML"):
        read_definitions(path)

"""Every action is one command: its keys, its places, and when it may run."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtGui import QKeySequence

from harmony.board.canvas_state import ALLOWED, Permission
from harmony.board.commands.command import MENUS, Command
from harmony.board.commands.edit_commands import DEPENDENCIES
from harmony.board.commands.reference import reference
from harmony.board.commands.registry import CommandRegistry
from harmony.board.commands.situation import Situation
from harmony.board.desk.desk import Desk
from harmony.board.errors import CommandError
from harmony.foundation.words import templates
from harmony.melody.model import Dependency

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = Desk(None).commands()


def test_there_is_a_command_for_each_way_to_depend() -> None:
    assert get_args(Dependency) == DEPENDENCIES


def busy(state: str) -> Situation:
    """A document in a canvas state, in which everything else would let a command run."""
    return Situation(
        has_document=True,
        canvas=state,
        allowed=ALLOWED[state],
        modified=True,
        can_undo=True,
        can_redo=True,
        nodes=3,
        selected_nodes=1,
        clipboard=True,
        documents=2,
    )


def test_no_two_commands_share_a_shortcut() -> None:
    owners: dict[str, str] = {}
    for command in COMMANDS:
        for shortcut in command.shortcuts:
            keys = QKeySequence(shortcut).toString()
            assert keys, f"{command.id}: {shortcut} is no shortcut"
            assert keys not in owners, f"{keys}: {owners.get(keys)} and {command.id}"
            owners[keys] = command.id


def test_each_command_has_a_name_and_a_sentence_of_help() -> None:
    words = templates("board")
    for command in COMMANDS:
        assert f"board.command.{command.id}" in words
        assert words[f"board.command.{command.id}.help"].endswith(".")


def test_each_command_stands_in_a_menu() -> None:
    registry = CommandRegistry(Situation, lambda work: work.close())
    registry.register(COMMANDS)
    listed = [c.id for groups in registry.menus().values() for group in groups for c in group]
    assert sorted(listed) == sorted(command.id for command in COMMANDS)
    assert set(registry.menus()) == set(MENUS)


@pytest.mark.parametrize("state", sorted(ALLOWED))
def test_no_command_runs_in_a_canvas_state_that_forbids_it(state: str) -> None:
    ran: list[str] = []
    registry = CommandRegistry(lambda: busy(state), lambda work: work.close())
    for command in COMMANDS:
        registry.register(
            [
                Command(
                    command.id,
                    command.menu,
                    lambda name=command.id: ran.append(name),
                    needs=command.needs,
                )
            ]
        )
    for command in COMMANDS:
        forbidden = bool(command.needs - ALLOWED[state])
        assert registry.allowed(command.id) is not forbidden
        if forbidden:
            with pytest.raises(CommandError):
                registry.run(command.id)
        else:
            registry.run(command.id)
    assert ran == [c.id for c in COMMANDS if c.needs <= ALLOWED[state]]


def test_commands_that_edit_say_so() -> None:
    needs = {command.id: command.needs for command in COMMANDS}
    for name in ("undo", "redo", "cut", "paste", "duplicate", "delete", "add_node", "rename"):
        assert Permission.EDIT in needs[f"edit.{name}"]
    assert Permission.SAVE in needs["file.save"]
    assert Permission.RUN in needs["run.run"]


def test_nothing_runs_from_a_melody_that_is_not_trusted() -> None:
    strange = Situation(
        has_document=True,
        canvas="Viewing",
        allowed=ALLOWED["Viewing"],
        restricted=True,
        nodes=2,
        run="Failed",
    )
    allowed = {command.id for command in COMMANDS if command.allowed(strange)}
    assert not allowed & {"run.run", "run.retry", "run.resume"}
    assert "file.trust" in allowed


def test_a_command_registered_twice_is_refused() -> None:
    registry = CommandRegistry(Situation, lambda work: work.close())
    command = Command("a.b", "file", lambda: None, shortcuts=("Ctrl+A",))
    registry.register([command])
    with pytest.raises(CommandError, match="twice"):
        registry.register([command])
    with pytest.raises(CommandError, match=r"(?i)ctrl\+a"):
        registry.register([Command("a.c", "file", lambda: None, shortcuts=("ctrl+a",))])


def test_an_unknown_command_is_named() -> None:
    with pytest.raises(CommandError, match=r"no\.such"):
        CommandRegistry(Situation, lambda work: work.close()).run("no.such")


def test_the_page_of_commands_is_up_to_date() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == reference(COMMANDS)

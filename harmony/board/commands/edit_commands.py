"""Edit: undo, the clipboard, nodes and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from harmony.board.commands.command import Command, with_document
from harmony.board.commands.situation import Situation
from harmony.board.permission import Permission

if TYPE_CHECKING:
    from harmony.melody.model import Dependency

# Named here so that the commands do not wait for the document model; a test compares.
DEPENDENCIES: Final[tuple[Dependency, ...]] = ("hard", "soft", "optional")


class EditActions(Protocol):
    """What the window does for the Edit menu."""

    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def cut(self) -> None: ...
    def copy(self) -> None: ...
    def paste(self) -> None: ...
    def duplicate(self) -> None: ...
    def delete(self) -> None: ...
    def select_all(self) -> None: ...
    def add_node(self) -> None: ...
    def add_note(self) -> None: ...
    def connect(self) -> None: ...
    def rename(self) -> None: ...
    def edit_parameters(self) -> None: ...
    def fold(self) -> None: ...
    def unfold(self) -> None: ...
    def set_dependency(self, dependency: Dependency) -> None: ...


def edit_commands(actions: EditActions) -> list[Command]:
    """The commands of the Edit menu."""
    edit = frozenset({Permission.EDIT})
    return [
        Command("edit.undo", "edit", actions.undo, 0, ("Ctrl+Z",), edit, _can_undo, icon="undo"),
        Command(
            "edit.redo",
            "edit",
            actions.redo,
            0,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            edit,
            _can_redo,
            icon="redo",
        ),
        Command(
            "edit.cut",
            "edit",
            actions.cut,
            1,
            ("Ctrl+X",),
            edit,
            _selected,
            icon="cut",
            on_canvas=True,
        ),
        Command(
            "edit.copy",
            "edit",
            actions.copy,
            1,
            ("Ctrl+C",),
            enabled=_selected,
            icon="copy",
            on_canvas=True,
        ),
        Command(
            "edit.paste",
            "edit",
            actions.paste,
            1,
            ("Ctrl+V",),
            edit,
            _pasteable,
            icon="paste",
            on_canvas=True,
        ),
        Command(
            "edit.duplicate",
            "edit",
            actions.duplicate,
            1,
            ("Ctrl+D",),
            edit,
            _selected,
            on_canvas=True,
        ),
        Command(
            "edit.delete",
            "edit",
            actions.delete,
            1,
            ("Del", "Backspace"),
            edit,
            _deletable,
            icon="trash",
            on_canvas=True,
        ),
        Command(
            "edit.select_all",
            "edit",
            actions.select_all,
            2,
            ("Ctrl+A",),
            enabled=_has_nodes,
            on_canvas=True,
        ),
        Command(
            "edit.add_node",
            "edit",
            actions.add_node,
            3,
            ("Ctrl+Space",),
            edit,
            with_document,
            icon="plus",
        ),
        Command(
            "edit.add_note",
            "edit",
            actions.add_note,
            3,
            ("Ctrl+Shift+N",),
            edit,
            with_document,
            icon="note",
        ),
        Command(
            "edit.connect",
            "edit",
            actions.connect,
            3,
            ("Ctrl+L",),
            edit,
            _one_node,
            icon="link",
            on_canvas=True,
        ),
        Command("edit.rename", "edit", actions.rename, 4, ("F2",), edit, _one_node),
        Command(
            "edit.parameters",
            "edit",
            actions.edit_parameters,
            4,
            ("F4",),
            edit,
            _one_node,
            icon="settings",
        ),
        Command(
            "edit.fold",
            "edit",
            actions.fold,
            5,
            ("Ctrl+G",),
            edit,
            _nodes_selected,
            icon="group",
            on_canvas=True,
        ),
        Command(
            "edit.unfold",
            "edit",
            actions.unfold,
            5,
            ("Ctrl+Shift+G",),
            edit,
            _parts_selected,
            on_canvas=True,
        ),
        *(_dependency_command(actions, dependency) for dependency in DEPENDENCIES),
    ]


def _dependency_command(actions: EditActions, dependency: Dependency) -> Command:
    """How much the targets of the selected wires depend on them; checked when all are like that."""
    return Command(
        f"edit.wire_{dependency}",
        "edit",
        lambda: actions.set_dependency(dependency),
        7,
        (),
        frozenset({Permission.EDIT}),
        _wires_selected,
        lambda situation: situation.selected_dependencies == {dependency},
    )


def _can_undo(situation: Situation) -> bool:
    return situation.has_document and situation.can_undo


def _can_redo(situation: Situation) -> bool:
    return situation.has_document and situation.can_redo


def _selected(situation: Situation) -> bool:
    return situation.has_document and situation.has_selection


def _deletable(situation: Situation) -> bool:
    return situation.has_document and situation.has_something_selected


def _pasteable(situation: Situation) -> bool:
    return situation.has_document and situation.clipboard


def _has_nodes(situation: Situation) -> bool:
    return situation.has_document and situation.nodes > 0


def _nodes_selected(situation: Situation) -> bool:
    return situation.has_document and situation.selected_nodes > 0


def _parts_selected(situation: Situation) -> bool:
    return situation.has_document and situation.selected_parts > 0


def _wires_selected(situation: Situation) -> bool:
    return situation.has_document and situation.selected_wires > 0


def _one_node(situation: Situation) -> bool:
    return situation.has_document and situation.selected_nodes == 1

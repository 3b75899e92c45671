"""What a command is told about the window before it may run: plain facts, no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony.board.permission import Permission
    from harmony.melody.model import Dependency


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts that decide which commands are enabled.

    `canvas` is the state of chart 10 of the document in front, empty on the start page, and
    `allowed` what that state permits. `run` is the state of chart 3 of its run, empty without one.
    Of the selected nodes `pinnable_nodes` gave something in it, and `pinned_nodes` are pinned.
    """

    has_document: bool = False
    canvas: str = ""
    allowed: frozenset[Permission] = frozenset()
    restricted: bool = False
    has_path: bool = False
    modified: bool = False
    can_undo: bool = False
    can_redo: bool = False
    nodes: int = 0
    selected_nodes: int = 0
    selected_notes: int = 0
    selected_wires: int = 0
    selected_dependencies: frozenset[Dependency] = frozenset()
    selected_parts: int = 0
    selected_nodes_in_run: int = 0
    pinnable_nodes: int = 0
    pinned_nodes: int = 0
    clipboard: bool = False
    run: str = ""
    run_is_live: bool = False
    past_run: bool = False
    failed_tasks: int = 0
    damaged: bool = False
    documents: int = 0

    @property
    def has_selection(self) -> bool:
        """Whether a node or a note is selected."""
        return bool(self.selected_nodes or self.selected_notes)

    @property
    def has_something_selected(self) -> bool:
        """Whether a node, a note or a wire is selected."""
        return self.has_selection or bool(self.selected_wires)

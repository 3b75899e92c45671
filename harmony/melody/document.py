"""An open melody: the one thing that edits it, with undo, findings and the saved point.

Every edit is a Change that goes through `Document.apply`; a drag, a key and a script end here
(DESIGN.md section 6). What follows from the melody (order, flow of types, findings) is brought up
to date for the nodes that an edit concerns, and for no others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harmony.melody import changes
from harmony.melody.changes import Change, Connect, Group, MoveNodes, SetParameter, Simple
from harmony.melody.errors import ChangeError
from harmony.melody.findings import Finding
from harmony.melody.flow import Flow, Lookup
from harmony.melody.graph import Graph
from harmony.melody.model import PART_PREFIX, Connection, Melody
from harmony.melody.order import TopologicalOrder
from harmony.melody.validation import (
    KnownPlayers,
    findings_of_melody,
    findings_of_node,
    no_players,
)
from harmony.melody.wire_rules import refusal
from harmony.players.specs import PlayerSpec

Subscriber = Callable[[Change, Change], None]


@dataclass(slots=True)
class _Step:
    """One step of the history: the Change that takes the melody from here to the other side."""

    change: Change
    label: str
    merge_key: object
    before: int
    after: int


class Document:
    """A melody that is open for editing.

    `lookup` answers the spec of a Player's id, None when it is unknown; `known` all ids there are,
    for suggestions. `path` is the file it was read from, None for a new one.
    """

    def __init__(
        self,
        melody: Melody,
        lookup: Lookup,
        path: str | os.PathLike[str] | None = None,
        known: KnownPlayers = no_players,
    ) -> None:
        self.path: Path | None = None if path is None else Path(path)
        self._melody = melody
        self._lookup = lookup
        self._known = known
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._subscribers: dict[object, Subscriber] = {}
        self._telling = False
        self._version = 0
        self._states = 0
        self._state = 0
        self._saved_state = 0
        self._suggested: dict[str, str] = {}
        self._found: dict[str, list[Finding]] = {}
        self._listed: list[Finding] | None = None
        self._read()

    # --- what it holds

    @property
    def melody(self) -> Melody:
        """The melody as it is now. To be read; edits go through `apply`."""
        return self._melody

    @property
    def version(self) -> int:
        """A number that rises with each edit, undo and redo."""
        return self._version

    @property
    def order(self) -> TopologicalOrder:
        """The maintained topological order."""
        return self._graph.order

    @property
    def flow(self) -> Flow:
        """How values travel: mapped nodes, real types, the fit of each wire."""
        return self._graph.flow

    @property
    def graph(self) -> Graph:
        """The derived view that order and flow belong to, with the wires by node. To be read."""
        return self._graph

    def spec(self, player: str) -> PlayerSpec | None:
        """The spec of a Player, or of a part of this melody; None when it is unknown."""
        return self._graph.parts.spec(player)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong: first with the melody as a whole, then node by node in document order."""
        if self._listed is None:
            listed = findings_of_melody(self._melody, self._graph)
            if self._found:
                for node in self._melody.nodes:
                    listed.extend(self._found.get(node, ()))
            self._listed = listed
        return list(self._listed)

    def refusal(
        self, connection: Connection, replacing: Connection | None = None
    ) -> Finding | None:
        """Why a wire is not possible, None when it is; `replacing` is one that would go for it."""
        return refusal(self._graph, connection, replacing)

    # --- editing

    def apply(self, change: Change, merge_key: object = None, *, as_it_was: bool = False) -> Change:
        """Do one undo step; answers its inverse.

        Steps of the same field or the same nodes that come one after the other with an equal
        `merge_key` (a slider's pull, a drag) become one. Raises ChangeError, and changes nothing,
        when the Change does not fit or one of its wires is refused; `finding` then says why.
        No wire is refused with `as_it_was`: the melody has been so before, faults included, and is
        restored.
        """
        self._check_not_telling()
        change = _frozen(change)
        if isinstance(change, Group) and not change.changes:
            return change
        if not as_it_was:
            self._refuse_single(change)
        inverse = changes.apply(self._melody, change)
        refused = self._follow(change, checked=isinstance(change, Group) and not as_it_was)
        if refused is not None:
            changes.apply(self._melody, inverse)
            self._read()
            raise ChangeError.refused(refused)
        before, self._state = self._state, self._new_state()
        self._redo.clear()
        if not self._merged(change, merge_key):
            label = changes.label(change)
            self._undo.append(_Step(inverse, label, merge_key, before, self._state))
        self._edited(change, inverse)
        return inverse

    def undo(self) -> None:
        """Take back the last step. Does nothing when there is none."""
        self._check_not_telling()
        if self._undo:
            self._travel(self._undo, self._redo)

    def redo(self) -> None:
        """Do the step again that was last taken back. Does nothing when there is none."""
        self._check_not_telling()
        if self._redo:
            self._travel(self._redo, self._undo)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._redo)

    @property
    def undo_label(self) -> str:
        """What `undo` would take back, for the menu; empty when nothing."""
        return self._undo[-1].label if self._undo else ""

    @property
    def redo_label(self) -> str:
        """What `redo` would do again, for the menu; empty when nothing."""
        return self._redo[-1].label if self._redo else ""

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Hear of every edit, undo and redo as `(change, inverse)`, after it happened.

        A `RemoveNode` takes wires with it; its inverse names them. Answers a function that ends
        the subscription. A callback must not edit.
        """
        key = object()
        self._subscribers[key] = callback

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)

        return unsubscribe

    def reload_players(self) -> None:
        """Look every Player up anew, after an extension came, went or changed."""
        self._read()

    # --- the file

    @property
    def modified(self) -> bool:
        """Whether the melody differs from what was last saved; undoing back to there says no."""
        return self._state != self._saved_state

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Save to `path`, which becomes the document's own, or to the path it has.

        Raises MelodyFileError when it cannot be written, ChangeError when there is no path yet.
        """
        from harmony.melody import file

        target = self.path if path is None else Path(path)
        if target is None:
            raise ChangeError("melody.no_path")
        file.save(target, self._melody)
        self.path = target
        self.mark_saved()

    def mark_saved(self) -> None:
        """Say that the melody as it is now has been saved by other means."""
        self._saved_state = self._state

    # --- inside

    def _read(self) -> None:
        self._graph = Graph.of(self._melody, self._lookup)
        self._suggested = {}
        self._found = {}
        self._listed = None
        self._find(self._melody.nodes)

    def _refuse_single(self, change: Change) -> None:
        if isinstance(change, Connect):
            finding = refusal(self._graph, change.connection)
            if finding is not None:
                raise ChangeError.refused(finding)

    def _follow(self, change: Change, checked: bool) -> Finding | None:
        """Bring everything derived up to date with a Change that the melody has taken.

        With `checked`, each wire is judged in its turn; a refused one is answered, and the derived
        view is then to be read anew.
        """
        concerned: set[str] = set()
        unsettled = False
        for step in changes.steps(change):
            if checked and isinstance(step, Connect):
                if unsettled:
                    concerned |= self._graph.settle()
                    unsettled = False
                finding = refusal(self._graph, step.connection)
                if finding is not None:
                    return finding
            unsettled = self._follow_step(step) or unsettled
        if unsettled:
            concerned |= self._graph.settle()
        self._find(concerned)
        self._listed = None
        return None

    def _follow_step(self, step: Simple) -> bool:
        graph = self._graph
        match step:
            case changes.AddNode(node=node):
                graph.add_node(node.id, node.player)
            case changes.RemoveNode(id=identifier):
                graph.remove_node(identifier)
                self._found.pop(identifier, None)
            case changes.Connect(connection=wire, dependency=dependency):
                graph.connect(wire, dependency)
            case changes.Disconnect(connection=wire):
                graph.disconnect(wire)
            case changes.ReplacePlayer(node=identifier, player=player):
                graph.replace_player(identifier, player)
            case (
                changes.SetParameter(node=identifier)
                | changes.SetPolicy(node=identifier)
                | changes.SetRepeat(node=identifier)
                | changes.SetPins(node=identifier)
            ):
                graph.touch(identifier)
            case changes.SetDependency(connection=wire, dependency=dependency):
                graph.depend(wire, dependency)
            case changes.AddPart() | changes.RemovePart() | changes.EditPart():
                graph.reload_parts()
            case changes.RenamePart(name=name, to=to):
                graph.reload_parts({PART_PREFIX + name: PART_PREFIX + to})
            case _:
                return False
        return True

    def _find(self, nodes: Iterable[str]) -> None:
        for identifier in nodes:
            node = self._melody.nodes.get(identifier)
            found = (
                []
                if node is None
                else findings_of_node(node, self._graph, self._known, self._suggested)
            )
            if found:
                self._found[identifier] = found
            else:
                self._found.pop(identifier, None)

    def _travel(self, out_of: list[_Step], into: list[_Step]) -> None:
        step = out_of.pop()
        back = changes.apply(self._melody, step.change)
        self._follow(step.change, checked=False)
        self._state = step.before
        into.append(_Step(back, step.label, None, step.after, step.before))
        self._edited(step.change, back)

    def _merged(self, change: Change, merge_key: object) -> bool:
        """Whether the last step took this edit in; its way back leads further back already."""
        if merge_key is None or not self._undo:
            return False
        last = self._undo[-1]
        field = _field_of(change)
        if last.merge_key != merge_key or field is None or field != _field_of(last.change):
            return False
        if last.after == self._saved_state:
            return False
        last.after = self._state
        return True

    def _edited(self, change: Change, inverse: Change) -> None:
        self._version += 1
        self._telling = True
        failures: list[Exception] = []
        try:
            for subscriber in list(self._subscribers.values()):
                try:
                    subscriber(change, inverse)
                except Exception as error:  # noqa: BLE001 - the others must hear of the edit too
                    failures.append(error)
        finally:
            self._telling = False
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise ExceptionGroup("several subscribers failed", failures)

    def _new_state(self) -> int:
        self._states += 1
        return self._states

    def _check_not_telling(self) -> None:
        if self._telling:
            raise ChangeError("melody.edit_within_edit")


def _field_of(change: Change) -> object:
    """What a Change overwrites, when it does nothing else; None for all other kinds."""
    match change:
        case SetParameter(node=node, name=name):
            return ("parameter", node, name)
        case MoveNodes(positions=positions):
            return ("places", frozenset(positions))
        case changes.EditNote(note=note):
            return ("note", note.id)
        case changes.RenameNode(node=node):
            return ("title", node)
        case changes.SetNodeOption(node=node, option=option):
            return ("option", node, option)
        case changes.DescribeMelody():
            return ("description",)
        case changes.SetPolicy(node=node):
            return ("policy", node)
        case changes.SetRepeat(node=node):
            return ("repeat", node)
        case changes.SetLimits():
            return ("limits",)
        case _:
            return None


def _frozen(change: Change) -> Change:
    """The Change with its groups as tuples, so that the history cannot be altered from outside."""
    if not isinstance(change, Group):
        return change
    inner: Sequence[Change] = tuple(_frozen(item) for item in change.changes)
    return Group(change.label, inner)

"""A melody that is open in a tab: the document, the state of its canvas, and the run on show.

No widget here. The page shows it, commands act on it, the run feed moves it.
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from harmony.board.canvas_state import CanvasMachine, Permission
from harmony.board.run_view.account import RunAccount
from harmony.board.run_view.run_model import RunModel
from harmony.board.run_view.run_words import value_line
from harmony.board.run_view.standing import ShownRun
from harmony.board.status import NodeStatus
from harmony.foundation.clock import Clock
from harmony.foundation.words import render
from harmony.melody.changes import (
    AddNode,
    Change,
    Connect,
    Disconnect,
    RemoveNode,
    ReplacePlayer,
    SetParameter,
    steps,
)
from harmony.melody.document import Document
from harmony.melody.model import Connection, Melody
from harmony.symphony import Run

if TYPE_CHECKING:
    from harmony.board.timeline.past_model import PastModel

_numbers = itertools.count(1)


class OpenDocument(QObject):
    """One tab. Signals: `edited` after each change, `moved` when the canvas state changed,
    `run_changed(nodes)` when the run on show moved on (None: another run, or none);
    `scrubbed(nodes)` when another moment of it is shown, and these nodes look different."""

    edited = Signal()
    moved = Signal()
    run_changed = Signal(object)
    scrubbed = Signal(object)

    def __init__(
        self,
        document: Document,
        clock: Clock,
        restricted: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.restricted = restricted
        self.canvas = CanvasMachine(f"canvas:{next(_numbers)}", clock, self._moved)
        self.run: Run | None = None
        self.model: RunModel | None = None
        self.past: PastModel | None = None
        self.past_run = False
        self.saved_at: float | None = None
        self._clock = clock
        self._snapshot: Melody | None = None
        self._stale: frozenset[str] = frozenset()
        # A save or a validation passes through states too short to be seen: tell of where it rests.
        self._settled = QTimer(self, singleShot=True, interval=0)
        self._settled.timeout.connect(self.moved)
        self._unsubscribe = document.subscribe(self._document_edited)

    @property
    def path(self) -> Path | None:
        return self.document.path

    @property
    def title(self) -> str:
        """What the tab says: the melody's name, or that of its file."""
        if self.document.melody.name:
            return self.document.melody.name
        return self.path.stem if self.path is not None else render("board.untitled")

    @property
    def run_is_live(self) -> bool:
        """Whether this program drives a run of it that has not ended."""
        return self.run is not None and self.model is not None and self.model.live

    @property
    def shown(self) -> ShownRun | None:
        """The run as it is shown: as it is, or as it was at the moment that is looked at."""
        return self.past if self.past is not None else self.model

    @property
    def stale(self) -> frozenset[str]:
        """The nodes whose results were made before they, or what they hang on, were edited."""
        return self._stale

    def may(self, permission: Permission) -> bool:
        """Whether the canvas permits it now."""
        return self.canvas.may(permission)

    def show_run(
        self,
        model: RunModel,
        snapshot: Melody,
        run: Run | None,
        past: bool,
        looked_at: bool = True,
    ) -> None:
        """Show a run: a new one, or one of the past. `snapshot` is the melody that it runs.

        `looked_at`: a run of the past was opened to find something out. One that a melody is only
        shown with, since it was its last and completed, leaves the canvas as it is.
        """
        self.model, self.run, self.past_run, self.past = model, run, past, None
        self._snapshot = copy.deepcopy(snapshot)
        self._stale = stale_nodes(self._snapshot, self.document)
        if past and looked_at:
            self.canvas.inspect_run()
        self.run_changed.emit(None)

    def show_account(self, account: RunAccount) -> None:
        """The account of the run on show was made up."""
        if self.model is not None:
            self.model.account = account
            self.run_changed.emit(None)

    def replace_model(self, model: RunModel) -> None:
        """The run on show was read anew."""
        self.model = model
        self.run_changed.emit(None)

    def continue_run(self, run: Run) -> None:
        """The run on show is driven by this program again, after a retry or a resumption."""
        self.run, self.past_run = run, False
        self.run_changed.emit(None)

    def put_run_away(self) -> None:
        """Show the melody without a run."""
        self.model = self.run = self._snapshot = self.past = None
        self.past_run, self._stale = False, frozenset()
        self.canvas.close_run()
        self.run_changed.emit(None)

    def show_past(self, past: PastModel | None) -> None:
        """Show the run as it was at a moment; None: as it is. Who calls this sends `scrubbed`."""
        self.past = past

    def follow_run(self, nodes: frozenset[str], state_before: str, failed_before: int) -> None:
        """The fold took new events: move the canvas as the run demands, and tell."""
        model = self.model
        if model is None:
            return
        failed = model.totals().failed if nodes or not model.live else failed_before
        if failed > failed_before:
            self.canvas.task_failed()
        if model.state != state_before:
            if model.state == "Paused":
                self.canvas.run_paused()
            elif model.state == "Executing" and state_before == "Paused":
                self.canvas.run_started()
            elif not model.live:
                self._end_run(model)
        self.run_changed.emit(nodes)

    def statuses(self, nodes: frozenset[str] | None = None) -> dict[str, NodeStatus]:
        """How nodes look: those given, or all. Without a run all are idle."""
        wanted = self.document.melody.nodes.keys() if nodes is None else nodes
        shown = self.shown
        if shown is None:
            return {node: NodeStatus() for node in wanted}
        known = set(shown.nodes)
        found: dict[str, NodeStatus] = {}
        for node in wanted:
            if node not in known:
                found[node] = NodeStatus()  # added since, or no part of what was run
                continue
            status = shown.status(node)
            found[node] = replace(status, stale=True) if node in self._stale else status
        return found

    def wire_counts(self, nodes: frozenset[str] | None = None) -> dict[Connection, int]:
        """How many items pass each mapped wire, as far as the run knows; only into `nodes`."""
        shown = self.shown
        if shown is None:
            return {}
        flow = self.document.flow
        return {
            wire: shown.task_count(wire.target)
            for wire in self.document.melody.connections
            if (nodes is None or wire.target in nodes) and flow.fit_of(wire) == "map"
        }

    def wire_values(self, nodes: frozenset[str] | None = None) -> dict[Connection, str]:
        """What had passed each wire by the moment that is looked at, in a few words; no words
        while the run is shown as it is. Only wires that begin at `nodes`."""
        values: dict[str, dict[str, str]] = {}
        found: dict[Connection, str] = {}
        for wire in self.document.melody.connections:
            if nodes is not None and wire.source not in nodes:
                continue
            if self.past is not None and wire.source not in values:
                given = self.past.outputs_of(wire.source)
                values[wire.source] = {port: value_line(value) for port, value in given.items()}
            found[wire] = values.get(wire.source, {}).get(wire.output, "")
        return found

    def close(self) -> None:
        """End the subscriptions."""
        self._unsubscribe()

    def _end_run(self, model: RunModel) -> None:
        if model.totals().failed:
            self.canvas.task_failed()
        else:
            self.canvas.run_ended()

    def _document_edited(self, change: Change, _inverse: Change) -> None:
        kinds = {type(step) for step in steps(change)}
        structure = bool(kinds & {AddNode, RemoveNode, Connect, Disconnect, ReplacePlayer})
        errors = structure and any(f.severity == "error" for f in self.document.findings)
        self.canvas.edited(structure, valid=not errors, node_added=AddNode in kinds)
        if self._snapshot is not None and (structure or SetParameter in kinds):
            stale = stale_nodes(self._snapshot, self.document)
            if stale != self._stale:
                different, self._stale = stale ^ self._stale, stale
                self.run_changed.emit(different & self.document.melody.nodes.keys())
        self.edited.emit()

    def _moved(self, _record: object) -> None:
        self._settled.start()


def stale_nodes(snapshot: Melody, document: Document) -> frozenset[str]:
    """The nodes that differ from the snapshot in Player, parameters or wires, and those after."""
    melody = document.melody
    before = _incoming(snapshot)
    now = _incoming(melody)
    stale = {
        node.id
        for node in melody.nodes.values()
        if node.id in snapshot.nodes
        and (
            node.player != snapshot.nodes[node.id].player
            or node.parameters != snapshot.nodes[node.id].parameters
            or now.get(node.id) != before.get(node.id)
        )
    }
    if not stale:
        return frozenset()
    outgoing: dict[str, list[str]] = {}
    for wire in melody.connections:
        outgoing.setdefault(wire.source, []).append(wire.target)
    waiting = list(stale)
    while waiting:
        for target in outgoing.get(waiting.pop(), ()):
            if target not in stale:
                stale.add(target)
                waiting.append(target)
    return frozenset(stale)


def _incoming(melody: Melody) -> dict[str, list[Connection]]:
    found: dict[str, list[Connection]] = {}
    for wire in melody.connections:
        found.setdefault(wire.target, []).append(wire)
    return found

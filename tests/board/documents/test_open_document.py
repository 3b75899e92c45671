"""A melody in a tab: its canvas state, its run, and what is out of date."""

from __future__ import annotations

import copy

import pytest
from pytestqt.qtbot import QtBot

from harmony.board.documents.open_document import OpenDocument
from harmony.board.run_view.run_model import RunModel
from harmony.conductor.events import Event, RunChanged, TaskChanged
from harmony.foundation.clock import SystemClock
from harmony.melody.changes import AddNode, MoveNodes, SetParameter
from harmony.melody.document import Document
from harmony.melody.model import Node


@pytest.fixture
def tab(document: Document, qtbot: QtBot) -> OpenDocument:
    return OpenDocument(document, SystemClock())


def take(tab: OpenDocument, *events: Event) -> None:
    """What the feed does with a batch."""
    assert tab.model is not None
    state, failed = tab.model.state, tab.model.totals().failed
    changed = {node for event in events for node in tab.model.apply(event)}
    tab.follow_run(frozenset(changed), state, failed)


def show_run(tab: OpenDocument) -> None:
    tab.canvas.run_started()
    melody = tab.document.melody
    tab.show_run(RunModel("r", melody.nodes), copy.deepcopy(melody), None, past=False)
    take(tab, RunChanged("r", "Queued", "Executing", 1.0))


def fail(tab: OpenDocument) -> None:
    take(tab, TaskChanged("r", "read", "read", "Ready", "Executing", 1, 2.0, process="p"))
    take(
        tab,
        TaskChanged("r", "read", "read", "Executing", "Failed", 1, 3.0, error={"message": "no"}),
        TaskChanged("r", "filter", "filter", "Pending", "Skipped", 1, 3.0),
    )


def test_the_first_edit_enters_editing(tab: OpenDocument) -> None:
    tab.document.apply(SetParameter("filter", "where", "a > 1"))
    assert tab.canvas.state == "Editing"


def test_a_new_node_is_validated(tab: OpenDocument) -> None:
    tab.document.apply(AddNode(Node("more", "harmony/filter_rows")))
    events = [record.event for record in tab.canvas.history]
    assert events == ["edit_mode", "node_added", "validation_failed"]


def test_a_failed_task_opens_the_debugger_while_the_run_goes_on(tab: OpenDocument) -> None:
    show_run(tab)
    assert tab.canvas.state == "Executing"
    fail(tab)
    assert tab.canvas.state == "Debugging"
    assert tab.model is not None
    assert tab.model.live
    take(tab, RunChanged("r", "Executing", "Failed", 4.0))
    assert tab.canvas.state == "Debugging"
    assert tab.statuses()["read"].error == "no"


def test_a_good_end_goes_back_to_viewing(tab: OpenDocument) -> None:
    show_run(tab)
    take(tab, RunChanged("r", "Executing", "Completed", 4.0))
    assert tab.canvas.state == "Viewing"


def test_a_pause_and_its_end_are_seen(tab: OpenDocument) -> None:
    show_run(tab)
    take(tab, RunChanged("r", "Executing", "Paused", 2.0))
    assert tab.canvas.state == "Debugging"
    take(tab, RunChanged("r", "Paused", "Executing", 3.0))
    assert tab.canvas.state == "Executing"


def test_what_was_edited_since_and_all_after_it_is_stale(tab: OpenDocument) -> None:
    show_run(tab)
    tab.document.apply(MoveNodes({"read": (8.0, 8.0)}))
    assert tab.stale == frozenset(), "a place is nothing that a run depends on"
    tab.document.apply(SetParameter("filter", "where", "a > 1"))
    assert tab.stale == {"filter"}
    tab.document.apply(SetParameter("read", "path", "other.csv"))
    assert tab.stale == {"read", "filter"}
    assert tab.statuses()["read"].stale
    tab.document.undo()
    tab.document.undo()
    assert tab.stale == frozenset(), "undone is not edited"


def test_a_past_run_is_put_away_again(tab: OpenDocument, document: Document) -> None:
    model = RunModel("old", document.melody.nodes)
    tab.show_run(model, document.melody, None, past=True)
    assert tab.canvas.state == "Debugging"
    assert not tab.run_is_live
    tab.put_run_away()
    assert tab.canvas.state == "Viewing"
    assert tab.statuses()["read"].state == "idle"


def test_a_node_that_the_run_does_not_know_is_idle(tab: OpenDocument) -> None:
    show_run(tab)
    tab.document.apply(AddNode(Node("new", "harmony/filter_rows")))
    assert tab.statuses()["new"].state == "idle"

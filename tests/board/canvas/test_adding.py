"""Asking for a node, and dropping one from the palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.placement import add_to_port
from harmony.melody.model import Connection

NO_KEYS = Qt.KeyboardModifier.NoModifier


def test_a_double_click_on_empty_canvas_asks_to_add_there(stage, qtbot):
    at = stage.at(560, 340)

    with qtbot.waitSignal(stage.view.add_requested) as told:
        stage.double_click(at)

    assert told.args[0] == QPointF(560, 340)
    assert told.args[1] == stage.view.viewport().mapToGlobal(at)


def test_a_double_click_on_a_node_activates_it(stage, qtbot):
    with qtbot.waitSignal(stage.view.node_activated) as told:
        stage.double_click(stage.node("filter"))

    assert told.args == ["filter"]


def test_tab_asks_to_add_beside_the_selected_node(stage, qtbot):
    stage.view.select(["words"])

    with qtbot.waitSignal(stage.view.add_requested) as told:
        stage.key(Qt.Key.Key_Tab)

    assert told.args[0] == QPointF(528, 240)


def test_typing_asks_to_add_and_hands_over_what_was_typed(stage, qtbot):
    typed = []
    stage.view.add_requested.connect(lambda *_: typed.append(stage.view.typed_text))

    stage.key(Qt.Key.Key_J)

    assert typed == ["j"]


def test_nothing_is_asked_where_nothing_may_be_edited(stage, qtbot):
    stage.view.set_permissions(can_edit=False, can_move=False)

    with qtbot.assertNotEmitted(stage.view.add_requested):
        stage.double_click(stage.at(560, 340))
        stage.key(Qt.Key.Key_Tab)


def test_an_empty_canvas_says_how_to_begin(empty_stage):
    hint = empty_stage.view._overlays.hint
    assert hint.isVisible()

    assert empty_stage.drop("test/read", empty_stage.at(0, 0))

    assert not hint.isVisible()


def test_a_dropped_player_stands_where_it_was_dropped(stage):
    before = set(stage.document.melody.nodes)

    assert stage.drop("test/join", stage.at(560, 340))

    (new,) = set(stage.document.melody.nodes) - before
    node = stage.document.melody.nodes[new]
    assert node.player == "test/join"
    assert abs(node.x + 93 - 560) <= 4
    assert abs(node.y + 22 - 340) <= 4
    assert stage.view.selected_nodes() == (new,)
    stage.document.undo()
    assert set(stage.document.melody.nodes) == before


def test_a_player_dropped_on_a_wire_goes_between(stage):
    (wire,) = stage.document.melody.connections
    middle = stage.view.scene().layout.wires[wire].at(0.5)

    assert stage.drop("test/filter", stage.at(middle.x(), middle.y()))

    (new,) = stage.view.selected_nodes()
    assert list(stage.document.melody.connections) == [
        Connection("read", "table", new, "table"),
        Connection(new, "table", "filter", "table"),
    ]
    stage.document.undo()
    assert list(stage.document.melody.connections) == [wire]
    assert not stage.document.can_undo


def test_a_player_that_does_not_fit_a_wire_is_dropped_beside_it(stage):
    (wire,) = stage.document.melody.connections
    middle = stage.view.scene().layout.wires[wire].at(0.5)

    assert stage.drop("test/words", stage.at(middle.x(), middle.y()))

    assert list(stage.document.melody.connections) == [wire]
    assert len(stage.document.melody.nodes) == 5


def test_an_unknown_player_is_not_taken(stage):
    assert not stage.drop("test/nothing", stage.at(560, 340))
    assert len(stage.document.melody.nodes) == 4


def test_something_else_is_not_taken(stage):
    data = QMimeData()
    data.setText("hello")
    enter = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEYS
    )

    QApplication.sendEvent(stage.view.viewport(), enter)

    assert not enter.isAccepted()


def test_a_player_carried_out_again_leaves_nothing(stage):
    data = stage.player_data("test/join")
    enter = QDragEnterEvent(
        QPoint(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEYS
    )
    QApplication.sendEvent(stage.view.viewport(), enter)
    assert stage.view.scene()._draft.ghost is not None

    QApplication.sendEvent(stage.view.viewport(), QDragLeaveEvent())

    assert stage.view.scene()._draft.ghost is None
    assert len(stage.document.melody.nodes) == 4


def test_a_player_added_to_a_loose_wire_is_joined_to_it(stage):
    spec = stage.view._lookup("test/join")

    node, change = add_to_port(
        stage.document, spec, PortKey("filter", "table", True), QPointF(560, 300)
    )
    stage.document.apply(change)

    assert Connection("filter", "table", node.id, "left") in stage.document.melody.connections
    place = stage.view.scene().layout.port_point(PortKey(node.id, "left", False))
    assert (place - QPointF(560, 300)).manhattanLength() <= 8


@pytest.mark.window
def test_a_player_is_dragged_from_another_widget(stage, qtbot):
    class Source(QLabel):
        def mousePressEvent(self, event):
            event.accept()

        def mouseMoveEvent(self, event):
            drag = QDrag(self)
            drag.setMimeData(stage.player_data("test/join"))
            drag.exec(Qt.DropAction.CopyAction)

    source = Source("Join", stage.view)
    source.resize(80, 30)
    source.move(4, 4)
    source.show()
    stage.view.activateWindow()
    qtbot.waitActive(stage.view)
    goal = stage.view.viewport().mapToGlobal(stage.at(560, 340))

    def carry():
        window = stage.view.window().windowHandle()
        local = stage.view.window().mapFromGlobal(goal)
        QTest.mouseMove(window, local - QPoint(6, 6))
        QTest.mouseMove(window, local)
        QTest.mouseRelease(window, Qt.MouseButton.LeftButton, NO_KEYS, local)

    QTimer.singleShot(200, carry)
    QTest.mousePress(source, Qt.MouseButton.LeftButton, NO_KEYS, QPoint(10, 10))
    QTest.mouseMove(source, QPoint(30, 14))

    qtbot.waitUntil(lambda: len(stage.document.melody.nodes) == 5)

"""The canvas by keyboard, and what a screen reader hears."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from harmony.board.canvas.hit import NodeHit
from harmony.board.canvas.keys import Add, Go, Nudge, intent
from harmony.board.canvas.view import CanvasView
from harmony.board.status import NodeStatus
from harmony.board.theme import DARK

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def test_arrows_go_to_the_neighbour_in_that_direction(stage):
    stage.view.select(["read"])

    stage.key(Qt.Key.Key_Right)
    assert stage.view.selected_nodes() == ("filter",)
    stage.key(Qt.Key.Key_Down)
    assert stage.view.selected_nodes() == ("words",)
    stage.key(Qt.Key.Key_Up)
    assert stage.view.selected_nodes() == ("filter",)


def test_the_first_arrow_selects_the_node_nearest_to_the_middle(stage):
    stage.view.center_on("words")

    stage.key(Qt.Key.Key_Right)

    assert stage.view.selected_nodes() == ("words",)


def test_shift_and_arrows_extend_the_selection(stage):
    stage.view.select(["read"])

    stage.key(Qt.Key.Key_Right, SHIFT)
    stage.key(Qt.Key.Key_Down, SHIFT)

    assert stage.view.selected_nodes() == ("read", "filter", "words")


def test_a_node_that_is_walked_to_comes_into_view(stage):
    stage.view.zoom_to(2.0)
    stage.view.center_on("read")
    stage.view.select(["read"])

    stage.key(Qt.Key.Key_Right)

    seen = stage.view._camera.seen()
    assert seen.contains(stage.view.scene().layout.rects["filter"])


def test_the_next_node_is_the_next_as_one_reads(stage):
    stage.view.select(["read"])

    walked = []
    for _ in range(4):
        stage.view.focus_next_node()
        walked.append(stage.view.selected_nodes()[0])

    assert walked == ["filter", "words", "join", "read"]


def test_enter_activates_the_selected_node(stage, qtbot):
    stage.view.select(["filter"])

    with qtbot.waitSignal(stage.view.node_activated) as told:
        stage.key(Qt.Key.Key_Return)

    assert told.args == ["filter"]


def test_escape_selects_nothing(stage):
    stage.view.select(["filter", "read"])

    stage.key(Qt.Key.Key_Escape)

    assert stage.view.selected_nodes() == ()


def test_shift_tab_leaves_the_canvas(stage, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    before = QLineEdit(window)
    view = CanvasView(stage.document, stage.view._lookup, DARK, window)
    view.setGeometry(0, 40, 400, 300)
    window.show()
    window.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)

    qtbot.keyClick(view, Qt.Key.Key_Backtab, SHIFT)

    assert before.hasFocus()
    view.detach()


def test_the_menu_key_asks_for_the_menu_of_the_selected_node(stage, qtbot):
    stage.view.select(["filter"])
    at = stage.at(0, 0)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, at, stage.view.viewport().mapToGlobal(at)
    )

    with qtbot.waitSignal(stage.view.context_menu_requested) as told:
        QApplication.sendEvent(stage.view.viewport(), event)

    assert told.args[0] == NodeHit("filter")


def test_a_right_click_selects_what_the_menu_is_about(stage, qtbot):
    stage.view.select(["read"])
    at = stage.node("filter")
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, stage.view.viewport().mapToGlobal(at)
    )

    with qtbot.waitSignal(stage.view.context_menu_requested) as told:
        QApplication.sendEvent(stage.view.viewport(), event)

    assert told.args[0] == NodeHit("filter")
    assert stage.view.selected_nodes() == ("filter",)


def test_a_screen_reader_hears_the_selected_node_and_why_it_failed(stage, qtbot):
    stage.view.select(["filter"])
    stage.view.set_status("filter", NodeStatus("failed", error="No column “amount”."))

    qtbot.waitUntil(lambda: "failed" in stage.view.accessibleDescription())

    assert stage.view.accessibleName() == "Canvas"
    assert stage.view.accessibleDescription() == "Filter rows, failed, No column “amount”."


def test_keys_mean_what_they_say():
    assert intent(Qt.Key.Key_Left.value, NONE, "") == Go("left", False)
    assert intent(Qt.Key.Key_Left.value, SHIFT, "") == Go("left", True)
    assert intent(Qt.Key.Key_Left.value, CTRL, "") == Nudge(-8, 0)
    assert intent(Qt.Key.Key_Left.value, CTRL | SHIFT, "") == Nudge(-24, 0)
    assert intent(Qt.Key.Key_A.value, NONE, "a") == Add("a")
    assert intent(Qt.Key.Key_A.value, CTRL, "\x01") is None
    assert intent(Qt.Key.Key_A.value, Qt.KeyboardModifier.AltModifier, "a") is None

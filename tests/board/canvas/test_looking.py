"""Zoom, scroll, overview: where one looks."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from harmony.board.canvas.gestures import zoom
from harmony.melody.changes import AddNode, Group
from harmony.melody.model import Node

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def wheel(stage, at, angle, keys=NONE):
    event = QWheelEvent(
        QPointF(at),
        QPointF(stage.view.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(stage.view.viewport(), event)


def test_the_wheel_scrolls(stage):
    before = stage.view.mapToScene(0, 0)

    wheel(stage, QPoint(300, 200), -120)

    after = stage.view.mapToScene(0, 0)
    assert after.y() - before.y() == 64
    assert after.x() == before.x()


def test_the_wheel_with_shift_scrolls_sideways(stage):
    before = stage.view.mapToScene(0, 0)

    wheel(stage, QPoint(300, 200), -120, Qt.KeyboardModifier.ShiftModifier)

    assert stage.view.mapToScene(0, 0).x() - before.x() == 64


def test_the_wheel_with_control_zooms_and_keeps_the_place_under_the_pointer(stage, qtbot):
    at = QPoint(321, 217)
    before = stage.view.mapToScene(at)

    with qtbot.waitSignal(stage.view.zoom_changed) as told:
        wheel(stage, at, 240, CTRL)

    assert told.args[0] == stage.view.zoom() > 1.2
    assert (stage.view.mapToScene(at) - before).manhattanLength() < 2.0


def test_zoom_goes_from_stop_to_stop_and_ends(stage):
    stage.view.zoom_in()
    assert stage.view.zoom() == 1.25
    stage.view.zoom_out()
    stage.view.zoom_out()
    assert stage.view.zoom() == 0.8
    for _ in range(30):
        stage.view.zoom_in()
    assert stage.view.zoom() == zoom.LARGEST
    stage.view.zoom_reset()
    assert stage.view.zoom() == 1.0


def test_zoom_to_fit_shows_every_node(stage):
    stage.view.zoom_to(3.0)

    stage.view.zoom_to_fit()

    seen = stage.view._camera.seen()
    for rect in stage.view.scene().layout.rects.values():
        assert seen.contains(rect)
    assert stage.view.zoom() <= 1.0


def test_zoom_to_selection_shows_what_is_selected(stage):
    stage.view.select(["join"])

    stage.view.zoom_to_selection()

    rect = stage.view.scene().layout.rects["join"]
    assert (stage.view._camera.seen().center() - rect.center()).manhattanLength() < 2
    assert stage.view.zoom() == 1.25


def test_the_middle_button_moves_over_the_canvas(stage):
    before = stage.view.mapToScene(0, 0)

    stage.drag(QPoint(300, 300), QPoint(260, 320), Qt.MouseButton.MiddleButton)

    assert stage.view.mapToScene(0, 0) - before == QPointF(40, -20)
    assert not stage.document.can_undo


def test_space_makes_the_pointer_a_hand(stage, positions):
    before = positions(stage)
    corner = stage.view.mapToScene(0, 0)
    grip = stage.node("words")
    QTest.keyPress(stage.view, Qt.Key.Key_Space)
    assert stage.view.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor

    stage.drag(grip, grip + QPoint(30, 0))
    QTest.keyRelease(stage.view, Qt.Key.Key_Space)

    assert stage.view.mapToScene(0, 0) - corner == QPointF(-30, 0)
    assert positions(stage) == before
    assert stage.view.viewport().cursor().shape() != Qt.CursorShape.OpenHandCursor


def test_a_click_in_the_overview_goes_there(stage):
    minimap = stage.view._overlays.minimap
    assert minimap.isVisible()
    before = stage.view._camera.seen().center()

    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, NONE, QPoint(20, 20))

    after = stage.view._camera.seen().center()
    assert after.x() < before.x()
    assert after.y() < before.y()


def test_a_view_that_no_hand_was_laid_on_shows_all_at_any_size(empty_stage, qtbot):
    view = empty_stage.view
    nodes = (Node("a", "test/read"), Node("b", "test/read", x=1200, y=900))
    empty_stage.document.apply(Group("Add", tuple(AddNode(node) for node in nodes)))

    view.resize(500, 420)
    QApplication.processEvents()

    seen = view._camera.seen()
    assert all(seen.contains(rect) for rect in view.scene().layout.rects.values())


def test_zoom_settles_on_a_hundred_percent():
    assert zoom.by_wheel(0.88, 120) == 1.0
    assert zoom.by_wheel(zoom.LARGEST, 1200) == zoom.LARGEST
    assert zoom.by_pinch(1.0, 0.5) == 1.5


def test_a_fitted_melody_stays_clear_of_the_overview(empty_stage):
    columns = [(x * 240.0, y * 160.0) for x in range(4) for y in range(4)]
    added = (AddNode(Node(f"n{i}", "test/read", x=x, y=y)) for i, (x, y) in enumerate(columns))
    empty_stage.document.apply(Group("Add", tuple(added)))

    empty_stage.view.zoom_to_fit()

    minimap = empty_stage.view._overlays.minimap
    assert minimap.isVisible()
    under = empty_stage.view.mapToScene(minimap.geometry()).boundingRect()
    assert not empty_stage.view.scene().layout.nodes_in(under)

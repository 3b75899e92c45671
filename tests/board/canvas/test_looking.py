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
    stage.view.zoom_to_fit()
    assert not minimap.isVisible(), "everything is in view"
    stage.view.resize(1000, 700)
    stage.view.zoom_to(2.5)
    assert minimap.isVisible()
    before = stage.view._camera.seen().center()

    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, NONE, QPoint(20, 20))

    after = stage.view._camera.seen().center()
    assert after.x() < before.x()
    assert after.y() < before.y()


def test_a_view_that_no_hand_was_laid_on_shows_all_that_can_be_read(empty_stage, qtbot):
    view = empty_stage.view
    nodes = (Node("a", "test/read"), Node("b", "test/read", x=240, y=180))
    empty_stage.document.apply(Group("Add", tuple(AddNode(node) for node in nodes)))

    view.resize(540, 420)
    QApplication.processEvents()

    seen = view._camera.seen()
    assert all(seen.contains(rect) for rect in view.scene().layout.rects.values())


def test_a_wide_melody_opens_at_its_left_end_large_enough_to_be_read(empty_stage, qtbot):
    view = empty_stage.view
    nodes = tuple(Node(f"n{i}", "test/read", x=i * 260.0, y=(i % 3) * 160.0) for i in range(12))
    empty_stage.document.apply(Group("Add", tuple(AddNode(node) for node in nodes)))

    view.resize(760, 560)
    QApplication.processEvents()

    seen, rects = view._camera.seen(), view.scene().layout.rects
    assert view.zoom() >= 0.7
    assert seen.contains(rects["n0"])
    assert not seen.contains(rects["n11"])
    assert rects["n0"].left() - seen.left() < 100
    view.zoom_to_fit()
    assert view._camera.seen().contains(rects["n11"]), "to fit still means all of it"


def test_zoom_settles_on_a_hundred_percent():
    assert zoom.by_wheel(0.88, 120) == 1.0
    assert zoom.by_wheel(zoom.LARGEST, 1200) == zoom.LARGEST
    assert zoom.by_pinch(1.0, 0.5) == 1.5


def test_in_a_small_view_the_overview_gives_way_to_nodes(empty_stage):
    columns = [(x * 240.0, y * 160.0) for x in range(8) for y in range(8)]
    added = (AddNode(Node(f"n{i}", "test/read", x=x, y=y)) for i, (x, y) in enumerate(columns))
    empty_stage.document.apply(Group("Add", tuple(added)))
    view, minimap = empty_stage.view, empty_stage.view._overlays.minimap

    view.resize(720, 540)
    view.zoom_reset()
    view.center_on("n0")
    assert not minimap.isVisible(), "it would lie over nodes"
    view.centerOn(-400, -320)
    assert minimap.isVisible()
    view.resize(1000, 700)
    view.center_on("n27")
    assert minimap.isVisible(), "a large view has room for both"


def test_a_new_node_finds_a_place_in_view_that_no_other_takes(empty_stage):
    from harmony.board.canvas.placement import free_place

    view = empty_stage.view
    view.resize(760, 560)
    view.zoom_reset()
    for number in range(4):
        place = free_place(view.scene().layout.rects.values(), view._camera.seen())
        node = Node(f"n{number}", "test/read", x=place.x(), y=place.y())
        empty_stage.document.apply(AddNode(node))
    rects = list(view.scene().layout.rects.values())
    assert all(view._camera.seen().contains(rect) for rect in rects)
    assert not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[n + 1 :])

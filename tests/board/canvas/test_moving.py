"""Moving nodes and notes, by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_dragged_node_moves_and_one_undo_returns_it(stage, positions):
    before = positions(stage)
    grip = stage.node("words")

    stage.drag(grip, grip + QPoint(40, 56))

    assert positions(stage)["words"] == (328, 296)
    stage.document.undo()
    assert positions(stage) == before
    assert not stage.document.can_undo


def test_a_dragged_node_comes_to_lie_on_the_grid(stage, positions):
    grip = stage.node("words")

    stage.drag(grip, grip + QPoint(13, 17))

    x, y = positions(stage)["words"]
    assert x % 8 == 0
    assert y % 8 == 0


def test_the_node_follows_the_pointer_before_it_is_let_go(stage, positions):
    grip = stage.node("words")

    stage.begin_drag(grip, grip + QPoint(64, 0))

    assert stage.view.scene().layout.rects["words"].x() == 352
    assert positions(stage)["words"] == (288, 240)
    stage.release(grip + QPoint(64, 0))


def test_escape_gives_a_drag_up(stage, positions):
    before = positions(stage)
    grip = stage.node("words")
    stage.begin_drag(grip, grip + QPoint(64, 64))

    stage.key(Qt.Key.Key_Escape)
    stage.release(grip + QPoint(64, 64))

    assert positions(stage) == before
    assert stage.view.scene().layout.rects["words"].x() == 288
    assert not stage.document.can_undo


def test_all_selected_nodes_and_notes_move_together(stage, positions):
    stage.view.select(["words", "join", "note"])
    grip = stage.node("words")

    stage.drag(grip, grip + QPoint(16, 24))

    assert positions(stage)["words"] == (304, 264)
    assert positions(stage)["join"] == (592, 120)
    note = stage.document.melody.notes["note"]
    assert (note.x, note.y) == (16, 264)
    stage.document.undo()
    assert not stage.document.can_undo


def test_wires_follow_a_dragged_node(stage):
    wire = next(iter(stage.document.melody.connections))
    before = stage.view.scene().layout.wires[wire].end
    grip = stage.node("filter")

    stage.begin_drag(grip, grip + QPoint(0, 80))

    after = stage.view.scene().layout.wires[wire].end
    assert (after - before).y() == 80
    stage.release(grip + QPoint(0, 80))


def test_a_click_on_a_node_selects_it_and_moves_nothing(stage, qtbot):
    with qtbot.waitSignal(stage.view.selection_changed) as told:
        stage.click(stage.node("filter"))

    assert told.args == [("filter",)]
    assert stage.view.selected_nodes() == ("filter",)
    assert not stage.document.can_undo


def test_a_click_with_control_adds_a_node_and_takes_it_out_again(stage):
    stage.click(stage.node("filter"))
    stage.click(stage.node("words"), CTRL)
    assert stage.view.selected_nodes() == ("filter", "words")

    stage.click(stage.node("words"), CTRL)
    assert stage.view.selected_nodes() == ("filter",)


def test_a_rubber_band_selects_what_it_touches(stage):
    stage.drag(stage.at(270, 170), stage.at(500, 380))

    assert set(stage.view.selected_nodes()) == {"words"}
    stage.drag(stage.at(-20, 180), stage.at(520, 400))
    assert set(stage.view.selected_nodes()) == {"words"}
    assert stage.view.selected_notes() == ("note",)


def test_a_rubber_band_given_up_leaves_the_selection(stage):
    stage.view.select(["read"])
    stage.begin_drag(stage.at(270, 170), stage.at(500, 380))

    stage.key(Qt.Key.Key_Escape)
    stage.release(stage.at(500, 380))

    assert stage.view.selected_nodes() == ("read",)


def test_a_click_on_empty_canvas_selects_nothing(stage):
    stage.view.select(["read"])

    stage.click(stage.at(300, 190))

    assert stage.view.selected_nodes() == ()


def test_control_and_arrows_move_by_eight_as_one_step(stage, positions):
    stage.view.select(["words"])

    for _ in range(3):
        stage.key(Qt.Key.Key_Right, CTRL)

    assert positions(stage)["words"] == (312, 240)
    stage.document.undo()
    assert positions(stage)["words"] == (288, 240)
    assert not stage.document.can_undo


def test_control_shift_and_arrows_move_by_a_whole_square(stage, positions):
    stage.view.select(["words"])

    stage.key(Qt.Key.Key_Down, CTRL | SHIFT)

    assert positions(stage)["words"] == (288, 264)


def test_a_pause_ends_the_step(stage, qtbot):
    stage.view.select(["words"])
    stage.key(Qt.Key.Key_Right, CTRL)
    qtbot.waitUntil(lambda: not stage.view._pause.isActive())
    stage.key(Qt.Key.Key_Right, CTRL)

    stage.document.undo()

    assert stage.document.melody.nodes["words"].x == 296


def test_nothing_moves_where_nothing_may_be_moved(stage, positions):
    before = positions(stage)
    stage.view.set_permissions(can_edit=False, can_move=False)
    grip = stage.node("words")

    stage.drag(grip, grip + QPoint(64, 64))
    stage.key(Qt.Key.Key_Right, CTRL)
    stage.key(Qt.Key.Key_Delete)

    assert positions(stage) == before
    assert stage.view.selected_nodes() == ("words",)


def test_delete_takes_out_all_that_is_selected_as_one_step(stage):
    stage.view.select(["filter", "words", "note"])

    stage.key(Qt.Key.Key_Delete)

    assert set(stage.document.melody.nodes) == {"read", "join"}
    assert not stage.document.melody.notes
    assert not stage.document.melody.connections
    stage.document.undo()
    assert set(stage.document.melody.nodes) == {"read", "filter", "join", "words"}
    assert len(stage.document.melody.connections) == 1
    assert not stage.document.can_undo


def test_a_drag_near_the_edge_scrolls_the_canvas(stage, qtbot):
    grip = stage.node("words")
    edge = QPoint(stage.view.viewport().width() - 2, grip.y())
    before = stage.view.horizontalScrollBar().value()

    stage.begin_drag(grip, edge)
    qtbot.waitUntil(lambda: stage.view.horizontalScrollBar().value() > before + 40)
    stage.release(edge)

    end = stage.document.melody.nodes["words"]
    assert end.x > 288 + (edge - grip).x()

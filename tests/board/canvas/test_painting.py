"""What is seen, judged by pixels: states by colour and shape, themes, detail, notes."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from harmony.board.canvas.geometry import PortKey
from harmony.board.status import NodeStatus
from harmony.board.theme import DARK, LIGHT
from harmony.melody.changes import AddNode, ReplacePlayer, SetParameter
from harmony.melody.model import Node


def show(stage, qtbot, statuses):
    stage.view.set_statuses(statuses)
    scene = stage.view.scene()
    qtbot.waitUntil(
        lambda: all(scene.statuses.get(key) == status for key, status in statuses.items())
    )


def alike(one: QColor, other: str, near: int = 24) -> bool:
    wanted = QColor(other)
    return all(
        abs(a - b) <= near for a, b in zip(one.getRgb()[:3], wanted.getRgb()[:3], strict=True)
    )


def border(stage, node_id):
    """The colour of the left edge of a card, at its middle."""
    rect = stage.view.scene().layout.rects[node_id]
    return stage.pixel(rect.x() + 0.5, rect.y() + 70)


def test_a_failed_node_is_red_and_says_why(stage, qtbot):
    assert not alike(border(stage, "words"), DARK.failed, 60)
    before = stage.view.scene().layout.rects["words"].height()

    error = "Column “rating” not found. Did you mean “stars”?"
    show(stage, qtbot, {"words": NodeStatus("failed", error=error)})

    assert alike(border(stage, "words"), DARK.failed, 60)
    face = stage.view.scene().node_items["words"].face
    assert " ".join(face.error_lines) == error
    assert len(face.error_lines) == 2
    assert stage.view.scene().layout.rects["words"].height() == before + 16


def test_a_long_error_is_cut_to_two_lines(stage, qtbot):
    show(stage, qtbot, {"words": NodeStatus("failed", error="no such word " * 40)})

    face = stage.view.scene().node_items["words"].face
    assert len(face.error_lines) == 2
    assert face.error_lines[1].endswith("…")


def test_a_running_node_has_the_accent(stage, qtbot):
    show(stage, qtbot, {"words": NodeStatus("running", 0.5, started=time.monotonic())})

    assert alike(border(stage, "words"), DARK.accent, 60)


def test_the_arc_shows_the_share_that_is_done(stage, qtbot):
    badge = stage.view.scene().layout.nodes["words"].badge
    rect = stage.view.scene().layout.rects["words"]
    right = (rect.x() + badge.right() - 1.5, rect.y() + badge.center().y())
    left = (rect.x() + badge.left() + 1.5, rect.y() + badge.center().y())

    show(stage, qtbot, {"words": NodeStatus("running", 0.5)})
    assert alike(stage.pixel(*right), DARK.accent, 60)
    assert not alike(stage.pixel(*left), DARK.accent, 60)

    show(stage, qtbot, {"words": NodeStatus("running", 0.9)})
    assert alike(stage.pixel(*left), DARK.accent, 60)


def test_states_differ_by_shape_and_not_by_colour_alone(stage, qtbot):
    states = ("waiting", "done", "reused", "failed", "skipped", "cancelled")
    badge = stage.view.scene().layout.nodes["words"].badge
    pictures = []
    for state in states:
        show(stage, qtbot, {"words": NodeStatus(state)})
        image = stage.view.grab().toImage()
        rect = stage.view.scene().layout.rects["words"]
        corner = stage.at(rect.x() + badge.x(), rect.y() + badge.y())
        grey = [
            image.pixelColor(corner.x() + x, corner.y() + y).lightness() > 75
            for y in range(18)
            for x in range(18)
        ]
        pictures.append(tuple(grey))

    assert len(set(pictures)) == len(states)


def test_the_canvas_takes_another_theme(stage):
    assert alike(stage.pixel(250, 180), DARK.canvas, 8)
    rect = stage.view.scene().layout.rects["words"]
    assert alike(stage.pixel(rect.x() + 120, rect.y() + 5), DARK.card, 8)

    stage.view.set_theme(LIGHT)

    assert alike(stage.pixel(250, 180), LIGHT.canvas, 8)
    assert alike(stage.pixel(rect.x() + 120, rect.y() + 5), LIGHT.card, 8)


def test_a_wire_has_the_colour_of_its_type(stage):
    (wire,) = stage.view.scene().layout.wires.values()
    middle = wire.at(0.5)

    assert alike(stage.pixel(middle.x(), middle.y()), DARK.ports["table"], 40)


def test_wires_of_a_running_node_move_unless_motion_is_off(stage, qtbot):
    item = next(iter(stage.view.scene().wire_items.values()))
    show(stage, qtbot, {"read": NodeStatus("running", started=time.monotonic())})
    assert item.look.use == "running"
    phase = item.look.phase
    qtbot.waitUntil(lambda: item.look.phase not in (phase, 0.0))

    stage.view.set_motion(False)

    assert item.look.phase == 0.0
    assert stage.view._statuses.motion._timer.isActive()  # the seconds go on


def test_nothing_ticks_while_nothing_runs(stage, qtbot):
    show(stage, qtbot, {"read": NodeStatus("running")})
    assert stage.view._statuses.motion._timer.isActive()

    show(stage, qtbot, {"read": NodeStatus("done", seconds=1.0)})

    assert not stage.view._statuses.motion._timer.isActive()


def test_many_statuses_are_painted_once(stage, qtbot):
    painted = []
    scene = stage.view.scene()
    inner = scene.set_statuses
    scene.set_statuses = lambda statuses: painted.append(dict(statuses)) or inner(statuses)

    for done in range(200):
        stage.view.set_status("read", NodeStatus("running", done=done, total=200))
    qtbot.waitUntil(lambda: bool(painted))

    assert painted == [{"read": NodeStatus("running", done=199, total=200)}]


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.5, 1.0, 2.0, 3.0])
def test_every_zoom_can_be_painted(stage, qtbot, scale):
    show(
        stage,
        qtbot,
        {
            "read": NodeStatus("running"),
            "filter": NodeStatus("failed", error="It is broken."),
            "join": NodeStatus("waiting"),
            "words": NodeStatus("reused", stale=True),
        },
    )
    stage.view.select(["read", "note"])

    stage.view.zoom_to(scale)
    stage.view.center_on("filter")

    rect = stage.view.scene().layout.rects["filter"]
    canvas = stage.pixel(rect.x() - 40 / scale, rect.y() - 30 / scale)
    card = stage.pixel(rect.x() + 20, rect.bottom() - 4)
    assert card != canvas


def test_a_finding_shows_as_a_mark_with_its_words(stage):
    stage.document.apply(AddNode(Node("new", "test/filter", x=288, y=380)))

    face = stage.view.scene().node_items["new"].face

    assert face.finding == "error"
    assert any(item.message in face.finding_text for item in stage.document.findings)
    badge = face.layout.badge
    drawn = {
        stage.pixel(288 + badge.x() + x, 380 + badge.y() + y).name()
        for x in range(0, 17, 2)
        for y in range(0, 17, 2)
    }
    assert any(alike(QColor(name), DARK.failed, 70) for name in drawn)


def test_the_main_parameter_stands_on_the_node(stage):
    scene = stage.view.scene()
    assert scene.node_items["filter"].face.field == "amount > 100"

    stage.document.apply(SetParameter("filter", "where", "amount > 5"))

    assert scene.node_items["filter"].face.field == "amount > 5"


def test_an_undo_elsewhere_ends_a_drag(stage, positions):
    stage.document.apply(SetParameter("filter", "where", "amount > 5"))
    grip = stage.node("words")
    stage.begin_drag(grip, grip + QPoint(60, 0))

    stage.document.undo()
    stage.release(grip)

    assert positions(stage)["words"] == (288, 240)
    assert not stage.document.can_undo


def test_a_node_of_an_unknown_player_keeps_its_wires(stage):
    (wire,) = stage.document.melody.connections

    stage.document.apply(ReplacePlayer("filter", "gone/away"))

    layout = stage.view.scene().layout
    assert layout.nodes["filter"].place("table", False) is not None
    assert layout.wires[wire].end == layout.port_point(PortKey("filter", "table", False))


def test_a_double_click_on_a_note_writes_in_it(stage):
    note = stage.document.melody.notes["note"]
    stage.double_click(stage.at(note.x + 30, note.y + 30))
    editor = stage.view._writing._editor
    assert editor is not None
    assert editor.isVisible()

    editor.selectAll()
    QTest.keyClicks(editor, "Hello")
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert stage.document.melody.notes["note"].text == "Hello"
    stage.document.undo()
    assert stage.document.melody.notes["note"].text == "Read me"


def test_escape_gives_the_writing_up(stage):
    stage.view.edit_note("note")
    editor = stage.view._writing._editor
    QTest.keyClicks(editor, "Nonsense")

    QTest.keyClick(editor, Qt.Key.Key_Escape)

    assert stage.document.melody.notes["note"].text == "Read me"
    assert not stage.document.can_undo


def test_a_click_elsewhere_keeps_the_writing(stage):
    stage.view.edit_note("note")
    QTest.keyClicks(stage.view._writing._editor, " now")

    stage.click(stage.at(560, 400))

    assert stage.document.melody.notes["note"].text == "Read me now"


def test_the_corner_of_a_note_resizes_it(stage):
    note = stage.document.melody.notes["note"]
    corner = stage.at(note.x + note.width - 4, note.y + note.height - 4)

    stage.drag(corner, stage.at(note.x + note.width + 36, note.y + note.height + 20))

    resized = stage.document.melody.notes["note"]
    assert (resized.width, resized.height) == (248, 112)
    stage.document.undo()
    assert stage.document.melody.notes["note"] == note


def test_a_closed_view_hears_no_more(stage, qtbot):
    shown = len(stage.view.scene().node_items)
    stage.view.detach()

    stage.document.apply(AddNode(Node("late", "test/read", x=0, y=600)))
    QApplication.processEvents()

    assert len(stage.view.scene().node_items) == shown

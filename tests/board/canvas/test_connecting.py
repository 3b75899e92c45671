"""Drawing, moving and refusing wires."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt

from harmony.board.canvas.geometry import PortKey
from harmony.melody.changes import AddNode, Connect
from harmony.melody.model import Connection, Node

TO_JOIN = Connection("filter", "table", "join", "left")


def wires(stage):
    return list(stage.document.melody.connections)


def test_a_wire_is_made_by_dragging_from_output_to_input(stage):
    stage.drag(stage.port("filter", "table", True), stage.port("join", "left", False))

    assert TO_JOIN in wires(stage)
    stage.document.undo()
    assert TO_JOIN not in wires(stage)


def test_a_wire_is_made_by_dragging_from_input_to_output(stage):
    stage.drag(stage.port("join", "left", False), stage.port("filter", "table", True))

    assert TO_JOIN in wires(stage)


def test_a_wire_that_does_not_fit_is_refused_with_its_reason(stage, qtbot):
    before = wires(stage)

    with qtbot.waitSignal(stage.view.refused) as told:
        stage.drag(stage.port("read", "table", True), stage.port("words", "text", False))

    finding = told.args[0]
    assert finding.code == "melody.type_mismatch"
    assert wires(stage) == before
    assert not stage.document.can_undo
    bubble = stage.view._overlays.bubble
    assert bubble.isVisible()
    assert bubble.text() == finding.message


def test_a_wire_that_would_close_a_circle_is_refused(stage, qtbot):
    stage.document.apply(Connect(TO_JOIN))
    stage.document.apply(AddNode(Node("back", "test/filter", x=576, y=288)))
    stage.document.apply(Connect(Connection("join", "table", "back", "table")))

    with qtbot.waitSignal(stage.view.refused) as told:
        stage.drag(stage.port("back", "table", True), stage.port("join", "right", False))

    assert told.args[0].code == "melody.cycle"


def test_the_reason_shows_while_the_wire_is_still_held(stage):
    end = stage.port("words", "text", False)
    stage.begin_drag(stage.port("read", "table", True), end)

    assert stage.view._overlays.bubble.isVisible()

    stage.move(stage.at(200, 400))
    assert not stage.view._overlays.bubble.isVisible()
    stage.key(Qt.Key.Key_Escape)


def test_only_ports_that_fit_light_up(stage):
    stage.begin_drag(stage.port("read", "table", True), stage.at(240, 180))

    items = stage.view.scene().node_items
    join = items["join"]
    words = items["words"]

    assert join.look.light(join.face.layout.place("left", False)) is True
    assert words.look.light(words.face.layout.place("text", False)) is False
    assert join.look.light(join.face.layout.place("table", True)) is False
    stage.key(Qt.Key.Key_Escape)
    assert items["join"].look.light is None


def test_escape_gives_a_wire_up(stage):
    before = wires(stage)
    stage.begin_drag(stage.port("filter", "table", True), stage.port("join", "left", False))

    stage.key(Qt.Key.Key_Escape)
    stage.release(stage.port("join", "left", False))

    assert wires(stage) == before


def test_a_wire_let_go_near_a_port_jumps_to_it(stage):
    near = stage.port("join", "left", False) + QPoint(-12, 6)

    stage.drag(stage.port("filter", "table", True), near)

    assert TO_JOIN in wires(stage)


def test_a_wire_let_go_over_a_node_takes_the_first_free_port_that_fits(stage):
    stage.document.apply(Connect(TO_JOIN))

    stage.drag(stage.port("read", "table", True), stage.node("join"))

    assert Connection("read", "table", "join", "right") in wires(stage)
    assert TO_JOIN in wires(stage)


def test_a_wire_let_go_over_empty_canvas_asks_what_to_add(stage, qtbot):
    end = stage.at(500, 330)

    with qtbot.waitSignal(stage.view.connection_dropped) as told:
        stage.drag(stage.port("filter", "table", True), end)

    node, port, is_output, scene, screen = told.args
    assert (node, port, is_output) == ("filter", "table", True)
    assert scene == QPointF(500, 330)
    assert screen == stage.view.viewport().mapToGlobal(end)


def test_a_new_wire_takes_the_place_of_the_one_in_a_single_input(stage):
    stage.document.apply(AddNode(Node("other", "test/read", x=0, y=400)))

    stage.drag(stage.port("other", "table", True), stage.port("filter", "table", False))

    assert wires(stage) == [Connection("other", "table", "filter", "table")]
    stage.document.undo()
    assert wires(stage) == [Connection("read", "table", "filter", "table")]


def test_the_end_of_a_wire_moves_to_another_port(stage):
    stage.drag(stage.port("filter", "table", False), stage.port("join", "right", False))

    assert wires(stage) == [Connection("read", "table", "join", "right")]
    stage.document.undo()
    assert wires(stage) == [Connection("read", "table", "filter", "table")]


def test_the_end_of_a_wire_pulled_onto_empty_canvas_takes_it_out(stage, qtbot):
    with qtbot.assertNotEmitted(stage.view.connection_dropped):
        stage.drag(stage.port("filter", "table", False), stage.at(200, 180))

    assert wires(stage) == []


def test_the_end_of_a_wire_put_back_changes_nothing(stage):
    start = stage.port("filter", "table", False)
    stage.begin_drag(start, stage.at(200, 180))

    stage.move(start)
    stage.release(start)

    assert len(wires(stage)) == 1
    assert not stage.document.can_undo


def test_a_list_input_takes_many_wires(stage):
    stage.document.apply(AddNode(Node("stack", "test/stack", x=576, y=288)))

    stage.drag(stage.port("filter", "table", True), stage.port("stack", "tables", False))
    stage.drag(stage.port("read", "table", True), stage.port("stack", "tables", False))

    assert [wire.source for wire in wires(stage) if wire.target == "stack"] == ["filter", "read"]


def test_a_clicked_wire_is_selected_and_deleted(stage):
    wire = wires(stage)[0]
    middle = stage.view.scene().layout.wires[wire].at(0.5)

    stage.click(stage.at(middle.x(), middle.y()))
    assert stage.view.selected_connections() == (wire,)

    stage.key(Qt.Key.Key_Delete)
    assert wires(stage) == []


def test_no_wire_is_drawn_where_nothing_may_be_edited(stage):
    stage.view.set_permissions(can_edit=False, can_move=False)

    stage.drag(stage.port("filter", "table", True), stage.port("join", "left", False))

    assert len(wires(stage)) == 1


def test_a_wire_that_maps_is_broad_and_carries_its_count(stage):
    stage.document.apply(AddNode(Node("files", "test/list", x=-288, y=0)))
    mapped = Connection("files", "files", "read", "file")
    stage.document.apply(Connect(mapped))
    scene = stage.view.scene()
    assert scene.wire_items[mapped].look.mapped
    assert scene.chip_items[mapped].text == "×N"

    stage.view.set_wire_counts({mapped: 2110})

    assert scene.chip_items[mapped].text == "×2,110"
    # What leaves a mapped node is a list: its port is drawn as one.
    place = scene.layout.nodes["read"].place("table", True)
    assert place.type == "list[table]"


def test_a_wire_is_made_by_keyboard_alone(stage):
    stage.view.select(["filter"])

    stage.view.begin_keyboard_connection()
    connecting = stage.view._keyboard.connecting
    while connecting.current != PortKey("filter", "table", True):
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    offered = set(connecting.options)
    while connecting.current != PortKey("join", "right", False):
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)

    assert offered == {PortKey("join", "left", False), PortKey("join", "right", False)}
    assert Connection("filter", "table", "join", "right") in wires(stage)
    assert stage.view.selected_nodes() == ("join",)


def test_escape_gives_a_keyboard_connection_up(stage):
    before = wires(stage)
    stage.view.select(["filter"])
    stage.view.begin_keyboard_connection()
    assert stage.view._overlays.bubble.isVisible()

    stage.key(Qt.Key.Key_Escape)
    stage.key(Qt.Key.Key_Return)

    assert wires(stage) == before
    assert not stage.view._overlays.bubble.isVisible()
    assert stage.view.selected_nodes() == ("filter",)


def test_a_node_with_no_port_that_fits_says_so(stage):
    stage.view.select(["words"])

    stage.view.begin_keyboard_connection()

    assert stage.view._keyboard.connecting is None
    assert stage.view._overlays.bubble.isVisible()

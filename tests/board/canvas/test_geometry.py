"""Places, curves, detours and finding by place: pure functions."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF

from harmony.board.canvas.camera import edge_way
from harmony.board.canvas.geometry import NODE_WIDTH, PortKey, node_layout, snapped, wire
from harmony.board.canvas.hit import NodeHit, NoteHit, PortHit, WireHit, hit_at
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.routing import CLEARANCE, route
from harmony.board.canvas.spatial import Grid
from harmony.melody.model import Connection

PLAIN = node_layout((("in", "table", True),), (("out", "table"),), has_field=True)
WIRE = Connection("a", "out", "b", "in")


def three_in_a_row() -> CanvasLayout:
    layout = CanvasLayout()
    for name, x in (("a", 0.0), ("m", 300.0), ("b", 600.0)):
        layout.put_node(name, QPointF(x, 0), PLAIN)
    layout.put_wire(WIRE)
    return layout


def test_a_node_has_the_measures_of_the_picture():
    assert (PLAIN.width, PLAIN.height) == (186, 112)
    assert PLAIN.place("in", False).x == 0
    assert PLAIN.place("out", True).x == NODE_WIDTH
    assert PLAIN.place("in", True) is None


def test_each_further_row_of_ports_takes_twenty():
    two = node_layout(
        (("a", "table", True), ("b", "table", True)), (("out", "table"),), has_field=True
    )
    assert two.height == PLAIN.height + 20
    assert two.place("b", False).y - two.place("a", False).y == 20


def test_a_node_without_a_parameter_has_no_field():
    bare = node_layout((), (("out", "table"),), has_field=False)
    assert bare.field is None
    assert bare.height == PLAIN.height - 24


def test_values_snap_to_the_grid():
    assert snapped(13.0) == 16.0
    assert snapped(-3.0) == 0.0
    assert snapped(30.0, 24) == 24.0


@pytest.mark.parametrize("end", [(300, 0), (300, 400), (-300, 80), (10, 0), (0, 0)])
def test_a_wire_begins_and_ends_at_its_ports_and_stays_in_its_bounds(end):
    curve = wire(QPointF(0, 0), QPointF(*end))

    assert curve.at(0.0) == QPointF(0, 0)
    assert curve.at(1.0) == QPointF(*end)
    bounds = curve.bounds().adjusted(-0.01, -0.01, 0.01, 0.01)
    assert all(bounds.contains(curve.at(step / 50)) for step in range(51))
    assert curve.distance(curve.at(0.4)) < 1.0


def test_a_wire_goes_round_a_node_in_its_way():
    layout = three_in_a_row()
    card = layout.rects["m"]
    curve = layout.wires[WIRE]

    assert len(curve.bends) == 3
    assert not any(card.contains(curve.at(step / 90)) for step in range(91))
    lane = curve.bends[0].end.y()
    assert lane in (card.top() - CLEARANCE, card.bottom() + CLEARANCE)


def test_a_wire_takes_the_smaller_detour():
    block = QRectF(200, -200, 186, 220)

    def obstacles(area: QRectF) -> list[QRectF]:
        # Qt takes a flat rectangle for an empty one.
        return [block] if area.adjusted(-1, -1, 1, 1).intersects(block) else []

    curve = route(QPointF(0, 0), QPointF(600, 0), obstacles)

    assert curve.bends[0].end.y() == block.bottom() + CLEARANCE


def test_a_wire_goes_straight_again_when_the_node_has_left():
    layout = three_in_a_row()
    layout.take_rerouted()

    layout.put_node("m", QPointF(300, 900), PLAIN)

    assert len(layout.wires[WIRE].bends) == 1
    assert layout.take_rerouted() == {WIRE}
    assert layout.take_rerouted() == set()


def test_a_wire_makes_way_for_a_node_that_comes():
    layout = three_in_a_row()
    layout.put_node("m", QPointF(300, 900), PLAIN)

    layout.put_node("m", QPointF(320, 8), PLAIN)

    assert len(layout.wires[WIRE].bends) == 3


def test_a_wire_with_no_way_round_goes_straight():
    wall = QRectF(200, -1e6, 186, 2e6)

    def obstacles(area):
        # Wherever it looks for a lane, something stands.
        return [wall] if area.intersects(wall) else [QRectF(area)]

    assert len(route(QPointF(0, 0), QPointF(600, 0), obstacles).bends) == 1


def test_what_lies_under_the_pointer():
    layout = three_in_a_row()
    layout.put_node("m", QPointF(300, 900), PLAIN)
    layout.put_note("note", QRectF(0, 300, 200, 80))

    assert hit_at(layout, QPointF(90, 20)) == NodeHit("a")
    assert hit_at(layout, QPointF(188, 50)) == PortHit(PortKey("a", "out", True))
    assert hit_at(layout, QPointF(400, 52)) == WireHit(WIRE)
    assert hit_at(layout, QPointF(207, 50)) == WireHit(WIRE, "source")
    assert hit_at(layout, QPointF(580, 50)) == WireHit(WIRE, "target")
    assert hit_at(layout, QPointF(20, 320)) == NoteHit("note")
    assert hit_at(layout, QPointF(195, 375)) == NoteHit("note", corner=True)
    assert hit_at(layout, QPointF(400, 400)) is None


def test_the_node_on_top_is_hit_and_hides_the_port_below():
    layout = CanvasLayout()
    layout.put_node("low", QPointF(0, 0), PLAIN)
    layout.put_node("high", QPointF(100, 0), PLAIN)

    assert hit_at(layout, QPointF(140, 20)) == NodeHit("high")
    assert hit_at(layout, QPointF(186, 50)) == NodeHit("high")


def test_a_removed_node_takes_its_wires_along():
    layout = three_in_a_row()

    layout.remove_node("b")

    assert layout.wires == {}
    assert hit_at(layout, QPointF(400, 52)) == NodeHit("m")
    assert layout.nodes_in(QRectF(600, 0, 10, 10)) == []


def test_the_grid_finds_what_a_walk_over_all_would_find():
    chance = random.Random(7)
    grid: Grid[int] = Grid()
    rects = {}
    for key in range(300):
        rect = QRectF(
            chance.uniform(-3000, 3000), chance.uniform(-3000, 3000), chance.uniform(0, 900), 40
        )
        rects[key] = rect
        grid.put(key, rect)
    for key in range(0, 300, 3):
        rects[key] = rects[key].translated(chance.uniform(-800, 800), 300)
        grid.put(key, rects[key])
    for key in range(0, 300, 7):
        grid.remove(key)
        del rects[key]

    for _ in range(50):
        asked = QRectF(chance.uniform(-3000, 3000), chance.uniform(-3000, 3000), 500, 300)
        expected = {
            key
            for key, rect in rects.items()
            if rect.left() <= asked.right()
            and asked.left() <= rect.right()
            and rect.top() <= asked.bottom()
            and asked.top() <= rect.bottom()
        }
        assert set(grid.near(asked)) == expected


def test_a_drag_scrolls_the_faster_the_nearer_the_edge():
    area = QRect(0, 0, 800, 600)

    assert edge_way(QPoint(400, 300), area).isNull()
    near, nearer = edge_way(QPoint(785, 300), area), edge_way(QPoint(799, 300), area)
    assert 0 < near.x() < nearer.x()
    assert edge_way(QPoint(400, 2), area).y() < 0

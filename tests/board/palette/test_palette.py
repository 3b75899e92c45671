"""Finding a Player and adding it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from harmony.board.add_node import AddNodePopup, OpenEnd, addition, fitting_port
from harmony.board.look import Look
from harmony.board.palette.palette import Palette
from harmony.board.palette.players_model import Heading, PlayersModel, rows_for
from harmony.melody.changes import AddNode, Group
from harmony.melody.document import Document
from harmony.orchestra.catalogue import Catalogue
from harmony.players.specs import PlayerSpec


@pytest.fixture
def palette(catalogue: Catalogue, look: Look, qtbot: QtBot) -> Palette:
    made = Palette(catalogue.players, look)
    qtbot.addWidget(made)
    made.resize(236, 600)
    made.show()
    return made


def titles(model: PlayersModel) -> list[str]:
    return [row.title for row in model.rows if isinstance(row, PlayerSpec)]


def test_players_stand_in_groups_with_their_counts(catalogue: Catalogue) -> None:
    rows = rows_for(catalogue.players(), "")
    headings = [row for row in rows if isinstance(row, Heading)]
    assert [h.kind for h in headings] == ["instrument", "operator", "motif"]
    assert sum(h.count for h in headings) == len(catalogue.players())


def test_typing_narrows_the_list_and_selects_the_best(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "filter")
    assert titles(palette.model)[0] == "Filter rows"
    assert palette.list.currentIndex().data() == "Filter rows"


def test_enter_chooses_what_is_selected(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "read tab")
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert told.args == ["harmony/read_table"]


def test_arrows_go_over_headings(palette: Palette) -> None:
    palette.list.select_row(1)
    seen = []
    for _ in range(4):
        seen.append(palette.list.currentIndex().data())
        QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert "Operators" not in seen
    assert len(set(seen)) == 4


def test_nothing_found_says_so_and_escape_goes_back(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "zzzz")
    assert palette.nothing.text() == "Nothing found for “zzzz”."
    assert palette.list.isHidden()
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.list.isHidden()


def test_a_player_is_dragged_as_its_id(palette: Palette) -> None:
    row = next(n for n, r in enumerate(palette.model.rows) if isinstance(r, PlayerSpec))
    mime = palette.model.mimeData([palette.model.index(row, 0)])
    data = bytes(mime.data("application/x-harmony-player").data()).decode()
    assert data == palette.model.rows[row].id


def test_headings_can_be_neither_selected_nor_dragged(palette: Palette) -> None:
    assert palette.model.flags(palette.model.index(0, 0)) == Qt.ItemFlag.NoItemFlags


def test_a_dropped_wire_offers_only_what_fits(
    catalogue: Catalogue, look: Look, qtbot: QtBot
) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.resize(800, 600)
    holder.show()
    popup = AddNodePopup(catalogue.players, look, holder)
    popup.open_at(QPoint(100, 100), OpenEnd("read", "table", True, "table"))
    offered = [row for row in popup.model.rows if isinstance(row, PlayerSpec)]
    assert "Filter rows" in [spec.title for spec in offered]
    assert all(any(p.type in ("table", "list[table]", "any") for p in s.inputs) for s in offered)
    QTest.keyClicks(popup.search, "sort")
    with qtbot.waitSignal(popup.chosen) as told:
        QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert told.args[1] == OpenEnd("read", "table", True, "table")
    assert popup.isHidden()


def test_a_port_that_takes_the_value_as_it_stands_is_preferred(catalogue: Catalogue) -> None:
    join = catalogue.spec("harmony/join_tables")
    assert join is not None
    assert fitting_port(join, OpenEnd("read", "table", True, "table")) == join.inputs[0].name
    assert fitting_port(join, OpenEnd("x", "y", True, "image")) is None


def test_a_node_is_added_on_the_grid_with_its_wire_in_one_step(
    catalogue: Catalogue, document: Document
) -> None:
    spec = catalogue.spec("harmony/filter_rows")
    assert spec is not None
    node, change = addition(document, spec, 101, 99, OpenEnd("read", "table", True, "table"))
    assert isinstance(change, Group)
    document.apply(change)
    assert (document.melody.nodes[node].x, document.melody.nodes[node].y) == (104, 96)
    assert [w.target for w in document.melody.connections if w.source == "read"][-1] == node
    document.undo()
    assert node not in document.melody.nodes
    alone = addition(document, spec, 0, 0)[1]
    assert isinstance(alone, AddNode)

"""A small melody on a shown canvas, worked by real mouse and key events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.gestures.drop_player import PLAYER_MIME
from harmony.board.canvas.view import CanvasView
from harmony.board.theme import DARK, apply_theme
from harmony.board.theme.fonts import load_fonts
from harmony.melody.document import Document
from harmony.melody.model import Connection, Melody, Node, Note
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec

NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def operator(
    name: str, title: str, inputs: dict[str, str], outputs: dict[str, str], **more: object
) -> PlayerSpec:
    return PlayerSpec(
        f"test/{name}",
        "operator",
        title,
        "Table",
        f"test:{name}",
        inputs=tuple(PortSpec(port, kind) for port, kind in inputs.items()),
        outputs=tuple(PortSpec(port, kind) for port, kind in outputs.items()),
        **more,
    )


SPECS = {
    spec.id: spec
    for spec in (
        operator("list", "List files", {}, {"files": "list[file]"}),
        operator("read", "Read table", {"file": "file"}, {"table": "table"}),
        operator(
            "filter",
            "Filter rows",
            {"table": "table"},
            {"table": "table"},
            parameters=(ParameterSpec("where", "expression", required=True),),
        ),
        operator("join", "Join", {"left": "table", "right": "table"}, {"table": "table"}),
        operator("words", "Count words", {"text": "text"}, {"count": "number"}),
        operator("stack", "Stack", {"tables": "list[table]"}, {"table": "table"}),
    )
}

WIRE = Connection("read", "table", "filter", "table")


def melody() -> Melody:
    nodes = (
        Node("read", "test/read", x=0, y=0),
        Node("filter", "test/filter", x=288, y=0, parameters={"where": "amount > 100"}),
        Node("join", "test/join", x=576, y=96),
        Node("words", "test/words", x=288, y=240),
    )
    return Melody(
        "melody-1",
        "Test",
        nodes={node.id: node for node in nodes},
        connections={WIRE: "hard"},
        notes={"note": Note("note", "Read me", 0, 240, 208, 88)},
    )


@dataclass
class Stage:
    """The view and its document, and a hand on mouse and keyboard."""

    view: CanvasView
    document: Document

    # --- where things are, in pixels of the viewport

    def at(self, x: float, y: float) -> QPoint:
        return self.view.mapFromScene(QPointF(x, y))

    def node(self, node_id: str) -> QPoint:
        node = self.document.melody.nodes[node_id]
        return self.at(node.x + 100, node.y + 22)

    def port(self, node_id: str, port: str, is_output: bool) -> QPoint:
        place = self.view.scene().layout.port_point(PortKey(node_id, port, is_output))
        assert place is not None
        return self.view.mapFromScene(place)

    # --- the mouse

    def press(self, at: QPoint, button: Qt.MouseButton = LEFT, keys=NO_KEYS) -> None:
        QTest.mousePress(self.view.viewport(), button, keys, at)

    def move(self, at: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), at)
        QApplication.processEvents()

    def release(self, at: QPoint, button: Qt.MouseButton = LEFT, keys=NO_KEYS) -> None:
        QTest.mouseRelease(self.view.viewport(), button, keys, at)

    def click(self, at: QPoint, keys=NO_KEYS) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, keys, at)

    def double_click(self, at: QPoint) -> None:
        QTest.mouseDClick(self.view.viewport(), LEFT, NO_KEYS, at)

    def begin_drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button)
        self.move(start + (end - start) / 2)
        self.move(end)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
        self.begin_drag(start, end, button)
        self.release(end, button)

    # --- keyboard

    def key(self, key: Qt.Key, keys=NO_KEYS) -> None:
        QTest.keyClick(self.view, key, keys)

    # --- drag and drop, by the events Qt sends

    def player_data(self, player: str) -> QMimeData:
        data = QMimeData()
        data.setData(PLAYER_MIME, player.encode())
        return data

    def drop(self, player: str, at: QPoint) -> bool:
        """Bring a Player in, over, and let it go. Answers whether the drop was taken."""
        data = self.player_data(player)
        action = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(at, action, data, LEFT, NO_KEYS)
        QApplication.sendEvent(self.view.viewport(), enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(
            self.view.viewport(), QDragMoveEvent(at, action, data, LEFT, NO_KEYS)
        )
        dropped = QDropEvent(QPointF(at), action, data, LEFT, NO_KEYS)
        QApplication.sendEvent(self.view.viewport(), dropped)
        return dropped.isAccepted()

    # --- what is seen

    def pixel(self, x: float, y: float) -> QColor:
        """The colour at a scene point."""
        picture = self.view.grab().toImage()
        place = self.view.viewportTransform().map(QPointF(x, y))
        place += QPointF(self.view.viewport().pos())
        scale = picture.devicePixelRatio()
        return picture.pixelColor(math.floor(place.x() * scale), math.floor(place.y() * scale))


@pytest.fixture
def stage(qtbot: QtBot, qapp: QApplication) -> Iterator[Stage]:
    load_fonts()
    apply_theme(qapp, DARK)
    document = Document(melody(), SPECS.get)
    view = CanvasView(document, SPECS.get, DARK)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    with qtbot.waitExposed(view):
        view.show()
    view.zoom_reset()
    view.setFocus()
    yield Stage(view, document)
    view.detach()


@pytest.fixture
def empty_stage(qtbot: QtBot, qapp: QApplication) -> Iterator[Stage]:
    load_fonts()
    apply_theme(qapp, DARK)
    document = Document(Melody("melody-2"), SPECS.get)
    view = CanvasView(document, SPECS.get, DARK)
    qtbot.addWidget(view)
    view.resize(800, 560)
    with qtbot.waitExposed(view):
        view.show()
    yield Stage(view, document)
    view.detach()


@pytest.fixture
def positions() -> Callable[[Stage], dict[str, tuple[float, float]]]:
    def read(stage: Stage) -> dict[str, tuple[float, float]]:
        return {key: (node.x, node.y) for key, node in stage.document.melody.nodes.items()}

    return read

"""Connect by keyboard: choose a port of the node, then one of those that fit, then Enter."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from harmony.board.canvas.face import port_label
from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.gestures.gesture import NOTHING, Draft, Outcome, Preview
from harmony.board.canvas.joining import Joint, connection_between, joint
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.selection import Selection
from harmony.foundation.words import translate
from harmony.melody.document import Document


class KeyboardConnect:
    """Two choices one after the other. Only ports with something to connect to are offered."""

    def __init__(self, document: Document, layout: CanvasLayout, node_id: str) -> None:
        self._document = document
        self._layout = layout
        self._origin: PortKey | None = None
        keys = [key for key, _, _ in layout.port_places(node_id)]
        # Work flows on: outputs are what one mostly wants to go on from.
        keys.sort(key=lambda key: not key.is_output)
        self._options = [key for key in keys if self._partners(key)]
        self._index = 0
        if len(self._options) == 1:
            self.choose()

    @property
    def options(self) -> tuple[PortKey, ...]:
        """The ports that can be chosen now; empty when nothing fits."""
        return tuple(self._options)

    @property
    def current(self) -> PortKey | None:
        """The port that Enter chooses."""
        return self._options[self._index] if self._options else None

    def step(self, by: int) -> None:
        """Go to another of the ports on offer; after the last comes the first."""
        if self._options:
            self._index = (self._index + by) % len(self._options)

    def choose(self) -> Outcome | None:
        """Take the current port. Answers the outcome when that was the second choice."""
        current = self.current
        if current is None:
            return Outcome()
        if self._origin is None:
            self._origin = current
            self._options = self._partners(current)
            self._index = 0
            return None
        judged = self._judge(self._origin, current)
        if judged is None:
            return Outcome()
        return Outcome(
            change=judged.change(self._document), select=Selection(nodes=(current.node,))
        )

    def preview(self) -> Preview:
        """What to show: the wire as it would be, and the ports that fit."""
        current = self.current
        if current is None:
            return NOTHING
        offered = set(self._options)
        fits = offered if self._origin is None else {*offered, self._origin}
        return Preview(draft=self._draft(current), target_port=current, fits=fits.__contains__)

    def prompt(self) -> str:
        """What is asked for, in words."""
        current = self.current
        if current is None:
            return translate("Nothing here fits a port of this node.")
        if self._origin is None:
            asked = translate("Connect from {port}")
        else:
            asked = translate("Connect to {port}")
        count = translate("{number} of {total}").format(
            number=self._index + 1, total=len(self._options)
        )
        keys = translate("Arrows choose, Enter takes, Esc stops")
        return f"{asked.format(port=self._name(current))} ({count})\n{keys}"

    def place(self) -> QPointF | None:
        """Where the current port lies."""
        return None if self.current is None else self._layout.port_point(self.current)

    def _draft(self, current: PortKey) -> Draft | None:
        here = self._layout.port_point(current)
        if self._origin is None or here is None:
            return None
        fixed = self._layout.port_point(self._origin)
        if fixed is None:
            return None
        flow = self._document.flow
        if self._origin.is_output:
            kind = flow.output_type(self._origin.node, self._origin.port)
            return Draft(fixed, here, kind)
        return Draft(here, fixed, flow.input_type(self._origin.node, self._origin.port))

    def _partners(self, origin: PortKey) -> list[PortKey]:
        """The ports that a wire from `origin` fits: free ones first, then the nearest."""
        start = self._layout.port_point(origin) or QPointF()
        found: list[tuple[bool, float, PortKey]] = []
        for node_id in self._layout.nodes:
            if node_id == origin.node:
                continue
            for key, _, at in self._layout.port_places(node_id):
                judged = self._judge(origin, key)
                if judged is None or judged.refused is not None:
                    continue
                if judged.connection in self._document.melody.connections:
                    continue
                away = (at - start).manhattanLength()
                found.append((bool(judged.gives_way), away, key))
        return [key for _, _, key in sorted(found, key=lambda item: item[:2])]

    def _judge(self, origin: PortKey, other: PortKey) -> Joint | None:
        connection = connection_between(origin, other)
        return None if connection is None else joint(self._document, connection)

    def _name(self, key: PortKey) -> str:
        node = self._document.melody.nodes[key.node]
        spec = self._document.graph.specs.get(key.node)
        title = node.title or (spec.title if spec is not None else node.player)
        return f"{title} · {port_label(key.port)}"

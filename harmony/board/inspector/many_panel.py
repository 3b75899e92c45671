"""Several nodes selected: how many, of which kinds, and the parameters that all of them share."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from harmony.board.canvas_state import Permission
from harmony.board.documents.open_document import OpenDocument
from harmony.board.form.form import Form
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.melody.changes import UNSET, Group, SetParameter
from harmony.orchestra.catalogue import Catalogue
from harmony.players.specs import ParameterSpec, PlayerSpec


class ManyPanel(QWidget):
    """A form over the shared parameters; an edit sets them in all selected nodes in one step."""

    def __init__(self, catalogue: Catalogue, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self._look = look
        self._document: OpenDocument | None = None
        self._nodes: tuple[str, ...] = ()
        self._specs: tuple[ParameterSpec, ...] = ()
        self.form: Form | None = None
        self.title = QLabel()
        self.title.setProperty("kind", "title")
        self.kinds = QLabel(wordWrap=True)
        self.kinds.setProperty("kind", "muted")
        self.note = QLabel(wordWrap=True)
        self.note.setProperty("kind", "muted")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(14, 16, 14, 14)
        self._rows.setSpacing(8)
        for label in (self.title, self.kinds, self.note):
            self._rows.addWidget(label)
        self._rows.addStretch(1)

    def show_nodes(self, document: OpenDocument, nodes: tuple[str, ...]) -> None:
        """Show a selection, anew or another one."""
        melody = document.document.melody
        nodes = tuple(node for node in nodes if node in melody.nodes)
        specs = [document.document.spec(melody.nodes[node].player) for node in nodes]
        names = Counter(spec.title if spec else render("board.kind_none") for spec in specs)
        self.title.setText(render("board.many_selected", count=len(nodes)))
        self.kinds.setText(", ".join(f"{count} × {name}" for name, count in names.most_common()))
        shared = shared_parameters(specs)
        self._document, self._nodes = document, nodes
        if shared != self._specs or self.form is None:
            self._build(shared)
        self.note.setText(render("board.many_shared" if shared else "board.many_nothing_shared"))
        if self.form is not None:
            self.form.setEnabled(document.may(Permission.EDIT))
            self.form.show_values(self._shared_values())

    def _shared_values(self) -> dict[str, object]:
        if self._document is None:
            return {}
        found: dict[str, object] = {}
        melody = self._document.document.melody
        for spec in self._specs:
            values = [melody.nodes[n].parameters.get(spec.name, spec.default) for n in self._nodes]
            found[spec.name] = values[0] if all(v == values[0] for v in values) else None
        return found

    def _build(self, specs: tuple[ParameterSpec, ...]) -> None:
        if self.form is not None:
            self._rows.removeWidget(self.form)
            self.form.deleteLater()
        self._specs = specs
        self.form = Form(specs, self._look)
        self.form.changed.connect(self._set)
        self.form.reset.connect(lambda name: self._set(name, UNSET))
        self._rows.insertWidget(3, self.form)

    def _set(self, name: str, value: object) -> None:
        if self._document is not None:
            changes = tuple(SetParameter(node, name, value) for node in self._nodes)
            self._document.document.apply(Group(render("board.many_edit", field=name), changes))


def shared_parameters(specs: list[PlayerSpec | None]) -> tuple[ParameterSpec, ...]:
    """The parameters that all of them have, defined the same; none when a Player is unknown."""
    if not specs or any(spec is None for spec in specs):
        return ()
    known = [spec for spec in specs if spec is not None]
    return tuple(
        field
        for field in known[0].parameters
        if all(spec.parameter(field.name) == field for spec in known[1:])
    )

"""\u201cRepeat\u201d: whether the part that the selected node places runs again, and until when."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector.edited_node import EditedNode
from harmony.board.inspector.folded_section import FoldedSection
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.melody.changes import SetRepeat
from harmony.melody.findings import Finding
from harmony.melody.limits import MAXIMUM_ROUNDS
from harmony.melody.model import Node, Repeat
from harmony.melody.part_rules import says_yes_or_no
from harmony.players.specs import ParameterSpec, PlayerSpec


class RepeatSection(QWidget):
    """Shows and edits the repetition of a node that places a part; hidden for any other."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.section = FoldedSection(render("board.repeat"), look)
        self._edited = EditedNode(self.section, "repeat")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.section)
        self.section.changed.connect(self._set)
        self.section.reset.connect(self._reset)

    def show_node(
        self, document: OpenDocument, node: Node, found: list[Finding], may_edit: bool
    ) -> None:
        """Show a node, anew or another one; `found` is what is wrong with it."""
        self._edited.turn_to(document, node)
        # A repetition of what is no part can only come from a file: it is shown to be taken out.
        self.setVisible(node.part is not None or node.repeat is not None)
        repeat = node.repeat
        specs = repeat_fields(node, document.document.spec(node.player))
        values: dict[str, object] = {}
        told = ""
        if repeat is not None:
            values = {"repeat": True, "until": repeat.until, "at_most": repeat.at_most}
            told = render("board.repeat_told", until=repeat.until, count=repeat.at_most)
        problems = {
            _FIELDS.get(finding.code, "repeat"): f"{finding.message} {finding.cure}"
            for finding in found
            if finding.parameter == "repeat"
        }
        self.section.show_form(specs, values, problems, told, may_edit)

    def _set(self, name: str, value: object) -> None:
        node, document = self._edited.node, self._edited.document
        if node is None or document is None:
            return
        repeat: Repeat | None = node.repeat
        if name == "repeat":
            spec = document.document.spec(node.player)
            repeat = Repeat(_likely_end(spec)) if value else None
        elif repeat is not None and name == "until":
            repeat = replace(repeat, until=str(value))
        elif repeat is not None and isinstance(value, int):
            repeat = replace(repeat, at_most=value)
        if repeat != node.repeat:
            self._edited.apply(SetRepeat(node.id, repeat), name)

    def _reset(self, name: str) -> None:
        self._edited.begin_step()
        if name == "at_most":
            self._set("at_most", Repeat("").at_most)
        elif name == "repeat":
            self._set("repeat", False)


_FIELDS = {
    "melody.repeat_until": "until",
    "melody.repeat_rounds": "at_most",
}


def repeat_fields(node: Node, spec: PlayerSpec | None) -> tuple[ParameterSpec, ...]:
    """The fields of the repetition: only the first as long as there is none."""
    switch = ParameterSpec(
        "repeat",
        "boolean",
        False,
        label=render("board.repeat_switch"),
        help=render("board.repeat_switch.help"),
    )
    if node.repeat is None:
        return (switch,)
    ends = _ends(spec)
    if node.repeat.until not in ends:
        ends.append(node.repeat.until)
    until = ParameterSpec(
        "until",
        "choice",
        node.repeat.until,
        choices=tuple(ends),
        label=render("board.repeat_until"),
        help=render("board.repeat_until.help"),
    )
    at_most = ParameterSpec(
        "at_most",
        "integer",
        Repeat("").at_most,
        minimum=1,
        maximum=MAXIMUM_ROUNDS,
        label=render("board.repeat_at_most"),
        help=render("board.repeat_at_most.help"),
    )
    return (switch, until, at_most)


def _ends(spec: PlayerSpec | None) -> list[str]:
    outputs = spec.outputs if spec is not None else ()
    return [port.name for port in outputs if says_yes_or_no(port)]


def _likely_end(spec: PlayerSpec | None) -> str:
    """The output to begin with: a boolean one, or any; a finding then says what is asked."""
    ends = _ends(spec)
    if ends:
        return ends[0]
    return spec.outputs[0].name if spec is not None and spec.outputs else "done"

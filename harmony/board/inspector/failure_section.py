"""\u201cWhen it fails\u201d: what the selected node does then, edited in one step a field."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector import failure_fields
from harmony.board.inspector.edited_node import EditedNode
from harmony.board.inspector.folded_section import FoldedSection
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.melody.changes import SetNodeOption, SetPolicy
from harmony.melody.findings import Finding
from harmony.melody.model import Node
from harmony.melody.policy_rules import place_of_setting
from harmony.orchestra.catalogue import Catalogue


class FailureSection(QWidget):
    """Shows and edits the retries and the policy of one node."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.section = FoldedSection(render("board.when_it_fails"), look)
        self._edited = EditedNode(self.section, "failure")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.section)
        self.section.changed.connect(self._set)
        self.section.reset.connect(self._reset)

    def show_node(
        self,
        document: OpenDocument,
        node: Node,
        catalogue: Catalogue,
        found: list[Finding],
        may_edit: bool,
    ) -> None:
        """Show a node, anew or another one; `found` is what is wrong with it."""
        self._edited.turn_to(document, node)
        spec = document.document.spec(node.player)
        specs = failure_fields.fields(node, spec, catalogue.players())
        names = {place_of_setting(name): name for name in failure_fields.ORDER}
        problems = {
            names[finding.parameter]: f"{finding.message} {finding.cure}"
            for finding in found
            if finding.parameter in names
        }
        # A setting that this node cannot have has no field of its own: the first one says it.
        if specs and any(name not in {spec.name for spec in specs} for name in problems):
            problems.setdefault(specs[0].name, next(iter(problems.values())))
        values, told = failure_fields.values(node), failure_fields.summary(node)
        self.section.show_form(specs, values, problems, told, may_edit)

    def _set(self, name: str, value: object) -> None:
        node = self._edited.node
        if node is None:
            return
        if name == "retries" and isinstance(value, int):
            self._edited.apply(SetNodeOption(node.id, "retries", value), name)
        elif name != "retries":
            policy = failure_fields.changed(node.policy, name, value)
            if policy != node.policy:
                self._edited.apply(SetPolicy(node.id, policy), name)

    def _reset(self, name: str) -> None:
        node = self._edited.node
        if node is None:
            return
        self._edited.begin_step()
        if name == "retries":
            self._edited.apply(SetNodeOption(node.id, "retries", 0), name)
        else:
            self._edited.apply(SetPolicy(node.id, failure_fields.cleared(node.policy, name)), name)

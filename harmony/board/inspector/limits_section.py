"""“Limits of a run”: what a run of the melody may use at most, edited in one step a field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector.folded_section import FoldedSection
from harmony.board.look import Look
from harmony.foundation.words import render
from harmony.melody.changes import SetLimits
from harmony.melody.model import Limits
from harmony.players.specs import ParameterKind, ParameterSpec

_KINDS: Final[dict[str, ParameterKind]] = {
    "tokens": "integer",
    "money": "number",
    "memory_mb": "integer",
}
_LEAST: Final = {"tokens": 0.0, "money": 0.0, "memory_mb": 1.0}


class LimitsSection(QWidget):
    """Shows and edits the limits of a melody."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: OpenDocument | None = None
        self._edit = 0
        self.section = FoldedSection(render("board.limits"), look)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.section)
        self.section.changed.connect(self._set)
        self.section.reset.connect(self._reset)
        self.section.finished.connect(self._finished)

    def show_document(self, document: OpenDocument, may_edit: bool) -> None:
        """Show a melody, anew or another one."""
        if document is not self._document:
            self._edit += 1
        self._document = document
        limits = document.document.melody.limits
        set_ = {name: getattr(limits, name) for name in _KINDS}
        values = {name: amount for name, amount in set_.items() if amount is not None}
        self.section.show_form(_SPECS, values, {}, told(limits), may_edit)

    def _set(self, name: str, value: object) -> None:
        if not isinstance(value, int | float):
            self._reset(name)
            return
        amount: Any = float(value) if _KINDS[name] == "number" else int(value)
        if self._document is not None:
            limits = self._document.document.melody.limits
            self._apply(replace(limits, **{name: amount}), name)

    def _reset(self, name: str) -> None:
        if self._document is not None:
            self._edit += 1
            limits = self._document.document.melody.limits
            self._apply(replace(limits, **{name: None}), name)

    def _apply(self, limits: Limits, name: str) -> None:
        if self._document is not None and limits != self._document.document.melody.limits:
            merge = ("limits", name, self._edit)
            self._document.document.apply(SetLimits(limits), merge)

    def _finished(self, _name: str) -> None:
        self._edit += 1


def told(limits: Limits) -> str:
    """What is limited, in a few words; empty without limits."""
    words = []
    if limits.tokens is not None:
        words.append(render("board.limit_told_tokens", count=f"{limits.tokens:,}"))
    if limits.money is not None:
        words.append(render("board.limit_told_money", count=f"{limits.money:g}"))
    if limits.memory_mb is not None:
        words.append(render("board.limit_told_memory_mb", count=f"{limits.memory_mb:,}"))
    return " · ".join(words)


_SPECS: Final = tuple(
    ParameterSpec(
        name,
        kind,
        None,
        minimum=_LEAST[name],
        label=render(f"board.limit_{name}"),
        help=render(f"board.limit_{name}.help"),
    )
    for name, kind in _KINDS.items()
)

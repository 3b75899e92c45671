"""A value of any type on screen: chooses the viewer that suits its reference."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QSizePolicy, QVBoxLayout, QWidget

from harmony.board.errors import ViewError
from harmony.board.look import Look
from harmony.board.viewers.chart_data import chart_from_view
from harmony.board.viewers.chart_view import ChartView
from harmony.board.viewers.table_view import TableView, table_from_summary
from harmony.board.viewers.text_views import ImageView, JsonView, MarkdownView, TextView
from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render

Reference = Mapping[str, Any]
Load = Callable[[Reference], bytes]

MOST_BYTES: Final = 8 * 1024 * 1024
_MOST_ITEMS: Final = 1_000


def view_of(reference: Reference, look: Look, load: Load) -> QWidget:
    """A widget that shows a value. `load` fetches the content of what is not inline.

    A value that cannot be drawn gives a widget that says why.
    """
    try:
        return _view(reference, look, load)
    except (HarmonyError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = (
            str(error) if isinstance(error, HarmonyError) else f"{type(error).__name__}: {error}"
        )
        return message(render("board.view_failed", reason=reason))


def message(text: str) -> QLabel:
    """A sentence in place of a value."""
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("kind", "muted")
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label


def _view(reference: Reference, look: Look, load: Load) -> QWidget:
    kind = str(reference.get("type", "any"))
    if kind.startswith("list["):
        return ListValue(reference, look, load)
    if kind == "table":
        return _table(reference)
    if kind == "image":
        return ImageView(_bytes(reference, load))
    if kind == "text":
        return TextView(_text(reference, load))
    if kind == "bytes":
        return message(render("board.bytes", count=f"{reference.get('size', 0):,}"))
    value = _json(reference, load)
    if kind == "view" or is_view(value):
        return view_from_json(value, look)
    return _plain(value)


def is_view(value: Any) -> bool:
    """Whether a JSON value is a view description of a Motif."""
    return isinstance(value, Mapping) and {"kind", "data"} <= set(value)


def view_from_json(view: Any, look: Look) -> QWidget:
    """Draw what a Motif asks for. Raises ViewError for what cannot be drawn."""
    if not is_view(view):
        raise ViewError("board.view_shape", place="kind")
    kind, data, title = view["kind"], view["data"], str(view.get("title") or "")
    if kind == "chart":
        chart = ChartView(look)
        chart.show_chart(chart_from_view(_mapping(data)), title)
        return chart
    if kind == "table":
        return _titled(title, TableView(table_from_summary(_mapping(data))))
    if kind == "text":
        return _titled(title, TextView(_words(data)))
    if kind == "markdown":
        return _titled(title, MarkdownView(_words(data)))
    if kind == "image":
        return _titled(title, ImageView(_from_base64(_mapping(data).get("content", ""))))
    raise ViewError("board.view_kind", kind=repr(kind))


class ListValue(QWidget):
    """A list: its items at the left, the chosen one at the right."""

    def __init__(
        self, reference: Reference, look: Look, load: Load, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._look, self._load = look, load
        raw = reference.get("items")
        self._items: list[Reference] = list(raw) if isinstance(raw, list) else []
        self.names = QListWidget()
        self.names.setFixedWidth(118)
        self.names.setAccessibleName(render("board.list_items"))
        for number, item in enumerate(self._items[:_MOST_ITEMS]):
            self.names.addItem(f"{number + 1}  {item_name(item)}")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.row.addWidget(self.names)
        self.shown: QWidget = message(render("board.list_empty"))
        self.row.addWidget(self.shown, 1)
        self.names.currentRowChanged.connect(self._show)
        if self._items:
            self.names.setCurrentRow(0)

    def _show(self, number: int) -> None:
        view = view_of(self._items[number], self._look, self._load)
        self.row.replaceWidget(self.shown, view)
        self.shown.deleteLater()
        self.shown = view


def item_name(reference: Reference) -> str:
    """An item of a list in a word: the last part of a path, a short value, or its type."""
    value = reference.get("value")
    if isinstance(value, str) and value:
        return value.rstrip("/").rsplit("/", 1)[-1][:40]
    if isinstance(value, (int, float, bool)):
        return str(value)
    return str(reference.get("type", ""))


def _plain(value: Any) -> QWidget:
    if isinstance(value, (dict, list)):
        return JsonView(value)
    label = QLabel("–" if value is None else str(value), wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("kind", "mono")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label


def _table(reference: Reference) -> QWidget:
    summary = reference.get("summary")
    if not isinstance(summary, Mapping):
        return message(render("board.no_summary"))
    return TableView(table_from_summary(summary))


def _titled(title: str, widget: QWidget) -> QWidget:
    if not title:
        return widget
    holder = QWidget()
    holder.setSizePolicy(widget.sizePolicy())
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(6)
    label = QLabel(title)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("kind", "heading")
    rows.addWidget(label)
    rows.addWidget(widget, 1)
    return holder


def _bytes(reference: Reference, load: Load) -> bytes:
    if "value" in reference:
        return _from_base64(reference["value"])
    size = reference.get("size", 0)
    if isinstance(size, int) and size > MOST_BYTES:
        raise ViewError("board.view_large", size=f"{size / 1_048_576:.0f} MB")
    return load(reference)


def _text(reference: Reference, load: Load) -> str:
    if isinstance(reference.get("value"), str):
        return str(reference["value"])
    return _bytes(reference, load).decode("utf-8", "replace")


def _json(reference: Reference, load: Load) -> Any:
    if "value" in reference:
        return reference["value"]
    return json.loads(_bytes(reference, load))


def _from_base64(value: Any) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        raise ViewError("board.view_shape", place="base64") from error


def _mapping(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ViewError("board.view_shape", place="data")
    return data


def _words(data: Any) -> str:
    return data if isinstance(data, str) else str(_mapping(data).get("text", ""))

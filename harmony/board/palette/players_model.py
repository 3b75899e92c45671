"""The Players as rows: group headings with counts, and under each its Players."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, Qt

from harmony.board.canvas.tips import as_rich_text
from harmony.board.commands.fuzzy import score
from harmony.foundation.words import render
from harmony.players.specs import PlayerKind, PlayerSpec

PLAYER_MIME: Final = "application/x-harmony-player"
SPEC_ROLE: Final = int(Qt.ItemDataRole.UserRole)
HEADING_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
REFUSED_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 2

_Index = QModelIndex
_KINDS: Final[tuple[PlayerKind, ...]] = ("instrument", "operator", "motif")


@dataclass(frozen=True, slots=True)
class Heading:
    """A group of the palette and how many Players it shows."""

    kind: PlayerKind
    count: int

    @property
    def title(self) -> str:
        return render(f"board.palette_{self.kind}s")


Row = Heading | PlayerSpec


def rows_for(players: Iterable[PlayerSpec], query: str) -> list[Row]:
    """Headings and Players that fit the query, best first in each group; empty groups left out."""
    ranked: dict[PlayerKind, list[tuple[float, str, PlayerSpec]]] = {kind: [] for kind in _KINDS}
    for spec in players:
        value = search_score(query, spec)
        if value is not None:
            ranked[spec.kind].append((-value if query else 0.0, spec.title.casefold(), spec))
    rows: list[Row] = []
    for kind, entries in ranked.items():
        if entries:
            entries.sort(key=lambda entry: entry[:2])
            rows.append(Heading(kind, len(entries)))
            rows.extend(spec for _, _, spec in entries)
    return rows


def search_score(query: str, spec: PlayerSpec) -> float | None:
    """How well a Player answers a search: the title counts most, then category and summary."""
    if not query.strip():
        return 0.0
    in_title = score(query, spec.title)
    if in_title is not None:
        return in_title + 10
    text = f"{spec.category} {spec.summary} {spec.id}".casefold()
    return 1.0 if all(word in text for word in query.casefold().split()) else None


class PlayersModel(QAbstractListModel):
    """Rows for a list view; a Player can be dragged out as its id."""

    def __init__(
        self, players: Callable[[], Sequence[PlayerSpec]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._players = players
        self._query = ""
        self._rows: list[Row] = rows_for(players(), "")
        self._refused: frozenset[str] = frozenset()
        self._reason: Callable[[str], str] = lambda _player: ""

    @property
    def rows(self) -> list[Row]:
        return self._rows

    def search(self, query: str) -> None:
        """Show only what fits."""
        self._query = query
        self.refresh()

    def refresh(self) -> None:
        """Ask for the Players anew."""
        self.beginResetModel()
        self._rows = rows_for(self._players(), self._query)
        self.endResetModel()

    def show_refused(self, players: Iterable[str], reason: Callable[[str], str]) -> None:
        """Mark the Players that are left alone since they crashed; `reason` says why and until
        when, and is asked at the moment when somebody wants to know."""
        refused = frozenset(players)
        self._reason = reason
        if refused == self._refused:
            return
        self._refused = refused
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def first_player(self) -> int:
        """The row of the Player that fits best over all groups, or -1."""
        ranked = [
            (search_score(self._query, row) or 0.0, -number)
            for number, row in enumerate(self._rows)
            if isinstance(row, PlayerSpec)
        ]
        return -max(ranked)[1] if ranked else -1

    def rowCount(self, parent: Any = _Index()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Any, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == HEADING_ROLE:
            return row if isinstance(row, Heading) else None
        if role == REFUSED_ROLE:
            return isinstance(row, PlayerSpec) and row.id in self._refused
        if role == SPEC_ROLE:
            return row if isinstance(row, PlayerSpec) else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.title
        if not isinstance(row, PlayerSpec):
            return None
        refused = self._reason(row.id) if row.id in self._refused else ""
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return refused or row.summary
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_rich_text(refused or row.help or row.summary)
        return None

    def flags(self, index: Any) -> Qt.ItemFlag:
        if not 0 <= index.row() < len(self._rows):
            return Qt.ItemFlag.NoItemFlags
        if isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        )

    def mimeTypes(self) -> list[str]:
        return [PLAYER_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        mime = QMimeData()
        for index in indexes:
            spec = self.data(index, SPEC_ROLE)
            if isinstance(spec, PlayerSpec):
                mime.setData(PLAYER_MIME, spec.id.encode("utf-8"))
        return mime

"""The open melodies of the window: which there are, which is in front; reading and writing files.

No dialogs here: what has to be asked is asked by the flows that call this.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from harmony.board.documents.open_document import OpenDocument
from harmony.board.documents.recent import with_recent, without_recent
from harmony.board.documents.trust import TrustStore, is_own
from harmony.foundation import settings as settings_file
from harmony.foundation.clock import Clock
from harmony.foundation.ids import new_id
from harmony.foundation.paths import DataFolder
from harmony.foundation.randomness import Randomness
from harmony.foundation.settings import Settings
from harmony.melody.document import Document
from harmony.melody.file import dumps, load
from harmony.melody.model import Melody
from harmony.orchestra.catalogue import Catalogue


class Workspace(QObject):
    """Signals: `added(document)`, `removed(document)`, `current_changed()`, `changed()` when a
    title or a modified mark may look different, `saved(path, content)` when a file was written."""

    added = Signal(object)
    removed = Signal(object)
    current_changed = Signal()
    changed = Signal()
    saved = Signal(object, object)

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        data_folder: DataFolder,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._folder = data_folder
        self._clock = clock
        self._randomness = Randomness()
        self._trust = TrustStore(data_folder.home / "trusted-melodies.json")
        self.documents: list[OpenDocument] = []
        self.current: OpenDocument | None = None

    # --- which there are

    def choose(self, document: OpenDocument | None) -> None:
        """Bring a document to the front; None: the start page."""
        if document is not self.current:
            self.current = document
            self.current_changed.emit()

    def new(self, melody: Melody | None = None) -> OpenDocument:
        """Open a melody that has no file yet."""
        if melody is None:
            melody = Melody(new_id(self._clock, self._randomness))
        return self._add(self._document(melody, None), restricted=False)

    def open(self, path: Path) -> OpenDocument:
        """Open a file, or bring it to the front. Raises MelodyFileError, OSError."""
        path = path.absolute()
        for document in self.documents:
            if document.path is not None and document.path.absolute() == path:
                self.choose(document)
                return document
        melody = load(path)
        own = is_own(path, self.settings.trusted_folders, self._folder.home)
        restricted = not own and not self._trust.trusts(path.read_bytes())
        found = self._add(self._document(melody, path), restricted)
        found.saved_at = None
        self.change_settings(with_recent(self.settings, path))
        return found

    def close(self, document: OpenDocument) -> None:
        """Close a document as it is. What is in front then is its neighbour."""
        number = self.documents.index(document)
        self.documents.remove(document)
        document.close()
        self.removed.emit(document)
        if document is self.current:
            rest = self.documents
            self.current = rest[min(number, len(rest) - 1)] if rest else None
            self.current_changed.emit()
        self.changed.emit()
        document.deleteLater()

    # --- files

    def save(self, document: OpenDocument, path: Path | None = None) -> None:
        """Write a document to its file, or to another one. Raises MelodyFileError, ChangeError."""
        with document.canvas.saving():
            document.document.save(path)
        document.saved_at = self._clock.wall()
        if path is not None and document.path is not None:
            self.change_settings(with_recent(self.settings, document.path))
        if not document.restricted and document.path is not None:
            self._keep_trust(document)
        self.changed.emit()
        if document.path is not None:
            self.saved.emit(document.path, document.path.read_bytes())

    def trust(self, document: OpenDocument) -> None:
        """The user vouches for the melody as it is."""
        document.restricted = False
        self._trust.trust(dumps(document.document.melody))
        if document.path is not None and not document.document.modified:
            self._trust.trust(document.path.read_bytes())
        self.changed.emit()

    def forget_recent(self, path: Path) -> None:
        """A recent file is gone."""
        self.change_settings(without_recent(self.settings, path))

    # --- settings

    @property
    def settings(self) -> Settings:
        """The settings as they stand in their file. Raises SettingsError."""
        return settings_file.load(self._folder.settings_file)

    def change_settings(self, settings: Settings) -> None:
        """Write the settings. Raises OSError."""
        settings_file.save(self._folder.settings_file, settings)

    # --- inside

    def _document(self, melody: Melody, path: Path | None) -> Document:
        return Document(
            melody,
            lambda player: self._catalogue().spec(player),
            path,
            lambda: [spec.id for spec in self._catalogue().players()],
        )

    def _add(self, document: Document, restricted: bool) -> OpenDocument:
        found = OpenDocument(document, self._clock, restricted, self)
        found.edited.connect(self.changed)
        found.moved.connect(self.changed)
        self.documents.append(found)
        self.added.emit(found)
        self.choose(found)
        self.changed.emit()
        return found

    def _keep_trust(self, document: OpenDocument) -> None:
        path = document.path
        if path is not None and not is_own(path, self.settings.trusted_folders, self._folder.home):
            self._trust.trust(path.read_bytes())

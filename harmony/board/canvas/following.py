"""Follows a document without keeping its follower alive: a closed tab must be able to go."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Protocol

from shiboken6 import isValid

from harmony.melody.changes import Change
from harmony.melody.document import Document


class Follower(Protocol):
    """Whoever shows a document."""

    def follow_document(self) -> None:
        """Show the document as it is now."""
        ...


def follow(document: Document, follower: Follower) -> Callable[[], None]:
    """Call `follow_document` after each edit, while the widget lives. Answers how to stop."""
    held = weakref.ref(follower)

    def edited(_change: Change, _inverse: Change) -> None:
        found = held()
        if found is not None and isValid(found):
            found.follow_document()

    return document.subscribe(edited)

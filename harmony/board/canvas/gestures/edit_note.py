"""Write in a note: what the text in the editor comes to as one Change."""

from __future__ import annotations

from dataclasses import replace

from harmony.melody.changes import Change, EditNote
from harmony.melody.model import Note


def edited(note: Note, text: str, needed_height: float) -> Change | None:
    """The Change for a note whose text is now `text`; None when it is as before.

    A note grows to show all of its text (`needed_height`), and never shrinks by itself.
    """
    if text == note.text:
        return None
    return EditNote(replace(note, text=text, height=max(note.height, needed_height)))

"""Where a database is: a path, or a `sqlite:` address as sqlx writes it (seeds/001, `new`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from harmony.workflow.errors import WorkflowStoreError

_SCHEME: Final = "sqlite:"


def path_of(database_url: str | os.PathLike[str]) -> tuple[Path, bool]:
    """The path that an address means, and whether a missing database is made.

    `file.sqlite3`, `sqlite:file.sqlite3`, `sqlite://file.sqlite3`, `sqlite:///folder/file.sqlite3`;
    `?mode=rwc` (make it, as without) or `?mode=rw` (it must be there). Raises WorkflowStoreError.
    """
    text = os.fspath(database_url)
    if not text.startswith(_SCHEME):
        if not text or "://" in text or text == ":memory:":
            raise _meaningless(text)
        return Path(text), True
    place, _, query = text.removeprefix(_SCHEME).removeprefix("//").partition("?")
    place = unquote(place)
    make = True
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "mode" or value not in ("rw", "rwc"):
            raise _meaningless(text)
        make = value == "rwc"
    if not place or place == ":memory:" or "\0" in place:
        raise _meaningless(text)
    return Path(place), make


def _meaningless(text: str) -> WorkflowStoreError:
    return WorkflowStoreError("workflow.store_address", address=text)

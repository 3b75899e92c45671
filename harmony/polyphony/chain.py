"""Hash chains: each record's hash covers the one before it, so that nothing can change unseen.

One chain a run over its journal; one system chain over what each transaction did to the heads, so
that a whole run that vanished is seen too (DESIGN.md section 5). BLAKE3, 32 bytes. This is proof
against damage and mistakes; whoever may write the files can also compute new hashes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from blake3 import blake3

from harmony.polyphony.records import JournalRecord

START: Final = bytes(32)
# Made once: `json.dumps` with options builds an encoder at each call.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: object) -> str:
    """One text for one JSON value: sorted keys, no spaces, plain ASCII.

    Raises ValueError for NaN and infinities, TypeError for what is no JSON value.
    """
    return _ENCODER.encode(value)


def record_text(record: JournalRecord, data: object) -> str:
    """The canonical text of a record, with `data` (already redacted) in place of its own."""
    return canonical(
        [
            record.run,
            record.sequence,
            record.machine,
            record.from_state,
            record.event,
            record.to_state,
            record.trigger,
            record.at,
            record.duration,
            data,
        ]
    )


def record_from_text(text: str) -> JournalRecord:
    """The record that a canonical text stands for. Raises ValueError when it is none."""
    fields: list[Any] = json.loads(text)
    return JournalRecord(*fields)


def link(previous: bytes, text: str) -> bytes:
    """The hash of a text that follows `previous` in a chain."""
    return blake3(previous + text.encode("utf-8", "surrogatepass")).digest()

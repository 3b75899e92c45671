"""Hash chains: each page's hash covers the one before it, so that nothing can change unseen.

One chain a run over its journal; one system chain over what each transaction did to the heads, so
that a whole run that vanished is seen too (DESIGN.md section 5). BLAKE3, 32 bytes. This is proof
against damage and mistakes; whoever may write the files can also compute new hashes.

The records of a run that share a transaction make one page: one text, one link of the chain, one
row. The text of a page is hashed as it is stored, so how it was encoded does not matter later.

A page tells its run and the number of its first record once, and of each record only what is its
own. So the page of a short task stays under the 1,000 bytes above which SQLite takes another page
of the file for it, and writes the file's first page as well. Pages of older stores are lists of
whole records, and of version 1 single records: they are read as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from blake3 import blake3

from harmony.polyphony.records import JournalRecord

START: Final = bytes(32)
# Made once: `json.dumps` with options builds an encoder at each call.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
# Ten times as fast, but it would take NaN for null and a set for a list: for checked values only.
_FAST_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def canonical(value: object) -> str:
    """One text for one JSON value: sorted keys, no spaces, plain ASCII.

    Raises ValueError for NaN and infinities, TypeError for what is no JSON value.
    """
    return _ENCODER.encode(value)


def canonical_of_checked(value: object) -> str:
    """A canonical text of what is known to be a JSON value; UTF-8 where it can be."""
    try:
        return _FAST_ENCODER.encode(value).decode()
    except (ValueError, TypeError, OverflowError):
        return canonical(value)  # half a surrogate pair, a very large number, a key that is none


def page_text(records: Sequence[JournalRecord]) -> str:
    """The text of a page: records of one run, one after the other.

    Their data are JSON values, already redacted; most records have none.
    """
    first = records[0]
    own = [record[2:] if record.data else record[2:-1] for record in records]
    return canonical_of_checked({"first": first.sequence, "records": own, "run": first.run})


def records_of_page(text: str) -> list[JournalRecord]:
    """The records that the text of a page stands for. Raises ValueError when there are none."""
    found: Any = json.loads(text)
    try:
        if isinstance(found, dict):
            run, first = found["run"], found["first"]
            return [
                JournalRecord(run, number, *fields)
                for number, fields in enumerate(found["records"], first)
            ]
        # A page of version 1 is the list of one record's fields; its first is the run's id.
        pages: Iterable[list[Any]] = [found] if found and isinstance(found[0], str) else found
        return [JournalRecord(*fields) for fields in pages]
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error


def link(previous: bytes, text: str) -> bytes:
    """The hash of a text that follows `previous` in a chain."""
    return blake3(previous + text.encode("utf-8", "surrogatepass")).digest()

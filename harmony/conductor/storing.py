"""What a Player returned becomes artifacts, and what its attempt left behind is removed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

import msgspec
from blake3 import blake3

from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.content import LARGEST_SUMMARY
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store

Reference = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptOutputs:
    """The outputs as references to artifacts. `rows` belong into the commit that names them."""

    references: dict[str, Reference]
    rows: tuple[ArtifactRow, ...]


def keep_outputs(
    artifacts: ArtifactStore, outputs: Mapping[str, Reference], staging: str, at: float
) -> KeptOutputs:
    """Make artifacts of all outputs of a task. Raises OutputRefusedError, OSError.

    `at` is wall time, Unix seconds.
    """
    short = keep_short(outputs, at)
    if short is not None:
        return short
    references: dict[str, Reference] = {}
    rows: list[ArtifactRow] = []
    for port, output in outputs.items():
        if output.get("nothing"):  # the branch not taken: there is no value to keep
            references[port] = output
            continue
        kept = artifacts.keep(output, Path(staging))
        references[port] = kept.reference
        rows += kept.rows
    return KeptOutputs(references, tuple(rows))


def keep_short(outputs: Mapping[str, Reference], at: float) -> KeptOutputs | None:
    """The same for outputs that are all short texts, numbers or booleans, as most are; else None.

    What the Artifact Store would make of them, without asking in how many other ways an output can
    come.
    """
    references: dict[str, Reference] = {}
    rows: list[ArtifactRow] = []
    for port, output in outputs.items():
        if output.get("nothing"):
            references[port] = output
            continue
        content = _short_content(output)
        if content is None:
            return None
        kind, digest, size = output["type"], str(blake3(content).hexdigest()), len(content)
        kept = {"type": kind, "hash": digest, "size": size, "value": output["value"]}
        summary = output.get("summary")
        if summary is not None:
            kept["summary"] = summary
        references[port] = kept
        rows.append(ArtifactRow(digest, kind, size, content, summary, at, accessed=at))
    return KeptOutputs(references, tuple(rows))


_SHORT: Final = 160
"""A text of so many letters stays under what a reference may show, however it is escaped."""
_FORMS: Final = ({"type", "value"}, {"type", "value", "summary"})
_encode: Final = msgspec.json.Encoder().encode


def _short_content(output: Reference) -> bytes | None:
    """The content of a short value; None when it is anything else."""
    if output.keys() not in _FORMS:
        return None
    summary = output.get("summary")
    if summary is not None and not _is_short(summary):
        return None
    kind, value = output["type"], output["value"]
    form = type(value)
    if kind == "text":
        return value.encode() if form is str and len(value) <= _SHORT and value.isascii() else None
    if kind == "number":
        if form is int and -_EXACT < value < _EXACT:
            return str(value).encode()
        return repr(value).encode() if form is float and isfinite(value) else None
    if kind == "boolean":
        return (b"true" if value else b"false") if form is bool else None
    return None


_EXACT: Final = 1 << 53


def _is_short(summary: Any) -> bool:
    return type(summary) is dict and len(_encode(summary)) <= LARGEST_SUMMARY


def remove(folder: str | Path) -> None:
    """Remove a folder with all that is in it, if there is one. Raises OSError."""
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)


def sweep_scratch(store: Store, scratch: Path, older_than: float) -> list[Path]:
    """Remove what runs have left in the scratch folder: those that are not under way any more.

    `older_than` is wall time, Unix seconds: what was written later is left alone. Returns what was
    removed. Raises OSError.
    """
    removed = []
    for folder in sorted(scratch.iterdir()):
        if folder.stat().st_mtime < older_than and not store.is_under_way(folder.name):
            if folder.is_dir():
                shutil.rmtree(folder)
            else:
                folder.unlink()
            removed.append(folder)
    return removed

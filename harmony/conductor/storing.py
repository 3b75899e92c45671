"""What a Player returned becomes artifacts, and what its attempt left behind is removed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
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
    references: dict[str, Reference] = {}
    rows: list[ArtifactRow] = []
    for port, output in outputs.items():
        if output.get("nothing"):  # the branch not taken: there is no value to keep
            references[port] = output
            continue
        short = _short_text(output, at)
        if short is not None:
            references[port], row = short
            rows.append(row)
            continue
        kept = artifacts.keep(output, Path(staging))
        references[port] = kept.reference
        rows += kept.rows
    return KeptOutputs(references, tuple(rows))


_SHORT: Final = 160
"""A text of so many letters stays under what a reference may show, however it is escaped."""
_FORMS: Final = ({"type", "value"}, {"type", "value", "summary"})
_encode: Final = msgspec.json.Encoder().encode


def _short_text(output: Reference, at: float) -> tuple[Reference, ArtifactRow] | None:
    """What the Artifact Store would make of a short text, which most small outputs are, without
    asking in how many other ways an output can come. None when it is anything else."""
    value = output.get("value")
    if type(value) is not str or len(value) > _SHORT or output["type"] != "text":
        return None
    summary = output.get("summary")
    if output.keys() not in _FORMS or not value.isascii():
        return None
    if summary is not None and not _is_short(summary):
        return None
    content = value.encode()
    digest = str(blake3(content).hexdigest())
    kept: Reference = {"type": "text", "hash": digest, "size": len(content), "value": value}
    if summary is not None:
        kept["summary"] = summary
    return kept, ArtifactRow(digest, "text", len(content), content, summary, at, accessed=at)


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

"""What a Player returned becomes artifacts, and what its attempt left behind is removed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store

Reference = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptOutputs:
    """The outputs as references to artifacts. `rows` belong into the commit that names them."""

    references: dict[str, Reference]
    rows: tuple[ArtifactRow, ...]


def keep_outputs(
    artifacts: ArtifactStore, outputs: Mapping[str, Reference], staging: Path
) -> KeptOutputs:
    """Make artifacts of all outputs of a task. Raises OutputRefusedError, OSError."""
    references: dict[str, Reference] = {}
    rows: list[ArtifactRow] = []
    for port, output in outputs.items():
        if output.get("nothing"):  # the branch not taken: there is no value to keep
            references[port] = output
            continue
        kept = artifacts.keep(output, staging)
        references[port] = kept.reference
        rows += kept.rows
    return KeptOutputs(references, tuple(rows))


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if there is one. Raises OSError."""
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

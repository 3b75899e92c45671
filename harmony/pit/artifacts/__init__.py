"""The Artifact Store: values under the hash of their content (DESIGN.md section 5, chart 5)."""

from __future__ import annotations

from harmony.pit.artifacts.errors import (
    ArtifactDamagedError,
    ArtifactError,
    ArtifactExpiredError,
    ArtifactMissingError,
    OutputRefusedError,
)
from harmony.pit.artifacts.store import ArtifactStore, Kept

__all__ = [
    "ArtifactDamagedError",
    "ArtifactError",
    "ArtifactExpiredError",
    "ArtifactMissingError",
    "ArtifactStore",
    "Kept",
    "OutputRefusedError",
]

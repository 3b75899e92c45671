"""What can be wrong with an artifact, or with the output that is to become one."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError
from harmony.polyphony.chunk_index import Chunk


class ArtifactError(HarmonyError):
    """The root of the Artifact Store's errors."""


class OutputRefusedError(ArtifactError):
    """A child's output is not of the agreed form, or its staged file is not what it should be."""


class ArtifactMissingError(ArtifactError):
    """The store does not know the artifact, or its file is gone."""


class ArtifactExpiredError(ArtifactError):
    """The content was deleted to save disk space. The task that made it can make it again."""


class ArtifactDamagedError(ArtifactError):
    """The content is not what its hash says. It was put aside and counts as missing."""


class PackUnreadableError(ArtifactError):
    """A pack of chunks is gone, or cannot be read."""


class ChunksDamagedError(ArtifactError):
    """Chunks of an artifact are not what their hashes say. `chunks` says which."""

    def __init__(self, code: str, chunks: frozenset[Chunk], **parameters: object) -> None:
        super().__init__(code, **parameters)
        self.chunks = chunks


class ColdTargetError(ArtifactError):
    """The cold tier is not configured, cannot be reached, or refuses. What lies there stays."""


class FileNotReadableError(ArtifactError, OSError):
    """A file or folder that a task reads has no fingerprint: gone, no plain file, or too much.

    Also an OSError with `filename` and `strerror`, for whoever asks no more than that.
    """

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code, **parameters)
        self.filename = parameters.get("path")
        self.strerror = str(parameters.get("reason", "")) or str(self)

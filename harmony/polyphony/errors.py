"""What can be wrong with the store, or with what it is asked to keep."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class StoreError(HarmonyError):
    """The root of this room's errors."""


class StoreUnusableError(StoreError):
    """The database cannot be opened: damaged, made by a newer program, or no permission."""


class StoreFullError(StoreError):
    """The disk is full. Nothing of the refused commit was kept; the store stays usable."""


class StoreWriteError(StoreError):
    """The disk or the database refused a commit. Nothing of it was kept."""


class StoreDiskError(StoreWriteError):
    """The disk refused a commit. Nothing of it was kept; the same commit may be tried again."""


class CommitRefusedError(StoreError):
    """A commit contradicts what is stored, for example by a gap in a run's journal."""


class StoreClosedError(StoreError):
    """The store was closed before this was asked for."""


class UnknownRunError(StoreError):
    """No run has this id, or several begin or end like it."""


class UnknownArtifactError(StoreError):
    """No artifact has this hash, or several begin like it."""


class LeaseError(StoreError):
    """A run belongs to another process that is alive."""


class StoreWarning(StoreError):  # noqa: N818 - kept in `Store.problems` and shown, never raised
    """Something about the store that a person should know, while it works on."""

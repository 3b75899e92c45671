"""What can go wrong with a Player, its values and its source; one root, typed kinds.

`PlayerError` is the author's own: words for the person who reads the failed node.
"""

from __future__ import annotations

from harmony.foundation import words
from harmony.foundation.errors import HarmonyError


class PlayersError(HarmonyError):
    """The root of this room's errors."""


class PlayerError(PlayersError):
    """A Player says why it cannot do its work, and what to do about it.

    `message` is what happened, in a plain sentence; `hint` is what to try. The node shows both.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__("players.failed", message=message, hint=hint)

    @property
    def message(self) -> str:
        """What happened."""
        return str(self.parameters["message"])

    @property
    def hint(self) -> str:
        """What to do; empty where nothing can be advised."""
        return str(self.parameters["hint"])


class QuotaExceeded(BaseException):
    """A task took more than it may. A BaseException, so that `except Exception` lets it through.

    `code` is quota_cpu, quota_wall (`limit` in seconds), quota_memory (megabytes) or quota_files.
    """

    def __init__(self, code: str, limit: float) -> None:
        self.code = code
        self.limit = limit
        super().__init__(words.render(f"players.{code}", limit=f"{limit:g}"))

    @property
    def hint(self) -> str:
        """What to do."""
        return words.render(f"players.{self.code}_hint")


class SignatureError(PlayersError):
    """A function's signature cannot be turned into ports and parameters."""


class SourceError(PlayersError):
    """A package of Players, or a Player in it, does not exist."""


class ValueTypeError(PlayersError):
    """A value is not of the type that its port declares, or a reference is malformed."""


class TableError(PlayersError):
    """A table cannot be read, or cannot be made."""

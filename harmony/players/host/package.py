"""The package that this process serves: the code of its Players, when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmony.players.host.arguments import Arguments
from harmony.players.specs import PlayerSpec

_LIBRARY = "harmony.players.library"


@dataclass(frozen=True, slots=True)
class LoadedPlayer:
    """A Player's function and what it declares."""

    function: Callable[..., Any]
    spec: PlayerSpec
    wants_context: bool
    arguments: Arguments
    outputs: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, function: Callable[..., Any], spec: PlayerSpec, wants_context: bool
    ) -> LoadedPlayer:
        """Prepare what is needed for each of its tasks."""
        outputs = tuple((port.name, port.type) for port in spec.outputs)
        return cls(function, spec, wants_context, Arguments(spec), outputs)


class Package:
    """Players of one source; each module is imported at the first task that needs it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._loaded: dict[str, LoadedPlayer] = {}

    @property
    def folder(self) -> str:
        """Where the author's files lie; empty for the library that is shipped."""
        return "" if self._source == _LIBRARY else str(Path(self._source).resolve())

    def load(self, player: str) -> LoadedPlayer:
        """A Player's code. Raises SourceError, and whatever its module raises on import."""
        found = self._loaded.get(player)
        if found is None:
            from harmony.players.describe import load_player, spec_of
            from harmony.players.signature import context_argument

            function = load_player(self._source, player)
            found = LoadedPlayer.of(
                function, spec_of(function, self._source), context_argument(function)
            )
            # Warmed here, so that what is costly is loaded before the clock of the task runs.
            function.loaded()  # type: ignore[attr-defined]
            self._loaded[player] = found
        return found

    def release(self) -> None:
        """Let each loaded Player release what it holds."""
        for player in self._loaded.values():
            player.function.release()  # type: ignore[attr-defined]

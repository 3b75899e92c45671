"""The decorators an author writes: `operator`, `instrument`, `motif`.

A Player is a plain typed function (DESIGN.md section 8, FastAPI and Typer: the signature is the
interface). The decorators attach what the signature cannot say and leave the function as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar, Unpack, cast

from harmony.players.promises import Promises
from harmony.players.specs import PlayerKind

Arguments = ParamSpec("Arguments")
Result_co = TypeVar("Result_co", covariant=True)
Loaded = TypeVar("Loaded")

_ATTRIBUTE = "player"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an author declares beside the signature; `PlayerSpec` says what each field means."""

    kind: PlayerKind
    title: str
    category: str
    icon: str = ""
    deterministic: bool = False
    reads: tuple[str, ...] = ()
    effects: bool = False
    waits: bool = False
    extra: str = ""
    prefetch: int = 0
    memory_mb: int = 0
    cpu_seconds: float = 0
    open_files: int = 0
    wall_seconds: float = 0
    tokens: int = 0
    money: float = 0
    example: dict[str, Any] | None = None


class PlayerFunction(Protocol[Arguments, Result_co]):
    """A declared function: still the author's own, callable as plain Python.

    `warm` and `close` are decorators for its two hooks. What the `warm` hook returns (a loaded
    model, an open connection) is kept for the life of the process: `loaded()` gives it, and the
    `close` hook takes it.
    """

    player: Declaration
    __name__: str
    __doc__: str | None

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result_co:
        """The author's function."""

    def warm(self, hook: Callable[[], Loaded]) -> Callable[[], Loaded]:
        """Declare what loads the costly part; called once, before the first task at the latest."""

    def close(self, hook: Callable[[Any], None]) -> Callable[[Any], None]:
        """Declare what releases it, called with what `warm` returned when the process ends."""

    def loaded(self) -> Any:
        """What the `warm` hook returned; calls the hook when nobody did yet."""

    def release(self) -> None:
        """Call the `close` hook if something is loaded; the host does at the end."""


class _Hooks:
    """The costly part of one Player in this process: not loaded, or loaded once."""

    def __init__(self) -> None:
        self._warm: Callable[[], Any] | None = None
        self._close: Callable[[Any], None] | None = None
        self._value: Any = None
        self._is_loaded = False

    def warm(self, hook: Callable[[], Loaded]) -> Callable[[], Loaded]:
        self._warm = hook
        return hook

    def close(self, hook: Callable[[Any], None]) -> Callable[[Any], None]:
        self._close = hook
        return hook

    def loaded(self) -> Any:
        if not self._is_loaded and self._warm is not None:
            self._value = self._warm()
            self._is_loaded = True
        return self._value

    def release(self) -> None:
        if not self._is_loaded:
            return
        value, self._value, self._is_loaded = self._value, None, False
        if self._close is not None:
            self._close(value)


def operator(
    title: str, *, category: str, icon: str = "", **promises: Unpack[Promises]
) -> Callable[[Callable[Arguments, Result_co]], PlayerFunction[Arguments, Result_co]]:
    """Declare a data or control step."""
    return _declare(Declaration("operator", title, category, icon, **promises))


def instrument(
    title: str, *, category: str, icon: str = "", **promises: Unpack[Promises]
) -> Callable[[Callable[Arguments, Result_co]], PlayerFunction[Arguments, Result_co]]:
    """Declare a step that asks a model."""
    return _declare(Declaration("instrument", title, category, icon, **promises))


def motif(
    title: str, *, category: str, icon: str = "", **promises: Unpack[Promises]
) -> Callable[[Callable[Arguments, Result_co]], PlayerFunction[Arguments, Result_co]]:
    """Declare a step that shows something to a person; deterministic unless it says otherwise."""
    promises.setdefault("deterministic", True)
    return _declare(Declaration("motif", title, category, icon, **promises))


def declaration_of(value: object) -> Declaration | None:
    """The declaration of a Player; None for anything else."""
    found = getattr(value, _ATTRIBUTE, None) if callable(value) else None
    return found if isinstance(found, Declaration) else None


def _declare(
    declaration: Declaration,
) -> Callable[[Callable[Arguments, Result_co]], PlayerFunction[Arguments, Result_co]]:
    def attach(function: Callable[Arguments, Result_co]) -> PlayerFunction[Arguments, Result_co]:
        # A function takes attributes, and stays the very function that a traceback names.
        hooks = _Hooks()
        declared = cast("PlayerFunction[Arguments, Result_co]", function)
        declared.player = declaration
        for name in ("warm", "close", "loaded", "release"):
            setattr(declared, name, getattr(hooks, name))
        return declared

    return attach

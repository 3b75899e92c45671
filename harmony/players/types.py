"""The types an author writes: in the signature for ports, after the `*` for parameters.

Each name here is an ordinary Python type, or one with a mark beside it (`typing.Annotated`), so a
Player is checked and tested like any other function. `signature.py` reads them. A choice is written
with Python's own `Literal["one", "other"]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from harmony.players.tables import Table

__all__ = [
    "NOTHING",
    "Boolean",
    "Bytes",
    "Code",
    "Expression",
    "File",
    "Folder",
    "Help",
    "Image",
    "Integer",
    "Json",
    "Kind",
    "Label",
    "Multiline",
    "Nothing",
    "Number",
    "PortType",
    "Range",
    "SaveFile",
    "Secret",
    "Table",
    "Text",
    "Vector",
    "View",
]


@dataclass(frozen=True, slots=True)
class PortType:
    """A mark: the port type of an annotation that Python's own type does not tell."""

    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A mark: how a parameter is entered; `language` is the syntax of code and expressions."""

    name: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """A mark: the least and the greatest value of a number, both allowed."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A mark: the words beside a parameter's field, instead of its name."""

    text: str


@dataclass(frozen=True, slots=True)
class Help:
    """A mark: one sentence on a port or parameter."""

    text: str


class File(str):
    """The absolute path of a file. A text, so `open(file)` works; `.path` is it as a Path."""

    __slots__ = ()

    @property
    def path(self) -> Path:
        """The same as a `Path`."""
        return Path(self)


class Folder(str):
    """The absolute path of a folder."""

    __slots__ = ()

    @property
    def path(self) -> Path:
        """The same as a `Path`."""
        return Path(self)


class SaveFile(str):
    """A parameter: the absolute path of a file that the Player writes."""

    __slots__ = ()

    @property
    def path(self) -> Path:
        """The same as a `Path`."""
        return Path(self)


class Image(bytes):
    """The content of a PNG or JPEG file."""

    __slots__ = ()

    @property
    def format(self) -> Literal["png", "jpeg"] | None:
        """Which of the two it is, by its first bytes; None when it is neither."""
        if self.startswith(b"\x89PNG\r\n\x1a\n"):
            return "png"
        return "jpeg" if self.startswith(b"\xff\xd8\xff") else None


ViewKind = Literal["table", "text", "markdown", "chart", "image"]


@dataclass(frozen=True, slots=True)
class View:
    """What a Motif shows. `data` is JSON, its form by kind (docs/players.md, Views)."""

    kind: ViewKind
    title: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Nothing:
    """The type of `NOTHING`: the output of a way that was not taken."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING: Final = Nothing()
"""Returned for an output that carries nothing this time: what hangs on it is skipped."""

Text = str
Number = float
Boolean = bool
Bytes = bytes
Integer = int
Json = Annotated[Any, PortType("json")]
Vector = Annotated[list[float], PortType("vector")]

Multiline = Annotated[str, Kind("multiline")]
Code = Annotated[str, Kind("code", "python")]
Expression = Annotated[str, Kind("expression", "sql")]
Secret = Annotated[str, Kind("secret")]

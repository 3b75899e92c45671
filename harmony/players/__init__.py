"""What the author of a Player imports: decorators, types, and the error to raise.

    from harmony.players import Expression, Table, operator

Importing this package loads nothing; each name brings in its module when it is first asked for. A
process that has just started is ready all the sooner, and a table brings DuckDB in when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony.players.declare import instrument, motif, operator
    from harmony.players.errors import PlayerError
    from harmony.players.types import (
        NOTHING,
        Boolean,
        Bytes,
        Code,
        Expression,
        File,
        Folder,
        Help,
        Image,
        Integer,
        Json,
        Label,
        Multiline,
        Nothing,
        Number,
        Range,
        SaveFile,
        Secret,
        Table,
        Text,
        Vector,
        View,
    )

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
    "Label",
    "Multiline",
    "Nothing",
    "Number",
    "PlayerError",
    "Range",
    "SaveFile",
    "Secret",
    "Table",
    "Text",
    "Vector",
    "View",
    "instrument",
    "motif",
    "operator",
]

_ELSEWHERE = {
    "instrument": "declare",
    "motif": "declare",
    "operator": "declare",
    "PlayerError": "errors",
}
"""Where the names are that are not in `types`."""


def __getattr__(name: str) -> object:
    """Load the module of a name when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_ELSEWHERE.get(name, 'types')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What the author of a Player imports: decorators, types, and the error to raise.

    from harmony.players import Expression, Table, operator

Only the standard library is loaded here; a table brings DuckDB in when it is first read.
"""

from __future__ import annotations

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

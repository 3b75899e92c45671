"""Changes: one edit is one small object that can be applied, inverted, written down and sent.

Everything that edits a melody ends here (DESIGN.md section 6): `apply(melody, change)` answers the
Change that takes it back. The kinds stand in `change_kinds.py`, applying in `change_apply.py`,
the written form in `change_json.py`.
"""

from __future__ import annotations

from harmony.melody.change_apply import apply
from harmony.melody.change_json import from_json, to_json
from harmony.melody.change_kinds import (
    UNSET,
    AddNode,
    AddNote,
    AddPart,
    Change,
    Connect,
    DescribeMelody,
    Disconnect,
    EditNote,
    EditPart,
    Group,
    MoveNodes,
    NodeOption,
    RemoveNode,
    RemoveNote,
    RemovePart,
    RenameNode,
    RenamePart,
    ReplacePlayer,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPins,
    SetPolicy,
    SetRepeat,
    Simple,
    Unset,
    label,
    steps,
)
from harmony.melody.errors import ChangeError

__all__ = [
    "UNSET",
    "AddNode",
    "AddNote",
    "AddPart",
    "Change",
    "ChangeError",
    "Connect",
    "DescribeMelody",
    "Disconnect",
    "EditNote",
    "EditPart",
    "Group",
    "MoveNodes",
    "NodeOption",
    "RemoveNode",
    "RemoveNote",
    "RemovePart",
    "RenameNode",
    "RenamePart",
    "ReplacePlayer",
    "SetDependency",
    "SetExposed",
    "SetLimits",
    "SetNodeOption",
    "SetParameter",
    "SetPins",
    "SetPolicy",
    "SetRepeat",
    "Simple",
    "Unset",
    "apply",
    "from_json",
    "label",
    "steps",
    "to_json",
]

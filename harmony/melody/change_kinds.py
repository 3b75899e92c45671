"""The kinds of Changes: everything that can be done to a melody, as small pieces of data.

One edit is one Change (DESIGN.md section 6). Undo, autosave, the clipboard and proposals are all
made of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from harmony.foundation import words
from harmony.melody.model import (
    Connection,
    Dependency,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    Policy,
    Reference,
    Repeat,
)

NodeOption = Literal["priority", "retries"]


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""As the value of a `SetParameter`: the parameter is taken out, its default holds again."""


@dataclass(frozen=True, slots=True)
class AddNode:
    """Place a node, at `index` in the document's order (at its end when None)."""

    node: Node
    index: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Take out a node and every connection that touches it."""

    id: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Add a wire, at `index` in the order of all connections (at its end when None)."""

    connection: Connection
    index: int | None = None
    dependency: Dependency = "hard"


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Take out a wire."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Give a parameter of a node a value, or take the value out with `UNSET`."""

    node: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class MoveNodes:
    """Put nodes and notes at new places, `{id: (x, y)}` in scene units."""

    positions: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class RenameNode:
    """Give a node another title; an empty one means the Player's own."""

    node: str
    title: str


@dataclass(frozen=True, slots=True)
class SetNodeOption:
    """Set `priority` (higher goes first) or `retries` (attempts after the first) of a node."""

    node: str
    option: NodeOption
    value: int


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Say what happens when a node fails or hangs: the whole policy at once."""

    node: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class SetRepeat:
    """Let a part run again until one of its outputs says yes; None: it runs once."""

    node: str
    repeat: Repeat | None


@dataclass(frozen=True, slots=True)
class SetPins:
    """Let outputs of a node have these values without its being run; none: it runs again."""

    node: str
    pins: dict[str, Reference]


@dataclass(frozen=True, slots=True)
class SetDependency:
    """Say how much the target of a wire depends on its source."""

    connection: Connection
    dependency: Dependency


@dataclass(frozen=True, slots=True)
class ReplacePlayer:
    """Let another Player stand at a node. Parameters and connections stay."""

    node: str
    player: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """Place a note, at `index` in the document's order (at its end when None)."""

    note: Note
    index: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveNote:
    """Take out a note."""

    id: str


@dataclass(frozen=True, slots=True)
class EditNote:
    """Replace the note that has the same id: its text, place and size."""

    note: Note


@dataclass(frozen=True, slots=True)
class DescribeMelody:
    """Set the name and the description of the melody."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Set what a run of the melody may use at most."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class SetExposed:
    """Set the ports that the melody shows outside, when it is a part."""

    inputs: tuple[Exposed, ...]
    outputs: tuple[Exposed, ...]


@dataclass(frozen=True, slots=True)
class AddPart:
    """Add a sub-melody (its id is its name), at `index` among all parts (at the end when None).

    The part must not be altered afterwards: the melody takes a copy.
    """

    part: Melody
    index: int | None = None


@dataclass(frozen=True, slots=True)
class RemovePart:
    """Take out a sub-melody. Nodes that place it stay, and have a finding."""

    name: str


@dataclass(frozen=True, slots=True)
class RenamePart:
    """Give a sub-melody another name; every node that places it follows."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class EditPart:
    """Do a Change inside a sub-melody: wherever it is placed, it is another one afterwards."""

    name: str
    change: Change


@dataclass(frozen=True, slots=True)
class Group:
    """Several Changes that are one step for the person: all of them happen, or none."""

    label: str
    changes: Sequence[Change]


Simple = (
    AddNode
    | RemoveNode
    | Connect
    | Disconnect
    | SetParameter
    | MoveNodes
    | RenameNode
    | SetNodeOption
    | SetPolicy
    | SetRepeat
    | SetPins
    | SetDependency
    | ReplacePlayer
    | AddNote
    | RemoveNote
    | EditNote
    | DescribeMelody
    | SetLimits
    | SetExposed
    | AddPart
    | RemovePart
    | RenamePart
    | EditPart
)
Change = Simple | Group


def steps(change: Change) -> Iterator[Simple]:
    """The simple Changes that a Change consists of, in order, groups within groups opened."""
    waiting: list[Change] = [change]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Group):
            waiting.extend(reversed(item.changes))
        else:
            yield item


DEPENDENCY_WORDS: Final[Mapping[Dependency, str]] = {
    "hard": "melody.dependency.hard",
    "soft": "melody.dependency.soft",
    "optional": "melody.dependency.optional",
}


def label(change: Change) -> str:
    """What an undo menu says: `Move 3 items`."""
    match change:
        case Group(label=text):
            return text or words.render("melody.label.group")
        case AddNode(node=node):
            return words.render("melody.label.add_node", node=node.title or node.id)
        case RemoveNode(id=identifier):
            return words.render("melody.label.remove_node", node=identifier)
        case Connect(connection=wire):
            return words.render("melody.label.connect", source=wire.source, target=wire.target)
        case Disconnect(connection=wire):
            return words.render("melody.label.disconnect", source=wire.source, target=wire.target)
        case SetParameter(node=identifier, name=name):
            return words.render("melody.label.set_parameter", node=identifier, parameter=name)
        case MoveNodes(positions=positions) if len(positions) == 1:
            return words.render("melody.label.move_one", node=next(iter(positions)))
        case MoveNodes(positions=positions):
            return words.render("melody.label.move", count=len(positions))
        case RenameNode(title=title):
            return words.render("melody.label.rename", title=title)
        case SetNodeOption(node=identifier, option=option):
            return words.render("melody.label.set_option", node=identifier, option=option)
        case SetPolicy(node=identifier):
            return words.render("melody.label.set_policy", node=identifier)
        case SetRepeat(node=identifier):
            return words.render("melody.label.set_repeat", node=identifier)
        case SetPins(node=identifier, pins=pins):
            done = "melody.label.pin" if pins else "melody.label.unpin"
            return words.render(done, node=identifier)
        case SetDependency(connection=wire, dependency=dependency):
            kind = words.render(DEPENDENCY_WORDS[dependency])
            ends = {"source": wire.source, "target": wire.target}
            return words.render("melody.label.set_dependency", kind=kind, **ends)
        case ReplacePlayer(node=identifier):
            return words.render("melody.label.replace_player", node=identifier)
        case AddNote():
            return words.render("melody.label.add_note")
        case RemoveNote():
            return words.render("melody.label.remove_note")
        case EditNote():
            return words.render("melody.label.edit_note")
        case DescribeMelody():
            return words.render("melody.label.describe")
        case SetLimits():
            return words.render("melody.label.set_limits")
        case SetExposed():
            return words.render("melody.label.set_exposed")
        case AddPart(part=part):
            return words.render("melody.label.add_part", part=part.id)
        case RemovePart(name=name):
            return words.render("melody.label.remove_part", part=name)
        case RenamePart(to=name):
            return words.render("melody.label.rename_part", part=name)
        case EditPart(name=name, change=inner):
            return words.render("melody.label.edit_part", part=name, label=label(inner))

"""Which commands the context menu of the canvas offers, by what it was opened on."""

from __future__ import annotations

from typing import Final

from harmony.board.canvas.hit import NodeHit, PortHit, WireHit

_CANVAS: Final = (
    ("edit.add_node", "edit.add_note"),
    ("edit.paste", "edit.select_all"),
    ("view.fit", "run.run", "run.preview"),
)
_WIRE: Final = (("edit.wire_hard", "edit.wire_soft", "edit.wire_optional"), ("edit.delete",))
_NODE: Final = (
    ("edit.parameters", "edit.rename", "view.large"),
    ("run.to_here", "run.only_this", "run.from_here", "run.fork_from", "run.retry"),
    ("edit.pin", "edit.unpin"),
    ("edit.cut", "edit.copy", "edit.duplicate", "edit.delete"),
    ("edit.connect", "edit.fold", "edit.unfold"),
)
_NOTE: Final = (("edit.cut", "edit.copy", "edit.duplicate", "edit.delete"),)


def commands_for(hit: object) -> list[str]:
    """Ids of commands in their order; an empty one stands for a line. `hit` is what was hit."""
    if hit is None:
        groups: tuple[tuple[str, ...], ...] = _CANVAS
    elif isinstance(hit, WireHit):
        groups = _WIRE
    elif isinstance(hit, NodeHit | PortHit):
        groups = _NODE
    else:
        groups = _NOTE
    listed = [name for group in groups for name in (*group, "")]
    return listed[:-1]

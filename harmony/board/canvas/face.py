"""What a node shows, as words and places: made from node, Player, flow and status.

Pure: the painter gets this and nothing else, so that it need not know the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from harmony.board.canvas.geometry import (
    NODE_WIDTH,
    PADDING,
    NodeLayout,
    node_layout,
    with_foot,
)
from harmony.board.canvas.paint.ink import wrapped
from harmony.board.status import NodeStatus, duration_text
from harmony.foundation.words import translate
from harmony.melody.findings import Finding
from harmony.melody.model import Connection, Node
from harmony.players.specs import ParameterSpec, PlayerSpec

ERROR_LINES = 2


@dataclass(frozen=True, slots=True)
class NodeFace:
    """Everything a painter needs to know of a node. `field` is the line of the main parameter;
    `field_hint` says that it is the parameter's name, shown because it has no value yet."""

    title: str
    kind: str
    icon: str
    field: str
    field_hint: bool
    field_is_path: bool
    idle_foot: str
    status: NodeStatus
    error_lines: tuple[str, ...]
    finding: str
    finding_text: str
    layout: NodeLayout
    pinned: bool = False


def describe(
    node: Node,
    spec: PlayerSpec | None,
    touching: Iterable[Connection],
    status: NodeStatus,
    findings: Sequence[Finding],
    output_type: Callable[[str], str] | None = None,
) -> NodeFace:
    """The face of a node. `spec` is None for a Player that is not installed: its ports are then
    those that wires name. `output_type` answers the type that really leaves an output (a mapped
    node answers lists); without it, the declared one."""
    if spec is not None:
        inputs = [(port.name, port.type, port.required) for port in spec.inputs]
        outputs = [
            (port.name, output_type(port.name) if output_type is not None else port.type)
            for port in spec.outputs
        ]
    else:
        wires = list(touching)
        inputs = [(name, "any", True) for name in _named(wires, node.id, outputs=False)]
        outputs = [(name, "any") for name in _named(wires, node.id, outputs=True)]
    parameter = main_parameter(node, spec)
    field, hint = ("", False) if parameter is None else _field(node, parameter)
    errors = _error_lines(status)
    return NodeFace(
        title=node.title or (spec.title if spec is not None else node.player),
        kind=spec.kind if spec is not None else "",
        icon=spec.icon if spec is not None else "",
        field=field,
        field_hint=hint,
        field_is_path=parameter is not None and parameter.kind in ("file", "folder", "save_file"),
        idle_foot=_idle_foot(node, spec),
        status=status,
        error_lines=errors,
        finding=_severity(findings),
        finding_text="\n".join(_sentence(finding) for finding in findings),
        layout=node_layout(tuple(inputs), tuple(outputs), parameter is not None, len(errors)),
        pinned=bool(node.pins),
    )


def with_status(face: NodeFace, status: NodeStatus) -> NodeFace:
    """The same face in another state. Only an error may change the room it takes."""
    errors = _error_lines(status)
    layout = face.layout
    if len(errors) != len(face.error_lines):
        layout = with_foot(layout, len(errors))
    return replace(face, status=status, error_lines=errors, layout=layout)


def main_parameter(node: Node, spec: PlayerSpec | None) -> ParameterSpec | None:
    """The parameter that says most about a node: the first that must be given, or else the first
    that has a value."""
    if spec is None or not spec.parameters:
        return None
    required = next((field for field in spec.parameters if field.required), None)
    if required is not None:
        return required
    valued = (field for field in spec.parameters if _value(node, field) not in (None, "", []))
    return next(valued, spec.parameters[0])


def foot(face: NodeFace, now: float) -> tuple[str, str]:
    """The words at the left and right of the foot. `now` is the monotonic clock."""
    status = face.status
    count = f"{status.done:,} " + translate("of") + f" {status.total:,}" if status.total > 1 else ""
    elapsed = status.elapsed(now)
    right = duration_text(elapsed) if elapsed is not None else ""
    match status.state:
        case "idle":
            left, right = face.idle_foot, ""
        case "waiting":
            left, right = status.foot or translate("waiting"), ""
        case "running":
            left = status.foot or count or _percent(status.share()) or translate("running")
        case "done":
            left = status.foot or count or translate("done")
        case "reused":
            left, right = status.foot or count, translate("reused")
        case "failed":
            left = status.foot or count or translate("failed")
        case "skipped":
            left, right = status.foot or translate("skipped"), ""
        case "cancelled":
            left = translate("stopped")
    return left, translate("edited since") if status.stale else right


def port_label(name: str) -> str:
    """The name of a port as people read it."""
    return name.replace("_", " ")


def value_text(value: Any) -> str:
    """A parameter's value in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item) for item in value)
    lines = [line.strip() for line in str(value).splitlines()]
    return next((line for line in lines if line), "")


def _error_lines(status: NodeStatus) -> tuple[str, ...]:
    if status.state != "failed" or not status.error:
        return ()
    return wrapped(status.error, "foot", NODE_WIDTH - 2 * PADDING, ERROR_LINES)


def _field(node: Node, parameter: ParameterSpec) -> tuple[str, bool]:
    text = value_text(_value(node, parameter))
    if not text:
        return parameter.label or port_label(parameter.name), True
    if parameter.kind in ("file", "folder", "save_file"):
        path = PurePath(text)
        # The end of a path tells most; the painter cuts what is still too long.
        return "/".join(path.parts[-2:]) if len(path.parts) > 2 else text, False
    if isinstance(_value(node, parameter), bool | int | float):
        return f"{parameter.label or port_label(parameter.name)}: {text}", False
    return text, False


def _value(node: Node, parameter: ParameterSpec) -> Any:
    return node.parameters.get(parameter.name, parameter.default)


def _idle_foot(node: Node, spec: PlayerSpec | None) -> str:
    if spec is None:
        return translate("not installed")
    return spec.title if node.title and node.title != spec.title else spec.category


def _percent(share: float | None) -> str:
    return "" if share is None else f"{int(share * 100)} %"


def _severity(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    return "error" if any(item.severity == "error" for item in findings) else "warning"


def _sentence(finding: Finding) -> str:
    return f"{finding.message} {finding.cure}".strip()


def _named(wires: Sequence[Connection], node_id: str, *, outputs: bool) -> list[str]:
    names: dict[str, None] = {}
    for connection in wires:
        if outputs and connection.source == node_id:
            names[connection.output] = None
        if not outputs and connection.target == node_id:
            names[connection.input] = None
    return list(names)

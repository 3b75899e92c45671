"""A plan as JSON, as the store keeps it with its run.

Form 2 added policies, dependencies, loops and budgets; form 1 is read as a plan without any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from harmony.foundation.errors import HarmonyError
from harmony.melody.model import DEFAULT_POLICY, NO_LIMITS, Limits, Policy
from harmony.pit.dag.plan import (
    NO_QUOTA,
    Plan,
    PlannedInput,
    PlannedNode,
    PlannedRepeat,
    Scope,
    Source,
)
from harmony.wire.launch import Quota

PLAN_FORMAT: Final = 2
_READABLE: Final = (1, 2)


class PlanError(HarmonyError):
    """A stored plan cannot be read: another version of the program wrote it."""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    data: dict[str, Any] = {"format": PLAN_FORMAT, "nodes": _nodes_to_json(plan)}
    if plan.limits != NO_LIMITS:
        data["limits"] = asdict(plan.limits)
    if plan.priority:
        data["priority"] = plan.priority
    if plan.scope is not None:
        data["scope"] = {"kind": plan.scope.kind, "nodes": list(plan.scope.nodes)}
    if plan.preview:
        data["preview"] = True
    return data


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read a plan written by `plan_to_json`. Raises PlanError."""
    try:
        if data["format"] not in _READABLE:
            raise PlanError("pit.plan_newer", format=data["format"], known=PLAN_FORMAT)
        limits = Limits(**data["limits"]) if "limits" in data else NO_LIMITS
        scope = None
        if "scope" in data:
            scope = Scope(data["scope"]["kind"], tuple(data["scope"]["nodes"]))
        nodes, priority = _nodes_from_json(data["nodes"]), data.get("priority", 0)
        return Plan(nodes, limits, priority, scope, data.get("preview", False))
    except (KeyError, TypeError, AttributeError) as error:
        raise PlanError("pit.plan_unreadable", reason=f"{type(error).__name__}: {error}") from error


def _nodes_to_json(plan: Plan) -> list[dict[str, Any]]:
    return [_node_to_json(node) for node in plan.nodes.values()]


def _nodes_from_json(listed: list[Mapping[str, Any]]) -> dict[str, PlannedNode]:
    return {item["id"]: _node_from_json(item) for item in listed}


_ALWAYS: Final = tuple(field.name for field in fields(PlannedNode))[:19]
"""What stands in every node, by hand: `dataclasses.asdict` copies every value, ten times slower."""


def _node_to_json(node: PlannedNode) -> dict[str, Any]:
    data = {name: getattr(node, name) for name in _ALWAYS}
    data["inputs"] = [_input_to_json(port) for port in node.inputs]
    data["title"] = node.title
    if node.policy is not DEFAULT_POLICY and node.policy != DEFAULT_POLICY:
        data["policy"] = asdict(node.policy)
    if node.prefetch:
        data["prefetch"] = node.prefetch
    if node.quota is not NO_QUOTA and node.quota != NO_QUOTA:
        data["quota"] = node.quota.fields()
    if node.afresh:
        data["afresh"] = True
    if node.pinned is not None:
        data["pinned"] = node.pinned
    if node.tokens or node.money:
        data["tokens"], data["money"] = node.tokens, node.money
    if node.fallback is not None:
        data["fallback"] = _node_to_json(node.fallback)
    if node.compensation is not None:
        data["compensation"] = _node_to_json(node.compensation)
    if node.repeat is not None:
        data["repeat"] = {
            "until": node.repeat.until,
            "at_most": node.repeat.at_most,
            "body": _nodes_to_json(node.repeat.body),
            "outputs": {name: _source_to_json(at) for name, at in node.repeat.outputs.items()},
        }
    return data


def _node_from_json(data: Mapping[str, Any]) -> PlannedNode:
    given = dict(data)
    given["inputs"] = tuple(_input_from_json(port) for port in data["inputs"])
    for name in ("secrets", "files", "paths", "predecessors", "successors"):
        given[name] = tuple(data[name])
    if "policy" in data:
        errors = tuple(data["policy"]["retry_errors"])
        given["policy"] = Policy(**{**data["policy"], "retry_errors": errors})
    if "quota" in data:
        given["quota"] = Quota(**data["quota"])
    for name in ("fallback", "compensation"):
        if name in data:
            given[name] = _node_from_json(data[name])
    if "repeat" in data:
        repeat = data["repeat"]
        given["repeat"] = PlannedRepeat(
            repeat["until"],
            repeat["at_most"],
            Plan(_nodes_from_json(repeat["body"])),
            {name: Source(**source) for name, source in repeat["outputs"].items()},
        )
    return PlannedNode(**given)


def _input_to_json(port: PlannedInput) -> dict[str, Any]:
    data: dict[str, Any] = {
        "port": port.port,
        "type": port.type,
        "required": port.required,
        "sources": [_source_to_json(source) for source in port.sources],
        "gathers": port.gathers,
        "maps": port.maps,
    }
    if port.outer:
        data["outer"] = port.outer
    return data


def _input_from_json(data: Mapping[str, Any]) -> PlannedInput:
    return PlannedInput(**{**data, "sources": tuple(Source(**item) for item in data["sources"])})


def _source_to_json(source: Source) -> dict[str, str]:
    data: dict[str, str] = {"node": source.node, "output": source.output}
    if source.dependency != "hard":
        data["dependency"] = source.dependency
    return data

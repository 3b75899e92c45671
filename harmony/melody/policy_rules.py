"""Whether what a node is to do when it fails can be done: for validation and for the form.

Bounds are findings and no errors of reading, so that a file with a slip opens and can be mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from harmony.foundation import words
from harmony.melody.findings import Finding
from harmony.melody.graph import Graph
from harmony.melody.limits import (
    LONGEST_SECONDS,
    MAXIMUM_PARALLEL,
    MAXIMUM_QUORUM,
    SHORTEST_DEADLINE,
)
from harmony.melody.model import DEFAULT_POLICY, Node, Policy, part_name
from harmony.players.specs import PlayerSpec, PortSpec


class Bounds(NamedTuple):
    """What a figure of a policy may be."""

    least: float
    most: float


BOUNDS: Final[dict[str, Bounds]] = {
    "retry_base": Bounds(0, LONGEST_SECONDS),
    "retry_cap": Bounds(0, LONGEST_SECONDS),
    "timeout": Bounds(SHORTEST_DEADLINE, LONGEST_SECONDS),
    "heartbeat": Bounds(SHORTEST_DEADLINE, LONGEST_SECONDS),
    "parallel": Bounds(0, MAXIMUM_PARALLEL),
    "quorum": Bounds(0, MAXIMUM_QUORUM),
}

LABELS: Final[dict[str, str]] = {
    "retry_base": "melody.setting.retry_base",
    "retry_cap": "melody.setting.retry_cap",
    "retry_errors": "melody.setting.retry_errors",
    "timeout": "melody.setting.timeout",
    "heartbeat": "melody.setting.heartbeat",
    "adaptive": "melody.setting.adaptive",
    "fallback": "melody.setting.fallback",
    "on_failure": "melody.setting.on_failure",
    "notify": "melody.setting.notify",
    "compensate": "melody.setting.compensate",
    "parallel": "melody.setting.parallel",
    "quorum": "melody.setting.quorum",
    "retries": "melody.setting.retries",
}


def setting_label(setting: str) -> str:
    """What people call a setting of a policy, as it stands in a sentence."""
    return words.render(LABELS[setting])


def place_of_setting(setting: str) -> str:
    """The parameter of a finding about a setting; no parameter of a Player is called like that."""
    return f"policy.{setting}"


def bounds_findings(node: str, policy: Policy) -> Iterator[Finding]:
    """Figures that are too small or too large: all that can be said without the other nodes."""
    for setting, bounds in BOUNDS.items():
        value = getattr(policy, setting)
        if value is not None and not bounds.least <= value <= bounds.most:
            facts = {"value": _shown(value)}
            facts |= {"least": _shown(bounds.least), "most": _shown(bounds.most)}
            yield _about("melody.policy_bounds", node, setting, **facts)
    if policy.retry_cap < policy.retry_base:
        facts = {"first": _shown(policy.retry_base), "longest": _shown(policy.retry_cap)}
        yield _about("melody.policy_waits", node, "retry_cap", **facts)


def policy_findings(
    node: Node, spec: PlayerSpec, graph: Graph, known: Callable[[], Iterable[str]]
) -> Iterator[Finding]:
    """What is wrong with the policy of a node; `known` answers all Players, for suggestions."""
    policy = node.policy
    if policy is DEFAULT_POLICY or policy == DEFAULT_POLICY:
        return
    yield from bounds_findings(node.id, policy)
    if policy.quorum > 0:
        yield from _quorum(node, spec, graph)
    for setting in ("fallback", "compensate"):
        player = getattr(policy, setting)
        if not player:
            continue
        if part_name(player) is not None:
            yield _about("melody.policy_part", node.id, setting, player=player)
            continue
        other = graph.parts.spec(player)
        if other is None:
            matches = ", ".join(get_close_matches(player, list(known()), n=3))
            facts = {"player": player, "matches": matches}
            yield _about("melody.policy_player_unknown", node.id, setting, **facts)
        elif setting == "fallback":
            yield from _fallback(node, spec, other)
        else:
            yield from _compensation(node, spec, other, graph)


def _quorum(node: Node, spec: PlayerSpec, graph: Graph) -> Iterator[Finding]:
    facts = {"player": spec.id}
    if spec.effects:
        yield _about("melody.quorum_effects", node.id, "quorum", **facts)
    elif not spec.deterministic:
        yield _about("melody.quorum_not_deterministic", node.id, "quorum", **facts)
    if graph.flow.mapped(node.id):
        ports = ", ".join(graph.flow.mapped(node.id))
        yield _about("melody.quorum_mapped", node.id, "quorum", ports=ports)


def _fallback(node: Node, spec: PlayerSpec, other: PlayerSpec) -> Iterator[Finding]:
    for own, its in ((spec.inputs, other.inputs), (spec.outputs, other.outputs)):
        if _types(own) != _types(its):
            facts = {"player": other.id, "own": _listed(own), "other": _listed(its)}
            yield _about("melody.fallback_ports", node.id, "fallback", **facts)
            return


def _compensation(
    node: Node, spec: PlayerSpec, other: PlayerSpec, graph: Graph
) -> Iterator[Finding]:
    if graph.flow.mapped(node.id):
        ports = ", ".join(graph.flow.mapped(node.id))
        yield _about("melody.compensate_mapped", node.id, "compensate", ports=ports)
    given = {port.name for port in (*spec.inputs, *spec.outputs)}
    lacking = [port for port in other.inputs if port.required and port.name not in given]
    if lacking:
        facts = {"player": other.id, "lacking": _listed(lacking)}
        yield _about("melody.compensate_ports", node.id, "compensate", **facts)


def _types(ports: tuple[PortSpec, ...]) -> dict[str, str]:
    return {port.name: port.type for port in ports}


def _listed(ports: tuple[PortSpec, ...] | list[PortSpec]) -> str:
    return ", ".join(f"{port.name} ({port.type})" for port in ports) or "–"


def _shown(number: float) -> str:
    return f"{number:,g}" if number < 1e6 else f"{number:,.0f}"


def _about(code: str, node: str, setting: str, **facts: Any) -> Finding:
    facts["setting"] = setting_label(setting)
    place = place_of_setting(setting)
    return Finding(code, "error", node, None, place, facts)

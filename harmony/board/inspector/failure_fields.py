"""What happens when a node fails, as the fields of a form: labels, bounds, and plain words for each
choice. Knows no Qt; the form checks while one types, the melody's findings say the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from harmony.foundation.words import render
from harmony.melody.limits import MAXIMUM_RETRIES
from harmony.melody.model import DEFAULT_POLICY, Node, OnFailure, Policy
from harmony.melody.part_rules import HANDED_ON, OF_A_REPETITION
from harmony.melody.policy_rules import BOUNDS
from harmony.players.specs import ParameterKind, ParameterSpec, PlayerSpec, PortSpec

ORDER: Final = (
    "retries",
    "retry_base",
    "retry_cap",
    "retry_errors",
    "timeout",
    "heartbeat",
    "adaptive",
    "fallback",
    "on_failure",
    "notify",
    "compensate",
    "parallel",
    "quorum",
)
_KINDS: Final[Mapping[str, ParameterKind]] = {
    "retry_base": "number",
    "retry_cap": "number",
    "retry_errors": "text",
    "timeout": "number",
    "heartbeat": "number",
    "adaptive": "boolean",
    "notify": "boolean",
    "parallel": "integer",
    "quorum": "integer",
}
_ON_FAILURE: Final[Mapping[OnFailure, str]] = {
    "fail": "board.on_failure_fail",
    "skip": "board.on_failure_skip",
    "halt": "board.on_failure_halt",
}


def fields(
    node: Node, spec: PlayerSpec | None, players: Iterable[PlayerSpec]
) -> tuple[ParameterSpec, ...]:
    """The fields that this node can have; of one that places a part, those that are handed on."""
    usable: tuple[str, ...] = ORDER
    if node.part is not None:
        usable = ("retries", *HANDED_ON) if node.repeat is None else OF_A_REPETITION
    known = tuple(players) if spec is not None and node.part is None else ()
    return tuple(_field(name, node, spec, known) for name in ORDER if name in usable)


def values(node: Node) -> dict[str, Any]:
    """What of the fields is set, as the form shows it."""
    shown: dict[str, Any] = {"retries": node.retries} if node.retries else {}
    policy = node.policy
    for name in ORDER[1:]:
        value = getattr(policy, name)
        if value == getattr(DEFAULT_POLICY, name):
            continue
        if name == "retry_errors":
            value = ", ".join(value)
        elif name == "on_failure":
            value = render(_ON_FAILURE[value])
        shown[name] = value
    return shown


def changed(policy: Policy, name: str, value: Any) -> Policy:
    """The policy with a field set to what the form says."""
    if name == "retry_errors":
        value = tuple(word.strip() for word in str(value).split(",") if word.strip())
    elif name == "on_failure":
        value = next(kind for kind, words in _ON_FAILURE.items() if render(words) == value)
    elif name in ("fallback", "compensate"):
        value = "" if value == render("board.failure_nobody") else value
    elif name in ("retry_base", "retry_cap", "timeout", "heartbeat") and value is not None:
        value = float(value)
    return replace(policy, **{name: value})


def cleared(policy: Policy, name: str) -> Policy:
    """The policy with a field at its default."""
    return replace(policy, **{name: getattr(DEFAULT_POLICY, name)})


def summary(node: Node) -> str:
    """What is set, in a few words, for the head of the folded section."""
    told = []
    if node.retries:
        told.append(render("board.failure_retries", count=node.retries))
    policy = node.policy
    if policy.timeout is not None:
        told.append(render("board.failure_timeout", seconds=f"{policy.timeout:g}"))
    if policy.fallback:
        told.append(render("board.failure_fallback"))
    if policy.on_failure != "fail":
        told.append(render(_ON_FAILURE[policy.on_failure]))
    if policy.quorum:
        told.append(render("board.failure_quorum", count=2 * policy.quorum + 1))
    others = policy != DEFAULT_POLICY and not told
    return " · ".join(told) if told else render("board.failure_set") if others else ""


def _field(
    name: str, node: Node, spec: PlayerSpec | None, players: tuple[PlayerSpec, ...]
) -> ParameterSpec:
    label, help_words = render(f"board.policy_{name}"), render(f"board.policy_{name}.help")
    if name == "retries":
        most = float(MAXIMUM_RETRIES)
        return ParameterSpec(
            name, "integer", 0, minimum=0.0, maximum=most, label=label, help=help_words
        )
    if name == "on_failure":
        choices = tuple(render(words) for words in _ON_FAILURE.values())
        return ParameterSpec(
            name, "choice", choices[0], choices=choices, label=label, help=help_words
        )
    if name in ("fallback", "compensate"):
        fits = _same_ports if name == "fallback" else _can_take_back
        fitting = [other.id for other in players if spec is not None and fits(spec, other)]
        given = getattr(node.policy, name)
        if given and given not in fitting:
            fitting.append(given)
        nobody = render("board.failure_nobody")
        choices = (nobody, *sorted(fitting))
        return ParameterSpec(name, "choice", nobody, choices=choices, label=label, help=help_words)
    bounds = BOUNDS.get(name)
    default = getattr(DEFAULT_POLICY, name)
    return ParameterSpec(
        name,
        _KINDS[name],
        "" if name == "retry_errors" else default,
        minimum=None if bounds is None else bounds.least,
        maximum=None if bounds is None else bounds.most,
        label=label,
        help=help_words,
    )


def _same_ports(spec: PlayerSpec, other: PlayerSpec) -> bool:
    return (
        other.id != spec.id
        and _types(other.inputs) == _types(spec.inputs)
        and _types(other.outputs) == _types(spec.outputs)
    )


def _can_take_back(spec: PlayerSpec, other: PlayerSpec) -> bool:
    given = {port.name for port in (*spec.inputs, *spec.outputs)}
    needed = [port.name for port in other.inputs if port.required]
    return bool(needed) and given.issuperset(needed)


def _types(ports: tuple[PortSpec, ...]) -> dict[str, str]:
    return {port.name: port.type for port in ports}

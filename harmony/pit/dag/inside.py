"""Nodes that do the work of another node: the rounds of a loop, the replicas of a quorum, and what
takes a finished node back. They are made while a run goes on, always the same ones from the same
plan, so that a journal can name them.

Names: `loop#2/inner` is a node of the second round, `node#1/replica-1` a replica of the first vote,
`node~undo` takes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from harmony.melody.model import DEFAULT_POLICY
from harmony.pit.dag.plan import PlannedInput, PlannedNode, PlannedRepeat, Source

Reference = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a node stands whose work others do: go on waiting, one more round, or an end."""

    kind: Literal["open", "next", "done", "failed"]
    outputs: Mapping[str, Reference] | None = None
    error: dict[str, Any] | None = None
    trigger: str = ""


OPEN = Verdict("open")


def round_name(owner: str, number: int) -> str:
    """What the nodes of a round begin with. Rounds count from 1."""
    return f"{owner}#{number}/"


def round_nodes(owner: PlannedNode, repeat: PlannedRepeat, number: int) -> list[PlannedNode]:
    """The body of a loop as the nodes of one round, in topological order.

    A port that is fed from outside gets the last round's output of the same name, or, in the first
    round and where there is none, what comes into the loop.
    """
    prefix = round_name(owner.id, number)
    incoming = {port.port: port.sources for port in owner.inputs}
    if number > 1:
        last = round_name(owner.id, number - 1)
        for name, at in repeat.outputs.items():
            if name in incoming:
                incoming[name] = (Source(last + at.node, at.output),)
    nodes = []
    for inner in repeat.body.nodes.values():
        inputs = tuple(_placed(port, prefix, incoming) for port in inner.inputs)
        nodes.append(
            _renamed(
                inner,
                prefix,
                incoming,
                inputs=inputs,
                rank=inner.rank + owner.rank,
                priority=max(inner.priority, owner.priority),
            )
        )
    return nodes


def _renamed(
    inner: PlannedNode, prefix: str, incoming: Mapping[str, tuple[Source, ...]], **changes: Any
) -> PlannedNode:
    """An inner node under its name in a round, and all that hangs on it."""
    compensation = inner.compensation
    if compensation is not None:
        compensation = replace(
            compensation,
            id=prefix + compensation.id,
            inputs=tuple(_placed(port, prefix, incoming) for port in compensation.inputs),
        )
    fallback = inner.fallback
    if fallback is not None:
        fallback = replace(fallback, id=prefix + fallback.id, inputs=changes["inputs"])
    return replace(
        inner,
        id=prefix + inner.id,
        predecessors=tuple(prefix + before for before in inner.predecessors),
        successors=tuple(prefix + after for after in inner.successors),
        fallback=fallback,
        compensation=compensation,
        **changes,
    )


def _placed(
    port: PlannedInput, prefix: str, incoming: Mapping[str, tuple[Source, ...]]
) -> PlannedInput:
    if port.outer:
        return replace(port, sources=incoming.get(port.outer, ()), outer="")
    inner = tuple(replace(source, node=prefix + source.node) for source in port.sources)
    return replace(port, sources=inner)


def judge_round(
    repeat: PlannedRepeat,
    number: int,
    outcomes: Iterable[tuple[str, str]],
    outputs: Mapping[str, Reference | None],
) -> Verdict:
    """What follows when all nodes of a round have ended.

    `outcomes` are (node, outcome); `outputs` what the body shows outside, None where nothing came.
    """
    for node, outcome in outcomes:
        if outcome == "failed":
            error = {"code": "pit.round_failed", "type": "RoundFailed", "round": number}
            return Verdict("failed", error={**error, "node": node})
    done = {name: value for name, value in outputs.items() if value is not None}
    if (outputs.get(repeat.until) or {}).get("value") is True:
        return Verdict("done", outputs=done, trigger=f"after {number} rounds")
    if number >= repeat.at_most:
        return Verdict("done", outputs=done, trigger=f"stopped after {number} rounds")
    return Verdict("next")


def replicas(node: PlannedNode, number: int) -> list[PlannedNode]:
    """The 2f+1 nodes that do the work of one that asks for a quorum, in its vote `number`.

    Their results are not reused: a copied answer is no vote.
    """
    prefix = round_name(node.id, number)
    return [
        replace(
            node,
            id=f"{prefix}replica-{replica}",
            deterministic=False,
            predecessors=(),
            successors=(),
            policy=replace(
                DEFAULT_POLICY,
                retry_base=node.policy.retry_base,
                retry_cap=node.policy.retry_cap,
                timeout=node.policy.timeout,
                heartbeat=node.policy.heartbeat,
            ),
            compensation=None,
            fallback=None,
        )
        for replica in range(1, 2 * node.policy.quorum + 2)
    ]


def judge_votes(
    faults: int, votes: Sequence[Mapping[str, Reference] | None], still_open: int
) -> Verdict:
    """What follows from the replicas that have ended; a vote is None for one that failed.

    A majority is `faults` + 1 equal votes: that many cannot all be wrong.
    """
    needed = faults + 1
    ballots = Counter(_ballot(vote) for vote in votes if vote is not None)
    ballot, count = ballots.most_common(1)[0] if ballots else ("", 0)
    if count >= needed:
        winner = next(vote for vote in votes if vote is not None and _ballot(vote) == ballot)
        return Verdict("done", outputs=winner, trigger=f"{count} of {2 * faults + 1} agree")
    if count + still_open >= needed:
        return OPEN
    error = {
        "code": "pit.no_majority",
        "type": "NoMajority",
        "needed": needed,
        "agreed": count,
        "failed": sum(vote is None for vote in votes),
    }
    return Verdict("failed", error=error)


def _ballot(outputs: Mapping[str, Reference]) -> str:
    """What a replica said, by content."""
    return "|".join(
        f"{name}={value.get('hash', 'nothing')}" for name, value in sorted(outputs.items())
    )


UNDO = "~undo"


def undoing(nodes: Iterable[PlannedNode]) -> list[PlannedNode]:
    """The nodes that take back what these did, one after the other in the order given."""
    chain: list[PlannedNode] = []
    for node in nodes:
        compensation = node.compensation
        assert compensation is not None
        if chain:
            before = chain[-1]
            chain[-1] = replace(before, successors=(compensation.id,))
            compensation = replace(compensation, predecessors=(before.id,))
        chain.append(compensation)
    return chain

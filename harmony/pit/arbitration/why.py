"""Why a task went when it did: what was decided about it, in words.

For a run of this program the engine remembers it, within bounds. For the journal there is a compact
form that goes into the record of a grant; told from there it needs no engine (`tell`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harmony.foundation.words import render
from harmony.pit.arbitration.claims import NEVER, Claim
from harmony.pit.arbitration.line import Line

What = Literal["asked", "waits", "granted", "refused", "withdrawn", "released"]

_AT_ONCE = 0.001
"""Seconds: a wait that nobody would call one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that was decided about a task. `at` is wall time in Unix seconds."""

    what: What
    at: float
    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What was decided, in a sentence."""
        return render(self.code, **self.parameters)


def data_of(claim: Claim, weight: float) -> dict[str, Any]:
    """Why a claim was granted now, as small JSON; what is as usual is left out."""
    request, data = claim.request, _grant_of(claim)
    if request.share != 1.0:
        data["share"] = round(request.share, 3)
    if request.priority:
        data["priority"] = request.priority
    if weight != 1.0:
        data["weight"] = weight
    if request.memory_mb:
        data["memory_mb"] = request.memory_mb
    if request.tokens:
        data["tokens"] = request.tokens
    if request.money:
        data["money"] = request.money
    return data


def _grant_of(claim: Claim) -> dict[str, Any]:
    data: dict[str, Any] = {}
    waited = claim.granted - claim.asked
    if claim.passed_by_own or claim.passed_by_others or claim.lacked or waited >= _AT_ONCE:
        data["waited"] = round(waited, 4)
        if claim.passed_by_own:
            data["own"] = claim.passed_by_own
        if claim.passed_by_others:
            data["others"] = claim.passed_by_others
        if claim.lacked:
            data["lacked"] = claim.lacked
    return data


def tell(data: Mapping[str, Any]) -> list[str]:
    """The sentences for what `ArbitrationEngine.why_data` gave. What is not understood is left out.

    Whatever stands there came from a journal, maybe of another version of the program.
    """
    code, facts = _wait_of(data)
    lines = [render(code, **facts)]
    if "share" in data:
        lines.append(render("pit.why_share", share=data["share"]))
    if "priority" in data:
        lines.append(render("pit.why_priority", priority=data["priority"]))
    if "weight" in data:
        lines.append(render("pit.why_weight", weight=data["weight"]))
    declared = (name for name in ("memory_mb", "tokens", "money") if name in data)
    lines.extend(render(f"pit.why_{name}", amount=data[name]) for name in declared)
    return lines


def _wait_of(grant: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The code and parameters of the sentence about how long a claim waited, and for what."""
    if "waited" not in grant:
        return "pit.why_at_once", {}
    own, others = grant.get("own", 0), grant.get("others", 0)
    facts = {
        "seconds": _seconds(grant["waited"]),
        "resource": _resource(grant.get("lacked", "slot")),
        "own": own,
        "others": others,
    }
    ending = ("_both" if others else "_own") if own else ("_others" if others else "")
    return f"pit.why_waited{ending}", facts


def past_decisions(past: Iterable[Claim], task: str, offset: float) -> list[Decision]:
    """What was decided about a task's claims that are over. `offset` makes wall time of a time."""
    decisions: list[Decision] = []
    for claim in past:
        if claim.task != task or not claim.outcome:
            continue
        decisions.append(Decision("asked", claim.asked + offset, "pit.why_asked"))
        if claim.granted != NEVER:
            decisions.append(_granted(claim, offset))
        code, facts = claim.refusal or (f"pit.why_{claim.outcome}", {})
        decisions.append(Decision(claim.outcome, claim.ended + offset, code, facts))
    return decisions


def present_decisions(claim: Claim, line: Line, offset: float) -> list[Decision]:
    """What was decided about a claim that waits, or holds its slot."""
    decisions = [Decision("asked", claim.asked + offset, "pit.why_asked")]
    if claim.granted != NEVER:
        decisions.append(_granted(claim, offset))
        return decisions
    queue = claim.queue
    ahead = sorted(
        (*entry[:3], entry[3].request.task) for entry in queue.heap if not entry[3].outcome
    )
    names = [entry[3] for entry in ahead if entry[:3] < _place(claim)]
    facts = {
        "resource": _resource(claim.lacked or "slot"),
        "own": len(names),
        "first": names[:3],
        "runs": sum(other is not queue for other in line.backlog.values()),
    }
    code = "pit.why_waits_first" if not names else "pit.why_waits"
    decisions.append(Decision("waits", claim.asked + offset, code, facts))
    return decisions


def _place(claim: Claim) -> tuple[int, int, int]:
    return (-claim.request.priority, -claim.request.rank, claim.number)


def _granted(claim: Claim, offset: float) -> Decision:
    return Decision("granted", claim.granted + offset, *_wait_of(_grant_of(claim)))


def _resource(name: object) -> str:
    return render(f"pit.resource_{str(name).replace(' ', '_')}")


def _seconds(seconds: object) -> str:
    if not isinstance(seconds, (int, float)):
        return str(seconds)
    return f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.1f}"

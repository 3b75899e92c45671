"""Pinned values that came with a melody become artifacts of this store before the run begins.

A pin made here names an artifact that is there already. One that came in a file from elsewhere, or
an example, has its value with it where that is short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harmony.conductor.journal import core_of
from harmony.melody.model import Reference
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.content import list_content, parts_of
from harmony.pit.dag.plan import Plan, PlannedNode
from harmony.pit.dag.values import list_reference
from harmony.players.examples import example_reference
from harmony.players.ports import list_of
from harmony.players.specs import PlayerSpec
from harmony.polyphony.records import ArtifactRow, Commit, Pin
from harmony.polyphony.store import Store


def with_kept_pins(plan: Plan, artifacts: ArtifactStore) -> tuple[Plan, tuple[ArtifactRow, ...]]:
    """The plan with references that the store will know, and the rows that make it know them.

    Raises OutputRefusedError for a value that is not of its type. What has no value with it is left
    as it is: its task finds out whether it is there.
    """
    rows: dict[str, ArtifactRow] = {}
    kept = _kept(plan, artifacts, rows)
    return kept, tuple(rows.values())


def _kept(plan: Plan, artifacts: ArtifactStore, rows: dict[str, ArtifactRow]) -> Plan:
    changed: dict[str, PlannedNode] = {}
    for name, node in plan.nodes.items():
        if node.pinned is not None:
            pins = {port: _of_the_store(pin, artifacts, rows) for port, pin in node.pinned.items()}
            changed[name] = replace(node, pinned=pins)
        elif node.repeat is not None:
            body = _kept(node.repeat.body, artifacts, rows)
            if body is not node.repeat.body:
                changed[name] = replace(node, repeat=replace(node.repeat, body=body))
    return replace(plan, nodes={**plan.nodes, **changed}) if changed else plan


def _of_the_store(
    pin: Reference, artifacts: ArtifactStore, rows: dict[str, ArtifactRow]
) -> Reference:
    if pin.get("nothing"):
        return pin
    if "items" in pin:
        # A list that a node's items gave together is no artifact yet, only its items are.
        items = [_of_the_store(item, artifacts, rows) for item in pin["items"]]
        made = list_reference(pin["type"], items)
        content = list_content(items)
        rows[made["hash"]] = ArtifactRow(made["hash"], made["type"], len(content), content)
        return made
    if "value" not in pin:
        return pin
    kept = artifacts.keep({"type": pin["type"], "value": pin["value"]}, Path())
    rows.update((row.hash, row) for row in kept.rows)
    return {**kept.reference, **({"summary": pin["summary"]} if "summary" in pin else {})}


def outputs_of_node(store: Store, run: str, node: str) -> dict[str, Reference]:
    """What a node of a run gave, lists of its items put together; empty when it gave nothing.

    Reads the journal. Raises UnknownRunError.
    """
    progress = core_of(store, run).tracker.nodes.get(node)
    return {} if progress is None else dict(progress.outputs)


def keep_pinned(store: Store, outputs: Mapping[str, Reference], at: float) -> None:
    """Keep what was pinned from collection; waits for the disk. `at` is wall time."""
    digests = {
        str(part["hash"])
        for reference in outputs.values()
        for part in parts_of(reference)
        if "items" not in part
    }
    store.commit_and_wait(Commit(pins=[Pin(digest, at=at) for digest in sorted(digests)]))


def example_outputs(node: PlannedNode, spec: PlayerSpec) -> dict[str, Reference] | None:
    """What a Player says its outputs may be; of a node that runs once an item, for one item."""
    if spec.example is None:
        return None if spec.outputs else {}
    found: dict[str, Reference] = {}
    for port in spec.outputs:
        reference = example_reference(spec.example[port.name], port.type)
        if node.mapped:
            reference = {"type": list_of(port.type), "items": [reference]}
        found[port.name] = reference
    return found

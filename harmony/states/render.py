"""A chart for readers: as a table, as a Mermaid picture, as JSON (DESIGN.md section 6)."""

from __future__ import annotations

from harmony.foundation.words import translate
from harmony.states.chart import END, Addition, Arrow, Chart, Composite


def as_json(chart: Chart) -> dict[str, object]:
    """The chart as plain data.

    `name, initial, final, states, transitions: [{from, event, to}], added: [{from?, event?, to?,
    state?, why}], composites: {state: {initial, states, transitions}}, source`, and `initial_event`
    where the arrow into the initial state has a name. `transitions` holds what was added too; an
    arrow inside a composite state may have an empty event; `to` may be `[*]`, the end.
    """
    shown: dict[str, object] = {
        "name": chart.name,
        "initial": chart.initial,
        "final": list(chart.final),
        "states": list(chart.states),
        "transitions": [
            _arrow((from_state, event, to_state))
            for (from_state, event), to_state in chart.transitions.items()
        ],
        "added": [_addition(addition) for addition in chart.added],
        "composites": {
            state: _composite(composite) for state, composite in chart.composites.items()
        },
        "source": chart.source,
    }
    if chart.initial_event:
        shown["initial_event"] = chart.initial_event
    return shown


def as_mermaid(chart: Chart) -> str:
    """The chart as a Mermaid state diagram; what goes beyond the seed is marked with a plus."""
    lines = ["stateDiagram-v2", f"    [*] --> {chart.initial}{_label(chart.initial_event)}"]
    added = {(addition.from_state, addition.event) for addition in chart.added}
    for (from_state, event), to_state in chart.transitions.items():
        label = f"{event} +" if (from_state, event) in added else event
        lines.append(f"    {from_state} --> {to_state}{_label(label)}")
    lines.extend(f"    {state} --> [*]" for state in chart.final)
    for state, composite in chart.composites.items():
        lines.append(f"    state {state} {{")
        lines.append(f"        [*] --> {composite.initial}")
        lines.extend(
            f"        {from_state} --> {to_state}{_label(event)}"
            for from_state, event, to_state in composite.transitions
        )
        lines.append("    }")
    return "\n".join(lines) + "\n"


def as_table(chart: Chart) -> str:
    """The chart as text in columns, with what was added and why, for a terminal."""
    number = f"{chart.number}. " if chart.number is not None else ""
    reasons = {(entry.from_state, entry.event): entry.why for entry in chart.added}
    rows = [
        (from_state, event, to_state, "+" if (from_state, event) in reasons else "")
        for (from_state, event), to_state in chart.transitions.items()
    ]
    initial = f"{chart.initial} ({chart.initial_event})" if chart.initial_event else chart.initial
    parts = [
        f"{number}{chart.title}  [{chart.name}]",
        f"{translate('Source')}: {chart.source}",
        f"{translate('Starts')}: {initial}",
        f"{translate('May rest')}: {', '.join(chart.final) or '–'}",
        "",
        *_columns((translate("from"), translate("event"), translate("to"), ""), rows),
    ]
    for state, composite in chart.composites.items():
        parts += ["", f"{translate('Inside')} {state}:"]
        parts += [
            f"  {from_state} → {to_state}{_label(event)}"
            for from_state, event, to_state in (
                (END, "", composite.initial),
                *composite.transitions,
            )
        ]
    if chart.added:
        parts += ["", translate("Added (+):")]
        for why, names in _by_reason(chart):
            parts += [*(f"  {name}" for name in names), f"    {why}"]
    return "\n".join(parts) + "\n"


def as_markdown(chart: Chart) -> str:
    """The page of the chart in `docs/states/`: the picture, then what was added and why."""
    number = f"{chart.number}. " if chart.number is not None else ""
    parts = [
        f"# {number}{chart.title}",
        "",
        f"Source: {chart.source}. In the program: `harmony/states/{chart.name}.py`.",
        f"In the terminal: `harmony states {chart.name}`.",
        "",
        "```mermaid",
        as_mermaid(chart).rstrip("\n"),
        "```",
    ]
    if chart.added:
        parts += ["", "Beyond the source (marked + in the picture):", ""]
        for why, names in _by_reason(chart):
            parts.append(f"- {', '.join(f'`{name}`' for name in names)}: {why}")
    return "\n".join(parts) + "\n"


def _arrow(arrow: Arrow) -> dict[str, str]:
    from_state, event, to_state = arrow
    return {"from": from_state, "event": event, "to": to_state}


def _addition(addition: Addition) -> dict[str, str]:
    shown = {
        "from": addition.from_state,
        "event": addition.event,
        "to": addition.to_state,
        "state": addition.state,
    }
    return {**{key: text for key, text in shown.items() if text}, "why": addition.why}


def _composite(composite: Composite) -> dict[str, object]:
    return {
        "initial": composite.initial,
        "states": list(composite.states),
        "transitions": [_arrow(arrow) for arrow in composite.transitions],
    }


def _by_reason(chart: Chart) -> list[tuple[str, list[str]]]:
    """What was added, under its reason: several arrows often have the same."""
    grouped: dict[str, list[str]] = {}
    for addition in chart.added:
        grouped.setdefault(addition.why, []).append(_named(addition))
    return list(grouped.items())


def _named(addition: Addition) -> str:
    if addition.state:
        return addition.state
    return f"{addition.from_state} → {addition.to_state} : {addition.event}"


def _label(event: str) -> str:
    return f" : {event}" if event else ""


def _columns(
    heading: tuple[str, str, str, str], rows: list[tuple[str, str, str, str]]
) -> list[str]:
    everything = [heading, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(3)]

    def line(row: tuple[str, str, str, str]) -> str:
        first, second, third = (row[column].ljust(widths[column]) for column in range(3))
        return f"  {first}  {second}  {third} {row[3]}".rstrip()

    return [line(heading), "  " + "  ".join("-" * width for width in widths), *map(line, rows)]

"""What a node does when it fails, what wires ask, and sub-melodies: set in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from harmony.melody.changes import EditPart, Group, SetExposed, SetPolicy, apply
from harmony.melody.folding import fold
from harmony.melody.model import Connection, Exposed, Melody, Node, Policy, Repeat

FIRST = Connection("read", "table", "filter", "table")
SECOND = Connection("filter", "table", "sort", "table")


def chain() -> Melody:
    nodes = (
        Node("read", "harmony/read_table", x=0, y=0, parameters={"path": "a.csv"}),
        Node("filter", "harmony/filter_rows", "Only large", x=288, y=0),
        Node("sort", "harmony/sort_rows", x=576, y=0),
        Node("show", "harmony/show_table", x=864, y=0),
    )
    wires = (FIRST, SECOND, Connection("sort", "table", "show", "table"))
    return Melody("m", "Chain", "", {n.id: n for n in nodes}, dict.fromkeys(wires, "hard"))


async def opened(stage, melody: Melody | None = None):
    stage.window.workspace.new(melody or chain())
    await stage.turn()
    return stage.document.document


def choose(stage, command: str) -> None:
    stage.window.command_actions.refresh()
    action = stage.window.command_actions.by_id[command]
    assert action.isEnabled(), command
    action.trigger()


def enabled(stage, command: str) -> bool:
    stage.window.command_actions.refresh()
    return stage.window.command_actions.by_id[command].isEnabled()


async def failing_form(stage, node: str):
    stage.window.go_to_node(node)
    await stage.turn()
    section = stage.inspector.node.failure.section
    stage.click(section.head)
    assert section.is_open
    return section.form.fields


def type_into(field, text: str) -> None:
    field.widget.setFocus()
    field.widget.selectAll()
    QTest.keyClicks(field.widget, text)
    QTest.keyClick(field.widget, Qt.Key.Key_Return)


async def test_when_it_fails_is_set_field_by_field_and_undone_step_by_step(stage) -> None:
    document = await opened(stage)
    fields = await failing_form(stage, "filter")
    type_into(fields["retries"], "3")
    type_into(fields["timeout"], "30")
    type_into(fields["retry_errors"], "TimeoutError, OSError")
    words = fields["on_failure"].spec.choices
    fields["on_failure"].widget.textActivated.emit(words[1])
    fields["notify"].widget.click()
    node = document.melody.nodes["filter"]
    assert node.retries == 3
    assert node.policy == Policy(
        timeout=30.0, retry_errors=("TimeoutError", "OSError"), on_failure="skip", notify=True
    )
    for expected in (
        Policy(timeout=30.0, retry_errors=("TimeoutError", "OSError"), on_failure="skip"),
        Policy(timeout=30.0, retry_errors=("TimeoutError", "OSError")),
        Policy(timeout=30.0),
        Policy(),
    ):
        document.undo()
        assert document.melody.nodes["filter"].policy == expected
    document.undo()
    assert document.melody.nodes["filter"].retries == 0
    assert not document.can_undo


async def test_a_figure_out_of_bounds_is_said_while_it_is_typed_and_not_set(stage) -> None:
    document = await opened(stage)
    fields = await failing_form(stage, "filter")
    type_into(fields["retries"], "1000")
    assert "100" in fields["retries"].problem
    type_into(fields["heartbeat"], "soon")
    assert fields["heartbeat"].problem
    node = document.melody.nodes["filter"]
    assert (node.retries, node.policy) == (100, Policy()), "what it was before the last letter"


async def test_who_stands_in_is_chosen_among_players_with_the_same_ports(stage) -> None:
    document = await opened(stage)
    fields = await failing_form(stage, "filter")
    offered = fields["fallback"].spec.choices[1:]
    assert "harmony/sort_rows" in offered
    assert "harmony/filter_rows" not in offered
    assert "harmony/read_table" not in offered
    fields["fallback"].widget.textActivated.emit("harmony/sort_rows")
    assert document.melody.nodes["filter"].policy.fallback == "harmony/sort_rows"
    assert document.findings == []
    fields = stage.inspector.node.failure.section.form.fields
    fields["fallback"].widget.textActivated.emit(fields["fallback"].spec.choices[0])
    assert document.melody.nodes["filter"].policy == Policy()


async def test_what_is_wrong_opens_the_section_and_stands_under_its_field(stage) -> None:
    document = await opened(stage)
    stage.window.go_to_node("read")
    await stage.turn()
    section = stage.inspector.node.failure.section
    assert not section.is_open
    document.apply(SetPolicy("read", Policy(timeout=-5.0, fallback="gone/away")))
    await stage.turn()
    assert section.is_open
    assert "-5" in section.form.fields["timeout"].message.text()
    assert "gone/away" in section.form.fields["fallback"].message.text()


async def test_the_folded_section_says_what_is_set(stage) -> None:
    document = await opened(stage)
    document.apply(SetPolicy("filter", Policy(timeout=9.0, on_failure="halt")))
    stage.window.go_to_node("filter")
    await stage.turn()
    told = stage.inspector.node.failure.section.told
    assert told.isVisible()
    assert "9 s" in told.text()
    assert "halt" in told.text()


@pytest.mark.parametrize("dependency", ["soft", "optional"])
async def test_a_selected_wire_is_set_by_a_command_in_one_step(stage, dependency) -> None:
    document = await opened(stage)
    stage.view.select([])
    assert not enabled(stage, "edit.wire_soft")
    layout = stage.view.scene().layout
    stage.click(stage.view.viewport(), stage.view.mapFromScene(layout.wires[FIRST].at(0.5)))
    assert stage.view.selected_connections() == (FIRST,)
    by_id = stage.window.command_actions.by_id
    stage.window.command_actions.refresh()
    assert by_id["edit.wire_hard"].isChecked()
    choose(stage, f"edit.wire_{dependency}")
    assert document.melody.connections[FIRST] == dependency
    assert stage.view.scene().wire_items[FIRST].look.dependency == dependency
    assert list(document.melody.connections) == list(chain().connections), "wires keep their order"
    stage.window.command_actions.refresh()
    assert by_id[f"edit.wire_{dependency}"].isChecked()
    document.undo()
    assert document.melody.connections[FIRST] == "hard"
    assert stage.view.scene().wire_items[FIRST].look.dependency == "hard"
    assert not document.can_undo


async def test_the_menu_of_a_wire_offers_what_it_can_ask(stage) -> None:
    await opened(stage)
    place = stage.view.scene().layout.wires[FIRST].at(0.5)
    stage.view.context_menu_requested.emit(
        stage.view._hit(stage.view.mapFromScene(place)), place, stage.view.rect().center()
    )
    menu = next(m for m in stage.window.findChildren(QMenu) if m.isVisible())
    names = [action.objectName() for action in menu.actions()]
    assert names[:3] == ["edit.wire_hard", "edit.wire_soft", "edit.wire_optional"]
    menu.close()


async def test_what_a_node_waits_for_stands_in_the_inspector_with_a_choice_each(stage) -> None:
    document = await opened(stage)
    stage.window.go_to_node("filter")
    await stage.turn()
    wires = stage.inspector.node.wires
    (choice,) = wires.choices.values()
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    assert document.melody.connections[FIRST] == "soft"
    assert "soft" in stage.inspector.node.findings.text(), "it needs that input"
    document.undo()
    await stage.turn()
    assert choice.currentIndex() == 0
    stage.window.go_to_node("read")
    await stage.turn()
    assert not wires.isVisible()


async def test_the_tip_of_a_wire_says_what_it_asks_and_what_the_lines_mean(stage) -> None:
    from harmony.board.canvas.hit import WireHit
    from harmony.board.canvas.tips import tip

    document = await opened(stage)
    assert tip(WireHit(FIRST), stage.view.scene()) == "table"
    stage.view.select([])
    document.melody.connections[FIRST] = "hard"
    stage.window.go_to_node("filter")
    await stage.turn()
    (choice,) = stage.inspector.node.wires.choices.values()
    choice.activated.emit(2)
    words = tip(WireHit(FIRST), stage.view.scene())
    assert "Optional" in words
    assert "Dotted: optional." in words


async def test_a_selection_is_folded_and_unfolded_by_commands(stage) -> None:
    document = await opened(stage)
    before = (dict(document.melody.nodes), dict(document.melody.connections))
    assert not enabled(stage, "edit.fold")
    stage.view.select(["filter", "sort"])
    assert not enabled(stage, "edit.unfold")
    choose(stage, "edit.fold")
    assert list(document.melody.nodes) == ["read", "show", "part"]
    assert stage.view.selected_nodes() == ("part",)
    face = stage.view.scene().node_items["part"].face
    assert face.title == "Part"
    assert [place.name for place in face.layout.ports] == ["table", "table"]
    header = stage.inspector.node.header
    assert header.title.text() == "Part"
    assert "Sub-melody" in header.line.text()
    choose(stage, "edit.unfold")
    assert stage.view.selected_nodes() == ("filter", "sort")
    assert (dict(document.melody.nodes), dict(document.melody.connections)) == before
    document.undo()
    assert list(document.melody.nodes) == ["read", "show", "part"]
    document.undo()
    assert (dict(document.melody.nodes), dict(document.melody.connections)) == before
    assert not document.can_undo


async def test_why_a_selection_cannot_be_folded_is_said_in_the_window(stage) -> None:
    document = await opened(stage)
    stage.view.select(["read", "sort"])
    choose(stage, "edit.fold")
    (problem,) = stage.problems.kept
    assert "select filter as well" in problem.message
    assert not document.can_undo


async def test_the_canvas_follows_the_ports_of_a_part_as_it_is_edited(stage) -> None:
    melody = chain()
    group, placed = fold(melody, ["filter", "sort"], lambda _: None)
    apply(melody, group)
    document = await opened(stage, melody)
    part = melody.parts["part"]
    shown = (*part.outputs, Exposed("early", "filter", "table"))
    document.apply(Group("", (EditPart("part", SetExposed(part.inputs, shown)),)))
    face = stage.view.scene().node_items[placed].face
    assert [place.name for place in face.layout.ports] == ["table", "table", "early"]


async def test_a_part_repeats_until_one_of_its_outputs_says_yes(stage) -> None:
    melody = chain()
    group, placed = fold(melody, ["filter", "sort"], lambda _: None)
    apply(melody, group)
    document = await opened(stage, melody)
    stage.window.go_to_node("read")
    await stage.turn()
    assert not stage.inspector.node.repeat.isVisible()
    stage.window.go_to_node(placed)
    await stage.turn()
    section = stage.inspector.node.repeat.section
    stage.click(section.head)
    section.form.fields["repeat"].widget.click()
    assert document.melody.nodes[placed].repeat == Repeat("table")
    assert "yes-or-no" in section.form.fields["until"].message.text()
    type_into(section.form.fields["at_most"], "25")
    assert document.melody.nodes[placed].repeat == Repeat("table", 25)
    assert "timeout" not in stage.inspector.node.failure.section.form.fields
    document.undo()
    assert document.melody.nodes[placed].repeat == Repeat("table")
    document.undo()
    assert document.melody.nodes[placed].repeat is None


async def test_a_sub_melody_runs_and_its_node_counts_what_is_done_inside(stage) -> None:
    steps = {"one": "result = 20", "two": "result = first + 1", "three": "result = first * 2"}
    nodes = [
        Node(name, "harmony/python_snippet", x=at * 288.0, parameters={"code": code})
        for at, (name, code) in enumerate(steps.items())
    ]
    melody = Melody("m", "Steps", nodes={node.id: node for node in nodes})
    for source, target in (("one", "two"), ("two", "three")):
        melody.connections[Connection(source, "result", target, "first")] = "hard"
    document = await opened(stage, melody)
    stage.view.select(["two", "three"])
    choose(stage, "edit.fold")
    choose(stage, "run.run")
    assert await stage.run_ended() == "Completed"
    statuses = stage.document.statuses()
    assert set(statuses) == {"one", "part"}
    assert (statuses["part"].state, statuses["part"].done, statuses["part"].total) == ("done", 2, 2)
    tasks = stage.document.model.tasks_of("part")
    assert [task.id for task in tasks] == ["part/two", "part/three"]
    stage.window.go_to_node("part")
    stage.inspector.node.open_page("output")
    await stage.turn()
    assert stage.inspector.node.tasks.count() == 2
    run = stage.document.model.run
    stage.window.open_past(run)
    await stage.turn()
    assert stage.document.statuses()["part"].done == 2
    assert document.findings == []

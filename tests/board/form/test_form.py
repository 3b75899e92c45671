"""The form: typing, checking, resetting."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from harmony.board.form.editors import (
    ChoiceEditor,
    LineEditor,
    LinesEditor,
    PathEditor,
    YesNoEditor,
)
from harmony.board.form.form import Form
from harmony.board.look import Look
from harmony.players.specs import ParameterSpec

SPECS = (
    ParameterSpec("where", "expression", "", required=True, help="a condition"),
    ParameterSpec("count", "integer", 3, minimum=1, maximum=9),
    ParameterSpec("kind", "choice", "line", choices=("line", "bar")),
    ParameterSpec("strict", "boolean", False),
    ParameterSpec("code", "code", "pass"),
    ParameterSpec("path", "file", ""),
)


@pytest.fixture
def form(look: Look, qtbot: QtBot, tmp_path: Any) -> Form:
    made = Form(SPECS, look, tmp_path)
    qtbot.addWidget(made)
    made.show_values({})
    made.show()
    made.heard = []
    made.changed.connect(lambda name, value: made.heard.append((name, value)))
    return made


def test_each_kind_has_its_editor(form: Form) -> None:
    kinds = {name: type(field.widget) for name, field in form.fields.items()}
    assert kinds == {
        "where": LineEditor,
        "count": LineEditor,
        "kind": ChoiceEditor,
        "strict": YesNoEditor,
        "code": LinesEditor,
        "path": PathEditor,
    }


def test_typing_tells_each_value_as_it_becomes_one(form: Form) -> None:
    QTest.keyClicks(form.fields["where"].widget, "a>1")
    assert form.heard == [("where", "a"), ("where", "a>"), ("where", "a>1")]


def test_a_text_that_is_no_number_is_told_below_the_field_and_not_set(form: Form) -> None:
    field = form.fields["count"]
    field.widget.selectAll()
    QTest.keyClicks(field.widget, "12")
    assert form.heard == [("count", 1)]
    assert field.message.text() == "Between 1 and 9."
    assert field.widget.property("invalid") is True
    QTest.keyClick(field.widget, Qt.Key.Key_Backspace)
    assert field.message.isHidden()


def test_a_text_being_typed_is_not_overwritten_by_the_old_value(form: Form, qtbot: QtBot) -> None:
    field = form.fields["count"]
    form.activateWindow()
    field.widget.setFocus()
    qtbot.waitUntil(field.widget.hasFocus)
    field.widget.selectAll()
    QTest.keyClicks(field.widget, "x")
    form.show_values({"count": 3})
    assert field.widget.text() == "x"


def test_arrow_keys_step_a_number_within_its_range(form: Form) -> None:
    field = form.fields["count"].widget
    field.setText("8")
    QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.text() == "9"
    assert form.heard == [("count", 9)]


def test_a_value_that_differs_from_the_default_can_be_reset(form: Form, qtbot: QtBot) -> None:
    field = form.fields["count"]
    assert field.back.isHidden()
    form.show_values({"count": 7})
    assert not field.back.isHidden()
    with qtbot.waitSignal(form.reset) as told:
        field.back.click()
    assert told.args == ["count"]


def test_a_finding_of_the_melody_stands_below_its_field(form: Form) -> None:
    form.show_findings({"where": "“Where” is needed. Write a condition."})
    assert form.fields["where"].message.text().startswith("“Where” is needed")
    form.show_findings({})
    assert form.fields["where"].message.isHidden()


def test_a_wheel_over_a_choice_scrolls_the_form_and_changes_nothing(form: Form) -> None:
    widget = form.fields["kind"].widget
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(widget.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    assert widget.currentText() == "line"
    assert form.heard == []


def test_tab_in_code_writes_spaces(form: Form) -> None:
    code = form.fields["code"].widget
    code.clear()
    QTest.keyClick(code, Qt.Key.Key_Tab)
    assert code.toPlainText() == "    "


def test_a_picked_file_under_the_melody_is_kept_relative(form: Form, tmp_path: Any) -> None:
    form.fields["path"].widget.picked(str(tmp_path / "data" / "a.csv"))
    assert form.heard == [("path", "data/a.csv")]


def test_the_form_opens_on_the_first_problem(form: Form, qtbot: QtBot) -> None:
    form.show_findings({"kind": "Not a kind."})
    form.activateWindow()
    form.focus_first()
    qtbot.waitUntil(form.fields["kind"].widget.hasFocus)


def test_a_screen_reader_hears_label_and_help(form: Form) -> None:
    field = form.fields["where"].widget
    assert field.accessibleName() == "Where"
    assert field.accessibleDescription() == "a condition"

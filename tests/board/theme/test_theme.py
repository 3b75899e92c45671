"""Tokens, style sheet, fonts and icons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtWidgets import QLineEdit, QProgressBar, QPushButton, QWidget

from harmony.board.status import NodeStatus, duration_text
from harmony.board.theme import DARK, LIGHT, apply_theme
from harmony.board.theme.fonts import MONO, SANS, load_fonts, mono, sans
from harmony.board.theme.icons import has_icon, icon, pixmap
from harmony.board.theme.style import palette, style_sheet
from harmony.board.theme.tokens import contrast, mix
from harmony.players.ports import SCALAR_TYPES

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


@BOTH
def test_words_can_be_read_on_every_ground(theme):
    for ground in (theme.canvas, theme.panel, theme.raised, theme.card, theme.field):
        assert contrast(theme.text, ground) >= 10
        assert contrast(theme.muted, ground) >= 4.5
        assert contrast(theme.failed, ground) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@BOTH
def test_every_port_type_has_a_colour(theme):
    assert set(theme.ports) == set(SCALAR_TYPES)
    assert theme.port("list[table]") == theme.port("table")


def test_the_tokens_are_those_of_the_pictures():
    assert (DARK.canvas, DARK.panel, DARK.raised) == ("#15171c", "#1b1e25", "#21252e")
    assert (LIGHT.canvas, LIGHT.panel, LIGHT.raised) == ("#f5f6f8", "#ffffff", "#f2f3f6")
    assert (DARK.accent, LIGHT.accent) == ("#7c9cff", "#3b63e0")
    assert DARK.ports["table"] == "#e69f00"
    assert LIGHT.ports["number"] == "#b8a900"


def test_colours_mix():
    assert mix("#ffffff", "#000000", 0.5) == "#808080"
    assert mix("#ff0000", "#0000ff", 1.0) == "#ff0000"


@BOTH
def test_the_style_sheet_names_only_files_that_exist(theme):
    sheet = style_sheet(theme)

    assert "$" not in sheet
    files = re.findall(r'url\("([^"]+)"\)', sheet)
    assert files
    assert all(Path(name).is_file() for name in files)


@BOTH
def test_the_theme_is_seen_on_widgets(theme, qtbot, qapp):
    load_fonts()
    apply_theme(qapp, theme)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    button = QPushButton("Run", window)
    button.setProperty("kind", "primary")
    button.setGeometry(10, 10, 100, 32)
    plain = QPushButton("Stop", window)
    plain.setGeometry(120, 10, 100, 32)
    field = QLineEdit(window)
    field.setGeometry(10, 60, 200, 32)
    bar = QProgressBar(window)
    bar.setGeometry(10, 110, 200, 6)
    bar.setValue(50)
    window.show()

    picture = window.grab().toImage()

    assert picture.pixelColor(18, 26).name() == theme.accent
    assert picture.pixelColor(128, 26).name() == theme.raised
    assert picture.pixelColor(200, 76).name() == theme.field
    assert picture.pixelColor(50, 113).name() == theme.accent
    assert picture.pixelColor(280, 180).name() == theme.panel


def test_a_field_with_the_focus_shows_it(qtbot, qapp):
    load_fonts()
    apply_theme(qapp, DARK)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 120)
    first, second = QLineEdit(window), QPushButton("Go on", window)
    first.setGeometry(10, 10, 200, 32)
    second.setGeometry(10, 60, 200, 32)
    window.show()
    window.activateWindow()
    for widget in (first, second):
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)
        edge = window.grab().toImage().pixelColor(100, widget.y())
        assert edge.name() == DARK.accent


def test_the_theme_changes_while_the_program_runs(qapp):
    load_fonts()
    apply_theme(qapp, DARK)
    assert qapp.palette().window().color().name() == DARK.panel

    apply_theme(qapp, LIGHT)

    assert qapp.palette().window().color().name() == LIGHT.panel
    assert QFontInfo(qapp.font()).family() == SANS


def test_the_palette_dims_what_is_disabled():
    made = palette(DARK)

    assert made.color(made.ColorGroup.Disabled, made.ColorRole.Text).name() == DARK.faint


def test_the_bundled_fonts_are_used(qapp):
    load_fonts()
    load_fonts()

    assert QFontInfo(sans(13)).family() == SANS
    assert QFontInfo(mono(11)).family() == MONO
    assert QFontInfo(sans(11.5)).family() == SANS


def test_an_icon_takes_the_colour_it_is_asked_for(qapp):
    picture = pixmap("filter", "#ff0000", 32, 2.0)

    assert picture.size() == QSize(64, 64)
    assert picture.devicePixelRatio() == 2.0
    image = picture.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    inked = {
        image.pixelColor(x, y).name()
        for x in range(64)
        for y in range(64)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert inked == {"#ff0000"}


def test_a_disabled_icon_is_drawn_in_its_own_colour(qapp):
    made = icon("play", "#ffffff", "#00ff00")

    image = made.pixmap(QSize(24, 24), made.Mode.Disabled).toImage()
    inked = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert inked == {"#00ff00"}


def test_an_icon_that_is_not_shipped_is_known_to_be_missing():
    assert has_icon("play")
    assert not has_icon("no-such-icon")
    assert not has_icon("../secret")
    with pytest.raises(FileNotFoundError):
        pixmap("no-such-icon", "#ffffff")


def test_durations_read_as_people_say_them():
    assert duration_text(0.44) == "0.4 s"
    assert duration_text(12.42) == "12.4 s"
    assert duration_text(99.96) == "1 min 40 s"
    assert duration_text(185) == "3 min 5 s"
    assert duration_text(7620) == "2 h 7 min"


def test_a_status_knows_its_share_and_its_seconds():
    assert NodeStatus("running", done=1, total=4).share() == 0.25
    assert NodeStatus("running", fraction=1.7).share() == 1.0
    assert NodeStatus("running").share() is None
    assert NodeStatus("running", started=10.0).elapsed(12.5) == 2.5
    assert NodeStatus("done", started=10.0, seconds=1.0).elapsed(99.0) == 1.0
    assert NodeStatus("waiting", started=10.0).elapsed(12.5) is None

"""The look: everything readable in both themes, every colour from its role, every mark in its file."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from string import Template

import pytest
from PySide6.QtGui import QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QPushButton

from ui.colours import DARK, LIGHT, SHAPE_ON_GROUND, TEXT_ON_GROUND, contrast
from ui.theme import MONO, RESOURCES, SANS, TextRole, apply_theme, dress, load_fonts, palette, theme_named

ROOT = Path(__file__).resolve().parents[2]
THEMES = {"light": LIGHT, "dark": DARK}
SHEET = (RESOURCES / "style.qss").read_text()


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_every_text_can_be_read_on_its_ground(name: str, text: str, ground: str) -> None:
    assert contrast(getattr(THEMES[name], text), getattr(THEMES[name], ground)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_ON_GROUND)
def test_every_outline_can_be_seen_on_its_ground(name: str, shape: str, ground: str) -> None:
    assert contrast(getattr(THEMES[name], shape), getattr(THEMES[name], ground)) >= 3


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


def test_every_text_and_ground_of_a_rule_is_a_pair_that_is_measured() -> None:
    """A rule of the stylesheet that sets both must set a pair of the list above, or a disabled text."""
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", SHEET):
        text = re.search(r"(?<![-\w])color: \$(\w+)", body)
        ground = re.search(r"(?<![-\w])background: \$(\w+)", body)
        if text and ground and text[1] != "disabled":
            assert (text[1], ground[1]) in TEXT_ON_GROUND, selector.strip()


@pytest.mark.parametrize("name", THEMES)
def test_the_palette_sets_every_role(name: str) -> None:
    filled = palette(THEMES[name])
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for role in QPalette.ColorRole:
            if role not in (QPalette.ColorRole.NColorRoles, QPalette.ColorRole.NoRole):
                assert filled.isBrushSet(group, role), (group, role)


def test_the_stylesheet_names_roles_and_no_colours() -> None:
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b|rgba?\(", SHEET)


def test_every_colour_is_used_by_the_stylesheet_or_a_screen() -> None:
    names = set(Template(SHEET).get_identifiers())
    painted = {"evidence", "evidence_current", "hit", "unread", "shadow"}
    unused = set(LIGHT._asdict()) - names - painted - {f"on_{role}" for role in painted}
    assert not unused


@pytest.mark.parametrize("name", THEMES)
def test_every_mark_the_stylesheet_asks_for_is_there(name: str) -> None:
    asked = re.findall(r'url\("controls:\$theme/([\w-]+\.svg)"\)', SHEET)
    assert asked
    for mark in asked:
        assert (RESOURCES / "icons" / "controls" / name / mark).is_file(), mark


def test_the_marks_are_drawn_in_the_colours_of_today() -> None:
    assert runpy.run_path(str(ROOT / "packaging" / "setup" / "controls.py"))["stale"]() == []


def test_our_fonts_are_the_ones_drawn_with(qapp: QApplication) -> None:
    assert {SANS, MONO} <= {*load_fonts(), *load_fonts(MONO)}
    for role in TextRole:
        font = theme_named("light").font(role)
        drawn = QFontInfo(font)
        assert (drawn.family(), drawn.pixelSize()) == (role.value[2], role.value[0])
        assert drawn.weight() == role.value[1]


def test_the_themes_change_places_in_one_program(qapp: QApplication) -> None:
    for name, colours in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        theme = apply_theme(qapp, name)
        assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == colours.window
        assert theme.colour("accent").name().upper() == colours.accent
        assert "$" not in qapp.styleSheet()


def test_larger_text_makes_larger_rows(qapp: QApplication) -> None:
    small, large = theme_named("light"), theme_named("light", 1.5)
    assert large.row_height == 48 > small.row_height
    assert large.font().pixelSize() == 20
    assert large.font(TextRole.STRONG).weight() == QFont.Weight.DemiBold


def test_a_button_changes_its_dress_at_once(qtbot, qapp: QApplication) -> None:
    theme = apply_theme(qapp, "light")
    button = QPushButton("Finalize")
    qtbot.addWidget(button)
    button.resize(120, 40)
    button.show()
    plain = button.grab().toImage().pixelColor(12, 8)
    dress(button, kind="primary")
    assert plain == theme.colour("surface")
    assert button.grab().toImage().pixelColor(12, 8) == theme.colour("accent")

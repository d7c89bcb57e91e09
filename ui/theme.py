"""The look, light and dark: fonts, sizes, palette and the one stylesheet, filled with colours by role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

from PySide6.QtCore import QDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from ui.colours import DARK, LIGHT, Colours

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
SANS, MONO = "Inter", "JetBrains Mono"
GRID = 4

ThemeName = Literal["light", "dark"]


class TextRole(Enum):
    """What a piece of text is for; its value is (pixels, weight, family). Labels take it as property `role`."""

    CAPTION = (12, QFont.Weight.Normal, SANS)
    BODY = (13, QFont.Weight.Normal, SANS)
    STRONG = (13, QFont.Weight.DemiBold, SANS)
    SUBHEADING = (14, QFont.Weight.DemiBold, SANS)
    HEADING = (17, QFont.Weight.DemiBold, SANS)
    TITLE = (22, QFont.Weight.DemiBold, SANS)
    CODE = (13, QFont.Weight.Normal, MONO)
    CHART = (14, QFont.Weight.Normal, SANS)


@dataclass(eq=False)
class Theme:
    """What a widget that paints itself needs to know; all others get it from the stylesheet.

    One for each window, held by whoever paints: a change of look changes it in place.
    """

    name: ThemeName
    colours: Colours
    text_scale: float = 1.0

    def become(self, other: Theme) -> None:
        """Look like another one from now on."""
        self.name, self.colours, self.text_scale = other.name, other.colours, other.text_scale

    def colour(self, role: str) -> QColor:
        """The colour of a role of `Colours`, by its name."""
        return QColor(getattr(self.colours, role))

    def pixels(self, size: float) -> int:
        """A size that grows with the coder's text."""
        return round(size * self.text_scale)

    def font(self, role: TextRole = TextRole.BODY) -> QFont:
        return QFont(_font(role, self.pixels(role.value[0])))  # its own copy: some callers change it

    @property
    def row_height(self) -> int:
        """The height of a row of a list or table."""
        return self.pixels(8 * GRID)


@cache
def _font(role: TextRole, pixels: int) -> QFont:
    """Made once: a table asks for it in each cell it paints."""
    _, weight, family = role.value
    load_fonts(family)
    font = QFont(family)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setStyleHint(QFont.StyleHint.Monospace if family == MONO else QFont.StyleHint.SansSerif)
    # Digits of one width: dates and amounts stand in columns.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def theme_named(name: ThemeName, text_scale: float = 1.0) -> Theme:
    return Theme(name, DARK if name == "dark" else LIGHT, text_scale)


def apply_theme(app: QApplication, name: ThemeName, text_scale: float = 1.0) -> Theme:
    """Dress the whole program; may be called again at any time."""
    theme = theme_named(name, text_scale)
    load_fonts()
    if app.style().name() != "fusion":  # already so on most Linux desktops, and another costs 9 ms
        app.setStyle("Fusion")
    app.setFont(theme.font())
    app.setPalette(palette(theme.colours))
    QDir.setSearchPaths("controls", [str(RESOURCES / "icons" / "controls")])
    app.setStyleSheet(stylesheet(theme))
    return theme


def dress(widget: QWidget, **properties: str) -> None:
    """Set what the stylesheet asks for (`kind`, `tone`, `role`, `state`) and show it at once."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


@cache
def load_fonts(family: str = SANS) -> tuple[str, ...]:
    """A family we ship; what the machine has would change the layout from one to the next.

    The sign-in window shows no codes, so their font waits until something asks for it: 4 ms of a start.
    """
    families: set[str] = set()
    for path in sorted((RESOURCES / "fonts").glob(f"{family.replace(' ', '')}-*.ttf")):
        families.update(QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path))))
    return tuple(sorted(families))


def stylesheet(theme: Theme) -> str:
    """resources/style.qss with every $name filled in; a name it does not know is an error."""
    sizes = {f"{role.name.lower()}_px": f"{theme.pixels(role.value[0])}px" for role in TextRole}
    # Grows with the text, so that a larger text is not cut off.
    sizes |= {f"s{step}": f"{theme.pixels(step)}px" for step in (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28)}
    words = theme.colours._asdict() | sizes | {"sans": SANS, "mono": MONO, "theme": theme.name}
    return Template((RESOURCES / "style.qss").read_text(encoding="utf-8")).substitute(words)


def palette(colours: Colours) -> QPalette:
    """Every role set: Fusion draws frames, arrows and indicators from the odd ones."""
    filled = QPalette()
    for role, colour in _active(colours).items():
        filled.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        filled.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    for role, colour in (
        (QPalette.ColorRole.Highlight, colours.pressed),
        (QPalette.ColorRole.HighlightedText, colours.disabled),
        (QPalette.ColorRole.Base, colours.window),
    ):
        filled.setColor(QPalette.ColorGroup.Disabled, role, QColor(colour))
    return filled


def _active(colours: Colours) -> dict[QPalette.ColorRole, str]:
    role = QPalette.ColorRole
    return {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.stripe,
        role.Text: colours.text,
        role.PlaceholderText: colours.placeholder,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.danger,
        role.Light: colours.raised,
        role.Midlight: colours.hover,
        role.Mid: colours.border,
        role.Dark: colours.outline,
        role.Shadow: colours.shadow,
        role.Highlight: colours.selection,
        role.HighlightedText: colours.on_selection,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.tooltip,
        role.ToolTipText: colours.on_tooltip,
        role.Accent: colours.accent,
    }

"""Colours by what they are for, in light and dark, and which text may stand on which ground."""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """One value for each role. A screen names a role, never a colour.

    A named tuple: a dataclass of 60 fields costs 8 ms of every start.
    """

    # Grounds, from the frame of the window to what lies deepest in it.
    window: str
    surface: str
    raised: str
    sunken: str
    hover: str
    pressed: str
    # Text.
    text: str
    muted: str
    placeholder: str
    disabled: str
    # Lines: `border` parts areas; `outline` draws a control and must be seen (3:1).
    border: str
    outline: str
    focus: str
    # The one colour that says "this is what you do next".
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_soft: str
    on_accent_soft: str
    # Tones: a fill, a soft ground and the text that stands on it.
    danger: str
    danger_hover: str
    danger_pressed: str
    on_danger: str
    danger_soft: str
    on_danger_soft: str
    warning: str
    warning_soft: str
    on_warning_soft: str
    success: str
    success_soft: str
    on_success_soft: str
    info: str
    info_soft: str
    on_info_soft: str
    neutral_soft: str
    on_neutral_soft: str
    # Lists.
    selection: str
    on_selection: str
    stripe: str
    unread: str
    # The chart: marked evidence, the mark under the cursor, search hits, hidden identifiers.
    evidence: str
    on_evidence: str
    evidence_current: str
    on_evidence_current: str
    hit: str
    on_hit: str
    chip: str
    on_chip: str
    # What floats.
    tooltip: str
    on_tooltip: str
    shadow: str


LIGHT = Colours(
    window="#F3F5F7",
    surface="#FFFFFF",
    raised="#FFFFFF",
    sunken="#E9EDF1",
    hover="#EDF1F4",
    pressed="#E1E7EC",
    text="#16202A",
    muted="#4C5A68",
    placeholder="#5F6D7B",
    disabled="#8D99A5",
    border="#D9E0E6",
    outline="#7D8B99",
    focus="#1668DC",
    accent="#0B6873",
    accent_hover="#095963",
    accent_pressed="#074A53",
    on_accent="#FFFFFF",
    accent_soft="#DDF0F1",
    on_accent_soft="#084E57",
    danger="#B42318",
    danger_hover="#9B1C13",
    danger_pressed="#821710",
    on_danger="#FFFFFF",
    danger_soft="#FDEAE8",
    on_danger_soft="#8C1B13",
    warning="#9A6200",
    warning_soft="#FFF3D9",
    on_warning_soft="#6A4300",
    success="#1B7A45",
    success_soft="#E1F4E8",
    on_success_soft="#125A32",
    info="#1C5FBE",
    info_soft="#E5EFFC",
    on_info_soft="#174A94",
    neutral_soft="#E6EBF0",
    on_neutral_soft="#3B4854",
    selection="#D3E9EB",
    on_selection="#0F1C24",
    stripe="#FAFBFC",
    unread="#0B6873",
    evidence="#FFECB3",
    on_evidence="#2B2200",
    evidence_current="#FFD257",
    on_evidence_current="#241C00",
    hit="#F9D3EC",
    on_hit="#3A0A2A",
    chip="#DFE6EC",
    on_chip="#33414E",
    tooltip="#1F2A34",
    on_tooltip="#F2F5F8",
    shadow="#9AA6B2",
)

DARK = Colours(
    window="#12181D",
    surface="#1A2228",
    raised="#222C34",
    sunken="#0D1216",
    hover="#25303A",
    pressed="#2D3A45",
    text="#E4EAEF",
    muted="#A7B4C0",
    placeholder="#93A1AE",
    disabled="#61707D",
    border="#303C46",
    outline="#6F7F8D",
    focus="#79B4FF",
    accent="#43B8C1",
    accent_hover="#5CC8D0",
    accent_pressed="#33A2AB",
    on_accent="#04211F",
    accent_soft="#163A3F",
    on_accent_soft="#93DFE4",
    danger="#F0756C",
    danger_hover="#F58D85",
    danger_pressed="#DD6259",
    on_danger="#2B0705",
    danger_soft="#3D1E1C",
    on_danger_soft="#FFB6AF",
    warning="#E3AC44",
    warning_soft="#3A2D12",
    on_warning_soft="#F5D08A",
    success="#55C186",
    success_soft="#173623",
    on_success_soft="#9FE4BB",
    info="#76ADF7",
    info_soft="#1A2F4C",
    on_info_soft="#B8D4FD",
    neutral_soft="#2A3640",
    on_neutral_soft="#C5D0DA",
    selection="#1F474C",
    on_selection="#F0F6F8",
    stripe="#1D262D",
    unread="#43B8C1",
    evidence="#57460F",
    on_evidence="#FFF1C9",
    evidence_current="#866A12",
    on_evidence_current="#FFFBEF",
    hit="#5C2449",
    on_hit="#FFE3F4",
    chip="#2F3C47",
    on_chip="#CBD6E0",
    tooltip="#E4EAEF",
    on_tooltip="#16202A",
    shadow="#060A0D",
)

# Every text a screen may write, on every ground it may stand on: at least 4.5 to 1 (WCAG 2.2, 1.4.3).
TEXT_ON_GROUND: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "muted") for ground in ("window", "surface", "raised", "sunken")),
    *((text, ground) for text in ("text", "muted") for ground in ("hover", "pressed", "stripe")),
    ("placeholder", "surface"),
    ("placeholder", "window"),
    ("placeholder", "raised"),
    ("accent", "surface"),
    ("accent", "window"),
    ("accent", "raised"),
    ("accent", "stripe"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_pressed"),
    ("on_accent_soft", "accent_soft"),
    ("danger", "surface"),
    ("danger", "window"),
    ("on_danger", "danger"),
    ("on_danger", "danger_hover"),
    ("on_danger", "danger_pressed"),
    ("on_danger_soft", "danger_soft"),
    ("warning", "surface"),
    ("on_warning_soft", "warning_soft"),
    ("success", "surface"),
    ("on_success_soft", "success_soft"),
    ("info", "surface"),
    ("info", "window"),
    ("on_info_soft", "info_soft"),
    ("on_neutral_soft", "neutral_soft"),
    ("on_selection", "selection"),
    ("muted", "selection"),
    ("unread", "surface"),
    ("on_evidence", "evidence"),
    ("on_evidence_current", "evidence_current"),
    ("on_hit", "hit"),
    ("on_chip", "chip"),
    ("on_tooltip", "tooltip"),
)

# What must be seen but is not read: at least 3 to 1 (WCAG 2.2, 1.4.11).
SHAPE_ON_GROUND: tuple[tuple[str, str], ...] = tuple(
    (shape, ground)
    for shape in ("outline", "focus", "accent", "danger", "warning", "success", "info", "unread")
    for ground in ("window", "surface", "raised")
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

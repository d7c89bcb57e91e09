"""Draws the marks of check boxes, radio buttons, arrows and branches in the colours of both themes.

A stylesheet can only name picture files, and they do not take the text's colour. Run again when the colours change:
`python packaging/setup/controls.py --write`.
"""

from __future__ import annotations

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from ui.colours import DARK, LIGHT, Colours  # noqa: E402  (the path comes first)

FOLDER = TOP / "resources" / "icons" / "controls"
LINE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
    '<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
    ' stroke-linejoin="round"/></svg>\n'
)
DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
    '<circle cx="8" cy="8" r="3.6" fill="{colour}"/></svg>\n'
)
CHECK, DASH = "M3.6 8.4l3 3 5.8-6.4", "M4 8h8"
DOWN, UP, RIGHT = "M4 6l4 4 4-4", "M4 10l4-4 4 4", "M6 4l4 4-4 4"
CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7"


def drawings(colours: Colours) -> dict[str, str]:
    """File name and content of every mark of one theme."""
    drawn = {
        "check": LINE.format(path=CHECK, colour=colours.on_accent, width=2.2),
        "dash": LINE.format(path=DASH, colour=colours.on_accent, width=2.2),
        "dot": DOT.format(colour=colours.on_accent),
        "check-disabled": LINE.format(path=CHECK, colour=colours.disabled, width=2.2),
        "dash-disabled": LINE.format(path=DASH, colour=colours.disabled, width=2.2),
        "dot-disabled": DOT.format(colour=colours.disabled),
        "menu-check": LINE.format(path=CHECK, colour=colours.text, width=2),
        "close": LINE.format(path=CROSS, colour=colours.muted, width=1.6),
    }
    for name, path in (("down", DOWN), ("up", UP), ("right", RIGHT)):
        drawn[name] = LINE.format(path=path, colour=colours.muted, width=1.6)
        drawn[f"{name}-disabled"] = LINE.format(path=path, colour=colours.disabled, width=1.6)
    return {f"{name}.svg": svg for name, svg in drawn.items()}


def wanted() -> dict[Path, str]:
    return {
        FOLDER / theme / name: svg
        for theme, colours in (("light", LIGHT), ("dark", DARK))
        for name, svg in drawings(colours).items()
    }


def stale() -> list[Path]:
    """The files that do not hold what the colours ask for, or that nobody asks for."""
    files = wanted()
    extra = [path for path in FOLDER.rglob("*.svg") if path not in files]
    return extra + [path for path, svg in files.items() if not path.exists() or path.read_text() != svg]


def main() -> int:
    if "--write" in sys.argv:
        for path, svg in wanted().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(svg)
    for path in stale():
        print(f"stale: {path.relative_to(TOP)}")
    return 1 if stale() else 0


if __name__ == "__main__":
    sys.exit(main())

"""The README's map of the code, one line a file from its docstring; `--write` draws it anew."""

from __future__ import annotations

import ast
import sys
from itertools import groupby
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
README = TOP / "README.md"
BEGIN, END = "<!-- map -->", "<!-- /map -->"
# The practice charts are texts, not ideas.
LEFT_OUT = ("workstation/practice/charts/",)


def modules(top: Path = TOP) -> list[Path]:
    found = [path for folder in ("workstation", "ui") for path in (top / folder).rglob("*.py")]
    named = [path for path in found if not path.relative_to(top).as_posix().startswith(LEFT_OUT)]
    return [path for path in (top / "main.py",) if path.exists()] + sorted(named, key=_order)


def first_line(path: Path) -> str:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.partition("\n")[0]


def drawn(top: Path = TOP) -> str:
    """The whole block, markers left out. A folder's line is its package's; `__init__` has none of its own."""
    lines = ["```text"]
    for folder, paths in groupby(modules(top), key=lambda path: path.parent):
        inside = list(paths)
        if folder != top:
            package = [path for path in inside if path.name == "__init__.py"]
            words = first_line(package[0]) if package else ""
            lines += ["", f"{folder.relative_to(top).as_posix()}/  {words}".rstrip()]
        lines += [f"{_indent(path, top)}{path.name}  {first_line(path)}" for path in inside if path.stem != "__init__"]
    return "\n".join([*lines, "```"])


def undescribed(top: Path = TOP) -> list[str]:
    return [path.relative_to(top).as_posix() for path in modules(top) if not first_line(path)]


def in_readme(readme: Path = README) -> str:
    return readme.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def write(readme: Path = README) -> None:
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{drawn()}\n{END}{after}", encoding="utf-8")


def _order(path: Path) -> tuple[int, str, str]:
    """Folder by folder, workstation before ui."""
    folder = path.parent.relative_to(TOP).as_posix() if path.is_relative_to(TOP) else path.parent.as_posix()
    return (0 if folder.startswith("workstation") else 1, folder, path.name)


def _indent(path: Path, top: Path) -> str:
    return "" if path.parent == top else "  "


def main() -> int:
    if "--write" in sys.argv:
        write()
    for name in undescribed():
        print(f"{name}: its docstring does not say what it is")
    stale = drawn() != in_readme()
    if stale:
        print("README.md: the map is not what the files say; run `make map`")
    return 1 if stale or undescribed() else 0


if __name__ == "__main__":
    sys.exit(main())

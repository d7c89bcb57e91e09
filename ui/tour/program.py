"""`main.py tour --out DIR`: the real program through a coder's day, a picture and an assertion for each step."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from ui.tour.day import Day
from ui.tour.stage import Stage, StepFailed
from ui.tour.steps import STEPS
from workstation.host.hardening import harden


def run(arguments: list[str]) -> int:
    """0 when every step showed what it should; the pictures and tour.json are in --out."""
    reader = argparse.ArgumentParser(prog="coder-workstation tour")
    reader.add_argument("--out", required=True, metavar="DIR")
    reader.add_argument("--until", default="", metavar="STEP", help="stop after this step")
    options = reader.parse_args(arguments)
    out = Path(options.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    harden()
    home = Path(tempfile.mkdtemp(prefix="coder-workstation-tour-"))
    app = QApplication(["Coder Workstation"])
    app.setQuitOnLastWindowClosed(False)
    stage = Stage(app, home)
    try:
        return _drive(stage, out, options.until)
    finally:
        stage.close()
        shutil.rmtree(home, ignore_errors=True)


def _drive(stage: Stage, out: Path, until: str) -> int:
    report: list[dict[str, object]] = []
    day = Day(stage, {})
    failed = ""
    try:
        stage.ready()
    except StepFailed as trouble:
        failed = str(trouble)
    for number, step in enumerate(STEPS, 1) if not failed else ():
        name = step.__name__.replace("_", "-")
        began = time.monotonic()
        picture = out / f"{number:02d}-{name}.png"
        try:
            asserted = step(day, picture)
        except StepFailed as trouble:
            failed = f"{name}: {trouble}"
            report.append({"step": name, "seconds": round(time.monotonic() - began, 2), "failed": str(trouble)})
            break
        seconds = round(time.monotonic() - began, 2)
        report.append({"step": name, "seconds": seconds, "asserted": asserted, "picture": picture.name})
        sys.stdout.write(f"{number:2d}. {name:<16} {seconds:6.2f} s  {asserted}\n")
        sys.stdout.flush()
        if name == until:
            break
    (out / "tour.json").write_text(json.dumps({"steps": report, "failed": failed}, indent=1) + "\n", encoding="utf-8")
    if failed:
        sys.stderr.write(f"The tour stopped: {failed}\n")
        _last_sight(stage, out)
    return 1 if failed else 0


def _last_sight(stage: Stage, out: Path) -> None:
    """What was on the screens when a step failed."""
    try:
        stage.shot_guard(out / "failed-guard.png")
        stage.shot(out / "failed-desk.png")
    except StepFailed as trouble:
        sys.stderr.write(f"No picture of the desk: {trouble}\n")

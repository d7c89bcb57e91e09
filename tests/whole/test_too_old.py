"""The organisation raises the oldest version allowed: the real guard and desk, from the server's policy to the coder's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.peers import Peer, practice
from tests.whole.test_orders import site

__all__ = ["practice"]

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(240)]


def test_an_old_program_says_whom_to_ask_and_gets_charts_again_once_it_may(
    qapp: QApplication, tmp_path: Path, practice: Peer
) -> None:
    with site(qapp, tmp_path / "data", practice) as here:
        stage, day = here.place.stage, here.place.day
        here.control("acts/policy", minimumVersion="99.0", supportContact="Service desk, 555-0100")
        here.sign_in()
        stage.until(lambda: "Ask Service desk, 555-0100 for the update" in day.words(), "whom to ask", 30)
        assert "gets no new charts" in day.words()
        day.wait(lambda state: state["sync"] == "In step", "a round with the server", 60)
        assert stage.desk("rows") == [], "no chart has come"
        assert "Charts wait for an update of this program" in day.words()
        stage.desk("press", keys="Ctrl+4")
        stage.until(lambda: "too old: no new charts" in day.words(), "the device page", 30)
        here.control("acts/policy", minimumVersion="0.0.1")
        here.hurry()

        def heard() -> bool:
            seat = here.place.guard.seat
            return seat is not None and seat.policy.minimum_version == "0.0.1"

        stage.until(heard, "the policy", 30)
        stage.desk("press", keys="Ctrl+1")
        stage.until(lambda: len(stage.desk("rows")) > 5, "charts", 60)

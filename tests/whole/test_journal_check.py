"""The journal checked from an open desk of the real program: by keyboard, in words, left and come back to, damage said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from PySide6.QtWidgets import QApplication

from tests.peers import Peer, practice
from tests.whole.test_orders import Site, site
from workstation.sealed_db import open_sealed

__all__ = ["practice"]

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(240)]


def every_request_says_how_far_the_journal_had_come(here: Site, device: str) -> None:
    """Guard's and desk's to the FHIR server, in step with the journal; nothing to the identity provider."""
    stage = here.place.stage

    def asked() -> list[dict[str, Any]]:
        ready = stage.program.practice_child.ready
        head = {"Authorization": f"Bearer {ready['control_token']}"}
        return list(requests.get(f"{ready['issuer']}/practice/requests", headers=head, timeout=10).json())

    charts = stage.until(lambda: [one for one in asked() if one["path"].startswith("/fhir/Encounter")], "a chart", 60)
    assert all(one["head"].startswith(f"device={device};") for one in charts)  # the desk's
    heads = [one["head"] for one in asked() if one["path"].startswith("/fhir") and ".well-known" not in one["path"]]
    assert all(heads), "the guard's, from the first after the sign-in"
    seqs = [int(head.partition("seq=")[2].partition(";")[0]) for head in heads]
    assert max(seqs) > seqs[0]
    assert not any(one["head"] for one in asked() if one["path"].startswith("/oauth"))


def test_the_journal_is_checked_from_the_desk_and_what_was_changed_in_it_is_said(
    qapp: QApplication, tmp_path: Path, practice: Peer
) -> None:
    with site(qapp, tmp_path / "home", practice) as here:
        here.sign_in()
        stage, house = here.place.stage, here.place.stage.program.house

        def told() -> dict[str, str]:
            return {row[1]: row[2] for row in stage.desk("rows")}

        stage.until(lambda: house.uplink_state.acknowledged and not house.uplink_state.waiting, "a good receipt", 60)
        every_request_says_how_far_the_journal_had_come(here, house.keys.device)
        stage.desk("press", keys="Ctrl+4")
        stage.until(lambda: "Journal key" in told(), "the device page", 20)
        stage.desk("press", keys="Ctrl+J")
        stage.until(lambda: told().get("The journal") == "whole", "the verdict", 60)
        lines = [" ".join(row) for row in stage.desk("rows")]
        assert any("receipts the server signed" in line for line in lines)
        stage.desk("press", keys="Escape")
        stage.until(lambda: "Journal key" in told(), "the device page again", 20)
        stage.desk("press", keys="Ctrl+J")
        assert told()["The journal"] == "whole"  # its answer stood there

        key = house.keys.journal_key()  # somebody who has it changes an entry under the running program
        other = open_sealed(house.home.journal(house.keys.device), key)
        other.execute('update entries set body = replace(body, \'"user":""\', \'"user":"x"\') where seq = 1')
        other.close()
        stage.desk("press", keys="F5")
        stage.until(lambda: told().get("The journal") == "not whole", "the finding", 60)
        assert told()["Chain 1, entry 1"] == "text changed (edited)"
        assert "privacy officer" in here.place.day.words()

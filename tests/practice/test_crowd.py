"""A crowd beside the house's six: each with charts of their own, whom nobody else reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.practice.hospital import QUICK, Browser, Hospital, found, returned, running, tasks


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("crowd") / "data", "--crowd", "2", "--each", "3", *QUICK) as hospital:
        yield hospital


def test_each_has_the_charts_asked_for_and_reaches_no_other(crowded: Hospital) -> None:
    one, two = crowded.as_user("crowd-001"), crowded.as_user("crowd-002")
    mine, theirs = tasks(one, crowded, "crowd-001"), tasks(two, crowded, "crowd-002")
    assert (len(mine), len(theirs)) == (3, 3)
    encounter = mine[0]["encounter"]["reference"]
    assert one.get(crowded.url(encounter), timeout=10).status_code == 200
    assert two.get(crowded.url(encounter), timeout=10).status_code == 404
    assert tasks(one, crowded, "crowd-002") == []


def test_their_notes_are_as_long_as_notes_are(crowded: Hospital) -> None:
    session = crowded.as_user("crowd-001")
    encounter = tasks(session, crowded, "crowd-001")[0]["encounter"]["reference"]
    documents = found(session, crowded, f"DocumentReference?encounter={encounter}")
    plain = [d["content"][0]["attachment"] for d in documents if "text/plain" in str(d["content"])]
    assert len(plain) >= 3
    assert all(attachment["size"] >= 5_000 for attachment in plain)
    body = session.get(crowded.url(plain[0]["url"]), headers={"Accept": "text/plain"}, timeout=10).content
    assert len(body) == plain[0]["size"]


def test_they_sign_in_like_anybody_and_a_house_without_a_crowd_knows_none(crowded: Hospital, tmp_path: Path) -> None:
    assert "code" in returned(Browser(crowded).sign_in("crowd-002"))
    with running(tmp_path / "data", *QUICK) as small:
        small.people["crowd-001"] = crowded.people["crowd-001"]
        assert Browser(small).sign_in("crowd-001").status_code == 200, "the page again"


def test_what_a_coder_reaches_moves_with_their_tasks(crowded: Hospital) -> None:
    one, two = crowded.as_user("crowd-001"), crowded.as_user("crowd-002")
    task = tasks(two, crowded, "crowd-002")[0]
    encounter = crowded.url(task["encounter"]["reference"])
    assert one.get(encounter, timeout=10).status_code == 404
    crowded.control("POST", "acts/reassign-task", task=task["id"], owner="crowd-001")
    assert one.get(encounter, timeout=10).status_code == 200
    assert two.get(encounter, timeout=10).status_code == 404
    crowded.control("POST", "acts/reassign-task", task=task["id"], owner="crowd-002")
    assert one.get(encounter, timeout=10).status_code == 404

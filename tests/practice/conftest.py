"""One practice server a module, on small charts; faults and the clock are put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.practice.builders import charts
from tests.practice.hospital import QUICK, Browser, Hospital, as_new, running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    place = tmp_path_factory.mktemp("practice")
    with running(place / "data", "--charts", str(charts(place / "charts")), *QUICK) as hospital:
        yield hospital


@pytest.fixture
def hospital(served: Hospital) -> Iterator[Hospital]:
    with as_new(served) as put_back:
        yield put_back


@pytest.fixture
def dana(hospital: Hospital) -> requests.Session:
    return hospital.as_user("dana")


@pytest.fixture
def browser(hospital: Hospital) -> Browser:
    found = Browser(hospital, hospital.session())
    found.http.headers["Accept"] = "text/html"
    return found

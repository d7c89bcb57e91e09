"""Whether this session has a keyring: without one its tests are skipped, aloud."""

from __future__ import annotations

from functools import cache

import pytest

from workstation.errors import KeyringTrouble
from workstation.keys.keyring import Keyring


@cache
def answers() -> bool:
    try:
        Keyring("probe").get("nothing")
    except KeyringTrouble:
        return False
    return True


def demand(item: pytest.Item) -> None:
    """Skip a test marked `keyring` where there is none."""
    if item.get_closest_marker("keyring") is not None and not answers():
        pytest.skip("NO SECRET SERVICE on the session bus: run under dbus-run-session with gnome-keyring-daemon")

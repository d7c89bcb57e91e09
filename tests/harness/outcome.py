"""Whether a test has failed by the time its fixtures are taken down."""

from __future__ import annotations

import pytest

FAILED = pytest.StashKey[bool]()


def has_failed(node: pytest.Item) -> bool:
    return node.stash.get(FAILED, False)

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

from workstation.ids import uuid7


def test_an_id_is_a_version_seven_uuid_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = UUID(uuid7())
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_sort_by_the_time_they_were_made_and_never_repeat() -> None:
    made = []
    for _ in range(20):
        made.append(uuid7())
        time.sleep(0.0005)
    assert made == sorted(made)
    assert len({uuid7() for _ in range(5_000)}) == 5_000

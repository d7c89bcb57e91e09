"""A desk that is killed at any moment has lost nothing it acknowledged."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.desks import E1, KEY
from tests.peers import ROOT
from workstation.cache import drafts, summaries, undo
from workstation.cache.database import Database
from workstation.domain.audit import Outcome
from workstation.operations import audit

TIMES = int(os.environ.get("KILLS", "8"))


def test_kill_nine_costs_no_keystroke_no_code_and_no_settled_intent(tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("SEED", "7")))
    for turn in range(TIMES):
        path = tmp_path / f"cache{turn}.db"
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.operations.worked_to_death", str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        said = [child.stdout.readline().decode() for _ in range(chance.randrange(1, 60))]
        child.kill()
        said += child.stdout.read().decode().splitlines(keepends=True)
        child.wait()
        child.stdout.close()
        whole = [line.split() for line in said if line.endswith("\n")]
        last_draft = max(int(words[1]) for words in whole if words[0] == "draft")
        comments = [words for words in whole if words[0] == "comment"]

        database = Database(path, bytearray(KEY))
        kept = database.read(lambda db: drafts.of_encounter(db, E1)).result()["rationale"]
        assert int(kept[50:]) >= last_draft
        summary = database.read(lambda db: summaries.get(db, E1)).result()
        steps = database.read(lambda db: undo.depth(db, E1)).result()
        assert steps == min(summary.revision, undo.DEEPEST)
        if comments:
            assert summary.revision >= int(comments[-1][2])
            settled = audit.settle(database, [comments[-1][3]]).result()
            assert settled[comments[-1][3]] is Outcome.DONE
        database.close()

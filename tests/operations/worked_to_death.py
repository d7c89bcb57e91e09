"""A coder at work in a process of its own, saying each thing that was acknowledged; the test kills it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.desks import E1, I50_23, open_bench, put_chart
from workstation.domain.coding import PoaIndicator
from workstation.operations import coding, drafts


def main(path: Path) -> None:
    bench = open_bench(path)
    put_chart(bench)
    coding.add(bench.desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    for turn in range(100_000):
        drafts.keep(bench.desk, E1, "rationale", "x" * 50 + str(turn)).result()
        print(f"draft {turn}", flush=True)  # noqa: T201  the test reads it
        summary = coding.set_comment(bench.desk, E1, f"comment {turn}").result()
        print(f"comment {turn} {summary.revision} {bench.guard.intents[-1].id}", flush=True)  # noqa: T201  the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Is everything that is made from the table of policies as the table has it? `--write` makes it anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(Path(__file__).resolve().parent)]

import admx  # noqa: E402
import linux  # noqa: E402
import macos  # noqa: E402
import page  # noqa: E402

WINDOWS = "packaging/windows/policy"


def made() -> Mapping[str, str]:
    """Each file by its path in the repository."""
    return {
        "docs/policies.md": page.text(),
        f"{WINDOWS}/CoderWorkstation.admx": admx.definitions(),
        f"{WINDOWS}/en-US/CoderWorkstation.adml": admx.resources(),
        "packaging/macos/coder-workstation.mobileconfig": macos.profile(),
        "packaging/linux/policies/schema.json": linux.schema(),
        "packaging/linux/policies/site.json": linux.example(linux.SITE),
        "packaging/linux/policies/shared-workstation.json": linux.example(linux.SHARED),
    }


def main() -> int:
    stale = []
    for name, text in made().items():
        path = TOP / name
        if "--write" in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        if not path.is_file() or path.read_bytes() != text.encode():
            stale.append(name)
    for name in stale:
        print(f"{name}: not what the table of policies says; run `make policies`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

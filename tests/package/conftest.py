"""The makers of packages are scripts in packaging/make, found here as they find one another."""

from __future__ import annotations

import sys
from pathlib import Path

MAKE = str(Path(__file__).resolve().parents[2] / "packaging" / "make")
if MAKE not in sys.path:
    sys.path.append(MAKE)

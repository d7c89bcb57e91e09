"""`python -m workstation.practice`: the practice server without the program around it."""

from __future__ import annotations

import sys

from workstation.practice.server import run

sys.exit(run(sys.argv[1:]))

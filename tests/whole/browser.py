"""What `BROWSER` names in tests: fills in the practice sign-in page and sends it, as a person would."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ui.tour.stage import browse

if __name__ == "__main__":
    browse(sys.argv[1], os.environ["PRACTICE_USER"], os.environ["PRACTICE_PASSWORD"], os.environ["PRACTICE_SECRET"])

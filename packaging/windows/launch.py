"""What the launcher of Windows starts: the program, which then starts itself by its launcher's name."""

import sys

sys.frozen = "launcher"  # type: ignore[attr-defined]

from main import main  # noqa: E402  (it asks whether it is frozen while it loads)

sys.exit(main(sys.argv[1:]))

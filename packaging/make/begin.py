"""Runs first in the frozen program: what it starts, such as a browser, must not load the libraries it brought."""

import os

_told = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _told is not None:
    os.environ["LD_LIBRARY_PATH"] = _told
else:
    os.environ.pop("LD_LIBRARY_PATH", None)

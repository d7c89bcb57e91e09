"""Build: where an installed package keeps its files, without importing it (one loads for seconds, one a library)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_folder(name: str) -> Path:
    """Raises ModuleNotFoundError with what to install."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is needed to build the code book: install the build dependencies")
    return Path(spec.origin).parent

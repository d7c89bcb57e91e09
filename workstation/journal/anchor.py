"""The anchor: how far the journal had come, kept in the keyring by a thread that nobody waits for."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from workstation.errors import KeyringTrouble
from workstation.journal.verdict import Anchor

PATIENCE = 12.0  # seconds at the end; a keyring call gives up after ten


class AnchorPlace(Protocol):
    def set_secret(self, name: str, value: str) -> None: ...


class AnchorKeeper:
    """A keyring write costs 31 ms and may hang behind a prompt: only the newest anchor is ever written."""

    def __init__(self, place: AnchorPlace) -> None:
        self._place = place
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal-anchor")
        self._wanted = self.kept = Anchor()  # `kept` is in the keyring for certain
        self._writing: Future[None] | None = None
        self.trouble = ""

    def raise_to(self, anchor: Anchor) -> None:
        """Keep this anchor soon; returns at once."""
        self._wanted = anchor
        self._writing = self._thread.submit(self._write)

    def wait(self) -> None:
        """Until the last anchor is kept, or the keyring has given up."""
        if self._writing is not None:
            self._writing.exception(timeout=PATIENCE)

    def close(self) -> None:
        """Wait for the last anchor."""
        self.wait()
        self._thread.shutdown(wait=False)

    def _write(self) -> None:
        wanted = self._wanted
        if wanted == self.kept:
            return
        try:
            self._place.set_secret("journal", str(wanted))
        except KeyringTrouble as error:
            self.trouble = str(error)
        else:
            self.kept, self.trouble = wanted, ""

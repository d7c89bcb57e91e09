"""Keep cache and server in step: send what waits, fetch what changed, say honestly where it stands."""

from workstation.sync.state import SyncKind, SyncState
from workstation.sync.worker import Sync

__all__ = ["Sync", "SyncKind", "SyncState"]

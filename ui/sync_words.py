"""The sync badge in words: short enough for the header, honest about what the server has."""

from __future__ import annotations

from workstation.sync import SyncKind, SyncState


def words_of(state: SyncState) -> str:
    """`In step`, `Loading 3 of 11`, `Offline since 14:05 · 2 waiting`, `1 refused`."""
    waiting = f" · {state.waiting} waiting" if state.waiting else ""
    since = f"{state.since.astimezone():%H:%M}"
    match state.kind:
        case SyncKind.IN_STEP:
            return f"{state.waiting} waiting" if state.waiting else "In step"
        case SyncKind.WORKING if state.progress:
            return f"Loading {state.progress[0]} of {state.progress[1]}"
        case SyncKind.WORKING:
            return f"Working{waiting}"
        case SyncKind.OFFLINE:
            return f"Offline since {since}{waiting}"
        case SyncKind.BUSY:
            return f"Server busy{waiting}"
        case SyncKind.REFUSED:
            return f"{state.refused} refused{waiting}" if state.refused else f"Server trouble{waiting}"
        case SyncKind.SIGNED_OUT:
            return f"Sign in again to send{waiting}"
        case SyncKind.STOPPED:
            return f"Stopped since {since}{waiting}"

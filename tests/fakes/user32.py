"""Windows' display affinity as it behaves: kept by window, lost when told, refused where it is too old."""

from __future__ import annotations

from workstation.host.capture import LEFT_OUT, NOT_HIDDEN


class FakeUser32:
    """`knows_left_out`: Windows 10 of 2020 and newer. `deaf`: says yes and does nothing, as a remote session may."""

    def __init__(self, *, knows_left_out: bool = True, deaf: bool = False) -> None:
        self.windows: dict[int, int] = {}
        self.asked: list[tuple[int, int]] = []
        self._knows_left_out, self.deaf = knows_left_out, deaf

    def set_affinity(self, window: int, affinity: int) -> bool:
        self.asked.append((window, affinity))
        if affinity == LEFT_OUT and not self._knows_left_out:
            return False
        if not self.deaf:
            self.windows[window] = affinity
        return True

    def affinity(self, window: int) -> int | None:
        return self.windows.get(window, NOT_HIDDEN)

    def forget(self) -> None:
        """What a window manager restart or a minimise was seen to do."""
        self.windows = dict.fromkeys(self.windows, NOT_HIDDEN)
        self.asked.clear()

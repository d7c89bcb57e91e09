"""A desk without a screen: a real process that speaks the channel as it is told on its command line."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from workstation import messages as m
from workstation.channel import Channel


def main() -> None:
    """`obedient` opens at once, `slow` after a second, `late` with an old epoch; `mute` never; `silent` has no last words;
    `stubborn` does not go when asked."""
    manner = sys.argv[1]
    ended = threading.Event()
    channel = Channel(os.dup(0), os.dup(1))

    def heard(message: m.Message) -> None:
        if isinstance(message, m.Invite):
            if manner == "slow":
                time.sleep(1.0)
            channel.send(m.Shown("unlock"))
            epoch = message.lock_epoch - 1 if manner == "late" else message.lock_epoch
            if manner != "mute":
                channel.send(m.Opened(epoch))
                channel.send(m.IntentAsked(1, {"act": "view-worklist", "subject": {}}))
        elif isinstance(message, m.StandDown) and manner != "stubborn":
            if manner != "silent":
                channel.send(m.OnlyHere(2))
            os._exit(0)

    channel.start(heard, lambda _name, _key: None, ended.set)
    channel.send(m.Ready())
    while not ended.wait(0.1):
        if manner in ("obedient", "slow", "silent", "stubborn"):
            channel.send(m.Alive(0.0))
    os._exit(0)


if __name__ == "__main__":
    main()

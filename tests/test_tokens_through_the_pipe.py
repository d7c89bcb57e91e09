"""Why a desk gets no token: it says the same to the coder as the guard has heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workstation import messages as m
from workstation import wire
from workstation.errors import ServerBusy, ServerTrouble, ServerUnreachable, SignedOutByServer
from workstation.guard.errands import Errands
from workstation.link import GuardLink
from workstation.settings import ServerSettings


class Pipe:
    """Both ends at once: what the desk asks the guard's errand answers."""

    def __init__(self, trouble: Exception | None) -> None:
        self.trouble = trouble
        self.heard: Callable[[m.Message], None] = lambda message: None
        self.silent = False
        none: Any = None
        self.errands = Errands(
            none, none, self.work, give_token=self.give, trail=none, device_page=none, check_journal=none
        )

    def start(self, heard: Callable[[m.Message], None], on_key: Any, on_closed: Any) -> None:
        self.heard = heard

    def give(self, stale: bool) -> tuple[str, float]:
        assert self.trouble is not None
        raise self.trouble

    @staticmethod
    def work(do: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        try:
            answer = do()
        except ServerTrouble as error:
            failed(error)
        else:
            done(answer)

    def send(self, message: m.Message) -> None:
        if isinstance(message, m.TokenWanted):
            desk: Any = self
            seat: Any = None
            if not self.silent:
                self.errands.run(desk, message, seat)
        else:
            self.heard(message)


def linked(pipe: Pipe) -> GuardLink:
    channel: Any = pipe
    link = GuardLink(channel)
    link.start(lambda message: None, lambda name, key: None)
    return link


@pytest.mark.parametrize(
    ("trouble", "wait"),
    [(SignedOutByServer("The renewal was cut off."), None), (ServerBusy(retry_after=37.0), 37.0), (ServerBusy(), None),
     (ServerUnreachable("(ConnectTimeout)"), None)],
)  # fmt: skip
def test_a_desk_hears_why_there_is_no_token(trouble: ServerTrouble, wait: float | None) -> None:
    """Every reason once looked like a network that is down: nobody was told to sign in again."""
    link = linked(Pipe(trouble))
    with pytest.raises(type(trouble)) as caught:
        link.ask_token().result(5)
    assert getattr(caught.value, "retry_after", None) == wait


def test_a_guard_that_does_not_answer_is_a_server_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was a time-out nobody had foreseen, and the sync thread ended with it."""
    monkeypatch.setattr(wire, "LONGEST_WAIT", 0.05)
    pipe = Pipe(None)
    pipe.silent = True
    client = wire.client_for(ServerSettings(base="http://127.0.0.1:1/fhir").to_json(), linked(pipe))
    with pytest.raises(ServerUnreachable, match="No token"):
        client.read("Task/t")

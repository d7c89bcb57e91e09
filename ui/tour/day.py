"""What the steps of the tour share: the stage, what a step asserts, and the practice hospital they speak to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from ui.tour.stage import Stage, StepFailed


def hold(fact: object, words: str) -> str:
    """What a step asserts; its words go into the report."""
    if not fact:
        raise StepFailed(f"not so: {words}")
    return words


@dataclass
class Day:
    """What one step leaves for the next."""

    stage: Stage
    before: dict[str, Any]

    def words(self) -> str:
        return "\n".join(self.stage.desk("texts"))

    def now(self) -> dict[str, Any]:
        return self.stage.desk("state")  # type: ignore[no-any-return]

    def wait(self, check: Callable[[dict[str, Any]], object], what: str, seconds: float = 30) -> dict[str, Any]:
        """Until the desk's own state satisfies `check`."""

        last: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            last.update(self.now())
            return last if check(last) else None

        try:
            return self.stage.until(look, what, seconds)  # type: ignore[no-any-return]
        except StepFailed as trouble:
            seen = f"page {last.get('page')}, server: {last.get('sync')}, guard: {self.stage.state.value}"
            raise StepFailed(f"{trouble} ({seen})") from None

    def practice(self, path: str, body: Any) -> Any:
        """Tell the practice hospital to misbehave, or to behave again; what it answers."""
        ready = self.stage.program.practice_child.ready
        address = ready["base"].rsplit("/fhir", 1)[0] + f"/practice/{path}"
        answer = requests.post(
            address, json=body, headers={"Authorization": f"Bearer {ready['control_token']}"}, timeout=10
        )
        hold(answer.ok, f"the practice hospital took {path}")
        return answer.json()

"""The tour's steps about a provider query: written, stopped by a rule, seen before it leaves, answered."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ui.tour.day import Day, hold

INDICATORS = (
    "The squad found him at 84 percent on room air speaking in three-word phrases.",
    "Mr. Pruitt is a 74-year-old man with heart failure since 2021",
)


def query(day: Day, shot: Path) -> str:
    """Two passages of the chart become the clinical indicators of a query."""
    for count, words in enumerate(INDICATORS, 1):
        hold(day.stage.desk("mark", text=words), "words to ask about")
        day.stage.desk("press", keys="Q")
        day.wait(partial(_has_indicators, count), f"indicator {count}")
    _checked(day)
    day.stage.shot(shot)
    hold("DRG" not in day.words(), "no DRG, weight or severity beside a query")
    return hold("of this chart" in day.words(), "marked passages are the query's indicators, and a meter says how much")


def _has_indicators(count: int, state: dict[str, Any]) -> bool:
    return bool(state["query"]["indicators"] == count)


def _checked(day: Day) -> dict[str, Any]:
    """Until the rules have looked at the draft as it stands."""
    return day.wait(lambda state: state["query"]["checked"] == state["query"]["revision"], "the check")["query"]  # type: ignore[no-any-return]


def query_blocked(day: Day, shot: Path) -> str:
    day.stage.desk("choose", name="Reason", value="Clinical indicators without")
    day.stage.desk("choose", name="Template", value="Hypoxia")
    day.stage.desk("choose", name="Recipient", value="attending")
    hold(day.stage.desk("link"), "the answers the first indicator supports")
    day.stage.desk("fill", name="Question", text="Would you agree that he has acute respiratory failure?")
    day.wait(lambda state: "Q11" in state["query"]["stopping"], "the rule that stops a leading question")
    day.stage.desk("press", keys="F8")
    day.stage.pause(0.3)
    day.stage.shot(shot)
    hold("asks for agreement" in day.words(), "why it is stopped")
    day.stage.desk("click", name="Ask it neutrally")
    day.wait(lambda state: "Q11" not in state["query"]["stopping"], "the mended question")
    return hold(
        "Would you agree" not in day.words(), "a leading question is stopped while it is typed, and mended by one key"
    )


def query_preview(day: Day, shot: Path) -> str:
    _checked(day)
    for _ in range(12):
        if not day.stage.desk("settle"):
            break
        _checked(day)
    for rule in _checked(day)["stopping"]:
        day.stage.desk("fill", name=f"Why {rule} stands all the same", text="Each is supported by the findings quoted.")
    day.wait(lambda state: not state["query"]["stopping"] and not state["query"]["doubts"], "nothing to stop it")
    day.stage.desk("press", keys="Ctrl+Return")
    day.stage.until(lambda: "Exactly what will leave" in day.words(), "the preview", 10)
    day.stage.shot(shot)
    leaving = "\n".join(day.now()["query"]["parts"])
    hold("[NAME]" in leaving and "Pruitt" not in leaving, "the patient's name leaves as a placeholder")
    return hold("Ready to send" in day.words(), "the very words that will leave, and what was taken out of them")


def query_answer(day: Day, shot: Path) -> str:
    day.stage.desk("click", name="Send")
    day.wait(lambda state: state["query"]["state"] == "sent", "the query on its way")
    asked = day.stage.until(
        lambda: day.practice("resource", {"type": "CommunicationRequest"}), "the server to have it", 60
    )
    day.wait(lambda state: state["sync"] == "In step", "the disclosure on record", 60)
    hold(len(asked) == 1 and "Pruitt" not in str(asked), "one request at the server, without the patient's name")
    day.practice("acts/answer-query", {"query": asked[0]["id"]})
    day.stage.desk("press", keys="Ctrl+R")
    day.wait(lambda state: state["query"]["state"] == "documentation updated", "the answer", 60)
    day.stage.until(lambda: "Compare old and new" in day.words(), "the addendum", 30)
    day.stage.shot(shot)
    day.stage.desk("choose", name="Close the query", value="Documentation updated")
    day.wait(lambda state: state["query"]["state"] == "closed", "the closed query")
    day.stage.until(lambda: "On hold" not in day.words(), "the end of the hold", 20)
    day.stage.desk("click", name="Close the query dock")
    return hold(True, "the provider answers with an addendum; the hold ends and the query is closed")

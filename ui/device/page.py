"""This device: what it protects, what is armed, and what it cannot do, said plainly."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.parts import label
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from workstation.changes import Changes
from workstation.messages import DevicePage as Facts


class DevicePage(QWidget):
    """Asks the guard, which alone knows."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        columns: tuple[Column[list[str]], ...] = (
            Column("", lambda fact: fact[0], width=220),
            Column("State", lambda fact: fact[1], width=220),
            Column("What it means", lambda fact: fact[2]),
        )
        self._model: ValueModel[list[str]] = ValueModel(columns, self)
        self._table = SealedTable("This device")
        self._table.fit(self._model)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addWidget(label("This device", "title"))
        whole.addWidget(self._table, 1)
        whole.addWidget(
            label(
                "Copy control deters; it cannot stop a camera, an administrator of this computer, or assistive "
                "technology a user has turned on.",
                "caption",
                wrap=True,
            )
        )

    def enter(self) -> None:
        """Nothing is asked before the page is shown."""

    def changed(self, changes: Changes) -> None:
        """Facts of the device do not change with the cache."""

    def shown(self) -> None:
        self._room.when_done(self._room.link.ask_device(), self._show, of=self)

    def _show(self, facts: Facts) -> None:
        self._model.show(facts.rows)
        self._table.setFocus()

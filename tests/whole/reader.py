"""A screen reader for tests: walks AT-SPI over D-Bus, as Orca does, and asks what it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ATSPI = "org.a11y.atspi"
ROOT = "/org/a11y/atspi/accessible/root"


@dataclass(frozen=True)
class Node:
    """One accessible object: its application on the bus, and its path."""

    bus: str
    path: str


class Reader:
    """Connected to the accessibility bus of this session. Raises OSError or KeyError where there is none."""

    def __init__(self) -> None:
        session = open_dbus_connection(bus="SESSION")
        try:
            broker = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            address = session.send_and_get_reply(new_method_call(broker, "GetAddress"), timeout=10).body[0]
        finally:
            session.close()
        self._bus: DBusConnection = open_dbus_connection(bus=address)

    def close(self) -> None:
        self._bus.close()

    def call(
        self, node: Node, interface: str, verb: str, signature: str | None = None, body: tuple[Any, ...] = ()
    ) -> Any:
        """The answer's first value; None where the object does not do that."""
        address = DBusAddress(node.path, bus_name=node.bus, interface=f"{ATSPI}.{interface}")
        reply = self._bus.send_and_get_reply(new_method_call(address, verb, signature, body), timeout=10)
        failed = reply.header.message_type.name == "error"
        return None if failed or not reply.body else reply.body[0]

    def words(self, node: Node) -> list[str]:
        """Its name, its description, and its text."""
        address = DBusAddress(node.path, bus_name=node.bus, interface=f"{ATSPI}.Accessible")
        found = []
        for name in ("Name", "Description"):
            reply = self._bus.send_and_get_reply(Properties(address).get(name), timeout=10)
            if reply.header.message_type.name != "error":
                found.append(str(reply.body[0][1]))
        found.append(str(self.call(node, "Text", "GetText", "ii", (0, -1)) or ""))
        return [text for text in found if text]

    def tree(self, top: Node | None = None) -> Iterator[Node]:
        """Every object of every application."""
        node = top or Node(f"{ATSPI}.Registry", ROOT)
        yield node
        for bus, path in self.call(node, "Accessible", "GetChildren") or ():
            if path != "/org/a11y/atspi/null":
                yield from self.tree(Node(bus, path))

    def everything(self) -> str:
        """All that can be read on this screen now."""
        return "\n".join(text for node in self.tree() for text in self.words(node))

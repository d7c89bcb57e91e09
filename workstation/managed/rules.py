"""What a policy is: its name, its type, its limits, who may set it, and which of two values is the stricter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is, in the words of the documents."""

    TEXT = "text"
    URL = "address"
    PATH = "path"
    KEY = "public key (32 bytes, base64)"
    PINS = "list of pins (SHA-256 of a public key, base64)"
    PORTS = "list of port numbers"
    WORDS = "list of words"
    SECONDS = "seconds"
    MOMENT = "moment with its zone"
    SWITCH = "on or off"
    CHOICE = "word"
    VERSION = "version"


class Group(StrEnum):
    """The headings, in the order they are read."""

    SERVER = "Server and network"
    KEYS = "Keys of the organisation"
    LOCKING = "Locking and signing out"
    CHARTS = "Charts on the computer"
    STEP_UP = "Step-up code"
    CARRYING = "Screen and copy"
    PROGRAM = "Program"
    CODING = "Queries, teaching and edits"


class By(StrEnum):
    """Who may set it."""

    COMPUTER = "computer"  # by IT, where the computer's own account cannot write
    RECOMMENDED = "recommended"  # by IT, for a coder who chooses nothing else
    COMMAND = "command line"
    SERVER = "server"


class Wins(StrEnum):
    """Which value counts where computer and server both set one."""

    ONLY = ""  # one place alone sets it
    COMPUTER = "the computer's"
    LESS = "the smaller"
    MORE = "the newer"
    ON = "on"
    OFF = "off"
    BOTH = "both lists together"


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy. `name` is the same in every file, registry value, property list and in the program."""

    name: str
    kind: Kind
    group: Group
    title: str
    meaning: str
    built_in: object = ""
    strict: object = ""  # in place of a value that cannot be used
    low: int = 0
    high: int = 0  # 0: no limits
    choices: tuple[str, ...] = ()
    by: tuple[By, ...] = (By.COMPUTER,)
    wins: Wins = Wins.ONLY
    server: str = ""  # its name in the server's policy
    stops: bool = False  # a value that cannot be used stops the program: a laxer one in its place would be worse
    example: str = ""

    @property
    def on_computer(self) -> bool:
        """Whether IT may set it on a computer."""
        return By.COMPUTER in self.by

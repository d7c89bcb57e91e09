"""The one table of policies: documents, templates, checks and the program itself are made from it."""

from __future__ import annotations

from workstation.domain.policy import (
    LONGEST_IDLE_LOCK,
    LONGEST_LEASE,
    LONGEST_RETENTION,
    RETENTION_CLASSES,
    SHORTEST_IDLE_LOCK,
    SHORTEST_RETENTION,
    STEP_UP_FOR,
    TEACHING_DATES,
    Policy,
)
from workstation.managed.rules import By, Group, Kind, Rule, Wins

_DAY = 24 * 3600
_HERE_AND_THERE = (By.COMPUTER, By.SERVER)
_BUILT_IN = Policy()


def _seconds(name: str, group: Group, server: str, low: int, high: int, title: str, meaning: str, *more: By) -> Rule:
    """A time that computer and server may both set: the smaller counts."""
    own = getattr(_BUILT_IN, name)
    by = more or _HERE_AND_THERE
    wins = Wins.LESS if By.COMPUTER in by else Wins.ONLY
    return Rule(
        name, Kind.SECONDS, group, title, meaning, own, own, low, high, by=by, wins=wins, server=server
    )  # fmt: skip


def _server_key(name: str, title: str, meaning: str, *, stops: bool) -> Rule:
    return Rule(name, Kind.KEY, Group.KEYS, title, meaning, stops=stops)


SERVER: tuple[Rule, ...] = (
    Rule(
        "base", Kind.URL, Group.SERVER, "Server",
        "Base URL of the FHIR R4 server: https, or http for this computer alone. Set here, nobody can choose another "
        "server on the command line.",
        by=(By.COMPUTER, By.RECOMMENDED, By.COMMAND), stops=True, example="https://fhir.hospital.example/r4",
    ),
    Rule(
        "issuer", Kind.URL, Group.SERVER, "Identity provider",
        "Where the server does not publish its identity provider, the address of it.",
        stops=True, example="https://login.hospital.example",
    ),
    Rule(
        "redirect_ports", Kind.PORTS, Group.SERVER, "Ports for the way back from the browser",
        "Ports on 127.0.0.1, tried in order; 0 is any that is free. For identity providers that want fixed ones.",
        built_in=(0,), strict=(0,), low=0, high=65535, example="49200, 49201",
    ),
    Rule(
        "ca", Kind.PATH, Group.SERVER, "Certificate authority",
        "A PEM file trusted instead of the system's roots, for server and identity provider.",
        stops=True, example="/etc/opt/coder-workstation/ca.pem",
    ),
    Rule(
        "pin", Kind.PINS, Group.SERVER, "Pinned keys",
        "Keys the server and the identity provider are held to, beside the roots: doctor --server URL prints the one the "
        "server has now. List the next key too before it changes.",
        built_in=(), strict=(), stops=True, example="zMHQRe2rnD2eK0WkmAsAPFXvOpNGW1ZkLd4STCrzPDY=",
    ),
    Rule(
        "proxy", Kind.URL, Group.SERVER, "Proxy",
        "Proxy for all requests. The environment's and the system's proxies are never used.",
        stops=True, example="http://proxy.hospital.example:3128",
    ),
    Rule(
        "organisation", Kind.TEXT, Group.SERVER, "Organisation",
        "Id of the Organization whose policy applies; else that of the coder's PractitionerRole.",
        example="lakemere",
    ),
    Rule(
        "query_packs", Kind.PATH, Group.CODING, "Query rules and templates",
        "A folder with query_rules and templates of your own, either or both, in place of ours.",
        example="/etc/opt/coder-workstation/query-packs",
    ),
    _server_key(
        "command_key", "Command key",
        "Ed25519. Orders to lock or erase this device count only when signed with its private half.", stops=True,
    ),
    _server_key(
        "receipt_key", "Receipt key",
        "Ed25519. An audit event counts as delivered only when its receipt is signed with the private half.", stops=True,
    ),
    _server_key(
        "recovery_key", "Recovery key",
        "X25519. Unsent work can be saved with its private half when a password or keyring is lost. Set it before "
        "coders enrol.", stops=False,
    ),
)  # fmt: skip

SHARED: tuple[Rule, ...] = (
    _seconds(
        "idle_lock", Group.LOCKING, "idleLock", SHORTEST_IDLE_LOCK, LONGEST_IDLE_LOCK, "Lock without input after",
        "Without input the desk locks. Half of it, at most 5 minutes, where nothing tells of the system's lock or of sleep.",
    ),
    Rule(
        "idle_warning", Kind.SECONDS, Group.LOCKING, "Warn before the lock",
        "The countdown is shown so long before; at most half the time to the lock.",
        _BUILT_IN.idle_warning, _BUILT_IN.idle_warning, 5, LONGEST_IDLE_LOCK // 2, by=_HERE_AND_THERE,
        wins=Wins.COMPUTER, server="idleWarning",
    ),
    _seconds(
        "idle_sign_out", Group.LOCKING, "idleSignOut", SHORTEST_IDLE_LOCK, 12 * 3600, "Sign out without input after",
        "Without input the coder is signed out; never before the lock.",
    ),
    _seconds(
        "lease", Group.LOCKING, "offlineMax", 60, LONGEST_LEASE, "Unlock without the server for",
        "The lease: how long a coder may unlock without the server, counted from its last answer to an open desk.",
    ),
    Rule(
        "shared_workstation", Kind.SWITCH, Group.LOCKING, "Shared workstation",
        "Every sign-in asks who is there, nobody is offered to unlock at the start, and signing out crypto-shreds the "
        "coder's charts, unless some of their work is nowhere else.",
        built_in=False, strict=True, by=_HERE_AND_THERE, wins=Wins.ON, server="sharedWorkstation",
    ),
    _seconds(
        "cache_lifetime", Group.CHARTS, "cacheTtl", 60, 30 * _DAY, "Keep charts for",
        "A finished encounter stays on the computer so long, and a cache nobody confirmed for so long is destroyed.",
    ),
    _seconds(
        "dormant_after", Group.CHARTS, "dormantAfter", _DAY, 365 * _DAY, "Purge a coder not seen for",
        "A coder the server has not known for so long is purged from the computer.",
    ),
    _seconds(
        "journal_retention", Group.CHARTS, "journalRetention", SHORTEST_RETENTION, LONGEST_RETENTION, "Keep audit events for",
        "So long an audit event stays on the computer after the server has confirmed it; one it has not confirmed stays.",
        By.SERVER,
    ),
    Rule(
        "step_up_at_unlock", Kind.SWITCH, Group.STEP_UP, "Step-up code at each unlock",
        "Each unlock asks for the step-up code too.",
        built_in=False, strict=True, by=_HERE_AND_THERE, wins=Wins.ON, server="stepUpAtUnlock",
    ),
    Rule(
        "step_up_for", Kind.WORDS, Group.STEP_UP, "Step-up code for",
        "What asks for a step-up code; the word none for nothing.",
        built_in=tuple(sorted(STEP_UP_FOR)), strict=("hand-back", "password", "reopen", "retract", "reveal"),
        choices=("reveal", "reopen", "retract", "hand-back", "password", "none"), by=_HERE_AND_THERE,
        wins=Wins.BOTH, server="stepUpFor", example="reveal, reopen, retract, password",
    ),
    _seconds(
        "step_up_grace", Group.STEP_UP, "stepUpGrace", 0, LONGEST_IDLE_LOCK, "One step-up code is good for",
        "One code covers what follows within this time; at most the time to the lock.",
    ),
    Rule(
        "code_copy", Kind.SWITCH, Group.CARRYING, "Copy a bare code",
        "Ctrl+C on a code in the finder or the summary copies that code alone, on record.",
        built_in=False, strict=False, by=_HERE_AND_THERE, wins=Wins.OFF, server="codeCopy",
    ),
    Rule(
        "capture_until", Kind.MOMENT, Group.CARRYING, "Allow screenshots until",
        "Until then, and only in its last 24 hours, screenshots are not blocked where they can be (Windows), for training "
        "or support; recorded when it begins and ends.",
        built_in=0, strict=0, by=_HERE_AND_THERE, wins=Wins.LESS, server="captureUntil",
        example="2027-03-01T17:00:00+00:00",
    ),
    Rule(
        "minimum_version", Kind.VERSION, Group.PROGRAM, "Oldest version allowed",
        "An older program gets no new charts and says whom to ask; what is on the computer can be finished and is sent. A "
        "value that names no version counts as none: a slip must not lock every computer out.",
        by=_HERE_AND_THERE, wins=Wins.MORE, server="minimumVersion", example="1.4.2",
    ),
    Rule(
        "support_contact", Kind.TEXT, Group.PROGRAM, "Whom a coder asks",
        "A name, a number or an address, shown where a coder needs help of yours. At most 200 characters.",
        by=_HERE_AND_THERE, wins=Wins.COMPUTER, server="supportContact", example="Service desk, 555-0100",
    ),
)  # fmt: skip

PROGRAM: tuple[Rule, ...] = (
    Rule(
        "practice_allowed", Kind.SWITCH, Group.PROGRAM, "Practice hospital",
        "Whether --practice, practice-server and tour may be used. Built in: off where the program is installed or any "
        "policy is set on the computer, on in a source checkout without one.",
        built_in=False, strict=False,
    ),
    Rule(
        "online_only", Kind.SWITCH, Group.CHARTS, "Keep nothing on the computer",
        "Charts, journal and keys are in memory alone; each lock ends what was not finalized, the computer is a new device "
        "at each start, and nobody works without the server. For computers whose keyring belongs to everybody.",
        built_in=False, strict=True,
    ),
    Rule(
        "full_screen", Kind.SWITCH, Group.PROGRAM, "Full screen",
        "The windows cover the screen. It tidies a shared workstation; it does not keep anybody in.",
        built_in=False, strict=False,
    ),
)  # fmt: skip

ORGANISATION: tuple[Rule, ...] = (
    _seconds(
        "query_due", Group.CODING, "queryDue", 3600, 90 * _DAY, "A provider answers within",
        "A provider has so long to answer a query.", By.SERVER,
    ),
    _seconds(
        "query_escalate", Group.CODING, "queryEscalate", 3600, 90 * _DAY, "A query is escalated after", "Then it is escalated.",
        By.SERVER,
    ),
    _seconds(
        "query_expire", Group.CODING, "queryExpire", 3600, 365 * _DAY, "A query ends after",
        "Then it ends without an answer.", By.SERVER,
    ),
    Rule(
        "query_retention", Kind.CHOICE, Group.CODING, "An answered query becomes part of", "Stamped on each query.",
        _BUILT_IN.query_retention, _BUILT_IN.query_retention, choices=RETENTION_CLASSES, by=(By.SERVER,),
        server="queryRetention",
    ),
    Rule(
        "teaching_dates", Kind.CHOICE, Group.CODING, "Dates in a teaching copy",
        "What stands for a date in a teaching copy: its year, or the date moved by whole weeks drawn anew for each copy.",
        _BUILT_IN.teaching_dates, _BUILT_IN.teaching_dates, choices=TEACHING_DATES, by=(By.SERVER,),
        server="teachingDates",
    ),
    _seconds(
        "teaching_approval", Group.CODING, "teachingApproval", 3600, 30 * _DAY, "A teaching copy is made within",
        "An approved teaching copy is made within this time.", By.SERVER,
    ),
    _seconds(
        "teaching_keep", Group.CODING, "teachingKeep", _DAY, 365 * _DAY, "A teaching copy is read within",
        "A released teaching copy is read within this time; then its text goes.", By.SERVER,
    ),
    Rule(
        "edit_levels", Kind.WORDS, Group.CODING, "Edits taken more seriously",
        "Repeated: rule and level (WARNING or ERROR) raise an edit; nothing lowers one.", (), (), by=(By.SERVER,),
        server="editLevel",
    ),
    Rule(
        "features", Kind.WORDS, Group.CODING, "Verbs by role",
        "role and allow codes. query: write queries; drg: see weights; teaching, propose, grant: make, propose, decide on "
        "teaching copies. While no role is listed everyone may.", (), (), by=(By.SERVER,), server="feature",
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*SERVER, *SHARED, *PROGRAM, *ORGANISATION)
BY_NAME = {rule.name: rule for rule in RULES}
ON_COMPUTER = tuple(rule for rule in RULES if rule.on_computer)

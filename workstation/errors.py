"""Everything that can go wrong in the world, in words a coder understands.

WorkstationError
├── InvalidCode            typed text that is no code
├── SignInRefused          the identity provider said no, or the sign-in was abandoned
├── LeaseExpired           offline time is used up; sign in online
├── WrongPassword          the unlock password did not open the cache
├── TooManyTries           throttled; says how long to wait
├── StepUpRefused          the step-up code is wrong or was already used
├── KeyringTrouble         no safe place for the device key
├── CacheDamaged           the encrypted cache fails its checks
├── CacheTooNew            written by a newer version of the program
├── ProgramTooOld          older than the organisation allows: no new charts
├── DiskTrouble            full, read-only or too slow
├── AuditUnavailable       the journal cannot record; nothing clinical is shown
├── NotAllowed             the role or policy does not permit it
├── NotHere                not in the cache and the server is out of reach
├── DocumentUnreadable     a document of a kind that cannot be shown
├── CaptureRefused         a region of a scanned page that cannot be kept
├── CopyRefused            a teaching copy that cannot be made or released
├── ExportTrouble          an export of the journal that cannot be made or read
├── WrongKindOfUse         the command line or a setting is wrong
└── ServerTrouble          an answer of the server, or none
    ├── ServerUnreachable
    ├── ServerRefused      4xx with its reason
    ├── ServerBusy         429 or 5xx; says when to try again
    ├── SignedOutByServer  401, invalid_grant or a deactivated role
    ├── WrongCertificate   whoever answers cannot show that it is the server
    ├── WrongServerKey     its certificate rests on none of the pinned keys
    ├── Conflict           somebody else changed it first
    ├── BadReceipt         its receipt for audit events does not hold, or did not come
    └── MalformedAnswer    the server sent what FHIR does not allow

Texts never hold PHI: ids and counts only. Anything that is not a WorkstationError is a bug.
"""

from __future__ import annotations


class WorkstationError(Exception):
    """The world's doing: `str()` says what happened, `remedy` what to do."""

    what = "Something outside the program failed."
    remedy = "Try again; if it stays, tell your IT support."

    def __init__(self, detail: str = "", *, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if remedy is not None:
            self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.detail}".strip()


class InvalidCode(WorkstationError):
    what = "That does not have the shape of a code:"
    remedy = "Check the characters, or search by words instead."


class SignInRefused(WorkstationError):
    what = "You were not signed in."
    remedy = "Sign in again in the browser. If it is refused again, ask your IT support to check your account."


class LeaseExpired(WorkstationError):
    what = "Your offline time on this device is used up."
    remedy = "Connect to the network and sign in. Your unsent work is kept."


class WrongPassword(WorkstationError):
    what = "That is not the unlock password of this device."
    remedy = "Try again. If you have forgotten it, choose Sign in again and set a new one."


class TooManyTries(WorkstationError):
    what = "Too many wrong tries."
    remedy = "Wait until the counter has run down, or sign in again in the browser."


class StepUpRefused(WorkstationError):
    what = "That step-up code was not accepted."
    remedy = "Enter the code your authenticator shows now. Each code works once."


class KeyringTrouble(WorkstationError):
    what = "The system keyring cannot keep this device's key."
    remedy = "Unlock the keyring of your session, or ask your IT support to enable one. Nothing was stored."


class CacheDamaged(WorkstationError):
    what = "The encrypted cache on this device is damaged."
    remedy = "It was set aside and is being rebuilt from the server. Unsent work is recovered where possible."


class CacheTooNew(WorkstationError):
    what = "What is kept here was written by a newer version of the program."
    remedy = "Ask your IT support to update this workstation. Nothing was changed."


class ProgramTooOld(WorkstationError):
    what = "This program gets no new charts."
    remedy = "Ask your IT support for the update. What is on this computer can be finished, and all of it is sent."


class DiskTrouble(WorkstationError):
    what = "The disk cannot be written."
    remedy = "Free some space or ask your IT support. What was saved before is safe."


class AuditUnavailable(WorkstationError):
    what = "This cannot be recorded in the audit journal, so it was not done."
    remedy = "Ask your IT support to check the disk. Your work is saved."


class NotAllowed(WorkstationError):
    what = "Your role does not permit this."
    remedy = "Ask your lead if you need it for your work."


class NotHere(WorkstationError):
    what = "This is not on the device yet."
    remedy = "It is fetched as soon as the server can be reached."


class DocumentUnreadable(WorkstationError):
    what = "This document cannot be shown here."
    remedy = "Ask for it in another form, or read it in the source system."


class CaptureRefused(WorkstationError):
    what = "This region of the page cannot be kept."
    remedy = "Choose a smaller region, with what the query is about and nothing else."


class CopyRefused(WorkstationError):
    what = "This teaching copy is not safe to show."
    remedy = "Discard it and ask for another encounter. Nothing of the chart was kept."


class WrongKindOfUse(WorkstationError):
    what = "The program was started in a way it does not understand."
    remedy = "Start it with --help to see what it understands."


class ExportTrouble(WorkstationError):
    what = "This export cannot be made or read."
    remedy = "Check the file and the key."


class ServerTrouble(WorkstationError):
    what = "The server gave no usable answer."
    remedy = "Work on: everything is saved here and sent when the server answers."


class ServerUnreachable(ServerTrouble):
    what = "The server cannot be reached."
    remedy = "Check the network or VPN. Work on: everything is saved here and sent later."


class WrongCertificate(ServerTrouble):
    what = "Whoever answers at the server's address could not show that it is the server."
    remedy = (
        "Nothing was sent. Tell your IT support: its certificate is wrong or out of date, or it is not your server."
    )


class WrongServerKey(ServerTrouble):
    what = "The server's certificate is not one your organisation has named."
    remedy = "Nothing was sent. Tell your IT support at once: the pin in the settings is old, or it is not your server."


class ServerRefused(ServerTrouble):
    what = "The server refused this."
    remedy = "Read its reason. Your work is kept; ask your lead if it stays refused."

    def __init__(self, detail: str = "", *, status: int = 0, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.status = status


class ServerBusy(ServerTrouble):
    what = "The server is busy."
    remedy = "It is tried again by itself."

    def __init__(self, detail: str = "", *, retry_after: float | None = None, status: int = 503) -> None:
        super().__init__(detail)
        self.retry_after = retry_after  # seconds; None when the server did not say
        self.status = status


class SignedOutByServer(ServerTrouble):
    what = "The server has ended your session."
    remedy = "Sign in again. Your unsent work is kept."


class Conflict(ServerTrouble):
    what = "Somebody changed this on the server in the meantime."
    remedy = "Look at both versions and decide which one stands."


class BadReceipt(ServerTrouble):
    what = "The server's receipt for audit events does not hold."
    remedy = "Tell IT: nothing is lost, and the events are kept here until a good receipt comes."


class MalformedAnswer(ServerTrouble):
    what = "The server sent something that is not valid FHIR."
    remedy = "It was left out. Tell your IT support the resource id shown."

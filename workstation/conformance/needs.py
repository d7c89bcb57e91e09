"""What this client asks of a server: resource types with their interactions, and searches with what each is for."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.fhir import systems

READ, SEARCH, CREATE, UPDATE = "read", "search-type", "create", "update"


@dataclass(frozen=True, slots=True)
class Need:
    """One resource type. Without an essential one no coder works; without another one part of the work is missing."""

    kind: str
    interactions: tuple[str, ...]
    essential: bool
    what_for: str


NEEDS = (
    Need("Task", (READ, SEARCH, UPDATE), True, "the worklist"),
    Need("Encounter", (READ,), True, "the chart"),
    Need("Patient", (READ,), True, "the chart"),
    Need("Practitioner", (READ,), True, "who signed in"),
    Need("PractitionerRole", (SEARCH,), True, "what the coder may do"),
    Need("DocumentReference", (SEARCH,), True, "the chart's documents"),
    Need("Binary", (READ,), True, "the documents' text"),
    Need("Observation", (SEARCH,), True, "results"),
    Need("Condition", (SEARCH,), True, "problems"),
    Need("MedicationRequest", (SEARCH,), True, "drugs"),
    Need("MedicationAdministration", (SEARCH,), True, "drugs given"),
    Need("Coverage", (SEARCH,), True, "who pays"),
    Need("Claim", (READ, SEARCH, CREATE, UPDATE), True, "the coded result"),
    Need("CommunicationRequest", (READ, SEARCH, CREATE, UPDATE), False, "provider queries"),
    Need("Communication", (SEARCH,), False, "answers of providers"),
    Need("AuditEvent", (CREATE,), True, "the audit trail"),
    Need("Device", (READ, SEARCH, CREATE), False, "orders to lock and wipe"),
    Need("Basic", (SEARCH,), False, "the organisation's policy"),
)


@dataclass(frozen=True, slots=True)
class Search:
    """A search the client sends, tried with an id nobody has: an answer with entries means it is not filtered."""

    kind: str
    parameter: str
    value: str  # {id} stands for the id nobody has
    essential: bool
    without: str


SEARCHES = (
    Search("Task", "owner", "Practitioner/{id}", True, "Assignments cannot be found."),
    Search(
        "Task",
        "identifier",
        f"{systems.SID_PROVIDER_TASK}|{{id}}",
        False,
        "A query sent twice is two for its provider.",
    ),
    Search(
        "Claim", "identifier", f"{systems.SID_CODED_RESULT}|{{id}}", True, "A result sent before cannot be found again."
    ),
    Search("DocumentReference", "encounter", "Encounter/{id}", True, "No chart can be fetched."),
    Search("Encounter", "_id", "{id}", False, "The daily walk fetches each chart anew."),
    Search("Observation", "encounter", "Encounter/{id}", True, "No chart can be fetched."),
    Search("Condition", "encounter", "Encounter/{id}", True, "No chart can be fetched."),
    Search("MedicationRequest", "encounter", "Encounter/{id}", True, "No chart can be fetched."),
    Search("MedicationAdministration", "context", "Encounter/{id}", True, "No chart can be fetched."),
    Search("Coverage", "beneficiary", "Patient/{id}", True, "No chart can be fetched."),
    Search(
        "PractitionerRole", "practitioner", "Practitioner/{id}", True, "Nobody's role is known: sign-in is refused."
    ),
    Search("Communication", "based-on", "CommunicationRequest/{id}", False, "Answers of providers do not come in."),
    Search("Basic", "identifier", f"{systems.SID_POLICY}|{{id}}", False, "The built-in policy applies."),
    Search("Device", "identifier", f"{systems.SID_INSTALLATION}|{{id}}", False, "Each sign-in makes the device anew."),
    Search(
        "AuditEvent", "_tag", f"{systems.SID_AUDIT_EVENT}|{{id}}", False, "A lost answer to an event is not looked up."
    ),
)

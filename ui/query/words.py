"""Words the query screens share: triggers, forms, states and findings, as a coder says them."""

from __future__ import annotations

from workstation.domain.queries.finding import Weight
from workstation.domain.queries.life import Closing, QueryState
from workstation.domain.queries.query import Form, Trigger

TRIGGER_WORDS = {
    Trigger.CONFLICTING: "Conflicting documentation",
    Trigger.INCOMPLETE: "Incomplete documentation",
    Trigger.AMBIGUOUS: "Ambiguous documentation",
    Trigger.ILLEGIBLE: "Illegible documentation",
    Trigger.INDICATORS_WITHOUT_DIAGNOSIS: "Clinical indicators without a diagnosis",
    Trigger.DIAGNOSIS_WITHOUT_INDICATORS: "Diagnosis without clinical indicators",
    Trigger.SPECIFICITY: "Specificity",
    Trigger.CAUSE_AND_EFFECT: "Cause and effect",
    Trigger.PRESENT_ON_ADMISSION: "Present on admission",
    Trigger.PROCEDURE_DETAIL: "Procedure detail",
    Trigger.CLINICAL_VALIDATION: "Clinical validation",
}
FORM_WORDS = {Form.MULTIPLE_CHOICE: "Multiple choice", Form.OPEN: "Open", Form.YES_NO: "Yes or no"}
STATE_TONES = {
    QueryState.DRAFT: "neutral",
    QueryState.PEER_REVIEW: "info",
    QueryState.SENT: "info",
    QueryState.VIEWED: "info",
    QueryState.ESCALATED: "warning",
    QueryState.RESPONDED: "success",
    QueryState.DOCUMENTED: "success",
    QueryState.CLOSED: "neutral",
    QueryState.CANCELLED: "neutral",
    QueryState.EXPIRED: "warning",
    QueryState.RETRACTED: "danger",
}
CLOSING_WORDS = {
    Closing.DOCUMENTED: "Documentation updated",
    Closing.NO_CHANGE: "Answered, nothing changes",
    Closing.DISAGREED: "The provider disagreed",
    Closing.UNDETERMINED: "Clinically undetermined",
}
WEIGHT_TONES = {
    Weight.BLOCK: "danger",
    Weight.ATTESTATION: "warning",
    Weight.WARNING: "warning",
    Weight.INFORMATION: "info",
}


def state_words(state: QueryState) -> str:
    return state.value[:1].upper() + state.value[1:]

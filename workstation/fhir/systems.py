"""The code systems, identifier systems and extensions the wire uses, each named once."""

from __future__ import annotations

from workstation.domain.codes import CodeSystem

X = "https://coder.example/fhir"

# identifiers
SID_CODED_RESULT = f"{X}/sid/coded-result"
SID_ACCOUNT = f"{X}/sid/account"
SID_MRN = f"{X}/sid/mrn"
SID_DOCUMENT = f"{X}/sid/document"
SID_CODING_TASK = f"{X}/sid/coding-task"
SID_WORKLIST = f"{X}/sid/worklist"
SID_USER = f"{X}/sid/user"
SID_POLICY = f"{X}/sid/policy"
SID_INSTALLATION = f"{X}/sid/installation"
SID_DEVICE_COMMAND = f"{X}/sid/device-command"
SID_AUDIT_EVENT = f"{X}/sid/audit-event"
SID_PROVIDER_QUERY = f"{X}/sid/provider-query"
SID_PROVIDER_TASK = f"{X}/sid/provider-task"
SID_QUERY_REVIEW = f"{X}/sid/query-review"
SID_HAND_OVER = f"{X}/sid/hand-over"
SID_TEACHING = f"{X}/sid/teaching-copy"

# our own code systems and extensions
CODING_TASK = f"{X}/CodeSystem/coding-task"
CODING_STATUS = f"{X}/CodeSystem/coding-status"
CODING_ROLE = f"{X}/CodeSystem/coding-role"
CODING_TASK_OUTPUT = f"{X}/CodeSystem/coding-task-output"
CODING_TASK_INPUT = f"{X}/CodeSystem/coding-task-input"
DEVICE_COMMAND = f"{X}/CodeSystem/device-command"
DEVICE_COMMAND_OUTPUT = f"{X}/CodeSystem/device-command-output"
JOURNAL_KEY = f"{X}/StructureDefinition/journal-key"
JOURNAL_RECEIPTS = f"{X}/StructureDefinition/journal-receipts"
COMMAND_SIGNATURE = f"{X}/StructureDefinition/command-signature"
BASIC_TYPE = f"{X}/CodeSystem/basic-type"
EVIDENCE = f"{X}/StructureDefinition/evidence"
RATIONALE = f"{X}/StructureDefinition/rationale"
CHECKED_WITH = f"{X}/StructureDefinition/checked-with"
QUERY_PART = f"{X}/StructureDefinition/query-part"
QUERY_CHECKED = f"{X}/StructureDefinition/query-checked"
COMMUNICATION_CATEGORY = f"{X}/CodeSystem/communication-category"
QUERY_REASON = f"{X}/CodeSystem/query-reason"
QUERY_REVIEW_OUTPUT = f"{X}/CodeSystem/query-review-output"
HAND_OVER_REASON = f"{X}/CodeSystem/hand-over-reason"
HTTP_STATUS = f"{X}/CodeSystem/http-status"
TEACHING_NEED = f"{X}/CodeSystem/teaching-need"
TEACHING_OUTPUT = f"{X}/CodeSystem/teaching-output"
WORKSTATION_POLICY = f"{X}/StructureDefinition/workstation-policy"

# code sets
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
MS_DRG = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"
CODE_SYSTEMS: dict[CodeSystem, str] = {
    CodeSystem.ICD10CM: ICD10CM,
    CodeSystem.ICD10PCS: ICD10PCS,
    CodeSystem.CPT: CPT,
    CodeSystem.HCPCS: HCPCS,
}
LOINC = "http://loinc.org"

# terminology of claims
POA = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/HospitalAcqCond/Coding"
POA_OLD = "https://www.nubc.org/CodeSystem/PresentOnAdmissionIndicator"
DIAGNOSIS_TYPE = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
C4BB_DIAGNOSIS_TYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimDiagnosisType"
C4BB_PROCEDURE_TYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimProcedureType"
C4BB_SUPPORTING_INFO = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
C4BB_CARE_TEAM_ROLE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole"
C4BB_INSTITUTIONAL_SUBTYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBInstitutionalClaimSubType"
CLAIM_INFORMATION = "http://terminology.hl7.org/CodeSystem/claiminformationcategory"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
PROCESS_PRIORITY = "http://terminology.hl7.org/CodeSystem/processpriority"
DISCHARGE_STATUS = "https://www.nubc.org/CodeSystem/PatDischargeStatus"
POINT_OF_ORIGIN = "https://www.nubc.org/CodeSystem/PointOfOrigin"

# terminology of charts
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
PARTICIPATION_MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
DIAGNOSIS_ROLE = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
NUCC = "http://nucc.org/provider-taxonomy"

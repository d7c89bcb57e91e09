"""The elements of the FHIR R4 types the practice server stores: names, types, cardinalities, fixed status codes.

One line a type: `name` is 0..1, `name*` 0..*, `name!` 1..1, `name+` 1..*; `[x]` is a choice of the types after the
colon; {a b} are the only codes allowed; `@Type.part` is a nested element described on its own line.
"""

from __future__ import annotations

TEXT = """
Element: id:string extension*:Extension
Extension: url!:uri value[x]:$any
Meta: versionId:id lastUpdated:instant source:uri profile*:canonical security*:Coding tag*:Coding
Narrative: status!:code{generated extensions additional empty} div!:string
Coding: system:uri version:string code:code display:string userSelected:boolean
CodeableConcept: coding*:Coding text:string
Identifier: use:code{usual official temp secondary old} type:CodeableConcept system:uri value:string \
 period:Period assigner:Reference
Reference: reference:string type:uri identifier:Identifier display:string
Period: start:dateTime end:dateTime
Quantity: value:decimal comparator:code{< <= >= >} unit:string system:uri code:code
Range: low:Quantity high:Quantity
Ratio: numerator:Quantity denominator:Quantity
Money: value:decimal currency:code
Annotation: author[x]:Reference|string time:dateTime text!:markdown
Attachment: contentType:code language:code data:base64Binary url:url size:unsignedInt hash:base64Binary \
 title:string creation:dateTime
HumanName: use:code{usual official temp nickname anonymous old maiden} text:string family:string given*:string \
 prefix*:string suffix*:string period:Period
ContactPoint: system:code{phone fax email pager url sms other} value:string \
 use:code{home work temp old mobile} rank:positiveInt period:Period
Address: use:code{home work temp old billing} type:code{postal physical both} text:string line*:string city:string \
 district:string state:string postalCode:string country:string period:Period
Timing: event*:dateTime repeat:@Timing.repeat code:CodeableConcept
Timing.repeat: bounds[x]:Quantity|Range|Period count:positiveInt frequency:positiveInt period:decimal periodUnit:code
Dosage: sequence:integer text:string additionalInstruction*:CodeableConcept patientInstruction:string timing:Timing \
 asNeeded[x]:boolean|CodeableConcept site:CodeableConcept route:CodeableConcept method:CodeableConcept \
 doseAndRate*:@Dosage.doseAndRate
Dosage.doseAndRate: type:CodeableConcept dose[x]:Range|Quantity rate[x]:Ratio|Range|Quantity
Resource: meta:Meta implicitRules:uri language:code
DomainResource: meta:Meta implicitRules:uri language:code text:Narrative contained*:$resource \
 modifierExtension*:Extension

Patient: identifier*:Identifier active:boolean name*:HumanName telecom*:ContactPoint \
 gender:code{male female other unknown} birthDate:date deceased[x]:boolean|dateTime address*:Address \
 maritalStatus:CodeableConcept contact*:@Patient.contact communication*:@Patient.communication \
 generalPractitioner*:Reference managingOrganization:Reference
Patient.contact: relationship*:CodeableConcept name:HumanName telecom*:ContactPoint address:Address gender:code \
 organization:Reference period:Period
Patient.communication: language!:CodeableConcept preferred:boolean
Practitioner: identifier*:Identifier active:boolean name*:HumanName telecom*:ContactPoint address*:Address gender:code \
 birthDate:date qualification*:@Practitioner.qualification communication*:CodeableConcept
Practitioner.qualification: identifier*:Identifier code!:CodeableConcept period:Period issuer:Reference
PractitionerRole: identifier*:Identifier active:boolean period:Period practitioner:Reference organization:Reference \
 code*:CodeableConcept specialty*:CodeableConcept location*:Reference telecom*:ContactPoint
Organization: identifier*:Identifier active:boolean type*:CodeableConcept name:string alias*:string \
 telecom*:ContactPoint address*:Address partOf:Reference
Encounter: identifier*:Identifier status!:code{planned arrived triaged in-progress onleave finished cancelled \
 entered-in-error unknown} class!:Coding type*:CodeableConcept serviceType:CodeableConcept \
 priority:CodeableConcept subject:Reference participant*:@Encounter.participant period:Period length:Quantity \
 reasonCode*:CodeableConcept reasonReference*:Reference diagnosis*:@Encounter.diagnosis account*:Reference \
 hospitalization:@Encounter.hospitalization location*:@Encounter.location serviceProvider:Reference partOf:Reference
Encounter.participant: type*:CodeableConcept period:Period individual:Reference
Encounter.diagnosis: condition!:Reference use:CodeableConcept rank:positiveInt
Encounter.hospitalization: origin:Reference admitSource:CodeableConcept reAdmission:CodeableConcept \
 destination:Reference dischargeDisposition:CodeableConcept
Encounter.location: location!:Reference status:code{planned active reserved completed} physicalType:CodeableConcept \
 period:Period
Condition: identifier*:Identifier clinicalStatus:CodeableConcept verificationStatus:CodeableConcept \
 category*:CodeableConcept severity:CodeableConcept code:CodeableConcept bodySite*:CodeableConcept subject!:Reference \
 encounter:Reference onset[x]:dateTime|Period|Range|string abatement[x]:dateTime|Period|Range|string \
 recordedDate:dateTime recorder:Reference asserter:Reference note*:Annotation
Procedure: identifier*:Identifier basedOn*:Reference partOf*:Reference status!:code{preparation in-progress not-done \
 on-hold stopped completed entered-in-error unknown} category:CodeableConcept code:CodeableConcept subject!:Reference \
 encounter:Reference performed[x]:dateTime|Period|string|Range performer*:@Procedure.performer \
 reasonCode*:CodeableConcept bodySite*:CodeableConcept note*:Annotation
Procedure.performer: function:CodeableConcept actor!:Reference onBehalfOf:Reference
Observation: identifier*:Identifier basedOn*:Reference partOf*:Reference status!:code{registered preliminary final \
 amended corrected cancelled entered-in-error unknown} category*:CodeableConcept code!:CodeableConcept \
 subject:Reference focus*:Reference encounter:Reference effective[x]:dateTime|Period|instant issued:instant \
 performer*:Reference value[x]:Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|dateTime|Period \
 dataAbsentReason:CodeableConcept interpretation*:CodeableConcept note*:Annotation bodySite:CodeableConcept \
 method:CodeableConcept specimen:Reference device:Reference referenceRange*:@Observation.referenceRange \
 hasMember*:Reference component*:@Observation.component
Observation.referenceRange: low:Quantity high:Quantity type:CodeableConcept appliesTo*:CodeableConcept age:Range \
 text:string
Observation.component: code!:CodeableConcept value[x]:Quantity|CodeableConcept|string|boolean|integer \
 dataAbsentReason:CodeableConcept interpretation*:CodeableConcept referenceRange*:@Observation.referenceRange
MedicationRequest: identifier*:Identifier status!:code{active on-hold cancelled completed entered-in-error stopped \
 draft unknown} statusReason:CodeableConcept intent!:code{proposal plan order original-order reflex-order \
 filler-order instance-order option} category*:CodeableConcept priority:code medication[x]!:CodeableConcept|Reference \
 subject!:Reference encounter:Reference authoredOn:dateTime requester:Reference note*:Annotation \
 dosageInstruction*:Dosage
MedicationAdministration: identifier*:Identifier status!:code{in-progress not-done on-hold completed \
 entered-in-error stopped unknown} category:CodeableConcept medication[x]!:CodeableConcept|Reference \
 subject!:Reference context:Reference effective[x]!:dateTime|Period performer*:@MedicationAdministration.performer \
 reasonCode*:CodeableConcept request:Reference note*:Annotation dosage:@MedicationAdministration.dosage
MedicationAdministration.performer: function:CodeableConcept actor!:Reference
MedicationAdministration.dosage: text:string site:CodeableConcept route:CodeableConcept method:CodeableConcept \
 dose:Quantity rate[x]:Ratio|Quantity
Coverage: identifier*:Identifier status!:code{active cancelled draft entered-in-error} type:CodeableConcept \
 policyHolder:Reference subscriber:Reference subscriberId:string beneficiary!:Reference dependent:string \
 relationship:CodeableConcept period:Period payor+:Reference class*:@Coverage.class order:positiveInt network:string
Coverage.class: type!:CodeableConcept value!:string name:string
DocumentReference: masterIdentifier:Identifier identifier*:Identifier status!:code{current superseded \
 entered-in-error} docStatus:code{preliminary final amended entered-in-error} type:CodeableConcept \
 category*:CodeableConcept subject:Reference date:instant author*:Reference authenticator:Reference \
 custodian:Reference relatesTo*:@DocumentReference.relatesTo description:string securityLabel*:CodeableConcept \
 content+:@DocumentReference.content context:@DocumentReference.context
DocumentReference.relatesTo: code!:code{replaces transforms signs appends} target!:Reference
DocumentReference.content: attachment!:Attachment format:Coding
DocumentReference.context: encounter*:Reference event*:CodeableConcept period:Period facilityType:CodeableConcept \
 practiceSetting:CodeableConcept related*:Reference
Binary: contentType!:code securityContext:Reference data:base64Binary
Task: identifier*:Identifier instantiatesUri:uri basedOn*:Reference groupIdentifier:Identifier partOf*:Reference \
 status!:code{draft requested received accepted rejected ready cancelled in-progress on-hold failed completed \
 entered-in-error} statusReason:CodeableConcept businessStatus:CodeableConcept intent!:code{unknown proposal plan \
 order original-order reflex-order filler-order instance-order option} priority:code{routine urgent asap stat} \
 code:CodeableConcept description:string focus:Reference for:Reference encounter:Reference executionPeriod:Period \
 authoredOn:dateTime lastModified:dateTime requester:Reference performerType*:CodeableConcept owner:Reference \
 location:Reference reasonCode:CodeableConcept reasonReference:Reference insurance*:Reference note*:Annotation \
 relevantHistory*:Reference restriction:@Task.restriction input*:@Task.input output*:@Task.output
Task.restriction: repetitions:positiveInt period:Period recipient*:Reference
Task.input: type!:CodeableConcept value[x]!:$any
Task.output: type!:CodeableConcept value[x]!:$any
Claim: identifier*:Identifier status!:code{active cancelled draft entered-in-error} type!:CodeableConcept \
 subType:CodeableConcept use!:code{claim preauthorization predetermination} patient!:Reference billablePeriod:Period \
 created!:dateTime enterer:Reference insurer:Reference provider!:Reference priority!:CodeableConcept \
 related*:@Claim.related facility:Reference careTeam*:@Claim.careTeam supportingInfo*:@Claim.supportingInfo \
 diagnosis*:@Claim.diagnosis procedure*:@Claim.procedure insurance+:@Claim.insurance item*:@Claim.item total:Money
Claim.related: claim:Reference relationship:CodeableConcept reference:Identifier
Claim.careTeam: sequence!:positiveInt provider!:Reference responsible:boolean role:CodeableConcept \
 qualification:CodeableConcept
Claim.supportingInfo: sequence!:positiveInt category!:CodeableConcept code:CodeableConcept timing[x]:date|Period \
 value[x]:boolean|string|Quantity|Attachment|Reference reason:CodeableConcept
Claim.diagnosis: sequence!:positiveInt diagnosis[x]!:CodeableConcept|Reference type*:CodeableConcept \
 onAdmission:CodeableConcept packageCode:CodeableConcept
Claim.procedure: sequence!:positiveInt type*:CodeableConcept date:dateTime procedure[x]!:CodeableConcept|Reference \
 udi*:Reference
Claim.insurance: sequence!:positiveInt focal!:boolean identifier:Identifier coverage!:Reference \
 businessArrangement:string preAuthRef*:string claimResponse:Reference
Claim.item: sequence!:positiveInt careTeamSequence*:positiveInt diagnosisSequence*:positiveInt \
 procedureSequence*:positiveInt informationSequence*:positiveInt revenue:CodeableConcept category:CodeableConcept \
 productOrService!:CodeableConcept modifier*:CodeableConcept programCode*:CodeableConcept serviced[x]:date|Period \
 location[x]:CodeableConcept|Address|Reference quantity:Quantity unitPrice:Money factor:decimal net:Money \
 bodySite:CodeableConcept encounter*:Reference
ClaimResponse: identifier*:Identifier status!:code{active cancelled draft entered-in-error} type!:CodeableConcept \
 subType:CodeableConcept use!:code{claim preauthorization predetermination} patient!:Reference created!:dateTime \
 insurer!:Reference requestor:Reference request:Reference outcome!:code{queued complete error partial} \
 disposition:string processNote*:@ClaimResponse.processNote error*:@ClaimResponse.error
ClaimResponse.processNote: number:positiveInt type:code{display print printoper} text!:string \
 language:CodeableConcept
ClaimResponse.error: itemSequence:positiveInt detailSequence:positiveInt code!:CodeableConcept
Communication: identifier*:Identifier basedOn*:Reference partOf*:Reference inResponseTo*:Reference \
 status!:code{preparation in-progress not-done on-hold stopped completed entered-in-error unknown} \
 category*:CodeableConcept priority:code medium*:CodeableConcept subject:Reference topic:CodeableConcept \
 about*:Reference encounter:Reference sent:dateTime received:dateTime recipient*:Reference sender:Reference \
 reasonCode*:CodeableConcept payload*:@Communication.payload note*:Annotation
Communication.payload: content[x]!:string|Attachment|Reference
CommunicationRequest: identifier*:Identifier basedOn*:Reference replaces*:Reference groupIdentifier:Identifier \
 status!:code{draft active on-hold revoked completed entered-in-error unknown} statusReason:CodeableConcept \
 category*:CodeableConcept priority:code{routine urgent asap stat} doNotPerform:boolean medium*:CodeableConcept \
 subject:Reference about*:Reference encounter:Reference payload*:@Communication.payload \
 occurrence[x]:dateTime|Period authoredOn:dateTime requester:Reference recipient*:Reference sender:Reference \
 reasonCode*:CodeableConcept note*:Annotation
Basic: identifier*:Identifier code!:CodeableConcept subject:Reference created:date author:Reference
Device: identifier*:Identifier status:code{active inactive entered-in-error unknown} statusReason*:CodeableConcept \
 manufacturer:string manufactureDate:dateTime serialNumber:string deviceName*:@Device.deviceName modelNumber:string \
 type:CodeableConcept version*:@Device.version patient:Reference owner:Reference contact*:ContactPoint url:uri \
 note*:Annotation
Device.deviceName: name!:string type!:code{udi-label-name user-friendly-name patient-reported-name \
 manufacturer-name model-name other}
Device.version: type:CodeableConcept component:Identifier value!:string
AuditEvent: type!:Coding subtype*:Coding action:code{C R U D E} period:Period recorded!:instant \
 outcome:code{0 4 8 12} outcomeDesc:string purposeOfEvent*:CodeableConcept agent+:@AuditEvent.agent \
 source!:@AuditEvent.source entity*:@AuditEvent.entity
AuditEvent.agent: type:CodeableConcept role*:CodeableConcept who:Reference altId:string name:string \
 requestor!:boolean location:Reference policy*:uri media:Coding network:@AuditEvent.network \
 purposeOfUse*:CodeableConcept
AuditEvent.network: address:string type:code{1 2 3 4 5}
AuditEvent.source: site:string observer!:Reference type*:Coding
AuditEvent.entity: what:Reference type:Coding role:Coding lifecycle:Coding securityLabel*:Coding name:string \
 description:string query:base64Binary detail*:@AuditEvent.detail
AuditEvent.detail: type!:string value[x]!:string|base64Binary
"""

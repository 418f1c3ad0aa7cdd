"""What the processes of ClaimLoop say to each other, in the order a claim lives through it.

    encounter -> coded -> validated -> submitted -> acknowledged -> adjudicated -> rework -> ...

Money is integer cents, instants are UTC, dates are calendar dates. Every field of every event
has a default, so that a field can be added or taken away without breaking a reader (a topic's
schemas are FULL_TRANSITIVE compatible). Clear fields hold no name, address, birth date, member
id or record number: those travel in `Sealed` groups that only gateway and worklist can open.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A group of protected fields under AES-256-GCM, copied byte for byte from event to event.

    The additional data is ``encounter_id | version | schema``, so a group moved to another
    encounter does not open.

    Attributes:
        kid: Id of the patient's data key.
        version: Version of the group's content.
        schema: What the plaintext holds: ``demographics`` or ``note``.
        nonce: 12 random bytes.
        ciphertext: The sealed JSON with its tag.
    """

    kid: str = ""
    version: int = 0
    schema: str = ""
    nonce: bytes = b""
    ciphertext: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What edits need to know of a patient, in clear.

    Attributes:
        age_years: Completed years on the first day of service; 90 stands for 90 and over.
        sex: F, M or U.
    """

    age_years: int = 0
    sex: str = "U"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who pays.

    Attributes:
        payer_id: Key of the payer in the reference file.
        plan: Kind of plan: medicare, medicaid, medicare_advantage, commercial, government.
        starts_on: First day of coverage.
        ends_on: Last day of coverage, if it ends.
        relationship: Of the patient to the subscriber (SBR02, PAT01): 18 self, 01 spouse, 19
            child, G8 other. Empty means 18.
    """

    payer_id: str = ""
    plan: str = ""
    starts_on: date = NO_DAY
    ends_on: date | None = None
    relationship: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of the record: its metadata in clear, its text sealed.

    Attributes:
        note_id: Opaque id, HMAC of the source's id.
        kind: LOINC code of the document type.
        title: The document type in words; never free text.
        signed_at: When its author signed it; none while unsigned.
        text: The sealed text (JSON with one field, ``text``).
        query_id: The physician query that an addendum answers; empty for any other note.
        post_bill: Whether a claim was out when the addendum was signed.
    """

    note_id: str = ""
    kind: str = ""
    title: str = ""
    signed_at: datetime | None = None
    text: Sealed = Sealed()
    query_id: str = ""
    post_bill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """An ICD-10-CM code and who put it there.

    Attributes:
        code: With the dot, as E11.9.
        assigned_by: Who assigned it: a coder id, ``chargemaster`` or a provider id.
        source: coder, chargemaster, provider or suggestion.
        present: Present on admission, of an inpatient claim: Y, N, U or W; empty when exempt.
    """

    code: str = ""
    assigned_by: str = ""
    source: str = ""
    present: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """An ICD-10-PCS procedure of an inpatient claim (HI*BBR, BBQ).

    Attributes:
        code: Seven characters.
        performed_on: When.
        assigned_by: Who assigned it: a coder id or a provider id.
        source: coder, provider or suggestion.
    """

    code: str = ""
    performed_on: date = NO_DAY
    assigned_by: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An occurrence (HI*BH) or an occurrence span (HI*BI, with a last day).

    Attributes:
        code: Two characters.
        starts_on: The day, or the first one.
        ends_on: The last day of a span.
    """

    code: str = ""
    starts_on: date = NO_DAY
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value code (HI*BE).

    Attributes:
        code: Two characters.
        amount_cents: Its amount; a count stands as whole units of 100.
    """

    code: str = ""
    amount_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Institutional:
    """What only an institutional claim (837I) has.

    Attributes:
        facility_type: CLM05-1, the first digits of the type of bill: 11, 13, 12, ...
        admitted_at: Admission or start of care (DTP*435), local time as UTC.
        admission_type: CL101.
        admission_source: CL102.
        discharged_at: Discharge; none while the patient is still there.
        patient_status: CL103.
        drg: MS-DRG (HI*DR), when grouped.
        attending_npi: NPI of the attending provider (loop 2310A).
        operating_npi: NPI of the operating physician (loop 2310B), if any.
        admitting: Admitting diagnosis (HI*ABJ), with the dot.
        visit_reasons: Reasons for the visit of an outpatient (HI*APR), up to three.
        external_causes: External causes (HI*ABN), with present on admission.
        procedures: ICD-10-PCS, principal first.
        occurrences: Without a last day HI*BH, with one HI*BI.
        values: HI*BE.
        conditions: HI*BG, without the claim change reason.
    """

    facility_type: str = ""
    admitted_at: datetime | None = None
    admission_type: str = ""
    admission_source: str = ""
    discharged_at: datetime | None = None
    patient_status: str = ""
    drg: str = ""
    attending_npi: str = ""
    operating_npi: str = ""
    admitting: str = ""
    visit_reasons: tuple[str, ...] = ()
    external_causes: tuple[Diagnosis, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    values: tuple[Value, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something sent beside the claim (PWK).

    Attributes:
        kind: PWK01.
        transmission: PWK02.
        control_number: PWK06, links the 275.
    """

    kind: str = ""
    transmission: str = ""
    control_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One service line (loop 2400).

    Attributes:
        line_id: Line item control number (REF*6R), unique in the encounter, stable over versions.
        code: HCPCS or CPT code.
        modifiers: Up to four.
        units: Whole units.
        charge_cents: Charge of the whole line.
        pointers: 1-based positions in the diagnoses, most important first, up to four.
        place_of_service: Two digits.
        served_on: Date of service.
        assigned_by: Who assigned the code.
        source: coder, chargemaster, provider or suggestion.
        revenue_code: Four digits (SV201), of an institutional line; its `code` may be empty, and
            it has neither pointers nor place of service.
    """

    line_id: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 0
    charge_cents: int = 0
    pointers: tuple[int, ...] = ()
    place_of_service: str = ""
    served_on: date = NO_DAY
    assigned_by: str = ""
    source: str = ""
    revenue_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One CAS triple; a positive amount reduces the payment.

    Attributes:
        group: CO, OA, PI or PR.
        carc: Claim adjustment reason code.
        amount_cents: Signed.
        quantity: Units adjusted, if given.
    """

    group: str = ""
    carc: str = ""
    amount_cents: int = 0
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """What the payer decided on one service line (835 loop 2110).

    Attributes:
        line_id: Line item control number (REF*6R); empty when the payer left it out.
        code: Procedure the payer adjudicated (SVC01).
        modifiers: Its modifiers.
        charge_cents: SVC02.
        paid_cents: SVC03.
        units: SVC05.
        adjustments: CAS triples of the line.
        remarks: RARCs (LQ*HE).
    """

    line_id: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    charge_cents: int = 0
    paid_cents: int = 0
    units: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What a payer before this one decided (loops 2320, 2330B and 2430).

    Attributes:
        payer_id: That payer.
        control_number: CLM01 of the claim to it.
        payer_claim_number: Its number of the claim.
        decided_on: Date of its remittance.
        paid_cents: AMT*D.
        patient_cents: What it left to the patient (AMT*EAF).
        adjustments: CAS triples of the claim.
        lines: Its decision on each line.
    """

    payer_id: str = ""
    control_number: str = ""
    payer_claim_number: str = ""
    decided_on: date = NO_DAY
    paid_cents: int = 0
    patient_cents: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[PaidLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What is billed for one encounter to one payer: the content of a claim.

    Attributes:
        claim_type: professional (837P) or institutional (837I).
        facility_id: Key of the facility in the reference file.
        department: The department that served.
        encounter_class: ambulatory, emergency, inpatient or observation.
        place_of_service: Of the claim (CLM05-1).
        starts_on: First day of service.
        ends_on: Last day of service.
        patient: Age and sex.
        coverage: The payer and the plan.
        billing_npi: NPI of the billing provider.
        rendering_npi: NPI of the rendering provider.
        diagnoses: Up to twelve, principal first.
        lines: The service lines.
        demographics: The sealed demographics group; it also holds the subscriber when that is
            another, the authorisation and referral numbers and the claim note.
        institutional: What an institutional claim adds.
        others: The patient's other coverages, in the order in which they pay after `coverage`.
        prior: What payers before `coverage` decided, in their order; empty for a primary claim.
        referring_npi: NPI of the referring provider, if any.
        service_facility_id: Where it was done, if not at the billing provider's.
        related_cause: CLM11: AA auto accident, EM employment, OA other accident; or empty.
        accident_on: DTP*439, with AA or OA.
        accident_state: CLM11-4, two letters, with AA.
        delay_reason: CLM20, or empty.
        attachments: PWK.
        authorized: Whether the payer's authorisation is on file; its number is sealed.
    """

    claim_type: str = ""
    facility_id: str = ""
    department: str = ""
    encounter_class: str = ""
    place_of_service: str = ""
    starts_on: date = NO_DAY
    ends_on: date = NO_DAY
    patient: Patient = Patient()
    coverage: Coverage = Coverage()
    billing_npi: str = ""
    rendering_npi: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()
    demographics: Sealed = Sealed()
    institutional: Institutional | None = None
    others: tuple[Coverage, ...] = ()
    prior: tuple[Prior, ...] = ()
    referring_npi: str = ""
    service_facility_id: str = ""
    related_cause: str = ""
    accident_on: date | None = None
    delay_reason: str = ""
    attachments: tuple[Attachment, ...] = ()
    accident_state: str = ""
    authorized: bool = False

    @property
    def charge_cents(self) -> int:
        """Sum of the lines (CLM02)."""
        return sum(line.charge_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where in the record a correction is supported: a note and a passage, never its text.

    Attributes:
        note_id: The note.
        start: First character of the passage.
        end: One past its last character.
        about: The change it supports, as ``diagnosis E11.65`` or ``line L1 units``; empty for all.
        reason: Why that change may be made: one of the closed list.
    """

    note_id: str = ""
    start: int = 0
    end: int = 0
    about: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an edit found.

    Attributes:
        edit: Id of the edit.
        severity: hold, warn or info.
        place: Where: ``diagnosis 2``, ``line 1``, ``claim``.
        text: What is wrong and what would fix it, in one sentence without patient data.
        source: The official source of the rule.
        snip: SNIP type 1 to 7.
        overridden: The reason for which a person overrode it; its severity is then info. Empty for
            a finding that stands.
        team: Who answers for it, where a rule of the hospital's own says so; else the tables do.
    """

    edit: str = ""
    severity: str = ""
    place: str = ""
    text: str = ""
    source: str = ""
    snip: int = 0
    overridden: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A finding that a person takes upon himself on one version of a coding.

    Attributes:
        edit: Id of the edit.
        place: Where it found it: ``diagnosis 2``, ``line 1``, ``claim``.
        reason: One of a closed list.
        by: Opaque id of the person.
        role: The person's role at that time.
        evidence: Passages of the record that support it.
    """

    edit: str = ""
    place: str = ""
    reason: str = ""
    by: str = ""
    role: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status of an acknowledgement.

    Attributes:
        category: 277CA category (A1, A3, ...), or the 999 or TA1 code.
        code: Claim status code (STC01-2), or the 999 error code.
        entity: Entity code (STC01-3), or the 999 position ``segment/element``.
    """

    category: str = ""
    code: str = ""
    entity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason why something came back.

    Attributes:
        line_id: The service line; empty for the whole claim.
        place: ``claim``, ``diagnosis 2`` or ``line 1``.
        edit: Edit id, for a held version.
        category: 277CA or 999 category, for a rejection.
        group: CAS group, for a denial.
        carc: Reason code, for a denial; the 277CA status code for a rejection.
        remarks: RARCs.
        amount_cents: Amount of the adjustment.
        text: In plain words, without patient data.
        team: Who acts on this one; where several reasons name several teams, each acts.
    """

    line_id: str = ""
    place: str = ""
    edit: str = ""
    category: str = ""
    group: str = ""
    carc: str = ""
    remarks: tuple[str, ...] = ()
    amount_cents: int = 0
    text: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event carries.

    Attributes:
        event_id: uuid5 of what the event derives from: a replay writes the same id.
        occurred_at: Business time.
        recorded_at: When it was written, by the business clock.
        cause_id: The event that led to it; empty for what comes from outside.
    """

    event_id: str = ""
    occurred_at: datetime = NEVER
    recorded_at: datetime = NEVER
    cause_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterEvent(Event):
    """An event in the life of one encounter, whose id is its Kafka key.

    Attributes:
        encounter_id: HMAC(site key, facility, source id) in base 32: opaque.
    """

    encounter_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter(EncounterEvent):
    """A documented visit, as intake took it in.

    Attributes:
        version: Grows with each change of the source.
        state: ready, or why it goes no further by itself: self_pay, no_charge, in_progress,
            snomed_only, awaiting_institutional, billed_elsewhere (by a shadow's host).
        source: fhir, csv_clinosim, csv_synthea or host (a shadow's).
        bill: Charges as lines (chargemaster), documented diagnoses by rank (provider), parties.
        notes: The record.
    """

    version: int = 0
    state: str = ""
    source: str = ""
    bill: Bill = Bill()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded(EncounterEvent):
    """One version of an encounter's coding.

    Attributes:
        version: 1 for the first coding; one more for each change.
        encounter_version: The version of the record it was coded from.
        coder_id: Who answers for it.
        reason: initial, correction, charge_change, recheck (the same coding, judged again since a
            rule or a code table took effect) or void (nothing is owed: take it back).
        rework_id: The work item it answers, if any.
        predecessor: Control number of the submission it corrects, if one was sent.
        evidence: Passages that support a correction.
        bill: The claim's content.
        dropped: Lines of earlier versions that were taken off on purpose, by their line id; a
            replacement that lacks a billed line and does not say so here is refused.
        overrides: Findings on this version that a person takes upon himself.
        change_reason: Of a void, its claim change reason where a person gave one: D5 or D6; empty
            where the bills say it.
    """

    version: int = 0
    encounter_version: int = 0
    coder_id: str = ""
    reason: str = ""
    rework_id: str = ""
    predecessor: str = ""
    evidence: tuple[Evidence, ...] = ()
    bill: Bill = Bill()
    dropped: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    change_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated(EncounterEvent):
    """Every finding of every edit on one coded version.

    Attributes:
        version: Version of the coding.
        coder_id: Who coded it.
        verdict: clean, warned or held.
        findings: In the order of the edits.
        edit_set: Version of the edits, and of the published rules that changed them.
        code_set: Version of the code sets.
        rework_id: Copied from the coded event.
        predecessor: Copied from the coded event.
        bill: Copied from the coded event.
        reason: Copied from the coded event.
        dropped: Copied from the coded event.
        policy_set: Version of the payers' policies.
        change_reason: Copied from the coded event.
    """

    version: int = 0
    coder_id: str = ""
    verdict: str = ""
    findings: tuple[Finding, ...] = ()
    edit_set: str = ""
    code_set: str = ""
    rework_id: str = ""
    predecessor: str = ""
    bill: Bill = Bill()
    reason: str = ""
    dropped: tuple[str, ...] = ()
    policy_set: str = ""
    change_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(EncounterEvent):
    """A claim, frozen and released to the gateway.

    Attributes:
        control_number: CLM01: opaque, at most 20 characters, one per submission.
        payer_id: The payer.
        version: Version of the coding it bills.
        coder_id: Who coded it.
        frequency: CLM05-3: 1 original, 7 replacement, 8 void.
        predecessor: Control number of the submission it follows.
        payer_claim_number: REF*F8: the payer's number of the latest adjudicated version; for 7, 8.
        rework_id: The work item it answers.
        filing_deadline_on: Last day the payer takes it.
        bill: The claim's content.
        change_reason: Condition code of an institutional 7 or 8: D0 to D9, E0; else empty.
        sequence: P, S or T: this payer's place among the patient's payers; empty means P.
        dropped: Lines billed before that were taken off on purpose, by their line id.
    """

    control_number: str = ""
    payer_id: str = ""
    version: int = 0
    coder_id: str = ""
    frequency: str = ""
    predecessor: str = ""
    payer_claim_number: str = ""
    rework_id: str = ""
    filing_deadline_on: date = NO_DAY
    bill: Bill = Bill()
    change_reason: str = ""
    sequence: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(EncounterEvent):
    """What became of a submission before adjudication, one event for each hop.

    Attributes:
        control_number: CLM01 of the submission.
        payer_id: The payer.
        version: Version of the coding.
        coder_id: Who coded it.
        frequency: Of the submission.
        hop: sent, TA1, 999 or 277CA.
        accepted: False when this hop refused it; a refused claim was never adjudicated.
        statuses: Why.
        payer_claim_number: The payer's number, when the hop gave one (REF*1K).
        file_id: The file that said so.
        rework_id: Copied from the submitted event.
        bill: The claim's content.
    """

    control_number: str = ""
    payer_id: str = ""
    version: int = 0
    coder_id: str = ""
    frequency: str = ""
    hop: str = ""
    accepted: bool = True
    statuses: tuple[Status, ...] = ()
    payer_claim_number: str = ""
    file_id: str = ""
    rework_id: str = ""
    bill: Bill = Bill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudicated(EncounterEvent):
    """The payer's decision: one event for each occurrence of a claim in a remittance.

    Attributes:
        control_number: CLP01, which is our CLM01.
        payer_id: The payer.
        version: Version of the coding.
        coder_id: Who coded it.
        frequency: Of the submission.
        remittance_id: Id of the remittance (derived from payer, trace number, amount, date, payee).
        ordinal: Position of the occurrence in the remittance, from 1.
        count: Claim occurrences in the remittance.
        decided_on: Date of the remittance (BPR16).
        status: CLP02; 22 is a reversal, 4 a patient the payer does not know. Never the verdict.
        charge_cents: CLP03, signed.
        paid_cents: CLP04, signed.
        patient_cents: CLP05, signed.
        payer_claim_number: CLP07.
        adjustments: CAS triples of the claim.
        remarks: RARCs of MIA or MOA.
        lines: Loop 2110.
        rework_id: Copied from the submitted event.
        bill: The claim's content as it was billed.
    """

    control_number: str = ""
    payer_id: str = ""
    version: int = 0
    coder_id: str = ""
    frequency: str = ""
    remittance_id: str = ""
    ordinal: int = 0
    count: int = 0
    decided_on: date = NO_DAY
    status: str = ""
    charge_cents: int = 0
    paid_cents: int = 0
    patient_cents: int = 0
    payer_claim_number: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PaidLine, ...] = ()
    rework_id: str = ""
    bill: Bill = Bill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rework(EncounterEvent):
    """What goes back, to whom, why, worth how much, due when: one item per subject and kind.

    Attributes:
        rework_id: uuid5(subject, kind): the work item.
        revision: Grows with each event about the item; readers keep the highest.
        kind: held, rejection or denial.
        status: open or closed.
        subject: What came back: a control number, or for a held version the coded event's id.
        control_number: The submission, for a rejection or denial.
        payer_claim_number: The payer's number of it, once adjudicated.
        payer_id: The payer.
        version: Version of the coding that came back.
        follows: The work item whose correction came back again; empty for the first.
        category: CODING, AUTH, ...: of the primary reason.
        team: Who owns it: CODING or another team.
        coder_id: The coder, when it is a coder's to fix.
        action: Default action: FIX_REPLACE, FIX_NEW, APPEAL_CLIN, ...
        appealable: False for what was never adjudicated (MA130) or may not be appealed.
        reasons: All of them, the primary first.
        at_stake_cents: Charge that was held, rejected or denied.
        due_on: The nearest deadline.
        due_rule: The rule that sets it.
        resolution: Why it is closed: overturned, answered, superseded, rebilled (to another
            payer) or voided; empty while it is open.
    """

    rework_id: str = ""
    revision: int = 0
    kind: str = ""
    status: str = ""
    subject: str = ""
    control_number: str = ""
    payer_claim_number: str = ""
    payer_id: str = ""
    version: int = 0
    follows: str = ""
    category: str = ""
    team: str = ""
    coder_id: str = ""
    action: str = ""
    appealable: bool = True
    reasons: tuple[Reason, ...] = ()
    at_stake_cents: int = 0
    due_on: date = NO_DAY
    due_rule: str = ""
    resolution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(EncounterEvent):
    """What a person decided on a work item, beyond a correction.

    Attributes:
        rework_id: The work item.
        control_number: The submission it is about; empty for a held version.
        payer_id: The payer.
        decision: appeal, appeal_upheld, appeal_overturned, appeal_partly, reopening, write_off,
            write_off_asked, write_off_refused, bill_patient, nothing_owed, records_sent, distinct,
            voided, other_team, routed, resumed, query, coding_confirmed, fault_confirmed,
            fault_refuted; denial_noted and appeal_of_letter, while no remittance has decided the
            claim; refused, of a decision that a guard forbade.
        decided_by: Opaque id of the person.
        coder_id: Whose fault was confirmed or refuted: the coder of the claim that was denied.
        reason: Why, of a closed list; of what was refused, the rule.
        level: Of an appeal or reopening.
        outcome: Of an appeal: won, partly or lost; of what was refused, the move.
        amount_cents: What it is about.
        due_on: The deadline it had to keep, if any.
        recipient: The team or the party it goes to.
        asked_by: Opaque id of the person who asked for what another approved.
    """

    rework_id: str = ""
    control_number: str = ""
    payer_id: str = ""
    decision: str = ""
    decided_by: str = ""
    coder_id: str = ""
    reason: str = ""
    level: str = ""
    outcome: str = ""
    amount_cents: int = 0
    due_on: date = NO_DAY
    recipient: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(EncounterEvent):
    """A clock of an open work item is about to end, or has ended unanswered.

    Attributes:
        rework_id: The work item.
        control_number: The submission it is about, if any.
        payer_id: The payer, if any.
        clock: filing, corrected, appeal_1, ..., record_request or internal.
        rule: The rule that sets it.
        due_on: Its last day.
        said: approaching or missed.
        team: Whose turn it is.
        at_stake_cents: What the item is worth, in charges.
    """

    rework_id: str = ""
    control_number: str = ""
    payer_id: str = ""
    clock: str = ""
    rule: str = ""
    due_on: date = NO_DAY
    said: str = ""
    team: str = ""
    at_stake_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """How many were left out of a figure, and why.

    Attributes:
        reason: Why.
        count: How many.
    """

    reason: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy(Event):
    """One rolling figure as now known.

    Attributes:
        figure_id: ``metric|dimension|subject|window``: the Kafka key.
        metric: first_pass_resolution or coding_denial_free.
        dimension: payer, facility, coder or coder_month.
        subject: The payer, facility or coder id.
        window: 1h, 24h, 7d, 30d, 90d or a month as 2026-05.
        as_of: End of the window, business time.
        numerator: What counts.
        denominator: Of how many.
        exclusions: What was left out.
        adjudicated: Lines of the window that have been adjudicated, for coding figures.
        billed: Lines of the window that were billed, for coding figures.
        lower: Lower bound of the Wilson 95 % interval; 0 to 1.
        upper: Upper bound.
        minimum: The figure is hidden while the denominator is below this.
        revision: Taken under the row's lock; readers keep the highest.
    """

    figure_id: str = ""
    metric: str = ""
    dimension: str = ""
    subject: str = ""
    window: str = ""
    as_of: datetime = NEVER
    numerator: int = 0
    denominator: int = 0
    exclusions: tuple[Exclusion, ...] = ()
    adjudicated: int = 0
    billed: int = 0
    lower: float = 0.0
    upper: float = 0.0
    minimum: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """What a rule says from one day on.

    Attributes:
        version: Of its content, from 1.
        kind: own (a rule of the hospital's), adoption (where an edit applies and how hard) or
            code_set (a version of a code table).
        about: The edit or ``family:<name>`` of an adoption; the name of the version of a code
            table; empty for an own rule.
        words: One sentence: what is wrong, a colon, what would fix it.
        severity: hold, warn, info, or off.
        each: What an own rule is asked of: claim, line or diagnosis.
        expression: CEL, true where an own rule is broken.
        payer_id: Only for this payer; empty for all.
        plan: Only for this kind of plan; empty for all.
        facility_id: Only at this facility; empty for all.
        department: Only in this department; empty for all.
        claim_type: Only for professional or institutional; empty for both.
        starts_on: First day of service it is about; 1970-01-01 for no first day.
        ends_on: Last day of service it is about, if it ends.
        source: Who says so: a policy, a contract, a committee.
        effective_on: The business day from which it judges.
        retired: From that day it judges no more.
        team: Who gets what an own rule holds; empty for coding.
    """

    version: int = 0
    kind: str = ""
    about: str = ""
    words: str = ""
    severity: str = ""
    each: str = ""
    expression: str = ""
    payer_id: str = ""
    plan: str = ""
    facility_id: str = ""
    department: str = ""
    claim_type: str = ""
    starts_on: date = NO_DAY
    ends_on: date | None = None
    source: str = ""
    effective_on: date = NO_DAY
    retired: bool = False
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Event):
    """A rule as published: the whole of it, so that the latest event of a key is enough.

    Attributes:
        rule_id: The Kafka key; in findings it stands as ``own:<rule_id>``.
        revision: Grows with each event of a rule; readers keep the highest.
        timetable: What it says from which day on, in the order of the decisions: of the entries
            whose day has come, the last one holds.
        acted_by: Opaque id or name of the person who published, retired or rolled back.
    """

    rule_id: str = ""
    revision: int = 0
    timetable: tuple[RuleVersion, ...] = ()
    acted_by: str = ""

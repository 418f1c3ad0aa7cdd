"""One payer: who it is, what it takes, how often it says no, what it pays and when."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A row of plans.csv. Shares ending in ``myriad`` are of 10,000, ``percent`` of 100.

    Attributes:
        payer_id: Name of its exchange folder.
        kind: medicare, medicare_advantage, medicaid, commercial or government.
        name: N102 of its answers.
        address: Street.
        city: City.
        state: State.
        zip: Nine digits.
        tax_id: Of the payer (TRN03 after a 1).
        phone: For PER.
        filing_code: CLP06.
        claims: P professional and I institutional claims it takes.
        frequencies_p: CLM05-3 it takes on professional claims.
        frequencies_i: On institutional claims.
        member_pattern: Regular expression of its member ids.
        filing_days: From the first day of service, of an institutional claim from the last; later
            originals are denied.
        reject_myriad: Claims its front end refuses for what only it can know (rejections.csv).
        reason_myriad: Professional claims denied for a reason of reasons.csv.
        reason_i_myriad: Institutional claims.
        wrong_myriad: Right claims denied all the same.
        uphold_myriad: Corrected claims denied for the old reason all the same.
        again_myriad: Corrected claims denied for another reason.
        sparse_myriad: Claims whose answer leaves out the line control numbers.
        new_patient_myriad: Members it never saw.
        fee_percent: Of fees.csv.
        default_percent: Of the charge, for codes without a fee.
        outpatient_percent: Of the charge, for lines of outpatient hospital claims.
        drg_base_cents: What an inpatient stay of weight 1 is paid.
        copay_cents: Of a visit.
        coinsurance_percent: Of what is left after the deductible.
        deductible_cents: What may be open of it.
        deductible_myriad: Claims that meet an open deductible.
        inpatient_deductible_cents: What the patient owes for a stay.
        sequestration_percent: Taken off the payment.
        present: yes: present on admission is required on inpatient claims.
        change_reason: yes: an institutional 7 or 8 needs exactly one claim change reason.
        corrects_review: yes: a 7 may answer a denial for medical necessity; no: only an appeal.
        other_first_myriad: Claims to it as the first payer that another payer should have had.
        interest_percent: A year, on what it pays late.
        days_from: Fewest days to a decision.
        days_to: Most days to a decision.
        remit_days: Days between remittances.
    """

    payer_id: str
    kind: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    tax_id: str
    phone: str
    filing_code: str
    claims: tuple[str, ...]
    frequencies_p: tuple[str, ...]
    frequencies_i: tuple[str, ...]
    member_pattern: str
    filing_days: int
    reject_myriad: int
    reason_myriad: int
    reason_i_myriad: int
    wrong_myriad: int
    uphold_myriad: int
    again_myriad: int
    sparse_myriad: int
    new_patient_myriad: int
    fee_percent: int
    default_percent: int
    outpatient_percent: int
    drg_base_cents: int
    copay_cents: int
    coinsurance_percent: int
    deductible_cents: int
    deductible_myriad: int
    inpatient_deductible_cents: int
    sequestration_percent: int
    present: bool
    change_reason: bool
    corrects_review: bool
    other_first_myriad: int
    interest_percent: int
    days_from: int
    days_to: int
    remit_days: int

    def takes(self, kind: str, frequency: str) -> bool:
        """Return whether it takes a frequency on claims of a kind, P or I."""
        return frequency in (self.frequencies_p if kind == "P" else self.frequencies_i)


def plan_of(row: dict[str, str]) -> Plan:
    """Return the plan of a row of plans.csv.

    Raises:
        ValueError: a cell does not hold what its column must.
        KeyError: a column is missing.
    """
    values: dict[str, object] = {}
    for name, kind in Plan.__annotations__.items():
        text = row[name]
        if kind is int:
            values[name] = int(text)
        elif kind is bool:
            values[name] = text == "yes"
        else:
            values[name] = text if kind is str else tuple(text.split())
    return Plan(**values)  # type: ignore[arg-type]

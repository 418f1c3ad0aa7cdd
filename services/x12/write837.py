"""Write 837 interchanges: a `Submission` and its claims, of one guide, to bytes.

    ISA GS  ST BHT 1000A 1000B  HL 20 (2000A billing)  HL 22 (2000B subscriber)
                                [HL 23 (2000C patient)]  CLM 2300 .. LX 2400 ..  SE

A claim that cannot be written is left out and named with its reason; the others are written.
Loops 2300 to 2330 are in `write837_claim`, 2400 and 2430 in `write837_line`; in what the guides
differ is data in `guide837`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.x12.claim837 import (
    BillingProvider,
    Claim,
    Patient,
    Submission,
)
from services.x12.errors import X12Error
from services.x12.guide837 import GUIDES, RELATIONSHIPS, SEQUENCES
from services.x12.values import ymd
from services.x12.write837_claim import claim_information
from services.x12.write837_parts import address, payer, person, sex
from services.x12.writer import Writer


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` made.

    Attributes:
        content: The interchange; empty when no claim could be written.
        sets: ST02 -> control numbers of its claims.
        refused: Control number -> why it is not in the file.
    """

    content: bytes
    sets: dict[str, tuple[str, ...]]
    refused: dict[str, X12Error]


def write(submission: Submission, claims: Sequence[Claim]) -> Written:
    """Return one interchange with all claims that can be written.

    Raises:
        X12Error: the submission itself cannot be written.
    """
    out = Writer(submission.delimiters)
    _open(out, submission)
    sets: dict[str, tuple[str, ...]] = {}
    refused: dict[str, X12Error] = {}
    for at in range(0, len(claims), submission.claims_per_set):
        control = f"{submission.first_set_control + len(sets):04d}"
        batch = claims[at : at + submission.claims_per_set]
        taken = _set(out, submission, control, batch, refused)
        if taken:
            sets[control] = taken
    if not sets:
        return Written(b"", {}, refused)
    out.add("GE", str(len(sets)), str(submission.group_control))
    out.add("IEA", "1", f"{submission.interchange_control:09d}")
    return Written(out.getvalue(), sets, refused)


def reference(submission: Submission, set_control: str) -> str:
    """Return BHT03 of a set, which a 277CA gives back (loop 2200B TRN02)."""
    return f"{submission.interchange_control:09d}{set_control}"


def _open(out: Writer, s: Submission) -> None:
    if s.guide not in GUIDES:
        raise out.wrong("GS", 8, "not_supported")
    out.isa(
        "00", " " * 10, "00", " " * 10, s.sender_qualifier, s.sender.ljust(15),
        s.receiver_qualifier, s.receiver.ljust(15), s.at.strftime("%y%m%d"), s.at.strftime("%H%M"),
        "", "00501", f"{s.interchange_control:09d}", "0", s.usage,
    )  # fmt: skip
    out.add(
        "GS", "HC", s.sender, s.receiver, ymd(s.at.date()), s.at.strftime("%H%M"),
        str(s.group_control), "X", s.guide,
    )  # fmt: skip


def _set(
    out: Writer, s: Submission, control: str, claims: Sequence[Claim], refused: dict[str, X12Error]
) -> tuple[str, ...]:
    """Add ST..SE for the claims that can be written; nothing when there is none."""
    start, taken = out.count, []
    _header(out, s, control)
    number, billing_number, billing = 0, 0, None
    for claim in claims:
        before, own, parent = out.count, number, billing_number
        try:
            if claim.guide != s.guide:
                raise out.wrong("GS", 8, "not_supported")
            if claim.billing != billing:
                own = parent = number + 1
                _billing(out, own, claim.billing)
            own = _claim(out, own + 1, parent, claim)
        except X12Error as error:
            refused[claim.control_number] = error
            out.back_to(before)
            continue
        number, billing_number, billing = own, parent, claim.billing
        taken.append(claim.control_number)
    if taken:
        out.add("SE", str(out.count - start + 1), control)
    else:
        out.back_to(start)
    return tuple(taken)


def _header(out: Writer, s: Submission, control: str) -> None:
    out.add("ST", "837", control, s.guide)
    day, time = ymd(s.at.date()), s.at.strftime("%H%M")
    out.add("BHT", "0019", "00", reference(s, control), day, time, "CH")
    out.add("NM1", "41", "2", out.text(s.submitter_name, 60), "", "", "", "", "46", s.sender)
    out.add("PER", "IC", out.text(s.contact, 60), "TE", s.phone)
    out.add("NM1", "40", "2", out.text(s.receiver_name, 60), "", "", "", "", "46", s.receiver)


def _billing(out: Writer, number: int, billing: BillingProvider) -> None:
    """Loops 2000A and 2010AA."""
    out.add("HL", str(number), "", "20", "1")
    out.add("PRV", "BI", "PXC", out.code("PRV", 3, billing.taxonomy))
    out.add(
        "NM1", "85", "2", out.words("NM1", 3, billing.name, 60), "", "", "", "", "XX",
        out.code("NM1", 9, billing.npi, 80, 2),
    )  # fmt: skip
    address(out, billing.address, full=True)
    out.add("REF", "EI", out.code("REF", 2, billing.tax_id))


def _claim(out: Writer, number: int, parent: int, claim: Claim) -> int:
    """Add a claim with its subscriber and patient; return the last HL number."""
    patient = claim.patient
    out.add("HL", str(number), str(parent), "22", "1" if patient else "0")
    _subscriber(out, claim)
    if patient is not None:
        number += 1
        out.add("HL", str(number), str(number - 1), "23", "0")
        _patient(out, patient)
    claim_information(out, GUIDES[claim.guide], claim)
    return number


def _subscriber(out: Writer, claim: Claim) -> None:
    """Loops 2000B, 2010BA and 2010BB."""
    insured = claim.subscriber
    out.add(
        "SBR", out.one_of("SBR", 1, claim.sequence, SEQUENCES), "" if claim.patient else "18",
        "", "", "", "", "", "", out.code("SBR", 9, claim.payer.filing),
    )  # fmt: skip
    person(out, "IL", insured.family, insured.given, "MI", insured.member_id)
    if insured.address is not None:
        address(out, insured.address)
    elif claim.patient is None:
        raise out.wrong("N3", 1, "required")
    if insured.birth_date is not None:
        out.add("DMG", "D8", ymd(insured.birth_date), sex(out, insured.sex))
    elif claim.patient is None:
        raise out.wrong("DMG", 2, "required")
    payer(out, claim.payer)


def _patient(out: Writer, patient: Patient) -> None:
    """Loops 2000C and 2010CA."""
    out.add("PAT", out.one_of("PAT", 1, patient.relationship, RELATIONSHIPS))
    person(out, "QC", patient.family, patient.given)
    address(out, patient.address)
    out.add("DMG", "D8", ymd(patient.birth_date), sex(out, patient.sex))

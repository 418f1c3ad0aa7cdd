"""Write 837P interchanges (005010X222A1): a `Submission` and its claims to bytes.

    ISA GS  ST BHT 1000A 1000B  HL 20 (2000A billing)  HL 22 (2000B subscriber) CLM 2300  ..  SE

A claim that cannot be written is left out and named with its reason; the others are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.x12.claim837 import (
    PROFESSIONAL,
    Address,
    BillingProvider,
    Claim,
    ServiceLine,
    Submission,
)
from services.x12.errors import X12Error
from services.x12.values import money, ymd
from services.x12.writer import Element, Writer, plain

LONGEST_CONTROL_NUMBER = 20
MOST_DIAGNOSES = 12
MOST_LINES = 50


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
    out.isa(
        "00", " " * 10, "00", " " * 10, s.sender_qualifier, s.sender.ljust(15),
        s.receiver_qualifier, s.receiver.ljust(15), s.at.strftime("%y%m%d"), s.at.strftime("%H%M"),
        "", "00501", f"{s.interchange_control:09d}", "0", s.usage,
    )
    out.add(
        "GS", "HC", s.sender, s.receiver, ymd(s.at.date()), s.at.strftime("%H%M"),
        str(s.group_control), "X", PROFESSIONAL,
    )


def _set(
    out: Writer, s: Submission, control: str, claims: Sequence[Claim],
    refused: dict[str, X12Error],
) -> tuple[str, ...]:
    """Add ST..SE for the claims that can be written; nothing when there is none."""
    body, taken = Writer(s.delimiters), []
    number, billing_number, billing = 0, 0, None
    for claim in claims:
        part, own = Writer(s.delimiters), number
        try:
            if claim.billing != billing:
                own += 1
                _billing(part, own, claim.billing)
                parent = own
            else:
                parent = billing_number
            own += 1
            _claim(part, own, parent, claim)
        except X12Error as error:
            refused[claim.control_number] = error
            continue
        number, billing_number, billing = own, parent, claim.billing
        body.extend(part)
        taken.append(claim.control_number)
    if taken:
        _header(out, s, control)
        out.extend(body)
        out.add("SE", str(body.count + 6), control)
    return tuple(taken)


def _header(out: Writer, s: Submission, control: str) -> None:
    out.add("ST", "837", control, PROFESSIONAL)
    day, time = ymd(s.at.date()), s.at.strftime("%H%M")
    out.add("BHT", "0019", "00", reference(s, control), day, time, "CH")
    out.add("NM1", "41", "2", plain(s.submitter_name, 60), "", "", "", "", "46", s.sender)
    out.add("PER", "IC", plain(s.contact, 60), "TE", s.phone)
    out.add("NM1", "40", "2", plain(s.receiver_name, 60), "", "", "", "", "46", s.receiver)


def _billing(out: Writer, number: int, billing: BillingProvider) -> None:
    out.add("HL", str(number), "", "20", "1")
    out.add("PRV", "BI", "PXC", _code(out, "PRV", 3, billing.taxonomy))
    name = _text(out, "NM1", 3, billing.name, 60)
    out.add("NM1", "85", "2", name, "", "", "", "", "XX", _code(out, "NM1", 9, billing.npi))
    _address(out, billing.address)
    out.add("REF", "EI", _code(out, "REF", 2, billing.tax_id))


def _claim(out: Writer, number: int, parent: int, claim: Claim) -> None:
    out.add("HL", str(number), str(parent), "22", "0")
    out.add("SBR", "P", "18", "", "", "", "", "", "", _code(out, "SBR", 9, claim.payer.filing))
    person = claim.subscriber
    out.add(
        "NM1", "IL", "1", _text(out, "NM1", 3, person.family, 60), plain(person.given, 35),
        "", "", "", "MI", _code(out, "NM1", 9, person.member_id, 80),
    )
    if person.address is None or person.birth_date is None:
        raise X12Error(out.count, "N3", 1, "required")
    _address(out, person.address)
    out.add("DMG", "D8", ymd(person.birth_date), _one_of(out, "DMG", 3, person.sex, "FMU"))
    out.add(
        "NM1", "PR", "2", _text(out, "NM1", 3, claim.payer.name, 60), "", "", "", "", "PI",
        _code(out, "NM1", 9, claim.payer.number, 80),
    )
    _claim_information(out, claim)
    rendering = claim.rendering
    if rendering is None:
        raise X12Error(out.count, "NM1", 3, "required")
    out.add(
        "NM1", "82", "1", _text(out, "NM1", 3, rendering.family, 60), plain(rendering.given, 35),
        "", "", "", "XX", _code(out, "NM1", 9, rendering.npi),
    )
    out.add("PRV", "PE", "PXC", _code(out, "PRV", 3, rendering.taxonomy))
    for at, line in enumerate(claim.lines, 1):
        _line(out, at, line, claim)


def _claim_information(out: Writer, claim: Claim) -> None:
    if not 1 <= len(claim.lines) <= MOST_LINES:
        raise X12Error(out.count, "LX", 1, "too_many" if claim.lines else "required")
    number = _code(out, "CLM", 1, claim.control_number, LONGEST_CONTROL_NUMBER)
    place = (_code(out, "CLM", 5, claim.place_of_service, 2), "B",
             _one_of(out, "CLM", 5, claim.frequency, "178"))
    out.add("CLM", number, money(claim.charge_cents), "", "", place, "Y", "A", "Y", "Y")
    if (claim.frequency == "1") == bool(claim.payer_claim_number):
        raise X12Error(out.count + 1, "REF", 2, "replacement_reference")
    if claim.payer_claim_number:
        out.add("REF", "F8", _code(out, "REF", 2, claim.payer_claim_number))
    if not 1 <= len(claim.diagnoses) <= MOST_DIAGNOSES:
        raise X12Error(out.count + 1, "HI", 1, "too_many" if claim.diagnoses else "required")
    codes: list[Element] = [
        ("ABF" if at else "ABK", _code(out, "HI", at + 1, one.code.replace(".", ""), 7))
        for at, one in enumerate(claim.diagnoses)
    ]
    out.add("HI", *codes)


def _line(out: Writer, at: int, line: ServiceLine, claim: Claim) -> None:
    out.add("LX", str(at))
    if not 1 <= len(line.pointers) <= 4 or not all(
        1 <= p <= len(claim.diagnoses) for p in line.pointers
    ):
        raise X12Error(out.count + 1, "SV1", 7, "bad_code")
    if len(line.modifiers) > 4 or line.units < 1 or line.charge_cents < 0:
        raise X12Error(out.count + 1, "SV1", 0, "bad_number")
    place = line.place_of_service if line.place_of_service != claim.place_of_service else ""
    pointers = tuple(map(str, line.pointers))
    out.add(
        "SV1", ("HC", _code(out, "SV1", 1, line.code, 48), *line.modifiers),
        money(line.charge_cents), "UN", str(line.units), place, "", pointers,
    )
    out.add("DTP", "472", "D8", ymd(line.served_on))
    out.add("REF", "6R", _code(out, "REF", 2, line.line_id))


def _address(out: Writer, address: Address) -> None:
    out.add("N3", _text(out, "N3", 1, address.street, 55))
    postal = address.zip.replace("-", "")
    if postal and not (postal.isascii() and postal.isdigit() and len(postal) in (5, 9)):
        raise X12Error(out.count + 1, "N4", 3, "bad_number")
    city, state = _text(out, "N4", 1, address.city, 30), _code(out, "N4", 2, address.state, 2)
    out.add("N4", city, state, postal)


def _text(out: Writer, name: str, element: int, value: str, longest: int) -> str:
    """Return required free text, mapped and cut."""
    mapped = plain(value, longest)
    if not mapped:
        raise X12Error(out.count + 1, name, element, "required")
    return mapped


def _code(out: Writer, name: str, element: int, value: str, longest: int = 50) -> str:
    """Return a required id or code as it is; it is never cut or mapped."""
    if not value.strip():
        raise X12Error(out.count + 1, name, element, "required")
    if len(value) > longest:
        raise X12Error(out.count + 1, name, element, "too_long")
    return value


def _one_of(out: Writer, name: str, element: int, value: str, codes: str) -> str:
    if len(value) != 1 or value not in codes:
        raise X12Error(out.count + 1, name, element, "bad_code")
    return value

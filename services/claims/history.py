"""What a patient's other encounters billed: what the edits of family `history` compare with.

    a version is judged ──held──▶ what was billed before stays
                        ──else──▶ it is what the encounter bills; a void bills nothing

Only versions that were let through count, so of two encounters whose claims do not go together the
one that is judged first goes on, and the one judged second is told: never both, never neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.events import NO_DAY, Bill, Coded, Line

VOID, CORRECTION, RECHECK = "void", "correction", "recheck"
STAY = "11"
"""Type of bill of a hospital stay, without its last digit."""

DAYS_AROUND = 3
"""The longest payment window: how far other encounters are looked for around the own dates."""
YEARS_NEW = 3
"""Who was not seen for so long is a new patient."""

NEW_PATIENT = frozenset({
    "99202", "99203", "99204", "99205", "99341", "99342", "99344", "99345", "99381", "99382",
    "99383", "99384", "99385", "99386", "99387", "92002", "92004",
})
"""CPT codes of a visit of a new patient."""
SEEN = frozenset({"92002", "92004", "92012", "92014"})
"""CPT codes of visits outside evaluation and management."""


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line as it was let through; its fields are those of `schemas.events.Line`."""

    code: str
    revenue_code: str
    modifiers: frozenset[str]
    served_on: date
    place_of_service: str
    units: int
    charge_cents: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What an encounter bills, as far as other encounters of the patient care.

    Attributes:
        encounter_id: The encounter.
        kind: professional, or the type of bill (11, 13, ...).
        payer_id: Who is billed first.
        plan: Its kind of plan.
        facility_id: Where.
        billing_npi: Who bills.
        rendering_npi: Who rendered it.
        starts_on: First day, of a stay that of admission.
        ends_on: Last day.
        patient_status: Of a stay, CL103.
        conditions: Condition codes.
        lines: In their order.
        turn: Which of the patient's encounters was let through first: a lower one before.
    """

    encounter_id: str
    kind: str
    payer_id: str
    plan: str
    facility_id: str
    billing_npi: str
    rendering_npi: str
    starts_on: date
    ends_on: date
    patient_status: str
    conditions: frozenset[str]
    lines: tuple[BilledLine, ...]
    turn: int = 0

    @property
    def provider(self) -> str:
        """Who a payer knows as the provider: who rendered it, or the hospital."""
        return self.rendering_npi if self.kind == "professional" else self.billing_npi


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of the encounter's own earlier versions.

    Attributes:
        version: The latest that was judged.
        codes: Every code that came with a first coding, a charge or a passage of the record.
        billed: What it bills; none before a version was let through, or after a void.
    """

    version: int = 0
    codes: frozenset[str] = frozenset()
    billed: Billed | None = None

    def after(self, coded: Coded, *, held: bool, turn: int = 0) -> "Own":
        """Return what is known once a version was judged; an older one changes nothing.

        Args:
            coded: The version.
            held: Whether an edit holds it.
            turn: That of the encounter, where nothing of it was let through before.
        """
        if coded.version <= self.version:
            return self
        turn = self.billed.turn if self.billed else turn
        billed = self.billed if held else of(coded, turn)
        founded = {code for key, code in codes(coded.bill)
                   if not self.version or is_founded(coded, key)}
        return Own(coded.version, self.codes | founded, billed)


@dataclass(frozen=True, slots=True)
class History:
    """What an edit may know of a patient beside the version it judges.

    Attributes:
        others: What other encounters bill, in the order of first day and id.
        own: The encounter's own earlier versions; none when it was never judged.
    """

    others: tuple[Billed, ...] = ()
    own: Own | None = None


NOTHING = History()
"""A patient of whom nothing else is known."""


def is_founded(coded: Coded, key: str) -> bool:
    """Say whether a passage of the record is named for what a version adds, where it needs one.

    Args:
        coded: The version; a first coding and a change of charges need none.
        key: What the change is called, as ``diagnosis E11.65``, ``procedure 0DTJ4ZZ``, ``line L1``.
    """
    if coded.reason not in (CORRECTION, RECHECK):
        return True
    return any(not one.about or f"{one.about} ".startswith(f"{key} ") for one in coded.evidence)


def of(coded: Coded, turn: int = 0) -> Billed | None:
    """Return what a version bills; nothing for a void, or without a payer."""
    bill = coded.bill
    if coded.reason == VOID or not bill.coverage.payer_id:
        return None
    stay = bill.institutional
    return Billed(
        coded.encounter_id, kind(bill), bill.coverage.payer_id, bill.coverage.plan,
        bill.facility_id, bill.billing_npi, bill.rendering_npi, began_on(bill), bill.ends_on,
        stay.patient_status if stay else "", frozenset(stay.conditions if stay else ()),
        tuple(map(line_of, bill.lines)), turn,
    )


def line_of(one: Line) -> BilledLine:
    """Return a line as it is remembered."""
    return BilledLine(
        one.code, one.revenue_code, frozenset(one.modifiers), one.served_on,
        one.place_of_service, one.units, one.charge_cents,
    )


def kind(bill: Bill) -> str:
    """Return professional, or the type of bill.

    >>> kind(Bill(claim_type="professional"))
    'professional'
    """
    return bill.institutional.facility_type if bill.institutional else bill.claim_type


def began_on(bill: Bill) -> date:
    """Return the first day; of a stay the day of admission, though billed in parts."""
    stay = bill.institutional
    if stay is None or stay.facility_type != STAY or stay.admitted_at is None:
        return bill.starts_on
    return stay.admitted_at.date()


def codes(bill: Bill) -> Iterator[tuple[str, str]]:
    """Yield every diagnosis and procedure code of a bill, after what a change to it is called."""
    for diagnosis in bill.diagnoses:
        yield f"diagnosis {diagnosis.code}", diagnosis.code
    for line in bill.lines:
        if line.code:
            yield f"line {line.line_id}", line.code
    for procedure in bill.institutional.procedures if bill.institutional else ():
        yield f"procedure {procedure.code}", procedure.code


def wanted(coded: Coded, ever: frozenset[str]) -> tuple[date, date]:
    """Return the days from and to which other encounters matter to a version.

    Args:
        coded: The version.
        ever: Codes for which everything before matters.
    """
    bill = coded.bill
    first, last = began_on(bill), max(bill.ends_on, bill.starts_on)
    billed = {one.code for one in bill.lines}
    if first == NO_DAY or billed & ever:
        return date.min, last + timedelta(days=DAYS_AROUND)
    if billed & NEW_PATIENT:
        return years_before(first), last + timedelta(days=DAYS_AROUND)
    return first - timedelta(days=DAYS_AROUND), last + timedelta(days=DAYS_AROUND)


def years_before(day: date, years: int = YEARS_NEW) -> date:
    """Return the same day some years before; the last of February for a 29th.

    >>> years_before(date(2028, 2, 29))
    datetime.date(2025, 2, 28)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)

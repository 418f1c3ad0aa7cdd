"""Required data: what every claim must carry before anything else can be judged.

Source: X12 005010X222A1 and X223A2, loops 2000B, 2010BB, 2300 and 2400: required segments.
"""

from collections.abc import Iterator

from schemas.events import NO_DAY
from services.claims.edits.edit import BOTH, CLAIM, Case, Fault, diagnosis, edit, line

SOURCE = "837 required data"
FAMILY = "structure"
MOST_DIAGNOSES = {"professional": 12, "institutional": 25}
SEXES = frozenset("FMU")


@edit(FAMILY, snip=2, source="the hospital's own rule")
def coder_missing(case: Case) -> Iterator[Fault]:
    """Somebody answers for the coding. Example: a version with a coder's id passes."""
    if not case.coded.coder_id:
        yield Fault(CLAIM, "No coder answers for this coding: name the coder.")


@edit(FAMILY, snip=2, source="837 GS08")
def claim_type_unknown(case: Case) -> Iterator[Fault]:
    """A claim is professional or institutional. Example: dental is found."""
    if case.bill.claim_type not in BOTH:
        yield Fault(CLAIM, "The claim is neither professional nor institutional: choose one.")


@edit(FAMILY, snip=2, source=SOURCE)
def payer_unknown(case: Case) -> Iterator[Fault]:
    """The payer has a policy for this type of claim. Example: a payer of the payer table passes."""
    bill = case.bill
    if case.terms.policy(bill.coverage.payer_id, bill.claim_type, bill.starts_on) is None:
        yield Fault(CLAIM, "The payer is missing, or not one we bill for this type of claim: "
                    "choose a payer of the payer table.")


@edit(FAMILY, snip=2, source=SOURCE)
def demographics_missing(case: Case) -> Iterator[Fault]:
    """Name, address and member number are there, sealed.

    Example: a bill whose sealed part is empty is found; what stands in it, intake looked at.
    """
    if not case.bill.demographics.ciphertext:
        yield Fault(CLAIM, "Name, address and member number are missing: complete the "
                    "registration.")


@edit(FAMILY, snip=2, source="837 DMG03")
def sex_missing(case: Case) -> Iterator[Fault]:
    """The patient's sex is registered as F, M or U. Example: U is an answer, empty is none."""
    if case.bill.patient.sex not in SEXES:
        yield Fault(CLAIM, "The patient's sex is missing: register F, M or U.")


@edit(FAMILY, snip=2, version=2, source="837 DTP*472, DTP*434")
def dates_wrong(case: Case) -> Iterator[Fault]:
    """The days of service are there, in order and not to come.

    Example: on 3 March the days 1 to 3 March pass, 1 to 4 March do not.
    """
    bill = case.bill
    if bill.starts_on == NO_DAY or not bill.starts_on <= bill.ends_on <= case.today:
        yield Fault(CLAIM, "The dates of service are missing, out of order or in the future: "
                    "correct the first and last day.")


@edit(FAMILY, snip=2, source="837 loop 2400")
def line_missing(case: Case) -> Iterator[Fault]:
    """A claim has a service line. Example: no line is found, one passes."""
    if not case.bill.lines:
        yield Fault(CLAIM, "There is no service line: enter the charges.")


@edit(FAMILY, snip=2, source="837 HI*ABK")
def diagnosis_missing(case: Case) -> Iterator[Fault]:
    """A claim has a principal diagnosis. Example: none is found, E11.9 alone passes."""
    if not case.bill.diagnoses:
        yield Fault(CLAIM, "There is no diagnosis: code at least the principal one.")


@edit(FAMILY, snip=2, source="837P HI, 12 codes; 837I HI, principal and 24 others")
def diagnoses_too_many(case: Case) -> Iterator[Fault]:
    """A claim takes 12 diagnoses, an institutional one 25. Example: the 13th is one too many."""
    most, count = MOST_DIAGNOSES.get(case.bill.claim_type, 12), len(case.bill.diagnoses)
    if count > most:
        yield Fault(diagnosis(most + 1), f"There are {count} diagnoses and a claim takes {most}: "
                    "leave out the least important.")


@edit(FAMILY, snip=3, source=SOURCE)
def line_date_outside(case: Case) -> Iterator[Fault]:
    """A line's day is within the claim's days; wrong claim days are `dates_wrong`'s finding.

    Example: on a claim of 2 to 3 March a line of 3 March passes, one of 4 March is found.
    """
    bill = case.bill
    if bill.starts_on > bill.ends_on:
        return
    for position, one in case.lines():
        if not bill.starts_on <= one.served_on <= bill.ends_on:
            yield Fault(line(position), f"The date of service of line {position} is not within "
                        "the claim's dates: correct one of them.")


@edit(FAMILY, snip=2, source="837 REF*6R")
def line_id_repeated(case: Case) -> Iterator[Fault]:
    """Each line has a control number of its own. Example: L1 twice is found."""
    seen = set[str]()
    for position, one in case.lines():
        if not one.line_id or one.line_id in seen:
            yield Fault(line(position), f"Line {position} has no control number of its own: "
                        "enter the line again.")
        seen.add(one.line_id)


EDITS = (
    coder_missing, claim_type_unknown, payer_unknown, demographics_missing, sex_missing,
    dates_wrong, line_missing, diagnosis_missing, diagnoses_too_many, line_date_outside,
    line_id_repeated,
)

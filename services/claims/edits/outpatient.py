"""Outpatient hospital claims: what OPPS does not pay as it is billed. A subset of the IOCE.

The status indicator of a code is `opps` (Addendum B) of the day of service. Which payers pay by
OPPS stands in `data/adoption.csv`.

Source: CMS, Integrated Outpatient Code Editor specifications (edits 9, 13, 18, 21, 27, 42, 44, 61,
62, 72); Claims Processing Manual, ch. 1, sect. 50.3 (condition code 44), ch. 4, sect. 10.2 (status
indicators), 180.7 (inpatient-only), 290 (observation) and ch. 17, sect. 40 (JW, JZ).
"""

from collections.abc import Iterator
from datetime import date
from functools import partial

from schemas.events import Line
from services.claims.edits.edit import (
    CLAIM,
    INSTITUTIONAL,
    OFF,
    Case,
    Fault,
    edit,
    line,
)
from services.codes import hcpcs, revenue

FAMILY = "outpatient"
HOSPITAL_OUTPATIENT = "13"
INPATIENT_ONLY = "C"
NOT_RECOGNISED = {"B": "not recognised on this type of bill", "M": "not billable to this payer",
                  "E1": "not covered", "E2": "without a price, since nothing is known of it",
                  "Y": "billed to the contractor for equipment, on a claim of its own"}
DRUGS = ("G", "K")
VISITS, PROCEDURES = ("V", "J2"), ("S", "T")
CLINIC = frozenset({"G0463", "G0380", "G0381", "G0382", "G0383", "G0384"})
"""HCPCS codes of a visit to a clinic or emergency department, beside CPT's."""
PACKAGED, SEVERAL_VISITS = "N", "G0"
OFF_CAMPUS = frozenset({"PO", "PN"})
WASTE_TOLD_FROM = date(2023, 7, 1)
CHANGED_TO_OUTPATIENT, DIED, IN_LAST_EMERGENCY = "44", "20", "CA"
CHANGED_TYPES = frozenset({HOSPITAL_OUTPATIENT, "85"})
"""Types of bill on which a stay changed to outpatient is billed."""
OBSERVATION, OBSERVATION_REVENUE = "G0378", "0762"
OBSERVED = frozenset({
    OBSERVATION, "G0379", "99217", "99218", "99219", "99220", "99224", "99225", "99226", "99234",
    "99235", "99236",
})
"""Codes of observation: what may stand under its revenue code."""
rule = partial(
    edit, FAMILY, snip=5, severity=OFF, claim_types=frozenset({INSTITUTIONAL}),
)


def _outpatient(case: Case) -> bool:
    stay = case.bill.institutional
    return stay is not None and stay.facility_type == HOSPITAL_OUTPATIENT


def _indicated(case: Case) -> Iterator[tuple[int, Line, str]]:
    """Yield position, line and status indicator of each line of an outpatient bill."""
    if not _outpatient(case):
        return
    for position, one in case.lines():
        for row in case.rows("opps", one.code, one.served_on) if one.code else ():
            yield position, one, str(row[0])


def _visit(one: Line, indicator: str) -> bool:
    return indicator in VISITS and (one.code in CLINIC or hcpcs.is_evaluation(one.code))


@rule(source="IOCE edit 18, inpatient procedure; modifier CA", tables=("opps",), version=2)
def inpatient_only(case: Case) -> Iterator[Fault]:
    """A service that is paid to inpatients only is not billed as outpatient (status C).

    Example: a code of status C on bill type 131 is found, on 111 it is not for this edit. With CA
    it passes for a patient who died (status 20): it was done to save who could not be admitted.
    """
    stay = case.bill.institutional
    died = stay is not None and stay.patient_status == DIED
    for position, one, indicator in _indicated(case):
        if indicator == INPATIENT_ONLY and not (died and IN_LAST_EMERGENCY in one.modifiers):
            yield Fault(line(position), f"{one.code} on line {position} is paid to inpatients "
                        "only: check the admission order, or the code.")


@rule(source="IOCE edits 9, 13, 61, 62, 72, status E1, E2, Y, B, M", tables=("opps",), version=2)
def not_paid_outpatient(case: Case) -> Iterator[Fault]:
    """A code that OPPS does not pay is billed as what it pays. Example: status E1 on 131."""
    for position, one, indicator in _indicated(case):
        if indicator in NOT_RECOGNISED and "GY" not in one.modifiers:
            yield Fault(line(position), f"{one.code} on line {position} is "
                        f"{NOT_RECOGNISED[indicator]}: use the code that the payer takes, or "
                        "say with GY that it is excluded.")


@rule(source="IOCE edit 21, modifier 25", tables=("opps",))
def visit_beside_outpatient_procedure(case: Case) -> Iterator[Fault]:
    """A clinic or emergency visit on the day of a procedure of status S or T has modifier 25.

    Example: G0463 with Q0091 (S) is found on the visit; G0463-25 passes, and so does G0463 with
    J1885 (N). 27 is for several visits and does not stand for 25.
    """
    lines = list(_indicated(case))
    days = {one.served_on for _, one, indicator in lines if indicator in PROCEDURES}
    for position, one, indicator in lines:
        if _visit(one, indicator) and one.served_on in days and "25" not in one.modifiers:
            yield Fault(line(position), f"{one.code} on line {position} stands beside a procedure "
                        "of the same day: add 25 if the record shows a visit of its own, "
                        "otherwise drop the visit.")


@rule(source="IOCE edit 27, only incidental services", tables=("opps",))
def only_packaged(case: Case) -> Iterator[Fault]:
    """What is packaged (status N) is paid with the service it goes with, which is on the claim.

    Example: J1885 (N) alone is found; beside G0463 it passes, and so it does beside a code of which
    the table says nothing.
    """
    coded = [one for _, one in case.lines() if one.code]
    packaged = [one for _, one, indicator in _indicated(case) if indicator == PACKAGED]
    if coded and len(packaged) == len(coded):
        yield Fault(CLAIM, f"All services of the claim are packaged ({packaged[0].code}, ...) and "
                    "nothing pays for them: add the service they were given with.")


@rule(source="IOCE edit 42, condition code G0", tables=("opps",))
def visits_apart_untold(case: Case) -> Iterator[Fault]:
    """Two visits of a day under one revenue code are apart, and condition code G0 says so.

    Example: two lines of G0463 under 0510 on one day are found on the second; with G0 they pass.
    """
    stay = case.bill.institutional
    if stay is None or SEVERAL_VISITS in stay.conditions:
        return
    seen: set[tuple[str, date]] = set()
    for position, one, indicator in _indicated(case):
        key = one.revenue_code, one.served_on
        if _visit(one, indicator) and key in seen:
            yield Fault(line(position), f"Line {position} is a second visit of the day under "
                        f"{one.revenue_code}: add condition code G0 if the visits were apart, "
                        "otherwise bill one.")
        if _visit(one, indicator):
            seen.add(key)


@rule(source="CMS Claims Processing Manual, ch. 4, sect. 20.6.11 and 20.6.12: PO, PN")
def off_campus_in_part(case: Case) -> Iterator[Fault]:
    """Every service of an off-campus department says so, with PO or PN.

    Example: G0463-PO beside J1885 without PO on one day is found on the second line; with PO on
    both it passes. A warning: a part of the day may have been on campus.
    """
    if not _outpatient(case):
        return
    away = {one.served_on for _, one in case.lines() if not OFF_CAMPUS.isdisjoint(one.modifiers)}
    for position, one in case.lines():
        if one.code and one.served_on in away and OFF_CAMPUS.isdisjoint(one.modifiers):
            yield Fault(line(position), f"{one.code} on line {position} does not say that it was "
                        "off campus, as others of the day do: add PO or PN, unless it was on "
                        "campus.")


@rule(source="CMS Claims Processing Manual, ch. 17, sect. 40: JW and JZ", tables=("opps",))
def waste_untold(case: Case) -> Iterator[Fault]:
    """A drug paid apart from a single-dose container says what was discarded, since July 2023.

    Example: J9271 (status G or K) without JW or JZ is found; with JZ it passes, and so does
    30 June 2023.
    """
    for position, one, indicator in _indicated(case):
        told = {"JW", "JZ"} & set(one.modifiers)
        if indicator in DRUGS and not told and one.served_on >= WASTE_TOLD_FROM:
            yield Fault(line(position), f"{one.code} on line {position} does not say whether "
                        "some was discarded: add JZ for none, or bill the rest on its own line "
                        "with JW (not for multi-dose containers).")


@rule(source="CMS Claims Processing Manual, ch. 4, sect. 290.2; IOCE edit 44: observation",
      version=2, silenced_by=("revenue_hcpcs_missing",))
def observation_revenue(case: Case) -> Iterator[Fault]:
    """Observation of an outpatient stands under revenue code 0762, and nothing else does.

    Example: G0378 under 0450 is found, and so is 99283 under 0762 or a line of 0762 without a code.
    The last passes with condition code 44 (the hours before the change have no code) and on a stay.
    """
    stay = case.bill.institutional
    if stay is None or case.inpatient:
        return
    bare = CHANGED_TO_OUTPATIENT in stay.conditions
    for position, one in case.lines():
        there = one.revenue_code == OBSERVATION_REVENUE
        alien = there and one.code not in OBSERVED and not (bare and not one.code)
        if alien or (one.code == OBSERVATION and not there):
            yield Fault(line(position), f"Line {position} is observation by its code or by its "
                        "revenue code, not by both: G0378 stands under 0762.")


@rule(source="CMS Claims Processing Manual, ch. 1, sect. 50.3: condition code 44", version=2)
def changed_status(case: Case) -> Iterator[Fault]:
    """Condition code 44 is for a stay changed to outpatient before discharge: 13x, or 85x.

    Example: 44 on bill type 111 is found, on 131 and 851 it passes.
    """
    stay = case.bill.institutional
    if stay and CHANGED_TO_OUTPATIENT in stay.conditions and (
            stay.facility_type not in CHANGED_TYPES):
        yield Fault(CLAIM, "Condition code 44 says that the stay was changed to outpatient: bill "
                    "it as 13x (85x of a critical access hospital), or take the code off.")


@rule(source="CMS Claims Processing Manual, ch. 25: accommodation revenue codes")
def bed_of_an_outpatient(case: Case) -> Iterator[Fault]:
    """An outpatient has no bed to be billed. Example: 0120 on bill type 131 is found."""
    if not _outpatient(case):
        return
    for position, one in case.lines():
        if revenue.is_accommodation(one.revenue_code):
            yield Fault(line(position), f"Line {position} bills a bed on an outpatient claim: "
                        "bill observation hours, or correct the type of bill.")


EDITS = (
    inpatient_only, not_paid_outpatient, visit_beside_outpatient_procedure, only_packaged,
    visits_apart_untold, off_campus_in_part, waste_untold, observation_revenue, changed_status,
    bed_of_an_outpatient,
)

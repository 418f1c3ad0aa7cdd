"""What a claim may not say beside what the patient's other encounters bill.

All other edits see one claim. These compare it with what was let through before it
(`services.claims.history`): of two encounters, the one judged second is told. A payer holds only
what it can see in its own history, so only claims to the same payer are compared, and what is not
certain from the claims alone warns.

`stays.py` holds those about stays in hospital.

Source: CMS Claims Processing Manual, ch. 1, sect. 120 (duplicates), ch. 12, sect. 30.6.7 (new
patients); 42 CFR 410.15, 410.16 and 410.19 (once in a life).
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from schemas.events import Line
from services.claims import data
from services.claims.edits.edit import (
    OFF,
    PROFESSIONAL,
    WARN,
    Case,
    Fault,
    edit,
    line,
)
from services.claims.history import (
    NEW_PATIENT,
    NOTHING,
    SEEN,
    Billed,
    BilledLine,
    began_on,
    kind,
    line_of,
    years_before,
)
from services.codes import hcpcs

FAMILY = "history"
SAME, SUSPECT = "same", "suspect"
DISTINCT = frozenset({"27", "59", "76", "77", "91", "XE", "XP", "XS", "XU"})
"""Modifiers that say a service was rendered again, or apart."""
DISTINCT_VISIT = "G0"
"""Condition code: another visit, though of the same day and revenue centre."""


def _payer_and_provider(case: Case) -> Iterator[Billed]:
    """Yield what the same provider bills the same payer on the same kind of claim."""
    bill = case.bill
    mine = kind(bill)
    provider = bill.rendering_npi if mine == PROFESSIONAL else bill.billing_npi
    for other in (case.history or NOTHING).others:
        if (
            other.kind == mine and other.payer_id == bill.coverage.payer_id
            and other.provider == provider and other.starts_on <= bill.ends_on
            and other.ends_on >= bill.starts_on
        ):
            yield other


def _came_first(case: Case, one: BilledLine, other: Billed) -> bool:
    """Say whether the other encounter's line was let through before this one's.

    Two that both bill it, since a person let them, are told once: on the one that came second.
    """
    own = case.history.own.billed if case.history and case.history.own else None
    return own is None or one not in own.lines or other.turn < own.turn


def _repeats(case: Case, degree: str) -> Iterator[tuple[int, BilledLine, int, Billed]]:
    """Yield the lines of a claim that repeat one of another encounter, each once."""
    others = tuple(_payer_and_provider(case))
    there = {_service(theirs) for other in others for theirs in other.lines}
    again = others and kind(case.bill) != PROFESSIONAL and DISTINCT_VISIT in _conditions(case)
    for position, billed in case.lines():
        if _service(billed) not in there or not DISTINCT.isdisjoint(billed.modifiers):
            continue
        one = line_of(billed)
        if again and hcpcs.is_evaluation(one.code):
            continue
        for at, theirs, other in _theirs(others):
            if _degree(one, theirs, case, other) == degree and _came_first(case, one, other):
                yield position, one, at, other
                break


def _service(one: Line | BilledLine) -> tuple[str, str, date]:
    return one.code, one.revenue_code, one.served_on


def _theirs(others: Iterable[Billed]) -> Iterator[tuple[int, BilledLine, Billed]]:
    for other in others:
        for at, theirs in enumerate(other.lines, 1):
            yield at, theirs, other


def _degree(one: BilledLine, theirs: BilledLine, case: Case, other: Billed) -> str:
    """Return how much two lines are alike: same, suspect or not at all."""
    if _service(one) != _service(theirs) or one.modifiers != theirs.modifiers:
        return ""
    if case.inpatient:  # what of a stay has no code of its own is told by the dates of the stay
        whole = (other.starts_on, other.ends_on) == (began_on(case.bill), case.bill.ends_on)
        return SAME if whole and one == theirs else ""
    if not one.code:
        return ""
    return SAME if one == theirs else SUSPECT


def _conditions(case: Case) -> tuple[str, ...]:
    stay = case.bill.institutional
    return stay.conditions if stay else ()


@edit(FAMILY, snip=7, source="CMS Claims Processing Manual, ch. 1, sect. 120.2", compares=True)
def billed_in_another_encounter(case: Case) -> Iterator[Fault]:
    """A line is not billed to the payer in another encounter already.

    The same are provider, payer, kind of claim, day, code, modifiers, place, units and charge; of a
    stay also its first and last day. Example: 85025 of 2 March, charged $40.00, was let through in
    another encounter and is found; with modifier 91 (repeated test) it passes, and so does a charge
    on another day.
    """
    for position, one, at, other in _repeats(case, SAME):
        yield Fault(line(position), f"{one.code or one.revenue_code} on line {position} is billed "
                    f"in line {at} of encounter {other.encounter_id} already: take it off one of "
                    "the two, or add the modifier that the record supports (76, 77, 91, 59).")


@edit(FAMILY, snip=7, severity=WARN, source="CMS Claims Processing Manual, ch. 1, sect. 120.3",
      compares=True, silenced_by=("billed_in_another_encounter",))
def like_another_encounter(case: Case) -> Iterator[Fault]:
    """A line does not look like one of another encounter.

    Example: 99213 of one provider on one day for $150.00, and in another encounter for $190.00:
    found, since a payer suspects a duplicate. 99213 and 99214 pass here.
    """
    for position, one, at, other in _repeats(case, SUSPECT):
        yield Fault(line(position), f"{one.code} on line {position} stands in line {at} of "
                    f"encounter {other.encounter_id} for the same day, with other units, charge "
                    "or place: see that both were done, and say it with a modifier (76, 77, 91).")


@edit(FAMILY, snip=7, severity=WARN, claim_types=frozenset({PROFESSIONAL}), compares=True,
      source="CMS Claims Processing Manual, ch. 12, sect. 30.6.7.A; CPT, new and established")
def patient_not_new(case: Case) -> Iterator[Fault]:
    """Who is billed as a new patient was not seen in three years by the same group and specialty.

    Example: 99203 on 10 March 2026 after a visit on 12 June 2024 with a provider of the same
    specialty under the same billing provider: found. After a visit on 10 March 2023 it passes, and
    so it does when only a test was billed, or when the specialty is not known.
    """
    for position, one in case.lines():
        if one.code in NEW_PATIENT:
            before = max(_visits(case, one.served_on), default=None)
            if before:
                ago = (one.served_on - before).days
                yield Fault(line(position), f"{one.code} is for a new patient, who was seen here "
                            f"{ago} days before: bill the visit of an established patient, "
                            "or see that group or specialty differ.")


def _visits(case: Case, until: date) -> Iterator[date]:
    """Yield the days on which the group and specialty saw the patient within three years."""
    bill, specialties = case.bill, case.terms.specialties
    mine = specialties.get(bill.rendering_npi)
    for other in (case.history or NOTHING).others:
        if other.kind != PROFESSIONAL or other.billing_npi != bill.billing_npi:
            continue
        theirs = specialties.get(other.rendering_npi)
        if other.rendering_npi == bill.rendering_npi or (mine and mine == theirs):
            for one in other.lines:
                if years_before(until) < one.served_on < until and _is_visit(one.code):
                    yield one.served_on


def _is_visit(code: str) -> bool:
    return hcpcs.is_evaluation(code) or code in SEEN


@lru_cache(maxsize=1)
def once() -> dict[str, tuple[str, str]]:
    """Return what Medicare pays once in a life: code -> our words, and what to bill instead."""
    return {row["code"]: (row["words"], row["instead"])
            for row in data.rows("once_in_a_lifetime.csv")}


@edit(FAMILY, snip=7, severity=OFF, compares=True, source="42 CFR 410.15, 410.16 and 410.19")
def once_in_a_lifetime(case: Case) -> Iterator[Fault]:
    """What is paid once in a life was not billed before.

    Example: G0438 in March, and G0438 in another encounter of the year before: found; G0439
    passes.
    """
    for position, one in case.lines():
        known = once().get(one.code)
        before = known and next(_billing(case, one.code), None)
        if known and before:
            words, instead = known
            yield Fault(line(position), f"{one.code}, {words}, is paid once in a life and stands "
                        f"in encounter {before.encounter_id}: {instead}.")


def _billing(case: Case, code: str) -> Iterator[Billed]:
    """Yield the other encounters that bill a code to the same kind of plan."""
    for other in (case.history or NOTHING).others:
        if other.plan == case.bill.coverage.plan and any(o.code == code for o in other.lines):
            yield other


EDITS = (
    billed_in_another_encounter, like_another_encounter, patient_not_new, once_in_a_lifetime,
)

"""Code search beside an item: what a code would be on this claim, before it is on it.

    words ──▶ diagnoses, procedures, services, modifiers ──▶ each put into the bill as typed, where
    the cursor stands ──▶ what the edits of codes would find there: validity on the day, what
    excludes it, age and sex, pairs with the other lines, most units

Without an item it is the list alone, on today's codes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from schemas.events import Bill, Coded, Diagnosis, Finding, Line
from services.codes import chargemaster, icd10cm, pcs, search
from services.codes.search import Found
from services.worklist.desk.judging import Judge
from services.worklist.events import paid_here
from services.worklist.events.paid_here import Here

DIAGNOSIS, PROCEDURE, SERVICE, MODIFIER = "dx", "pcs", "code", "modifiers"
NAMES = {
    DIAGNOSIS: "ICD-10-CM", PROCEDURE: "ICD-10-PCS", SERVICE: "Services (HCPCS, CPT)",
    MODIFIER: "Modifiers",
}
FINDERS: Mapping[str, Callable[[str, int], tuple[Found, ...]]] = {
    DIAGNOSIS: search.search, PROCEDURE: search.procedures, SERVICE: search.services,
    MODIFIER: search.modifiers,
}
ABOUT = {
    DIAGNOSIS: frozenset({"codes", "icd", "age_sex", "mce"}),
    SERVICE: frozenset({"codes", "ncci", "modifiers", "outpatient", "age_sex"}),
    MODIFIER: frozenset({"codes", "modifiers", "ncci"}),
}
"""Field -> the families of edits that are asked about a code before it is chosen."""
MOST, MOST_OTHERS = 12, 8
BAD = frozenset({"hold"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A code that was found.

    Attributes:
        code: As it goes into the field.
        words: What it means.
        billable: Whether it may be billed; a category opens the rung below.
        problem: Why it cannot stand there on that day; empty when it can.
        notes: What the edits would say of it: (severity, sentence).
        on_claim: Whether it stands on the claim already.
        charge_cents: Of one unit of a service; none when it has no price.
        here: What was paid and denied here for it.
    """

    code: str
    words: str
    billable: bool
    problem: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    on_claim: bool = False
    charge_cents: int | None = None
    here: Here | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Hits of one code set."""

    kind: str
    name: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a code would go.

    Attributes:
        coded: The coding as typed.
        kind: dx, pcs, code or modifiers.
        at: Position of the diagnosis, from 0; the line's, for what goes on a line.
        payer_id: Of what payer's decisions are shown; the first payer's when none is given.
    """

    coded: Coded
    kind: str = ""
    at: int = -1
    payer_id: str = ""


def kinds(spot: Spot | None, field: str = "") -> tuple[str, ...]:
    """Return the code sets that are searched, the one of the field first."""
    inpatient = spot is not None and spot.coded.bill.encounter_class == "inpatient"
    every = (DIAGNOSIS, *((PROCEDURE,) if inpatient else ()), SERVICE, MODIFIER)
    if field in every:
        return (field,)
    return every[:-1]


def look(asked: str, wanted: Collection[str], below: str = "") -> dict[str, tuple[Found, ...]]:
    """Return what was found of each code set; below a category, its rung."""
    if below and PROCEDURE in wanted:
        return {PROCEDURE: search.procedures(below, MOST)}
    if below:
        return {DIAGNOSIS: search.ladder(below)}
    return {
        kind: FINDERS[kind](asked, MOST if kind == DIAGNOSIS else MOST_OTHERS) for kind in wanted
    }


def plain(found: Mapping[str, tuple[Found, ...]], on: date) -> tuple[Group, ...]:
    """Return what was found where no item is open."""
    return _groups({
        kind: [_hit(one, kind, on, inpatient=False) for one in some]
        for kind, some in found.items()
    })


def beside(
    conn: Connection, judge: Judge, spot: Spot, found: Mapping[str, tuple[Found, ...]], today: date
) -> tuple[Group, ...]:
    """Return what was found, each code judged where it would stand."""
    bill = spot.coded.bill
    inpatient = bill.encounter_class == "inpatient"
    on = bill.ends_on if inpatient else bill.starts_on
    history = paid_here.many(conn, spot.payer_id or bill.coverage.payer_id, {
        kind: [one.code for one in some if one.billable] for kind, some in found.items()
        if kind in (DIAGNOSIS, SERVICE)
    }, today)
    groups: dict[str, list[Hit]] = {}
    for kind, some in found.items():
        there, known = _there(bill, kind), frozenset[Told]()
        if kind in ABOUT:
            known = frozenset(map(_told, judge.only(conn, spot.coded, today, ABOUT[kind])))
        for one in some:
            hit = _hit(one, kind, on, inpatient=inpatient)
            notes: tuple[tuple[str, str], ...] = ()
            if one.billable and not hit.problem and kind in ABOUT:
                put, place = _put(bill, replace(spot, kind=kind), one.code)
                coded = replace(spot.coded, bill=put)
                found_there = judge.only(conn, coded, today, ABOUT[kind]) if place else ()
                notes = tuple(_notes(found_there, known, one.code, place))
            groups.setdefault(kind, []).append(replace(
                hit, notes=notes, on_claim=one.code in there, here=history.get((kind, one.code)),
            ))
    return _groups(groups)


def _groups(found: Mapping[str, list[Hit]]) -> tuple[Group, ...]:
    """Return the groups, in each what cannot stand there last."""
    return tuple(
        Group(kind=kind, name=NAMES[kind], hits=tuple(sorted(hits, key=_conflicts)))
        for kind, hits in found.items() if hits
    )


def _conflicts(hit: Hit) -> bool:
    return bool(hit.problem) or any(severity in BAD for severity, _ in hit.notes)


def _hit(one: Found, kind: str, on: date, *, inpatient: bool) -> Hit:
    problem = ""
    if kind == DIAGNOSIS and one.billable and not icd10cm.is_valid(one.code, on):
        problem = f"not valid on {on.isoformat()}"
    if kind == PROCEDURE and one.billable and not pcs.is_valid(one.code, on):
        problem = f"not valid on {on.isoformat()}"
    price = chargemaster.load().price(one.code) if kind == SERVICE else None
    if kind == SERVICE and price is None:
        problem = "no price here"
    return Hit(
        code=one.code, words=one.words, billable=one.billable, problem=problem, charge_cents=price,
    )


def _there(bill: Bill, kind: str) -> frozenset[str]:
    if kind == DIAGNOSIS:
        return frozenset(one.code for one in bill.diagnoses)
    if kind == SERVICE:
        return frozenset(one.code for one in bill.lines)
    return frozenset()


Told = tuple[str, str, str]


def _told(one: Finding) -> Told:
    return one.edit, one.place, one.text


def _notes(
    found: Iterable[Finding], known: frozenset[Told], code: str, place: str
) -> Iterator[tuple[str, str]]:
    """Yield what the edits say of a code in its place that they do not say without it."""
    for one in found:
        if _told(one) not in known and (one.place == place or code in one.text):
            yield one.severity, one.text


def _put(bill: Bill, spot: Spot, code: str) -> tuple[Bill, str]:
    """Return the bill with a code where it would stand, and that place; none when nowhere."""
    if spot.kind == DIAGNOSIS:
        rest = [one for one in bill.diagnoses if one.code != code]
        at = spot.at if 0 <= spot.at < len(rest) else len(rest)
        present = bill.diagnoses[spot.at].present if 0 <= spot.at < len(bill.diagnoses) else ""
        one = Diagnosis(code=code, source="coder", present=present)
        diagnoses = (*rest[:at], one, *rest[at + 1:])
        return replace(bill, diagnoses=diagnoses), f"diagnosis {at + 1}"
    at = spot.at if 0 <= spot.at < len(bill.lines) else len(bill.lines)
    old = bill.lines[at] if at < len(bill.lines) else Line(
        line_id="N", units=1, served_on=bill.starts_on, pointers=(1,), charge_cents=1,
        place_of_service=bill.place_of_service,
    )
    if spot.kind == MODIFIER:
        if at == len(bill.lines):
            return bill, ""
        line = replace(old, modifiers=tuple(dict.fromkeys((*old.modifiers, code)))[:4])
    else:
        line = replace(old, code=code)
    return replace(bill, lines=(*bill.lines[:at], line, *bill.lines[at + 1:])), f"line {at + 1}"

"""A denial that came by letter or portal, entered by a person.

    letter ──▶ routed as an 835's denial would be ──▶ item manual_denial ──▶ closed for the item of
               (the same tables; no event of the payer's)                the 835, when that comes

One item for a submission and a day of letter. What was begun on it goes over to the item of the
remittance (`replaced`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from schemas import codec, ids
from schemas.events import Adjudicated, Adjustment, Decided, PaidLine, Rework, Submitted
from services.claims import adjustments, drafts
from services.db import bulk
from services.db.tables.decisions import MANUAL_DENIAL
from services.db.tables.worklist import WORK_HISTORY, WORK_ITEM
from services.delivery import outbox
from services.phi import audit
from services.worklist.bill import coding
from services.worklist.bill.typed import Problem
from services.worklist.decisions.case import Desk, opaque
from services.worklist.events import projection, replaced
from services.worklist.item.items import Person
from services.worklist.item.moves import MANUAL

SOURCES = {"letter": "Letter", "portal": "Portal"}
GROUPS = {
    "CO": "CO, the provider's", "PR": "PR, the patient's", "PI": "PI, the payer's own",
    "OA": "OA, other",
}
DECIDED = "1"
"""CLP02 as a payer that decided would give it."""
_CARC, _RARC = re.compile(r"[A-Z]?[0-9]{1,3}"), re.compile(r"(M|MA|N)[0-9]{1,3}")
"""How a reason and a remark are written; a letter may name one that our tables do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One reason of a letter.

    Attributes:
        line: Position of the line, from 1; 0 for the whole claim.
        group: CAS group.
        carc: Reason code.
        remarks: RARCs.
        amount_cents: What was denied for it.
    """

    line: int
    group: str
    carc: str
    remarks: tuple[str, ...]
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A denial as typed; a day that is none is none.

    Attributes:
        number: Our control number of the claim, or the payer's.
        payer_claim_number: The payer's number, where the letter gives one.
        letter_on: Day of the letter.
        received_on: When it came.
        source: letter or portal.
        reasons: At least one.
    """

    number: str
    payer_claim_number: str = ""
    letter_on: date | None = None
    received_on: date | None = None
    source: str = ""
    reasons: tuple[Stated, ...] = ()


def find(conn: Connection, number: str) -> Submitted | None:
    """Return the claim with our control number or the payer's, at a facility the reader may see."""
    for column in ("control_number", "payer_claim_number"):
        row = conn.execute(
            text(
                "select g.event from gateway_claim g join visit v"  # noqa: S608 - of two columns
                " on v.encounter_id = g.encounter_id"
                f" where g.{column} = :number order by g.moved_at desc limit 1"
            ),
            {"number": number},
        ).one_or_none()
        if row is not None:
            found = codec.decode("claims.submitted", bytes(row.event))
            return found if isinstance(found, Submitted) else None
    return None


def enter(
    conn: Connection, desk: Desk, person: Person, entry: Entry
) -> tuple[str, list[Problem]]:
    """Make the item of a denial; return its id, or what is wrong with the entry.

    What is already known by another item is a problem that names it in `Problem.field`.
    """
    claim = find(conn, entry.number)
    if claim is None:
        return "", [Problem("number", "No claim of ours has that number.")]
    replaced.alone(conn, [claim.control_number])
    problems = _problems(conn, desk, entry, claim)
    if problems:
        return "", problems
    event = _as_decided(entry, claim)
    found = adjustments.denials(event)
    if not found:
        text_ = "These reasons deny nothing: they are posted with the remittance."
        return "", [Problem("reasons", text_)]
    draft = drafts.denial(event, found, desk.terms())
    return _make(conn, desk, person, entry, claim, draft), []


def _problems(
    conn: Connection, desk: Desk, entry: Entry, claim: Submitted
) -> list[Problem]:
    problems, today = [], desk.clock.today()
    letter_on, received_on = entry.letter_on, entry.received_on
    if letter_on is None or not claim.occurred_at.date() <= letter_on <= today:
        problems.append(Problem("letter_on", "The letter is of a day between the claim and today."))
    elif received_on is None or not letter_on <= received_on <= today:
        problems.append(Problem("received_on", "It came between the day of the letter and today."))
    if entry.source not in SOURCES:
        problems.append(Problem("source", "Say how it came."))
    if not entry.reasons:
        problems.append(Problem("reasons", "Name at least one reason."))
    for number, one in enumerate(entry.reasons, start=1):
        problems += _reason_problems(number, one, claim)
    return problems or [*_too_much(entry, claim)] or _known(conn, entry, claim)


def _reason_problems(number: int, one: Stated, claim: Submitted) -> list[Problem]:
    lines = claim.bill.lines
    wrong = []
    if one.group not in GROUPS:
        wrong.append("the group")
    if not _CARC.fullmatch(one.carc):
        wrong.append("the reason code")
    if not all(map(_RARC.fullmatch, one.remarks)):
        wrong.append("the remark")
    if not 0 <= one.line <= len(lines):
        wrong.append("the line")
    else:
        most = lines[one.line - 1].charge_cents if one.line else claim.bill.charge_cents
        if not 0 < one.amount_cents <= most:
            wrong.append("the amount")
    if not wrong:
        return []
    return [Problem(f"reason {number}", f"Reason {number}: {' and '.join(wrong)} cannot be.")]


def _too_much(entry: Entry, claim: Submitted) -> Iterator[Problem]:
    """Yield where the reasons together deny more than was charged."""
    charged = {0: claim.bill.charge_cents} | {
        number: line.charge_cents for number, line in enumerate(claim.bill.lines, start=1)
    }
    for line, cents in charged.items():
        if sum(one.amount_cents for one in entry.reasons if line in (0, one.line)) > cents:
            what = f"Of line {line}" if line else "In all"
            yield Problem("reasons", f"{what} more is denied than was charged.")


def _known(conn: Connection, entry: Entry, claim: Submitted) -> list[Problem]:
    """Return that the letter was entered, open or not, or the remittance's denial is there."""
    row = conn.execute(
        text(
            "select cast(rework_id as text) as rework_id, kind from work_item"
            " where control_number = :number and (rework_id = cast(:id as uuid)"
            " or (kind = 'denial' and status = 'open')) order by kind limit 1"
        ),
        {"number": claim.control_number, "id": _id(entry, claim)},
    ).one_or_none()
    if row is None:
        return []
    what = "This letter" if row.kind == MANUAL else "The remittance's denial"
    return [Problem(f"item {row.rework_id}", f"{what} is an item already.")]


def _as_decided(entry: Entry, claim: Submitted) -> Adjudicated:
    """Return the letter as an 835 would have said it: a value for the rules, never published."""
    assert entry.letter_on is not None  # noqa: S101 - it was checked
    by_line: dict[int, list[Stated]] = {}
    for one in entry.reasons:
        by_line.setdefault(one.line, []).append(one)
    lines = tuple(
        _line(claim, position, by_line.get(position, ()))
        for position in range(1, len(claim.bill.lines) + 1)
    )
    whole = by_line.get(0, ())
    denied = sum(one.amount_cents for one in entry.reasons)
    charge = claim.bill.charge_cents
    return Adjudicated(
        encounter_id=claim.encounter_id, control_number=claim.control_number,
        payer_id=claim.payer_id, version=claim.version, coder_id=claim.coder_id,
        frequency=claim.frequency, decided_on=entry.letter_on, status=DECIDED,
        charge_cents=charge, paid_cents=max(0, charge - denied),
        payer_claim_number=entry.payer_claim_number or claim.payer_claim_number,
        adjustments=tuple(_adjustment(one) for one in whole),
        remarks=tuple(dict.fromkeys(code for one in whole for code in one.remarks)),
        lines=lines, rework_id=claim.rework_id, bill=claim.bill,
    )


def _line(claim: Submitted, position: int, reasons: Sequence[Stated]) -> PaidLine:
    line = claim.bill.lines[position - 1]
    denied = sum(one.amount_cents for one in reasons)
    return PaidLine(
        line_id=line.line_id, code=line.code, modifiers=line.modifiers,
        charge_cents=line.charge_cents, paid_cents=max(0, line.charge_cents - denied),
        units=line.units, adjustments=tuple(_adjustment(one) for one in reasons),
        remarks=tuple(dict.fromkeys(code for one in reasons for code in one.remarks)),
    )


def _adjustment(one: Stated) -> Adjustment:
    return Adjustment(group=one.group, carc=one.carc, amount_cents=one.amount_cents)


def _id(entry: Entry, claim: Submitted) -> str:
    return ids.derive("work", f"{claim.control_number}|{entry.letter_on}", MANUAL)


def _make(
    conn: Connection, desk: Desk, person: Person, entry: Entry, claim: Submitted,
    draft: drafts.Draft,
) -> str:
    rework_id, now = _id(entry, claim), desk.clock.now()
    event_id = ids.derive("entered", rework_id)
    said: Rework = drafts.rework(
        draft, event_id=event_id, encounter_id=claim.encounter_id, rework_id=rework_id,
        occurred_at=now, recorded_at=now, cause_id=claim.event_id, revision=1, status="open",
    )
    said = replace(said, kind=MANUAL)
    where = conn.execute(
        text("select facility_id, department from visit where encounter_id = :id"),
        {"id": claim.encounter_id},
    ).one()
    row: dict[str, Any] = {
        **projection.item_row(said), "source": entry.source, "facility_id": where.facility_id,
        "department": where.department,
    }
    bulk.insert(conn, WORK_ITEM, [row])
    bulk.insert(conn, MANUAL_DENIAL, [{
        "rework_id": rework_id, "encounter_id": claim.encounter_id,
        "control_number": claim.control_number, "letter_on": entry.letter_on,
        "received_on": entry.received_on, "source": entry.source, "entered_by": person.name,
        "entered_at": now,
    }])
    bulk.insert(conn, WORK_HISTORY, [{
        "rework_id": rework_id, "at": now, "who": person.name, "role": person.role,
        "action": "enter", "before": {},
        "after": {"state": "todo", "letter_on": str(entry.letter_on), "source": entry.source},
    }])
    audit.note(
        conn, "item.enter", "item", rework_id, facility_id=where.facility_id, actor=person.name,
        role=person.role,
    )
    outbox.put(conn, coding.PRODUCER, [Decided(
        event_id=event_id, encounter_id=claim.encounter_id, occurred_at=now, recorded_at=now,
        cause_id=claim.event_id, rework_id=rework_id, control_number=claim.control_number,
        payer_id=claim.payer_id, decision="denial_noted",
        decided_by=opaque(desk, person.name), reason=entry.source,
        amount_cents=draft.at_stake_cents, due_on=draft.due_on,
    )])
    return rework_id

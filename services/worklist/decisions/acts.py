"""A person's move and what it sends, in one transaction.

    correct a held claim, release, resend, replace, void  ──▶ the item moves, `coded` goes out
    everything that is decided beside a correction        ──▶ the item moves, `decided` goes out

Nothing is sent unless the item is as the person saw it, nobody else has it taken, the table of
moves allows it and no guard refuses (`decide`). What the moves without codes do is in `settle`,
appeals are in `appeals`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from schemas import codec
from schemas.events import Bill, Coded
from services.codes import chargemaster
from services.worklist.bill import coding, corrections, overriding
from services.worklist.bill.overriding import By
from services.worklist.bill.typed import Problem
from services.worklist.decisions import (
    appeals,
    claim_facts,
    coding_queue,
    decide,
    handed_on,
    reasons,
    settle,
)
from services.worklist.decisions.case import Act, Case, Desk, move, next_version, opaque, tell
from services.worklist.item import items, lease, moves
from services.worklist.item.items import Person
from services.worklist.item.moves import RELEASED, Refused
from services.worklist.shown import record


def perform(
    conn: Connection, desk: Desk, person: Person, row: Row[Any], act: Act
) -> list[Problem]:
    """Do it, or return what is wrong with what was typed.

    Raises:
        Refused: the person may not, the item does not allow it, or a guard forbids it.
        services.worklist.item.items.Conflict: the item changed since the person saw it.
    """
    case = allowed(conn, desk, person, row, act)
    does = DOES.get(case.move.name)
    if does is None:
        raise Refused("This is done on a page of its own.")
    return does(case)


def allowed(conn: Connection, desk: Desk, person: Person, row: Row[Any], act: Act) -> Case:
    """Return an act that may be done: taken by nobody else, in the table, refused by no guard.

    Raises:
        Refused: it may not.
        services.worklist.item.items.Conflict: the item changed since the person saw it.
    """
    if row.row_version != act.seen:
        raise items.Conflict
    lease.hold(conn, person, row)
    current = coded(conn, row)
    standing = record.standing(row, current, desk.reference)
    wanted = moves.find(person.role, act.move, standing, person.team)
    if wanted.name in appeals.ASKING:
        appeals.alone(conn, row)
    decide.check(wanted.name, claim_facts.gather(conn, desk, person, row, current))
    return Case(conn, desk, person, row, act, wanted, current, standing)


def coded(conn: Connection, row: Row[Any]) -> Coded:
    """Return an item's coding as it stands; an empty one where nothing is coded."""
    try:
        return coding.current(conn, row.encounter_id)
    except LookupError:
        return Coded(encounter_id=row.encounter_id)


def _correct(case: Case) -> list[Problem]:
    change = case.act.change
    if change is None:
        raise Refused("There is no correction.")
    base, said = coding_queue.started(case)
    corrected = corrections.coded(
        case.current, change, case.person.coder_id, coding_queue.record(case),
        case.desk.price or chargemaster.load().price, base,
    )
    if not isinstance(corrected, Coded):
        return corrected
    if (begun := handed_on.correction(case)) is not None:
        corrected = replace(corrected, bill=handed_on.covered(corrected.bill, begun.bill))
    if case.move.to == RELEASED:
        _send(case, corrected)
    else:
        proposal = codec.encode(next_version(case, corrected, **said))
        facts = _difference(case.current.bill, corrected.bill)
        settle.pass_on(case, proposal=proposal, **facts)
    return []


def _release(case: Case) -> list[Problem]:
    proposal = record.proposed(case.row)
    if proposal is None:
        raise Refused("There is no correction to release.")
    _send(case, proposal, reason=proposal.reason)
    return []


def _as_it_is(case: Case) -> list[Problem]:
    _send(
        case, replace(case.current, evidence=(), overrides=()), **coding_queue.passed_over(case)
    )
    return []


def _void(case: Case) -> list[Problem]:
    """Take the claim back: the same claim again as frequency 8."""
    if problems := settle.reason_problems(case):
        return problems
    reason = case.said("reason")
    content = replace(case.current, evidence=(), overrides=())
    _send(
        case, content, decision="voided", reason="void",
        change_reason=reasons.CHANGE_REASON[reason], **coding_queue.passed_over(case),
    )
    tell(case, "voided", reason=reason, amount_cents=case.row.at_stake_cents)
    return []


def _override(case: Case) -> list[Problem]:
    """Take a finding upon oneself; validation hears it and judges the override again."""
    edit, _, place = case.said("finding").partition("|")
    done = overriding.override(
        case.conn, case.desk.site, By(opaque(case.desk, case.person.name), case.person.role),
        overriding.Asked(
            case.row.encounter_id, edit, place, case.said("reason"), case.act.evidence
        ),
        case.desk.clock.now(), case.current.version,
    )
    if not isinstance(done, Coded):
        return [Problem(done.why, overriding.words(done.why, edit))]
    move(case, proposal=None, edit=edit, reason=case.said("reason"))
    return []


def _bill_registered(case: Case) -> list[Problem]:
    """Propose the coverage as registration has it, beside what a coder corrected."""
    facts = claim_facts.gather(case.conn, case.desk, case.person, case.row, case.current)
    known = facts.registered
    if known is None:
        raise Refused("Registration has the coverage that was billed.", "not_registered")
    begun = handed_on.correction(case)
    content = begun or replace(case.current, evidence=())
    bill = replace(handed_on.covered(content.bill, known), prior=())
    proposal = next_version(
        case, replace(content, bill=bill, overrides=()),
        reason=begun.reason if begun else "correction",
    )
    settle.pass_on(case, proposal=codec.encode(proposal), payer=known.coverage.payer_id)
    return []


def _send(case: Case, content: Coded, *, decision: str = "", **changes: Any) -> None:
    """Record the next version of the coding and release the item."""
    version = next_version(case, content, **changes)
    coding.record(case.conn, version, case.current.version)
    if version.encounter_version > case.current.encounter_version:
        coding_queue.taken_over(case, version)
    move(
        case, decision=decision, proposal=None,
        **_difference(case.current.bill, content.bill),
    )


def _difference(old: Bill, new: Bill) -> dict[str, Any]:
    """Return codes before and after, for the history; nothing of the patient."""
    if old == new:
        return {}
    return {
        "diagnoses": [
            [f"{d.code} {d.present}".strip() for d in bill.diagnoses] for bill in (old, new)
        ],
        "procedures": [
            [p.code for p in bill.institutional.procedures] if bill.institutional else []
            for bill in (old, new)
        ],
        "lines": [
            [
                f"{'-'.join((line.code or line.revenue_code, *line.modifiers))} x{line.units}"
                for line in bill.lines
            ]
            for bill in (old, new)
        ],
    }


DOES: dict[str, Callable[[Case], list[Problem]]] = {
    "correct": _correct, "code": coding_queue.code, "release": _release,
    "resend": _as_it_is, "replace": _as_it_is, "void": _void,
    "override": _override, "bill_registered": _bill_registered,
    "confirm": settle.confirm, "query": settle.query, "done": settle.done,
    "return": settle.give_back, "route": settle.route, "wait": settle.wait,
    "resume": settle.resume, "assign": settle.assign,
    "verify_duplicate": settle.verify_duplicate, "bill_patient": settle.bill_patient,
    "no_action": settle.no_action, "write_off": settle.write_off, "approve": settle.approve,
    "refuse": settle.refuse, "send_records": settle.send_records,
    "appeal": appeals.ask, "reopening": appeals.ask, "outcome": appeals.answered,
}
"""Move -> what it does; an area adds its own."""

__all__ = ["DOES", "Act", "Case", "Desk", "allowed", "coded", "perform"]

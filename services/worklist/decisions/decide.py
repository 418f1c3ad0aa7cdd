"""What may not be decided on an item, and why: every guard on a move, asked of the claim's facts.

The table of moves says who may do what with an item where it stands; a guard says what the claim,
the payer and the law allow. What a guard refuses is shown with its reason instead of a form, and
when somebody asks for it all the same it is refused, counted and told (`refused`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Row

from schemas import ids
from schemas.events import Decided
from services.claims import guards, lifecycle, medical_review
from services.claims.chain import line_ids
from services.claims.guards import Following, Refusal
from services.db import bulk
from services.db.tables.decisions import DECISION_REFUSAL
from services.delivery import outbox
from services.worklist.bill import coding
from services.worklist.decisions.case import Desk, opaque
from services.worklist.decisions.claim_facts import TIMELY, Facts, next_level
from services.worklist.item import moves
from services.worklist.item.items import Person
from services.worklist.item.moves import Refused
from services.worklist.shown import wording


def why_not(move: str, facts: Facts) -> tuple[Refusal, ...]:
    """Return every reason why a move that the table allows may not be made; none when it may."""
    guard = GUARDS.get(move)
    return guard(facts) if guard else ()


def check(move: str, facts: Facts) -> None:
    """Go on if no guard refuses.

    Raises:
        Refused: one does; the message is its sentence, `rule` its rule.
    """
    found = why_not(move, facts)
    if found:
        raise Refused(" ".join(one.text for one in found), found[0].rule)


def refused(
    engine: Engine, desk: Desk, person: Person, row: Row[Any], move: str, rule: str
) -> None:
    """Count a decision that a guard refused, and tell it, in a transaction of its own."""
    with engine.begin() as conn:
        count(conn, desk, person, move, [(row, rule)])


def count(
    conn: Connection, desk: Desk, person: Person, move: str, found: Iterable[tuple[Row[Any], str]]
) -> None:
    """Count decisions that guards refused, and tell them; once for a page, however often asked.

    Args:
        conn: In a transaction that stays, whatever else of it was refused.
        desk: Whose clock says when.
        person: Who asked.
        move: For what.
        found: Each item, as it was asked of, and the rule that refused.
    """
    now, barred = desk.clock.now(), {
        ids.derive("refused", row.rework_id, row.row_version, move, rule, person.name): (row, rule)
        for row, rule in found
    }
    new = bulk.insert(conn, DECISION_REFUSAL, [
        {
            "refusal_id": key, "rework_id": row.rework_id, "control_number": row.control_number,
            "move": move, "rule": rule, "role": person.role, "at": now,
        }
        for key, (row, rule) in barred.items()
    ], conflict="nothing", returning="cast(refusal_id as text) as refusal_id")
    outbox.put(conn, coding.PRODUCER, [
        Decided(
            event_id=one.refusal_id, encounter_id=row.encounter_id, occurred_at=now,
            recorded_at=now, cause_id=str(row.event_id), rework_id=str(row.rework_id),
            control_number=row.control_number, payer_id=row.payer_id, decision="refused",
            decided_by=opaque(desk, person.name), reason=rule, outcome=move,
        )
        for one in new for row, rule in (barred[one.refusal_id],)
    ])


def _leaving(move: str) -> Callable[[Facts], tuple[Refusal, ...]]:
    return lambda facts: (*_missing(facts), *_sending(move, facts))


def _releasing(facts: Facts) -> tuple[Refusal, ...]:
    """Return what forbids a release: also that coding or record are not what was corrected."""
    proposal, found = facts.proposal, _leaving("release")(facts)
    if proposal and proposal.version != facts.current.version + 1:
        text = "The coding moved on since this correction was made: return it, to be made anew."
        found = (Refusal("coding_moved_on", text), *found)
    if facts.changed_since:
        what = "; ".join(facts.changed_since)
        text = f"The record changed again ({what}): return it, to be made anew."
        found = (Refusal("record_moved_on", text), *found)
    return found


def _missing(facts: Facts) -> tuple[Refusal, ...]:
    teams = moves.missing(facts.standing, facts.standing.team)
    if not teams:
        return ()
    names = " and ".join(wording.TEAMS.get(team, team) for team in teams)
    has = "has" if len(teams) == 1 else "have"
    text = f"{names.capitalize()} {has} not acted yet: the claim goes out once everybody has."
    return (Refusal("other_team", text),)


def _sending(move: str, facts: Facts) -> tuple[Refusal, ...]:
    """Return what forbids a claim that follows: by the chain as the payer knows it."""
    held = guards.holds(facts.chain)
    found: list[Refusal] = []
    if move in ("resend", "replace"):
        found += guards.duplicate(facts.carcs, verified=facts.verified)
    if move == "void" and facts.row.payer_id != facts.current.bill.coverage.payer_id:
        found.append(Refusal("further_payer", "The claim of a further payer is taken back with"
                             " the first payer's."))
    if held is None:
        if move in ("replace", "void"):
            found.append(Refusal("nothing_adjudicated", NOT_IN_A_REMITTANCE))
        return tuple(found)
    following = facts.proposal if move == "release" and facts.proposal else facts.current
    number = lifecycle.VOID if move == "void" else lifecycle.REPLACEMENT
    refusals = guards.refusals(
        Following(
            number, held.payer_claim_number, line_ids(following.bill),
            frozenset(following.dropped),
        ),
        facts.chain, facts.policy,
    )
    return (*found, *(one for one in refusals if one.rule != "in_flight"))


NOT_IN_A_REMITTANCE = (
    "The payer's remittance is not here: what it says of the claim by letter or portal is not in"
    " the books, so nothing is replaced or taken back yet."
)


def _by_letter(facts: Facts) -> tuple[Refusal, ...]:
    """Return that the books cannot close what no remittance has decided."""
    if facts.row.kind != moves.MANUAL or facts.decided is not None:
        return ()
    return (Refusal("no_remittance", "The payer's remittance is not here: the books close a claim"
                    " only after it."),)


def _appealing(facts: Facts) -> tuple[Refusal, ...]:
    chain = facts.chain
    if facts.row.kind == moves.MANUAL:  # the letter decided what no remittance has
        chain = tuple(
            replace(past, state=lifecycle.ADJUDICATED)
            if past.control_number == facts.row.control_number else past for past in chain
        )
    found = [*guards.appeal(facts.row.control_number, chain, facts.policy)]
    found += _with_payer(facts)
    found += guards.duplicate(facts.carcs, verified=facts.verified)
    if TIMELY in facts.carcs:
        known = facts.proof
        found += guards.filed_in_time(
            known.accepted_on if known else None,
            known.filed_by if known and known.filed_by else date.max,
        )
    level = next_level(facts)
    if level is None:
        found.append(Refusal("last_level", "Every level of appeal was asked."))
    elif facts.row.at_stake_cents < level.least_cents:
        least = wording.money(level.least_cents)
        text = f"{level.words} takes what is worth at least {least} ({level.source})."
        found.append(Refusal("amount_in_dispute", text))
    return tuple(found)


def _reopening(facts: Facts) -> tuple[Refusal, ...]:
    return (*_with_payer(facts), *guards.duplicate(facts.carcs, verified=facts.verified))


def _with_payer(facts: Facts) -> tuple[Refusal, ...]:
    """Return that one claim has one appeal or reopening at a time, on whatever item."""
    if not facts.with_payer:
        return ()
    text = "An appeal of this claim runs already: the payer's answer to it comes first."
    return (Refusal("appeal_runs", text),)


def _billing_the_patient(facts: Facts) -> tuple[Refusal, ...]:
    return (*_by_letter(facts), *guards.bill_patient(
        {one["group"] for one in facts.row.reasons if one["group"]},
        (facts.plan, *(one.plan for one in facts.bill.others)), noticed=_noticed(facts),
    ))


def _resuming(facts: Facts) -> tuple[Refusal, ...]:
    if facts.running is None:
        return ()
    text = "The payer has not answered: note its answer, or that you withdraw."
    return (Refusal("appeal_runs", text),)


def _nothing_asked(facts: Facts) -> tuple[Refusal, ...]:
    if facts.running is not None:
        return ()
    return (Refusal("nothing_asked", "No appeal or reopening of this item runs."),)


def _noticed(facts: Facts) -> bool:
    """Say whether the patient was told before the service, or need not have been."""
    if facts.plan != "medicare":
        return True
    lines = {line.line_id: line for line in facts.bill.lines}
    return not any(
        medical_review.denies(one["carc"])
        and not (one["line_id"] in lines and "GA" in lines[one["line_id"]].modifiers)
        for one in facts.row.reasons
    )


def _four_eyes(facts: Facts) -> tuple[Refusal, ...]:
    if facts.write_off_by is None:
        return (Refusal("nothing_asked", "No write-off of this item waits."),)
    if facts.write_off_by[0] == facts.person.name:
        return (Refusal("four_eyes", "You asked for it: a second person decides."),)
    return ()


def _no_duplicate(facts: Facts) -> tuple[Refusal, ...]:
    if guards.DUPLICATE not in facts.carcs:
        return (Refusal("no_duplicate", "It was not denied as a duplicate."),)
    return ()


def _nothing_registered(facts: Facts) -> tuple[Refusal, ...]:
    if facts.registered is None:
        text = ("Registration has the coverage that was billed: correct it there first, then the"
                " visit comes in again and can be billed as registered.")
        return (Refusal("not_registered", text),)
    return ()


GUARDS: Mapping[str, Callable[[Facts], tuple[Refusal, ...]]] = {
    **{move: _leaving(move) for move in ("resend", "replace", "void")}, "release": _releasing,
    "appeal": _appealing, "reopening": _reopening, "bill_patient": _billing_the_patient,
    "write_off": _by_letter, "approve": _four_eyes, "refuse": _four_eyes,
    "verify_duplicate": _no_duplicate, "bill_registered": _nothing_registered,
    "resume": _resuming, "outcome": _nothing_asked,
}
"""Move -> what may forbid it."""

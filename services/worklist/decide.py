"""What may be decided on an item, and why not: the facts of the claim, and every guard on a move.

The table of moves says who may do what with an item where it stands; a guard says what the claim,
the payer and the law allow. What a guard refuses is shown with its reason instead of a form, and
when somebody asks for it all the same it is refused, counted and told (`refused`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from schemas import ids
from schemas.events import Adjudicated, Bill, Coded, Decided, Encounter, Submitted
from services.claims import appeals, clocks, guards, lifecycle, medical_review
from services.claims.appeals import Level
from services.claims.chain import line_ids
from services.claims.clocks import Clock
from services.claims.guards import Following, Past, Refusal
from services.claims.terms import Terms
from services.codes.reference import Policy
from services.db import bulk
from services.db.tables.decisions import DECISION_REFUSAL
from services.delivery import outbox
from services.worklist import chains, coding, happened, moves, proof, record, wording
from services.worklist.case import Desk, opaque
from services.worklist.items import Person
from services.worklist.moves import Refused, Standing
from services.worklist.proof import Proof

TIMELY = "29"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An appeal or reopening of an item, without its papers."""

    appeal_id: str
    level: str
    step: int
    state: str
    amount_cents: int
    due_on: date
    filed_on: date
    filed_by: str
    answer_on: date | None
    answered_on: date | None
    pages: int
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What guards and forms look at.

    Attributes:
        row: The item.
        person: Who wants to decide.
        standing: Where the item stands.
        today: The business day.
        current: The coding as it stands.
        proposal: A correction that was handed on, if any.
        bill: As it was billed; the coding's where nothing was.
        chain: Submissions to the payer, in order.
        policy: The payer's, of the day of its decision.
        decided: Its decision, if it came in a remittance.
        proof: When the payer took a claim in.
        asked: Appeals and reopenings of the item, in order.
        verified: Billing verified that there were two services.
        write_off_by: Who asked for the write-off that waits, and how much in cents.
        terms: What payers take.
        registered: The coverage as registration has it, where it is another than was billed.
        letter_on: The day of the letter or portal message, of a denial that came by one.
    """

    row: Row[Any]
    person: Person
    standing: Standing
    today: date
    current: Coded
    proposal: Coded | None
    bill: Bill
    chain: tuple[Past, ...]
    policy: Policy | None
    decided: Adjudicated | None
    proof: Proof | None
    asked: tuple[Asked, ...]
    verified: bool
    write_off_by: tuple[str, int] | None
    terms: Terms
    registered: Bill | None
    letter_on: date | None = None

    @property
    def plan(self) -> str:
        """Kind of plan of the payer the item is about."""
        payer = self.terms.payers.get(self.row.payer_id)
        return payer.plan if payer else self.bill.coverage.plan

    @property
    def carcs(self) -> tuple[str, ...]:
        """Reason codes of the denial."""
        return tuple(one["carc"] for one in self.row.reasons if one["group"])

    @property
    def running(self) -> Asked | None:
        """The appeal that runs."""
        return next((one for one in self.asked if one.state == "sent"), None)


def gather(
    conn: Connection, desk: Desk, person: Person, row: Row[Any], current: Coded
) -> Facts:
    """Return the facts of an item."""
    places, terms = happened.timeline(conn, row.encounter_id), desk.terms()
    asked, appealed = _appeals(conn, row)
    claim = chains.claim(places, terms, appealed)
    chain = claim.chain(row.payer_id, lines=True)
    billed = next(
        (s for s in happened.of(places, Submitted) if s.control_number == row.control_number), None
    )
    decided = happened.decision(places, row.control_number) if row.control_number else None
    letter_on = _letter_on(conn, row)
    on = letter_on or (decided.decided_on if decided else row.opened_at.date())
    bill = billed.bill if billed else current.bill
    return Facts(
        row=row, person=person, standing=record.standing(row, current, desk.reference),
        today=desk.clock.today(), current=current, proposal=record.proposed(row), bill=bill,
        chain=tuple(chain), policy=terms.policy(row.payer_id, bill.claim_type, on),
        decided=decided, proof=proof.of(places, row.payer_id), asked=asked,
        verified=_verified(conn, row), write_off_by=_asked_to_write_off(conn, row), terms=terms,
        registered=_registered(places, bill), letter_on=letter_on,
    )


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


def refused(engine: Engine, desk: Desk, person: Person, row: Row[Any], move: str, rule: str) -> None:  # noqa: E501
    """Count a decision that a guard refused, and tell it; once for a page, however often asked."""
    now = desk.clock.now()
    refusal_id = ids.derive("refused", row.rework_id, row.row_version, move, rule, person.name)
    with engine.begin() as conn:
        new = bulk.insert(conn, DECISION_REFUSAL, [{
            "refusal_id": refusal_id, "rework_id": row.rework_id,
            "control_number": row.control_number, "move": move, "rule": rule,
            "role": person.role, "at": now,
        }], conflict="nothing", returning="move")
        if not new:
            return
        outbox.put(conn, coding.PRODUCER, [Decided(
            event_id=refusal_id, encounter_id=row.encounter_id, occurred_at=now, recorded_at=now,
            cause_id=str(row.event_id), rework_id=str(row.rework_id),
            control_number=row.control_number, payer_id=row.payer_id, decision="refused",
            decided_by=opaque(desk, person.name), reason=rule, outcome=move,
        )])


def clock(facts: Facts, kind: str, requested_on: date | None = None) -> Clock | None:
    """Return a clock of the item: corrected, an appeal level, record_request.

    Records are asked for by the payer's decision, unless it asked on a day of its own.
    """
    upheld = {
        one.level: one.answered_on for one in facts.asked if one.step and one.answered_on
    }
    found = clocks.of(clocks.Facts(
        kind="denial", payer_id=facts.row.payer_id, claim_type=facts.bill.claim_type,
        served=(facts.bill.starts_on, facts.bill.ends_on),
        opened_on=facts.row.opened_at.date(), decided_on=decided_on(facts),
        requested_on=requested_on or decided_on(facts), upheld=upheld,
    ), facts.terms)
    return next((one for one in found if one.kind == kind), None)


def decided_on(facts: Facts) -> date:
    """Return when the payer decided: the day of the letter that denied, else of its remittance."""
    if facts.letter_on:
        return facts.letter_on
    return facts.decided.decided_on if facts.decided else facts.row.opened_at.date()


def next_level(facts: Facts) -> Level | None:
    """Return the level of appeal that comes next."""
    asked = {one.level for one in facts.asked if one.step}
    return appeals.following(facts.plan, asked, facts.today)


def _leaving(move: str) -> Callable[[Facts], tuple[Refusal, ...]]:
    return lambda facts: (*_missing(facts), *_sending(move, facts))


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
    return guards.duplicate(facts.carcs, verified=facts.verified)


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
    **{move: _leaving(move) for move in ("release", "resend", "replace", "void")},
    "appeal": _appealing, "reopening": _reopening, "bill_patient": _billing_the_patient,
    "write_off": _by_letter, "approve": _four_eyes, "refuse": _four_eyes,
    "verify_duplicate": _no_duplicate, "bill_registered": _nothing_registered,
    "resume": _resuming, "outcome": _nothing_asked,
}
"""Move -> what may forbid it."""


def _appeals(
    conn: Connection, row: Row[Any]
) -> tuple[tuple[Asked, ...], dict[str, datetime]]:
    """Return the item's appeals, and of the visit those that run: control number -> when."""
    rows = conn.execute(
        text(
            "select cast(appeal_id as text) as appeal_id, cast(rework_id as text) as rework_id,"
            " control_number, level, step, state, amount_cents, due_on, filed_on, filed_at,"
            " filed_by, answer_on, answered_on, pages, file_name from appeal"
            " where encounter_id = :id order by filed_at, step"
        ),
        {"id": row.encounter_id},
    ).all()
    names = Asked.__slots__
    asked = tuple(
        Asked(**{name: getattr(one, name) for name in names})
        for one in rows if one.rework_id == str(row.rework_id)
    )
    running = {
        one.control_number: one.filed_at for one in rows if one.state == "sent" and one.step
    }
    return asked, running


def _verified(conn: Connection, row: Row[Any]) -> bool:
    return bool(conn.execute(
        text(
            "select exists (select from work_history where rework_id = :id"
            " and action = 'verify_duplicate' and after->>'services' = 'two')"
        ),
        {"id": row.rework_id},
    ).scalar_one())


def _asked_to_write_off(conn: Connection, row: Row[Any]) -> tuple[str, int] | None:
    found = conn.execute(
        text(
            "select asked_by, amount_cents from write_off"
            " where rework_id = :id and state = 'asked'"
        ),
        {"id": row.rework_id},
    ).one_or_none()
    return (found.asked_by, found.amount_cents) if found else None


def _letter_on(conn: Connection, row: Row[Any]) -> date | None:
    if row.kind != moves.MANUAL:
        return None
    found: date | None = conn.execute(
        text("select letter_on from manual_denial where rework_id = :id"), {"id": row.rework_id}
    ).scalar_one_or_none()
    return found


def _registered(places: Sequence[happened.Place], billed: Bill) -> Bill | None:
    """Return the bill as registration has it, where it names another payer than was billed."""
    newest = happened.latest(places, Encounter)
    if newest is None:
        return None
    known, was = newest.bill.coverage, billed.coverage
    changed = (known.payer_id, known.plan) != (was.payer_id, was.plan)
    return newest.bill if changed and known.payer_id and not billed.prior else None

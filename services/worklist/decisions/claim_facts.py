"""The facts of an item and its claim that decisions look at, gathered once for a page or a move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas.events import Adjudicated, Bill, Coded, Encounter, Submitted
from services.claims import appeals, clocks
from services.claims.appeals import Level
from services.claims.clocks import Clock
from services.claims.guards import Past
from services.claims.terms import Terms
from services.codes.reference import Policy
from services.worklist.clockwork import arrivals
from services.worklist.decisions import chains, proof
from services.worklist.decisions.case import Desk
from services.worklist.decisions.proof import Proof
from services.worklist.item import moves
from services.worklist.item.items import Person
from services.worklist.item.moves import Standing
from services.worklist.shown import happened, record

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
        with_payer: One of this claim is with the payer, asked on this item or on another.
        verified: Billing verified that there were two services.
        write_off_by: Who asked for the write-off that waits, how much in cents, and the reason.
        terms: What payers take.
        registered: The coverage as registration has it, where it is another than was billed.
        letter_on: The day of the letter or portal message, of a denial that came by one.
        changed_since: What changed of the charges since the proposal took a change over, in words.
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
    with_payer: bool
    verified: bool
    write_off_by: tuple[str, int, str] | None
    terms: Terms
    registered: Bill | None
    letter_on: date | None = None
    changed_since: tuple[str, ...] = ()

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
    asked, appealed, with_payer = _appeals(conn, row)
    claim = chains.claim(places, terms, appealed)
    chain = claim.chain(row.payer_id, lines=True)
    billed = next(
        (s for s in happened.of(places, Submitted) if s.control_number == row.control_number), None
    )
    decided = happened.decision(places, row.control_number) if row.control_number else None
    letter_on = _letter_on(conn, row)
    on = letter_on or (decided.decided_on if decided else row.opened_at.date())
    bill, proposal = billed.bill if billed else current.bill, record.proposed(row)
    return Facts(
        row=row, person=person, standing=record.standing(row, current, desk.reference),
        today=desk.clock.today(), current=current, proposal=proposal, bill=bill,
        chain=tuple(chain), policy=terms.policy(row.payer_id, bill.claim_type, on),
        decided=decided, proof=proof.of(places, row.payer_id), asked=asked,
        with_payer=with_payer, verified=_verified(conn, row),
        write_off_by=_asked_to_write_off(conn, row), terms=terms,
        registered=_registered(places, bill), letter_on=letter_on,
        changed_since=_changed_since(places, proposal),
    )


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


def _appeals(
    conn: Connection, row: Row[Any]
) -> tuple[tuple[Asked, ...], dict[str, datetime], bool]:
    """Return the item's appeals; of the visit those that run, control number -> when; `with_payer`.

    What was asked on an item that closed was answered: by the remittance that closed it.
    """
    rows = conn.execute(
        text(
            "select cast(a.appeal_id as text) as appeal_id, cast(a.rework_id as text) as rework_id,"
            " a.control_number, a.payer_id, a.level, a.step, a.state, a.amount_cents, a.due_on,"
            " a.filed_on, a.filed_at, a.filed_by, a.answer_on, a.answered_on, a.pages, a.file_name,"
            " w.status = 'open' as open from appeal a join work_item w on w.rework_id = a.rework_id"
            " where a.encounter_id = :id order by a.filed_at, a.step"
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
    with_payer = any(
        one.state == "sent" and one.open
        and (one.control_number, one.payer_id) == (row.control_number, row.payer_id)
        for one in rows
    )
    return asked, running, with_payer


def _verified(conn: Connection, row: Row[Any]) -> bool:
    return bool(conn.execute(
        text(
            "select exists (select from work_history where rework_id = :id"
            " and action = 'verify_duplicate' and after->>'services' = 'two')"
        ),
        {"id": row.rework_id},
    ).scalar_one())


def _asked_to_write_off(conn: Connection, row: Row[Any]) -> tuple[str, int, str] | None:
    found = conn.execute(
        text(
            "select asked_by, amount_cents, reason from write_off"
            " where rework_id = :id and state = 'asked'"
        ),
        {"id": row.rework_id},
    ).one_or_none()
    return (found.asked_by, found.amount_cents, found.reason) if found else None


def _letter_on(conn: Connection, row: Row[Any]) -> date | None:
    if row.kind != moves.MANUAL:
        return None
    found: date | None = conn.execute(
        text("select letter_on from manual_denial where rework_id = :id"), {"id": row.rework_id}
    ).scalar_one_or_none()
    return found


def _changed_since(places: Sequence[happened.Place], proposal: Coded | None) -> tuple[str, ...]:
    newest = happened.latest(places, Encounter)
    if proposal is None or newest is None or proposal.reason != arrivals.CHARGE_CHANGE:
        return ()
    seen = next((
        one for one in happened.of(places, Encounter) if one.version == proposal.encounter_version
    ), newest)
    return tuple(arrivals.changes(seen.bill, newest.bill))


def _registered(places: Sequence[happened.Place], billed: Bill) -> Bill | None:
    """Return the bill as registration has it, where it names another payer than was billed."""
    newest = happened.latest(places, Encounter)
    if newest is None:
        return None
    known, was = newest.bill.coverage, billed.coverage
    changed = (known.payer_id, known.plan) != (was.payer_id, was.plan)
    return newest.bill if changed and known.payer_id and not billed.prior else None

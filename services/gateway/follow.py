"""What follows for claims from what was decided of them.

decided ──▶ adjudicated; the payer's number of the latest decision
of a claim that follows others ──▶ those are corrected, or voided by an 8
what another claim stands for, and a void itself ──▶ off the books
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from schemas import codec
from schemas.events import Adjudicated, Submitted
from schemas.ids import derive
from schemas.topics import SUBMITTED
from services.claims import life
from services.gateway import ledger, moves, postings
from services.gateway.moves import Fact
from services.gateway.store import Bound
from services.x12.remit835 import REVERSAL

VOID = "8"
NOT_DECISIONS = (REVERSAL, postings.PREDETERMINATION)


def follow(
    conn: Connection, said: Sequence[Adjudicated], known: Mapping[str, Bound], evidence: str,
    now: datetime,
) -> None:
    """Move claims by what was decided of them, and take off the books what they stand for."""
    latest: dict[str, Fact] = {}
    for event in said:
        if event.status == postings.PREDETERMINATION:
            continue
        fact = Fact(
            event.control_number, life.DECIDED, evidence, event.payer_claim_number, rank(event)
        )
        before = latest.get(event.control_number)
        if before is None or fact.rank > before.rank:
            latest[event.control_number] = fact
    moves.move(conn, list(latest.values()), now)
    off = {
        event.control_number for event in said
        if event.frequency == VOID
        or known[event.control_number].state in (life.CORRECTED, life.VOIDED)
    }
    off |= _followed(conn, said, known, evidence, now)
    journal_id = derive("superseded", *(event.event_id for event in said))
    ledger.take_off(conn, "superseded", journal_id, off, "superseded", now)


def rank(event: Adjudicated) -> str:
    """Return the rank of a decision's CLP07: the latest decision's is the one to name."""
    if event.status == REVERSAL or not event.payer_claim_number:
        return ""
    return f"1|{event.decided_on}|{event.remittance_id}|{event.ordinal:07d}"


def _followed(
    conn: Connection, said: Sequence[Adjudicated], known: Mapping[str, Bound], evidence: str,
    now: datetime,
) -> set[str]:
    """Move the claims that decided ones replace or void; return them.

    A payer may answer a void with nothing but the reversal of what it voids.
    """
    after: dict[str, str] = {}
    encounters = set()
    for event in said:
        bound = known[event.control_number].event
        decides = event.status not in NOT_DECISIONS and not unprocessable(event)
        if decides and bound.predecessor:
            after[event.control_number] = event.frequency
            encounters.add((bound.encounter_id, bound.payer_id))
        elif event.status == REVERSAL:
            encounters.add((bound.encounter_id, bound.payer_id))
    if not encounters:
        return set()
    chain = {row.control_number: row for row in moves.chain(conn, encounters)}
    before = {number: _predecessor(row.event) for number, row in chain.items()}
    answered = _voids(said, chain, before)
    after |= dict.fromkeys(answered, VOID)
    facts = {life.DECIDED: answered, life.REPLACED: set(), life.WITHDRAWN: set()}
    for number, frequency in after.items():
        fact = life.WITHDRAWN if frequency == VOID else life.REPLACED
        facts[fact] |= _ancestors(number, before)
    facts[life.REPLACED] -= facts[life.WITHDRAWN]
    for name, numbers in facts.items():
        moves.move(conn, [Fact(n, name, evidence) for n in sorted(numbers)], now)
    return facts[life.REPLACED] | facts[life.WITHDRAWN]


def _voids(
    said: Sequence[Adjudicated], chain: Mapping[str, Any], before: Mapping[str, str]
) -> set[str]:
    """Return the outstanding voids of claims that were reversed."""
    reversed_ = {event.control_number for event in said if event.status == REVERSAL}
    return {
        number for number, row in chain.items()
        if row.frequency == VOID and row.state in life.OUTSTANDING
        and _ancestors(number, before) & reversed_
    }


def _ancestors(number: str, before: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    while (number := before.get(number, "")) and number not in found:
        found.add(number)
    return found


def _predecessor(value: object) -> str:
    event: Submitted = codec.decode(SUBMITTED.name, bytes(value))  # type: ignore[call-overload]
    return event.predecessor


def unprocessable(event: Adjudicated) -> bool:
    """Say whether a decision says that the claim was never adjudicated."""
    remarks = {*event.remarks, *(r for line in event.lines for r in line.remarks)}
    return event.status == postings.UNKNOWN_PATIENT or postings.NOT_PROCESSED in remarks

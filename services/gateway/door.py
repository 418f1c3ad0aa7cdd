"""The last door: a submission that breaks a rule of `services.claims.guards` does not leave.

Assembly asked already when it decided; what has come to be known since, or was forgotten in a
restore, is asked again here, from what this process knows by itself: how far each earlier claim of
the encounter with this payer got, and the payer's number of the latest adjudicated one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from schemas import codec
from schemas.events import Submitted
from schemas.topics import SUBMITTED
from services.claims import guards, life, lifecycle
from services.claims.guards import Following, Past, Refusal
from services.codes.reference import Reference
from services.gateway import moves
from services.gateway.moves import Fact


def barred(
    conn: Connection, ready: Sequence[Submitted], reference: Reference, now: datetime
) -> dict[str, Refusal]:
    """Return why submissions may not leave, by control number, with a trace of each.

    Args:
        conn: A connection in a transaction.
        ready: Claims that are to be written, locked.
        reference: What payers take.
        now: Business time.
    """
    pairs = [(event.encounter_id, event.payer_id) for event in ready]
    earlier: dict[tuple[str, str], list[Any]] = defaultdict(list)
    own = {event.control_number for event in ready}
    for row in moves.chain(conn, pairs):
        if row.control_number not in own and row.state != life.REFUSED:
            earlier[row.encounter_id, row.payer_id].append(row)
    past = _past(conn, earlier)
    found = {}
    for event in ready:
        chain = past.get((event.encounter_id, event.payer_id), ())
        policy = reference.policy(event.payer_id, event.bill.claim_type, _day(event, now.date()))
        refusals = guards.refusals(_following(event), chain, policy)
        if refusals:
            found[event.control_number] = refusals[0]
    facts = {e.control_number: Fact(e.control_number, life.BARRED, e.event_id) for e in ready}
    moves.refuse(
        conn, ((facts[number], life.READY, why.rule) for number, why in found.items()), now
    )
    return found


def _past(
    conn: Connection, earlier: Mapping[tuple[str, str], Sequence[Any]]
) -> dict[tuple[str, str], list[Past]]:
    if not earlier:
        return {}
    decided = [row.control_number for rows in earlier.values() for row in rows]
    never = moves.unprocessable(conn, decided)
    return {
        pair: [
            _one(row, event, row.control_number in never) for row, event in _in_order(rows)
        ]
        for pair, rows in earlier.items()
    }


def _in_order(rows: Sequence[Any]) -> list[tuple[Any, Submitted]]:
    """Return claims with their events, each after the one it follows."""
    found: dict[str, tuple[Any, Submitted]] = {}
    for row in rows:
        found[row.control_number] = row, codec.decode(SUBMITTED.name, bytes(row.event))

    def depth(number: str) -> int:
        seen: set[str] = set()
        while number in found and number not in seen:
            seen.add(number)
            number = found[number][1].predecessor
        return len(seen)

    return [found[number] for number in sorted(found, key=lambda n: (depth(n), n))]


def _one(row: Any, event: Submitted, never: bool) -> Past:
    if row.state in life.OUTSTANDING:
        state = lifecycle.OPEN
    elif row.state == life.REJECTED or (
        row.state in (life.CLOSED, life.CORRECTED) and row.payer_claim_number is None
    ):
        state = lifecycle.REJECTED
    else:
        state = lifecycle.UNPROCESSABLE if never else lifecycle.ADJUDICATED
    return Past(
        control_number=row.control_number, frequency=row.frequency, state=state,
        payer_claim_number=row.payer_claim_number or "",
        lines=frozenset(line.line_id for line in event.bill.lines),
        appealed=row.state == life.APPEALED,
    )


def _following(event: Submitted) -> Following:
    return Following(
        frequency=event.frequency, payer_claim_number=event.payer_claim_number,
        lines=frozenset(line.line_id for line in event.bill.lines),
        dropped=frozenset(event.dropped),
    )


def _day(event: Submitted, today: date) -> date:
    """Return the day whose policy holds: of service for an original, else today."""
    return event.bill.starts_on if event.frequency == lifecycle.ORIGINAL else today

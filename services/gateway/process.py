"""Take in what assembly released and what people decided.

    claims.submitted -> gateway_claim (ready), waiting for the next file
    claims.decided   -> a move of the claim: appealed, answered, settled

A second outstanding submission of an encounter to a payer is refused by the table itself. A
decision that is not legal (the appeal of a claim that was never adjudicated) leaves a refusal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from schemas import codec
from schemas.events import Decided, Event, Submitted
from schemas.ids import derive
from schemas.topics import DECIDED, SUBMITTED
from services.claims import life
from services.db import bulk
from services.db.tables.gateway import GATEWAY_CLAIM
from services.delivery.processor import Moment, Processor
from services.gateway import ledger, moves
from services.gateway.moves import Fact

NAME = "gateway"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch says of one claim.

    Attributes:
        submitted: Its submission.
        decided: Decisions of people, in order.
        now: Business time of the batch.
    """

    submitted: Submitted | None
    decided: tuple[Decided, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """How far a claim got that is taken in after a restore: state, CLP07 and its rank."""

    state: str
    payer_number: str = ""
    rank: str = ""


def take(
    state: Taken | None, event: Submitted | Decided, moment: Moment
) -> tuple[Taken | None, Iterable[Event]]:
    """Keep the event; nothing is said until it is sent."""
    before = state or Taken(None, (), moment.now)
    if isinstance(event, Submitted):
        return Taken(event, before.decided, moment.now), ()
    if event.decision not in life.DECISIONS or not event.control_number:
        return state, ()
    return Taken(before.submitted, (*before.decided, event), moment.now), ()


def save(
    conn: Connection, states: Mapping[str, Taken], known: Mapping[str, Known] | None = None
) -> None:
    """Store the submissions of a batch in one statement, then what was decided.

    Args:
        conn: The runner's transaction.
        states: What is said of claims, by control number.
        known: How far some of them got, after a restore; all others are ready.
    """
    rows = []
    for taken in states.values():
        event = taken.submitted
        if event is None:
            continue
        how = (known or {}).get(event.control_number)
        rows.append(
            {
                "control_number": event.control_number, "encounter_id": event.encounter_id,
                "payer_id": event.payer_id, "event_id": event.event_id,
                "event": codec.encode(event), "frequency": event.frequency,
                "charge_cents": event.bill.charge_cents,
                "state": how.state if how else life.READY,
                "fact": life.LEARNT if how else "submitted", "evidence": event.event_id,
                "moved_at": taken.now,
                "payer_claim_number": (how and how.payer_number) or None,
                "payer_number_rank": (how and how.rank) or None,
            }
        )
    bulk.insert(conn, GATEWAY_CLAIM, rows)
    decided = [(one, taken.now) for taken in states.values() for one in taken.decided]
    if decided:
        _decide(conn, [one for one, _ in decided], decided[0][1])


def _decide(conn: Connection, decided: Sequence[Decided], now: datetime) -> None:
    """Move claims by what people decided; what is not legal is noted."""
    numbers = [one.control_number for one in decided]
    stand = moves.states(conn, numbers)
    never = moves.unprocessable(conn, numbers)
    refused = []
    for one in decided:
        number, name = one.control_number, life.DECISIONS[one.decision]
        fact, state = Fact(number, name, one.event_id), stand.get(number, "")
        after = life.after(state, name)
        if name == life.APPEAL and number in never:
            refused.append((fact, state, "never_adjudicated"))
        elif after is None:
            refused.append((fact, state, life.ILLEGAL if state else "unknown_claim"))
        else:
            stand[number] = after
            moves.move(conn, [fact], now)
            if after == life.CLOSED and state != life.CLOSED:
                journal_id = derive("closing", one.event_id)
                ledger.take_off(conn, "closing", journal_id, [number], one.decision, now)
    moves.refuse(conn, refused, now)


def nothing(conn: Connection, events: Sequence[Event]) -> Mapping[str, Taken]:
    """Load nothing: what the tables say is asked when it is needed."""
    return {}


def processor(known: Mapping[str, Known] | None = None) -> Processor[Taken]:
    """Return the consuming half of the gateway; `known` as for `save`."""
    return Processor(
        name=NAME, reads=(SUBMITTED, DECIDED), writes=(), step=take, load=nothing,
        save=lambda conn, states: save(conn, states, known), key="control_number",
    )

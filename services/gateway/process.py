"""Take in what assembly released: one row a submission, waiting for the next file.

    claims.submitted -> gateway_claim (ready)

A second outstanding submission of an encounter to a payer is refused by the table itself.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from schemas import codec
from schemas.events import Event, Submitted
from schemas.topics import SUBMITTED
from services.db import bulk
from services.db.tables.gateway import GATEWAY_CLAIM
from services.delivery.processor import Moment, Processor

NAME = "gateway"


def take(state: Submitted | None, event: Submitted, moment: Moment) -> tuple[Submitted | None, Iterable[Event]]:  # noqa: E501
    """Keep the event; nothing is said until it is sent."""
    return event, ()


def save(
    conn: Connection, states: Mapping[str, Submitted], known: Mapping[str, str] | None = None
) -> None:
    """Store the submissions of a batch in one statement.

    Args:
        conn: The runner's transaction.
        states: Submissions by control number.
        known: How far some of them got, after a restore; all others are ready.
    """
    rows = [
        {
            "control_number": event.control_number, "encounter_id": event.encounter_id,
            "payer_id": event.payer_id, "event_id": event.event_id, "event": codec.encode(event),
            "frequency": event.frequency, "charge_cents": event.bill.charge_cents,
            "state": (known or {}).get(event.control_number, "ready"),
        }
        for event in states.values()
    ]
    bulk.insert(conn, GATEWAY_CLAIM, rows)


def nothing(conn: Connection, events: Sequence[Event]) -> Mapping[str, Submitted]:
    """Load nothing: a submission has no past."""
    return {}


def processor(known: Mapping[str, str] | None = None) -> Processor[Submitted]:
    """Return the consuming half of the gateway; `known` as for `save`."""
    return Processor(
        name=NAME, reads=(SUBMITTED,), writes=(), step=take, load=nothing,
        save=lambda conn, states: save(conn, states, known), key="control_number",
    )

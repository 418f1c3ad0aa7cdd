"""What only the clock tells: an acknowledgement that is overdue by the partner's norm.

Overdue is unknown, never failed, and nothing is sent again: one item for operations, closed by the
answer; claims of the file of which nothing was heard stand as unknown.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from services.claims import life
from services.clock import Clock
from services.gateway import items, moves, store
from services.gateway.items import Item
from services.gateway.kinds import ACK_OVERDUE
from services.gateway.moves import Fact
from services.gateway.partners import Partner

SILENT = {
    "TA1": "coalesce(ta1, ack999, cast(status_at as text)) is null",
    "999": "coalesce(ack999, cast(status_at as text)) is null",
    "277CA": "status_at is null",
}
"""A later hop proves the earlier ones."""


def overdue(
    engine: Engine, clock: Clock, partners: Mapping[str, Partner]
) -> dict[tuple[str, str], int]:
    """Open an item for each of our files that waits longer for an answer than the partner takes.

    Returns:
        (payer, TA1 | 999 | 277CA) -> files that wait too long.
    """
    found = {}
    now = clock.now()
    for payer_id, partner in partners.items():
        for kind, days in (
            ("TA1", partner.ta1_days), ("999", partner.ack999_days), ("277CA", partner.status_days),
        ):
            if days is None:
                continue
            with engine.begin() as conn:
                late = _late(conn, payer_id, kind, now - timedelta(days=days))
                _note(conn, payer_id, kind, late, now)
            if late:
                found[payer_id, kind] = len(late)
    return found


def _late(conn: Connection, payer_id: str, kind: str, sent_before: datetime) -> list[str]:
    rows = conn.execute(
        text(
            "select cast(interchange_id as text) from interchange where payer_id = :payer_id"  # noqa: S608 - our own text
            f" and state = 'sent' and sent_at < :before and {SILENT[kind]} order by control"
        ),
        {"payer_id": payer_id, "before": sent_before},
    )
    return list(rows.scalars())


def _note(conn: Connection, payer_id: str, kind: str, late: list[str], now: datetime) -> None:
    found = [
        Item(kind=ACK_OVERDUE, subject=f"{one}/{kind}", payer_id=payer_id, reason=f"no {kind}")
        for one in late
    ]
    items.open_all(conn, found, now)
    for one in late:
        silent = store.numbers_in(conn, one, life.SENT)
        moves.move(conn, [Fact(number, life.OVERDUE, one) for number in silent], now)

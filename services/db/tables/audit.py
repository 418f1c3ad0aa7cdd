"""What became of dead letters; `claimloop dead` alone writes it.

- `dead_disposition`: each time a letter was put back on its topic, or given up, by whom and why.
"""

from sqlalchemy import CheckConstraint, Column, DateTime, Integer, Table, Text, Uuid

from services.db.tables.meta import META

DEAD_DISPOSITION = Table(
    "dead_disposition",
    META,
    Column("consumer", Text, primary_key=True),
    Column("coordinates", Text, primary_key=True, comment="topic/partition/offset of the record"),
    Column("n", Integer, primary_key=True, comment="0 for the first time"),
    Column("outcome", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="why it was given up"),
    Column("at", DateTime(timezone=True), nullable=False, comment="real time"),
    Column("outbox_id", Uuid(as_uuid=False), nullable=True, comment="of the record put back"),
    CheckConstraint("outcome in ('replayed', 'discarded')", name="outcome"),
)

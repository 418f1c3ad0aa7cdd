"""What makes delivery exact: inbox, outbox, offset ledger; and the wrapped data keys.

- `inbox`: the events a consumer has taken effect of. Never pruned before the topic is.
- `outbox`: the exact bytes to publish. A consumer's rows are published with the batch that
  caused them (`pending` false: the input's offset is the reminder); rows of forms, files and
  timers are `pending` until the relay has the broker's acknowledgement.
- `offset_range`: what became of each input offset: done, duplicate or dead. Ranges never overlap.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.db.tables.meta import META

INBOX = Table(
    "inbox",
    META,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("hash", LargeBinary, nullable=False, comment="first 16 bytes of SHA-256 of the record"),
)

OUTBOX = Table(
    "outbox",
    META,
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("producer", Text, nullable=False),
    Column("cause_id", Uuid(as_uuid=False), nullable=True, comment="the input that caused it"),
    Column("ordinal", Integer, nullable=False, comment="among the outputs of its cause"),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("pending", Boolean, nullable=False),
    Index("ix_outbox_cause", "producer", "cause_id"),
    Index("ix_outbox_pending", "producer", "seq", postgresql_where=text("pending")),
)

OFFSET_RANGE = Table(
    "offset_range",
    META,
    Column("consumer", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    CheckConstraint("first <= last", name="order"),
    CheckConstraint("outcome in ('done', 'duplicate', 'dead')", name="outcome"),
)

DATA_KEY = Table(
    "data_key",
    META,
    Column("kid", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

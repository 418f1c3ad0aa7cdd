"""Physician queries and the notes people write on an item (writer: the pages).

- `physician_query`: one row a query; question and answer are sealed under the patient's key.
- `item_note`: the thread of an item: coder, physician and billing; sealed alike.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from services.db.tables.meta import META

_IN_ORDER = ("state", "due_on", "asked_at", "query_id")
PHYSICIAN_QUERY = Table(
    "physician_query",
    META,
    Column("query_id", Uuid(as_uuid=False), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("encounter_id", Text, nullable=False),
    Column("facility_id", Text, nullable=False),
    Column("npi", Text, nullable=False, comment="of the physician who is asked"),
    Column("template", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("post_bill", Boolean, nullable=False, comment="a claim was out when it was asked"),
    Column("denied", Boolean, nullable=False, comment="asked after a denial"),
    Column("content", LargeBinary, nullable=False, comment="sealed: question, options, passages"),
    Column("answer", LargeBinary, comment="sealed"),
    Column("agreed", Boolean, comment="an offered clinical choice, or an open answer"),
    Column("answered_by", Text, nullable=False, server_default=""),
    Column("answered_at", DateTime(timezone=True)),
    Column("row_version", Integer, nullable=False, server_default="1"),
    CheckConstraint("state in ('open', 'answered', 'withdrawn')", name="state"),
    Index("ix_physician_query_state", *_IN_ORDER),
    Index("ix_physician_query_npi", "npi", *_IN_ORDER),
    Index("ix_physician_query_asked_by", "asked_by", *_IN_ORDER),
    Index("ix_physician_query_rework", "rework_id"),
)

ITEM_NOTE = Table(
    "item_note",
    META,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("encounter_id", Text, nullable=False),
    Column("facility_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="sealed"),
    Index("ix_item_note_rework", "rework_id", "seq"),
)

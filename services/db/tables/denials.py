"""What denials keeps: the facts of each encounter, and the work items told from them.

    denial_case   one row an encounter: its facts as JSON (services.claims.denials.Case)
    rework_item   one row a work item as last told; one item per subject and kind, ever

The facts decide; the rows of `rework_item` are there to be read and to hold the promise.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.db.tables.meta import META

DENIAL_CASE = Table(
    "denial_case",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="JSON"),
)

REWORK_ITEM = Table(
    "rework_item",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="control number, or the held coded event's id"),
    Column("status", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("coder_id", Text, nullable=False),
    Column("at_stake_cents", BigInteger, nullable=False),
    Column("due_on", Date, nullable=False),
    CheckConstraint("kind in ('held', 'rejection', 'denial')", name="kind"),
    CheckConstraint("status in ('open', 'closed')", name="status"),
    UniqueConstraint("subject", "kind"),
    Index("ix_rework_item_encounter", "encounter_id"),
)

"""What was decided beyond a correction (writer: the pages, by `services.worklist`).

- `appeal`: one row an appeal or reopening of an item; its letter and its packet are sealed.
- `records_sent`: which notes went to a payer, when, under which control number.
- `write_off`: what was asked to be written off, by whom, and who agreed.
- `manual_denial`: a denial that came by letter or portal, one per submission and day of letter.
- `decision_refusal`: a decision that a guard refused, with its rule.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

APPEAL = Table(
    "appeal",
    META,
    Column("appeal_id", Uuid(as_uuid=False), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("encounter_id", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("level", Text, nullable=False, comment="of services/claims/data/appeal_levels.csv"),
    Column("step", SmallInteger, nullable=False, comment="0 a reopening, then 1, 2, ..."),
    Column("template", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False, comment="asked for"),
    Column("due_on", Date, nullable=False, comment="last day to ask"),
    Column("filed_on", Date, nullable=False),
    Column("filed_at", DateTime(timezone=True), nullable=False, comment="business time"),
    Column("filed_by", Text, nullable=False),
    Column("answer_on", Date, comment="until when the payer should answer, where a rule says so"),
    Column("letter", LargeBinary, nullable=False, comment="its text, sealed"),
    Column("packet", LargeBinary, nullable=False, comment="the PDF, sealed"),
    Column("sha256", LargeBinary, nullable=False, comment="of the PDF"),
    Column("pages", Integer, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("answered_on", Date),
    Column("answered_by", Text, nullable=False, server_default="", comment="who noted it"),
    CheckConstraint("state in ('sent', 'won', 'partly', 'lost', 'withdrawn')", name="state"),
    Index("ix_appeal_rework", "rework_id"),
    Index("ix_appeal_encounter", "encounter_id"),
    Index("uq_appeal_running", "rework_id", unique=True, postgresql_where=text("state = 'sent'")),
)

RECORDS_SENT = Table(
    "records_sent",
    META,
    Column("sent_id", Uuid(as_uuid=False), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("control_number", Text, nullable=False, comment="PWK06, links the 275"),
    Column("notes", JSONB, nullable=False, comment="opaque ids of notes"),
    Column("recipient", Text, nullable=False, comment="payer, reviewer or contractor"),
    Column("way", Text, nullable=False, comment="PWK02: EL, FX, BM, FT"),
    Column("requested_on", Date, comment="of the payer's request"),
    Column("due_on", Date, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False, comment="business time"),
    Column("sent_by", Text, nullable=False),
    Index("ix_records_sent_rework", "rework_id"),
)

WRITE_OFF = Table(
    "write_off",
    META,
    Column("write_off_id", Uuid(as_uuid=False), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("control_number", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, comment="business time"),
    Column("settled_by", Text, nullable=False, server_default=""),
    Column("settled_at", DateTime(timezone=True)),
    CheckConstraint("state in ('asked', 'approved', 'refused', 'done')", name="state"),
    CheckConstraint("state <> 'approved' or settled_by <> asked_by", name="four_eyes"),
    Index("ix_write_off_rework", "rework_id"),
    Index("uq_write_off_asked", "rework_id", unique=True, postgresql_where=text("state = 'asked'")),
)

MANUAL_DENIAL = Table(
    "manual_denial",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("letter_on", Date, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False, comment="business time"),
    Column("replaced_by", Text, nullable=False, server_default="", comment="item of the 835"),
    CheckConstraint("source in ('letter', 'portal')", name="source"),
    Index("uq_manual_denial_letter", "control_number", "letter_on", unique=True),
)

DECISION_REFUSAL = Table(
    "decision_refusal",
    META,
    Column("refusal_id", Uuid(as_uuid=False), primary_key=True),
    Column("rework_id", Uuid(as_uuid=False), nullable=False),
    Column("control_number", Text, nullable=False),
    Column("move", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="business time"),
    Index("ix_decision_refusal_rule", "rule"),
)

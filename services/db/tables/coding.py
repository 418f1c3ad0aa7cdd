"""What the coding module keeps (writer: the worklist's coding module).

- `chart`: the record as taken in, and where its coding stands.
- `coding`: every version of every encounter's coding, as published.
"""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid

from services.db.tables.meta import META

CHART = Table(
    "chart",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="of the record"),
    Column("state", Text, nullable=False, comment="coded, awaiting_coding, or intake's state"),
    Column("facility_id", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("payer_id", Text, nullable=False),
    Column("event", LargeBinary, nullable=False, comment="the encounter event as published"),
    Index("ix_chart_state", "state"),
)

CODING = Table(
    "coding",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), nullable=False, unique=True),
    Column("encounter_version", Integer, nullable=False),
    Column("coder_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rework_id", Text, nullable=False, comment="empty for none"),
    Column("predecessor", Text, nullable=False, comment="control number, empty for none"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("event", LargeBinary, nullable=False, comment="the coded event as published"),
    Index("ix_coding_rework", "rework_id"),
    Index("ix_coding_coder", "coder_id", "recorded_at"),
)

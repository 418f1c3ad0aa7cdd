"""What a denial tells the coder of the claim: a lesson each (writers: the worklist, the pages)."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from services.db.tables.meta import META

LESSON = Table(
    "lesson",
    META,
    Column("rework_id", Uuid(as_uuid=False), primary_key=True, comment="the denial's item"),
    Column("coder_id", Text, primary_key=True),
    Column("encounter_id", Text, nullable=False),
    Column("facility_id", Text, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    # what people do
    Column("state", Text, nullable=False, server_default="new"),
    Column("ground", Text, nullable=False, server_default="", comment="on which it is contested"),
    Column("words", LargeBinary, comment="the coder's, sealed"),
    Column("moved_at", DateTime(timezone=True)),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("row_version", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "state in ('new', 'read', 'acknowledged', 'contested', 'confirmed', 'refuted')",
        name="state",
    ),
    Index("ix_lesson_state", "state", "opened_at", "rework_id", "coder_id"),
    Index("ix_lesson_coder", "coder_id", "state", "opened_at", "rework_id"),
)

"""Views of the work list that people keep, and what they did to many items at once.

The pages write all three.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

SAVED_VIEW = Table(
    "saved_view",
    META,
    Column("view_id", Uuid(as_uuid=False), primary_key=True),
    Column("owner", Text, nullable=False, comment="sign-in name"),
    Column("role", Text, nullable=False, comment="whose list it is a view of"),
    Column("team", Text, nullable=False, server_default=""),
    Column("shared", Boolean, nullable=False, comment="the role and team see it"),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False, comment="the part of the URL after ?"),
    UniqueConstraint("owner", "name"),
)

FIRST_VIEW = Table(
    "first_view",
    META,
    Column("name", Text, primary_key=True, comment="sign-in name"),
    Column(
        "view_id", Uuid(as_uuid=False), ForeignKey("saved_view.view_id", ondelete="CASCADE"),
        nullable=False,
    ),
)

BULK_ACT = Table(
    "bulk_act",
    META,
    Column("bulk_id", Uuid(as_uuid=False), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, comment="real time"),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("given", JSONB, nullable=False, comment="what was asked for"),
    Column("items", JSONB, nullable=False, comment="of each: before, version after it"),
    Column("state", Text, nullable=False, server_default="done"),
    Column("undo_until", DateTime(timezone=True), nullable=False, comment="real time"),
    CheckConstraint("state in ('due', 'done', 'undone')", name="state"),
    Index("ix_bulk_act_due", "undo_until", postgresql_where=text("state = 'due'")),
)

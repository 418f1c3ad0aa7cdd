"""Physician queries and notes of an item; addenda of a record."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "intake_addendum",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False, comment="JSON of the note, its text sealed"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("encounter_id", "note_id", name=op.f("pk_intake_addendum")),
    )
    op.create_table(
        "physician_query",
        sa.Column("query_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("npi", sa.Text(), nullable=False, comment="of the physician who is asked"),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("post_bill", sa.Boolean(), nullable=False, comment="a claim was out when it was asked"),
        sa.Column("denied", sa.Boolean(), nullable=False, comment="asked after a denial"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="sealed: question, options, passages"),
        sa.Column("answer", sa.LargeBinary(), comment="sealed"),
        sa.Column("agreed", sa.Boolean(), comment="an offered clinical choice, or an open answer"),
        sa.Column("answered_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("row_version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "state in ('open', 'answered', 'withdrawn')", name=op.f("ck_physician_query_state")
        ),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_physician_query")),
    )
    op.create_index(
        "ix_physician_query_npi", "physician_query", ["npi", "due_on"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_physician_query_rework", "physician_query", ["rework_id"])
    op.create_table(
        "item_note",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_item_note")),
    )
    op.create_index("ix_item_note_rework", "item_note", ["rework_id", "seq"])
    for table, how in (
        ("physician_query", "facility"), ("item_note", "facility"), ("intake_addendum", "encounter"),
    ):
        op.execute(f"select claimloop_protect('{table}', '{how}')")

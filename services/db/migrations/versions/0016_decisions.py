"""Decisions: appeals, letters, records sent, write-offs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ITEMS = ("appeal", "records_sent", "write_off", "manual_denial", "decision_refusal")


def upgrade() -> None:
    """Create the tables."""
    _appeal()
    _records_sent()
    _write_off()
    _manual_denial()
    op.create_table(
        "decision_refusal",
        sa.Column("refusal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        _at("at"),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_decision_refusal")),
    )
    op.create_index("ix_decision_refusal_rule", "decision_refusal", ["rule"])
    for name in _ITEMS:
        op.execute(f"select claimloop_protect('{name}', 'item')")


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable,
        comment=None if nullable else "business time",
    )


def _appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("appeal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column(
            "level", sa.Text(), nullable=False,
            comment="of services/claims/data/appeal_levels.csv",
        ),
        sa.Column(
            "step", sa.SmallInteger(), nullable=False, comment="0 a reopening, then 1, 2, ..."
        ),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False, comment="asked for"),
        sa.Column("due_on", sa.Date(), nullable=False, comment="last day to ask"),
        sa.Column("filed_on", sa.Date(), nullable=False),
        _at("filed_at"),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column(
            "answer_on", sa.Date(), nullable=True,
            comment="until when the payer should answer, where a rule says so",
        ),
        sa.Column("letter", sa.LargeBinary(), nullable=False, comment="its text, sealed"),
        sa.Column("packet", sa.LargeBinary(), nullable=False, comment="the PDF, sealed"),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the PDF"),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column(
            "answered_by", sa.Text(), nullable=False, server_default="", comment="who noted it"
        ),
        sa.CheckConstraint(
            "state in ('sent', 'won', 'partly', 'lost', 'withdrawn')",
            name=op.f("ck_appeal_state"),
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal")),
    )
    op.create_index("ix_appeal_rework", "appeal", ["rework_id"])
    op.create_index("ix_appeal_encounter", "appeal", ["encounter_id"])
    op.create_index(
        "uq_appeal_running", "appeal", ["rework_id"], unique=True,
        postgresql_where=sa.text("state = 'sent'"),
    )


def _records_sent() -> None:
    op.create_table(
        "records_sent",
        sa.Column("sent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "control_number", sa.Text(), nullable=False, comment="PWK06, links the 275"
        ),
        sa.Column("notes", JSONB(), nullable=False, comment="opaque ids of notes"),
        sa.Column(
            "recipient", sa.Text(), nullable=False, comment="payer, reviewer or contractor"
        ),
        sa.Column("way", sa.Text(), nullable=False, comment="PWK02: EL, FX, BM, FT"),
        sa.Column("requested_on", sa.Date(), nullable=True, comment="of the payer's request"),
        sa.Column("due_on", sa.Date(), nullable=False),
        _at("sent_at"),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sent_id", name=op.f("pk_records_sent")),
    )
    op.create_index("ix_records_sent_rework", "records_sent", ["rework_id"])


def _write_off() -> None:
    op.create_table(
        "write_off",
        sa.Column("write_off_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        _at("asked_at"),
        sa.Column("settled_by", sa.Text(), nullable=False, server_default=""),
        _at("settled_at", nullable=True),
        sa.CheckConstraint(
            "state in ('asked', 'approved', 'refused', 'done')", name=op.f("ck_write_off_state")
        ),
        sa.CheckConstraint(
            "state <> 'approved' or settled_by <> asked_by", name=op.f("ck_write_off_four_eyes")
        ),
        sa.PrimaryKeyConstraint("write_off_id", name=op.f("pk_write_off")),
    )
    op.create_index("ix_write_off_rework", "write_off", ["rework_id"])
    op.create_index(
        "uq_write_off_asked", "write_off", ["rework_id"], unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )


def _manual_denial() -> None:
    op.create_table(
        "manual_denial",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("letter_on", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        _at("entered_at"),
        sa.Column(
            "replaced_by", sa.Text(), nullable=False, server_default="",
            comment="item of the 835",
        ),
        sa.CheckConstraint(
            "source in ('letter', 'portal')", name=op.f("ck_manual_denial_source")
        ),
        sa.PrimaryKeyConstraint("rework_id", name=op.f("pk_manual_denial")),
    )
    op.create_index(
        "uq_manual_denial_letter", "manual_denial", ["control_number", "letter_on"], unique=True
    )

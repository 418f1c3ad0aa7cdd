"""Coding: what was paid and denied by code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "code_decided",
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "position", sa.SmallInteger(), nullable=False, comment="0: the claim; then its lines"
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="code or dx"),
        sa.Column(
            "code", sa.Text(), nullable=False, comment="empty for the claim"
        ),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="in its remittance"),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("denied", sa.Boolean(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False, comment="CO-11, ... of what was denied"),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_code_decided")),
    )
    op.create_index("ix_code_decided_code", "code_decided", ["payer_id", "code", "decided_on"])
    op.create_index("ix_code_decided_claim", "code_decided", ["control_number", "decided_on"])

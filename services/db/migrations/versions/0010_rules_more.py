"""What a rule or a code table did to claims when its day came; overrides that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "recall",
        sa.Column("rule_id", sa.Text(), nullable=False, comment="or table:<kind>"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("rule_id", "revision", name=op.f("pk_recall")),
    )
    op.create_table(
        "recall_claim",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="of the coding, before the recall"
        ),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False, comment="its charge"),
        sa.Column("edit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "effect in ('would_fail', 'would_pass', 'sent')",
            name=op.f("ck_recall_claim_effect"),
        ),
        sa.PrimaryKeyConstraint(
            "rule_id", "revision", "encounter_id", name=op.f("pk_recall_claim")
        ),
    )
    op.create_index("ix_recall_claim_encounter", "recall_claim", ["encounter_id"])
    op.create_table(
        "override_attempt",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the coding"),
        sa.Column("edit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="of the closed list, or empty"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="opaque id of the person"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "why in ('guardrail', 'role', 'reason', 'evidence', 'no_finding')",
            name=op.f("ck_override_attempt_why"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_override_attempt")),
    )

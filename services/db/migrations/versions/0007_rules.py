"""The rules of a hospital, and overrides that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "override_refusal",
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False, comment="the coded event"),
        sa.Column("edit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="opaque id of the person"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "why in ('guardrail', 'role', 'reason', 'evidence', 'no_finding')",
            name=op.f("ck_override_refusal_why"),
        ),
        sa.PrimaryKeyConstraint("event_id", "edit", "place", name=op.f("pk_override_refusal")),
    )
    op.create_table(
        "rule_act",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="opaque id of the person"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "effective_on", sa.Date(), nullable=True, comment="of what is published or retired"
        ),
        sa.CheckConstraint(
            "act in ('drafted', 'reviewed', 'published', 'retired', 'rolled_back')",
            name=op.f("ck_rule_act_act"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rule_act")),
    )
    op.create_index("ix_rule_act_rule", "rule_act", ["rule_id", "seq"])
    op.create_table(
        "rule_in_force",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False, comment="the rule event"),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_in_force")),
    )
    op.create_table(
        "rule_version",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="JSON of a RuleVersion"),
        sa.CheckConstraint("version > 0", name=op.f("ck_rule_version_version")),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rule_version")),
    )

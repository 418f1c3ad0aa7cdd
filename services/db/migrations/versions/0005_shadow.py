"""The tables of the shadow pilot, and the lock that keeps its database from sending."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CLOSED = """
create function shadow_closed() returns trigger language plpgsql as $$
begin
    if exists (select from shadow_home) then
        raise exception 'this database measures a host and never sends'
            using errcode = 'check_violation';
    end if;
    return new;
end
$$
"""


def upgrade() -> None:
    """Create the tables; refuse what a gateway would send while `shadow_home` has its row."""
    op.create_table(
        "shadow_answer",
        sa.Column("answer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="TA1, 999, 277CA or 835"),
        sa.Column("account", sa.Text(), nullable=False, comment="empty for a TA1 or 999"),
        sa.Column(
            "batch",
            sa.Text(),
            nullable=False,
            comment="interchange or batch that a TA1 or 999 answers",
        ),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="the payer's claim number, opaque"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="what it says, sealed"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="what it waits for"),
        sa.CheckConstraint("state in ('waiting', 'told')", name=op.f("ck_shadow_answer_state")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_shadow_answer")),
    )
    op.create_index("ix_shadow_answer_account", "shadow_answer", ["account"], unique=False)
    op.create_index("ix_shadow_answer_reference", "shadow_answer", ["reference"], unique=False)
    op.create_index(
        "ix_shadow_answer_waiting",
        "shadow_answer",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "shadow_claim",
        sa.Column("claim_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column(
            "sha256", sa.LargeBinary(), nullable=False, comment="of the first file it stood in"
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False, comment="CLM05-3"),
        sa.Column("sequence", sa.Text(), nullable=False, comment="P, S or T"),
        sa.Column("payer_id", sa.Text(), nullable=False),
        sa.Column("known_payer", sa.Boolean(), nullable=False, comment="false: only of that kind"),
        sa.Column("original", sa.Text(), nullable=False, comment="REF*F8, opaque; empty for none"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "interchange", sa.Text(), nullable=False, comment="sender|ISA13, which a TA1 answers"
        ),
        sa.Column("batch", sa.Text(), nullable=False, comment="sender|GS06, which a 999 answers"),
        sa.Column("set_control", sa.Text(), nullable=False, comment="ST02"),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="the claim, sealed"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="what it waits for, or why it is refused"
        ),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "event", sa.LargeBinary(), nullable=True, comment="the submitted event, once told"
        ),
        sa.Column(
            "holds", sa.Text(), nullable=False, comment="edits that would have held it, with blanks"
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'told', 'refused')", name=op.f("ck_shadow_claim_state")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_shadow_claim")),
    )
    op.create_index("ix_shadow_claim_account", "shadow_claim", ["account"], unique=False)
    op.create_index("ix_shadow_claim_batch", "shadow_claim", ["batch"], unique=False)
    op.create_index("ix_shadow_claim_encounter", "shadow_claim", ["encounter_id"], unique=False)
    op.create_index("ix_shadow_claim_interchange", "shadow_claim", ["interchange"], unique=False)
    op.create_index(
        "ix_shadow_claim_waiting",
        "shadow_claim",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "shadow_coding",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="empty for the whole claim"),
        sa.Column("coded_on", sa.Date(), nullable=False),
        sa.Column("coder_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account", "code", "coded_on", "coder_id", "source", name=op.f("pk_shadow_coding")
        ),
    )
    op.create_table(
        "shadow_export",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("form in ('csv', 'x12')", name=op.f("ck_shadow_export_form")),
        sa.PrimaryKeyConstraint("encounter_id", "version", "form", name=op.f("pk_shadow_export")),
    )
    op.create_table(
        "shadow_file",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as first found, made printable"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="837P, 835, ..., mixed, coding or unknown"
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="place and rule; never content"),
        sa.Column(
            "documents", sa.Integer(), nullable=False, comment="claims, answers and rows it held"
        ),
        sa.Column("refused", sa.Integer(), nullable=False, comment="of these, not taken"),
        sa.Column(
            "content", sa.LargeBinary(), nullable=True, comment="sealed, of a quarantined file"
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('taken', 'quarantined')", name=op.f("ck_shadow_file_state")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_shadow_file")),
    )
    op.create_table(
        "shadow_home",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_shadow_home_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_shadow_home")),
    )
    op.create_table(
        "shadow_price",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "unit_cents", name=op.f("pk_shadow_price")),
    )
    op.create_table(
        "shadow_remittance",
        sa.Column("remittance_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="of the set without its envelope"
        ),
        sa.Column("paid_on", sa.Date(), nullable=False, comment="BPR16"),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False, comment="BPR02"),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_shadow_remittance")),
    )

    op.execute(CLOSED)
    for table in ("gateway_claim", "interchange"):
        op.execute(
            f"create trigger {table}_shadow before insert or update on {table}"
            " for each row execute function shadow_closed()"
        )

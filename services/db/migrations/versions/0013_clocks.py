"""Clocks, scores, assignment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; give an item the version up to which the timer has seen it."""
    _facts()
    _histories()
    _people()
    op.add_column("work_item", sa.Column(
        "timed_version", sa.Integer(), nullable=False, server_default="0",
        comment="row version for which clocks, score and assignment were made",
    ))
    op.create_index(
        "ix_work_item_untimed", "work_item", ["rework_id"],
        postgresql_where=sa.text("timed_version <> row_version"),
    )
    op.create_index(
        "ix_work_item_scored", "work_item", ["scored_on"],
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_work_item_arrived", "work_item", ["subject"], postgresql_where=sa.text(
            "kind in ('coding', 'charge_change', 'remittance', 'acknowledgement')"
        ),
    )
    op.create_index(
        "ix_work_item_arrived_open", "work_item", ["kind"], postgresql_where=sa.text(
            "status = 'open' and kind in"
            " ('coding', 'charge_change', 'remittance', 'acknowledgement')"
        ),
    )
    op.execute("select claimloop_protect('item_clock', 'item')")
    op.execute("select claimloop_protect('work_fact', 'encounter')")


def _text(name: str, said: str | None = None, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=said, server_default=default)


def _day(name: str, said: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable, comment=said)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _facts() -> None:
    op.create_table(
        "work_fact",
        _text("subject"), _text("encounter_id"),
        sa.Column(
            "version", sa.Integer(), nullable=False,
            comment="of the record, for an encounter; else 0",
        ),
        _text("payer_id"), _text("claim_type"), _day("starts_on"), _day("ends_on"),
        _day("told_on", "when the payer before decided, of a secondary claim", nullable=True),
        _number("charge_cents"),
        sa.Column("lines", JSONB(), nullable=False, comment="[line id, code, charge]"),
        _day("denied_on", "of the latest decision that stands and denies", nullable=True),
        sa.Column("rulings", JSONB(), nullable=False, server_default="[]"),
        sa.Column(
            "paid", JSONB(), nullable=False, server_default="{}",
            comment="code -> paid, charged, n",
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_work_fact")),
    )
    op.create_index("ix_work_fact_encounter", "work_fact", ["encounter_id"])
    op.create_table(
        "item_clock",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        _text("kind"), _text("rule"), _day("starts_on"), _day("due_on"), _day("near_on"),
        _text("source"), _text("note"),
        _day("paused_on", "since when it stands still", nullable=True),
        sa.Column(
            "paused_days", sa.Integer(), nullable=False, server_default="0",
            comment="workdays before",
        ),
        _text("said", "approaching or missed", ""),
        sa.CheckConstraint(
            "said in ('', 'approaching', 'missed')", name=op.f("ck_item_clock_said")
        ),
        sa.PrimaryKeyConstraint("rework_id", "kind", "rule", name=op.f("pk_item_clock")),
    )
    op.create_index(
        "ix_item_clock_near", "item_clock", ["near_on"],
        postgresql_where=sa.text("said = '' and paused_on is null"),
    )
    op.create_index(
        "ix_item_clock_due", "item_clock", ["due_on"],
        postgresql_where=sa.text("said <> 'missed' and paused_on is null"),
    )


def _histories() -> None:
    op.create_table(
        "paid_history",
        _text("payer_id"), _text("code"), _number("paid_cents"), _number("charged_cents"),
        _number("lines"),
        sa.PrimaryKeyConstraint("payer_id", "code", name=op.f("pk_paid_history")),
    )
    op.create_table(
        "overturn_fact",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("payer_id"), _text("kind"), _text("reason"), _text("resolution"),
        _text("told", "the reason it is counted by", ""),
        sa.Column("won", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("decided", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("rework_id", name=op.f("pk_overturn_fact")),
    )
    op.create_table(
        "overturn_history",
        _text("payer_id"), _text("kind"), _text("reason"), _number("won"), _number("decided"),
        sa.PrimaryKeyConstraint("payer_id", "kind", "reason", name=op.f("pk_overturn_history")),
    )


def _people() -> None:
    op.create_table(
        "chart_seen",
        _text("encounter_id"),
        sa.Column(
            "version", sa.Integer(), nullable=False,
            comment="of the record: its work has been opened",
        ),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_chart_seen")),
    )
    op.create_table(
        "user_profile",
        _text("name", "sign-in name"),
        sa.Column(
            "skills", JSONB(), nullable=False, server_default="[]",
            comment="claim types, departments, categories",
        ),
        sa.Column(
            "most_open", sa.Integer(), nullable=False, server_default="0",
            comment="open items a person is given at most; 0: no limit",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user_profile")),
    )
    op.create_table(
        "absence",
        sa.Column("absence_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("name", "sign-in name"), _day("starts_on"), _day("ends_on", "last day away"),
        _text("noted_by"),
        sa.Column(
            "noted_at", sa.DateTime(timezone=True), nullable=False, comment="business time"
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_absence_span")),
        sa.PrimaryKeyConstraint("absence_id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_name", "absence", ["name", "ends_on"])

"""Lessons: what a denial tells the coder of the claim, and what becomes of it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the lessons of the denials there are."""
    op.create_table(
        "lesson",
        sa.Column("rework_id", sa.Uuid(as_uuid=False), nullable=False, comment="the denial's item"),
        sa.Column("coder_id", sa.Text(), nullable=False),
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="new"),
        sa.Column(
            "ground", sa.Text(), nullable=False, server_default="",
            comment="on which it is contested",
        ),
        sa.Column("words", sa.LargeBinary(), comment="the coder's, sealed"),
        sa.Column("moved_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("row_version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "state in ('new', 'read', 'acknowledged', 'contested', 'confirmed', 'refuted')",
            name=op.f("ck_lesson_state"),
        ),
        sa.PrimaryKeyConstraint("rework_id", "coder_id", name=op.f("pk_lesson")),
    )
    op.create_index("ix_lesson_coder", "lesson", ["coder_id", "opened_at"])
    op.execute("select claimloop_protect('lesson', 'facility')")
    op.execute(
        "insert into lesson (rework_id, coder_id, encounter_id, facility_id, control_number,"
        " category, opened_at) select rework_id, coder_id, encounter_id, facility_id,"
        " control_number, category, opened_at from work_item where kind = 'denial'"
        " and coder_id <> '' and category in ('CODING', 'BUNDLING', 'UNITS')"
    )

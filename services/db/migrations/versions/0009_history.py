"""What validation remembers of other encounters of a patient."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "billed_encounter",
        sa.Column("encounter_id", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False, comment="the patient: id of the data key"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the latest that was judged"
        ),
        sa.Column(
            "codes", sa.Text(), nullable=False, comment="that came with a reason"
        ),
        sa.Column(
            "starts_on", sa.Date(), nullable=True, comment="first day; of a stay, of admission"
        ),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "billed", sa.LargeBinary(), nullable=True,
            comment="JSON; null: nothing was let through",
        ),
        sa.PrimaryKeyConstraint("encounter_id", name=op.f("pk_billed_encounter")),
    )
    op.create_index(
        "ix_billed_encounter_patient", "billed_encounter", ["kid", "ends_on", "starts_on"]
    )
    op.create_table(
        "billed_patient",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_billed_patient")),
    )

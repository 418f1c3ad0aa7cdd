"""The tables of intake and worklist for institutional visits.

Whatever was billed before has the type of that claim: professional. A visit that waited for the
institutional claim is taken in again by the next run of intake.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create and change them."""
    op.add_column(
        "intake",
        sa.Column(
            "lacks", sa.Text(), server_default="", nullable=False,
            comment="what the bill lacks, in awaiting_institutional",
        ),
    )
    op.add_column(
        "visit",
        sa.Column("claim_type", sa.Text(), server_default="professional", nullable=False),
    )
    op.execute(
        "update visit set claim_type = 'institutional' where encounter_class = 'inpatient'"
    )

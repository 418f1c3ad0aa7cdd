"""What became of a correction names no claim: several may follow one, and nobody read which."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop what depended on the order in which events came."""
    for column in ("control_number", "frequency"):
        op.drop_column("answer", column)

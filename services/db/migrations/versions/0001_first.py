"""The first tables."""

from alembic import op

from services.db.tables import META

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    META.create_all(op.get_bind())

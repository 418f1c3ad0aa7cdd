"""The tables of assembly and denials: lives with several payers, voids."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create and change them."""

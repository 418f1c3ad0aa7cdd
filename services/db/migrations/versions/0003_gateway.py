"""The tables of the gateway: transitions, double entry, exceptions."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create and change them."""

"""The code tables a site loads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "code_table",
        sa.Column(
            "loaded", sa.BigInteger(), sa.Identity(always=True), nullable=False,
            comment="in this order",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="from when it holds"),
        sa.Column(
            "sha256", sa.Text(), nullable=False, comment="of the source file, hexadecimal"
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="name of the file"),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="the source file, gzip"
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rows > 0", name=op.f("ck_code_table_some_rows")),
        sa.PrimaryKeyConstraint("loaded", name=op.f("pk_code_table")),
        sa.UniqueConstraint(
            "kind", "effective_on", "sha256", name=op.f("uq_code_table_kind")
        ),
    )
    op.create_index("ix_code_table_kind", "code_table", ["kind", "effective_on"])

"""The code tables a site loaded (writer: ``claimloop codes``): every version, for ever.

A row holds the source file itself, compressed: what processes look things up in is made from it
and can be made again.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from services.db.tables.meta import META

CODE_TABLE = Table(
    "code_table",
    META,
    Column("loaded", BigInteger, Identity(always=True), primary_key=True, comment="in this order"),
    Column("kind", Text, nullable=False),
    Column("effective_on", Date, nullable=False, comment="from when it holds"),
    Column("sha256", Text, nullable=False, comment="of the source file, hexadecimal"),
    Column("source", Text, nullable=False, comment="name of the file"),
    Column("rows", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="the source file, gzip"),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("rows > 0", name="some_rows"),
    UniqueConstraint("kind", "effective_on", "sha256"),
    Index("ix_code_table_kind", "kind", "effective_on"),
)

"""What accuracy keeps: the facts of each encounter, counts in buckets, figures as last told.

    accuracy_case     one row an encounter: its facts as JSON (services.claims.accuracy.Case)
    accuracy_bucket   how many of what, of whom, in which minute, hour, day or month
    accuracy_figure   one row a figure, as last told in `claims.accuracy`

Many encounters share buckets and figures: their rows are written in key order, buckets first.
A check that no count is below zero cannot be a constraint: PostgreSQL judges the difference that an
upsert proposes, not the sum it leaves.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db.tables.meta import META

ACCURACY_CASE = Table(
    "accuracy_case",
    META,
    Column("encounter_id", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="JSON"),
)

ACCURACY_BUCKET = Table(
    "accuracy_bucket",
    META,
    Column("metric", Text, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("starts_at", DateTime(timezone=True), primary_key=True),
    Column("name", Text, primary_key=True, comment="what is counted"),
    Column("count", BigInteger, nullable=False, comment="never below 0 once a batch is done"),
    CheckConstraint("grain in ('minute', 'hour', 'day', 'month')", name="grain"),
)

ACCURACY_FIGURE = Table(
    "accuracy_figure",
    META,
    Column("figure_id", Text, primary_key=True),
    Column("metric", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("window", Text, nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False),
    Column("exclusions", JSONB, nullable=False, comment="[{reason, count}]"),
    Column("adjudicated", BigInteger, nullable=False),
    Column("billed", BigInteger, nullable=False),
    Column("lower", Float, nullable=False),
    Column("upper", Float, nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
)
